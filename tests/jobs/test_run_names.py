"""Which run a name means: the training of that name, whatever was made of it since."""

from pathlib import Path

import pytest

from studio.jobs.run_names import NoSuchRun, find_run


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Two trainings, and what was made of the first."""
    for name in ("tavern-train", "mill-train", "tavern-parity", "tavern-convert", "2026-11-21-tavern-train-convert"):
        folder = tmp_path / f"2026-11-21-{name}"
        folder.mkdir()
        (folder / "config.yaml").write_text("{}\n", "utf-8")
    return tmp_path


@pytest.mark.parametrize("word", ["tavern", "tavern-train", "2026-11-21-tavern-train"])
def test_a_training_goes_before_what_was_made_of_it(runs: Path, word: str) -> None:
    assert find_run(runs, word).name == "2026-11-21-tavern-train"


def test_two_trainings_of_one_name_are_asked_for(runs: Path) -> None:
    (runs / "2026-11-21-tavern-train").rename(runs / "2026-11-21-tavern-train-2")
    assert find_run(runs, "tavern").name == "2026-11-21-tavern-train-2"
    (runs / "2026-11-21-mill-train").rename(runs / "2026-11-22-tavern-train")
    with pytest.raises(NoSuchRun, match="Say which"):
        find_run(runs, "tavern")
