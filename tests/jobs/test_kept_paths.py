"""Paths in a workspace's files: from its root where they lie inside, so that the workspace can be moved."""

from pathlib import Path

import pytest
import yaml

from studio.jobs.kept_paths import MARKER, found_paths, kept_path, kept_paths, root_above
from studio.jobs.runs import CONFIG, Run, save_run_config


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
