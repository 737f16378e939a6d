"""Paths in a workspace's files: from its root where they lie inside, so that the workspace can be moved."""

import json
from pathlib import Path

import pytest
import yaml

from studio.gguf.made_from import source_kept, source_told
from studio.jobs.kept_paths import MARKER, found_paths, kept_path, kept_paths, root_above
from studio.jobs.runs import CONFIG, Run, save_run_config
from studio.training.run_facts import converted_from


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace."""
    (tmp_path / "inn").mkdir()
    (tmp_path / "inn" / MARKER).write_text("format: 1\n", encoding="utf-8")
    return tmp_path / "inn"


def settings(root: Path) -> dict[str, object]:
    """Settings with paths inside and outside, and words that look like some."""
    return {
        "name": str(root / "name"),
        "base": "/models/tiny.gguf",
        "scenarios": [str(root / "scenarios" / "a.md"), "/elsewhere/b.md"],
        "start_from": None,
        "resolved": {"files": {"trained": [str(root / "scenarios" / "a.md")], "held_out": []}, "processor": "x"},
    }


def test_a_run_moves_with_its_workspace(root: Path) -> None:
    run = root / "runs" / "one"
    run.mkdir(parents=True)
    save_run_config(run, settings(root))
    written = yaml.safe_load((run / CONFIG).read_text(encoding="utf-8"))
    assert written["scenarios"] == ["scenarios/a.md", "/elsewhere/b.md"]
    assert written["resolved"]["files"]["trained"] == ["scenarios/a.md"]
    assert (written["base"], written["name"]) == ("/models/tiny.gguf", str(root / "name"))
    assert Run(run).config() == settings(root)
    moved = root.rename(root.parent / "tavern")
    assert Run(moved / "runs" / "one").config() == {**settings(moved), "name": str(root / "name")}


def test_outside_a_workspace_paths_stay_whole(root: Path) -> None:
    (root / MARKER).unlink()
    assert root_above(root / "runs" / "one", 2) is None
    assert kept_paths(settings(root), None) == settings(root) == found_paths(settings(root), None)
    assert kept_path(str(root.parent / "innkeeper" / "x"), root) == str(root.parent / "innkeeper" / "x")
    assert kept_path("models/x.gguf", root) == "models/x.gguf", "where it was named from is not known here"


def test_a_model_is_known_by_its_run_after_a_move(root: Path) -> None:
    run, model = root / "runs" / "one", root / "models" / "tavern"
    for folder in (run, model):
        folder.mkdir(parents=True)
    (run / CONFIG).write_text("{}", encoding="utf-8")
    assert source_kept(model, run) == "runs/one" and source_kept(model, Path("/x/tiny.gguf")) == "/x/tiny.gguf"
    for told in ("runs/one", str(run)):  # as it is written now, and as it was written before
        (model / "card.json").write_text(json.dumps({"source": told}), encoding="utf-8")
        assert converted_from(run, root / "models") == (model,)
    moved = root.rename(root.parent / "tavern")
    assert converted_from(moved / "runs" / "one", moved / "models") == (moved / "models" / "tavern",)
    for told in (3, None, "../runs/one"):
        assert source_told(moved / "models" / "tavern", told) is None
