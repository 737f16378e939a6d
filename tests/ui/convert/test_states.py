"""What can be converted, and what an interrupted conversion left to go on with or to clean up."""

from pathlib import Path

import yaml

from studio.gguf.leftovers import PREFIX, note
from studio.jobs.runs import Run
from studio.ui.convert.states import clean_up, left_in, name_for, states_of


def run_in(runs: Path, called: str, **settings: object) -> Path:
    folder = runs / called
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text(yaml.safe_dump(settings), "utf-8")
    return folder


def test_a_run_has_the_state_it_ended_in_and_its_checkpoints(tmp_path: Path) -> None:
    run = run_in(tmp_path, "2026-11-21-old-tavern-train", base="x")
    (run / "adapter").mkdir()
    for step in (0, 20, 120):
        (run / "checkpoints" / f"step-{step:06d}").mkdir(parents=True)
    found = states_of(Run(run))
    assert [state.path.name for state in found] == [run.name, "step-000120", "step-000020"]
    assert [name_for(state.path) for state in found] == ["old-tavern", "old-tavern-step-120", "old-tavern-step-20"]
    assert name_for(tmp_path / "SmolLM2-135M.gguf") == "smollm2-135m"


def interrupted(tmp_path: Path) -> tuple[Path, Path]:
    """A conversion that was killed after its first file, by a process that is long gone."""
    models, runs = tmp_path / "models", tmp_path / "runs"
    folder = models / f"{PREFIX}4000000000-x"
    folder.mkdir(parents=True)
    (folder / "t-F16.gguf").write_bytes(b"GGUF" * 100)
    note(folder, "key", "tavern", "/runs/tavern", {"F16": "t-F16.gguf"})
    settings = {"source": "/runs/tavern", "name": "tavern", "quantisations": ["Q4_K_M", "Q8_0"], "importance": True}
    run_in(runs, "2026-11-21-tavern-convert", **settings)
    run_in(runs, "2026-11-21-other-convert", **{**settings, "name": "other", "quantisations": ["Q2_K"]})
    return models, runs


def test_going_on_asks_for_what_was_asked_for(tmp_path: Path) -> None:
    (left,) = left_in(*interrupted(tmp_path))
    assert left.request == {
        "source": "/runs/tavern", "name": "tavern", "quantisations": ["Q4_K_M", "Q8_0"], "importance": True,
    }  # fmt: skip
    assert "tavern" in left.told and "F16" in left.told


def test_without_its_run_it_asks_for_what_was_finished(tmp_path: Path) -> None:
    models, _runs = interrupted(tmp_path)
    (left,) = left_in(models, tmp_path / "nowhere")
    assert left.request["quantisations"] == ["F16"]


def test_cleaning_up_leaves_nothing(tmp_path: Path) -> None:
    models, runs = interrupted(tmp_path)
    (left,) = left_in(models, runs)
    assert "tavern" in clean_up(left)
    assert left_in(models, runs) == () and list(models.iterdir()) == []
