"""Checkpoints on disk: whole or passed over, kept or let go, pinned for good; and the progress and footing in them."""

import hashlib
import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest

from studio.dataset import Example
from studio.training.checkpoints import (
    MANIFEST,
    NEEDED,
    Checkpoint,
    NothingToResume,
    checkpoints_of,
    folder_of,
    newest_whole,
    rotate,
)
from studio.training.footing import BaseChanged, DataChanged, Footing, footing
from studio.training.progress import Progress


def saved(run: Path, step: int) -> Path:
    """A checkpoint's folder of that step, whole."""
    folder = folder_of(run, step)
    folder.mkdir(parents=True)
    manifest = {}
    for name in NEEDED:
        content = f"{name} of step {step} ".encode() * 20
        (folder / name).write_bytes(content)
        manifest[name] = hashlib.sha256(content).hexdigest()
    (folder / MANIFEST).write_text(json.dumps(manifest), "utf-8")
    return folder


def steps(run: Path) -> list[int]:
    return [checkpoint.step for checkpoint in checkpoints_of(run)]


def _flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "empty": lambda path: path.write_bytes(b""),
    "halved": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "flipped": _flipped,
    "missing": Path.unlink,
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("file", [*NEEDED, MANIFEST])
def test_a_damaged_one_is_passed_over_for_the_one_before(file: str, damage: str, tmp_path: Path) -> None:
    for step in (50, 100, 150):
        saved(tmp_path, step)
    assert newest_whole(tmp_path).checkpoint.step == 150
    DAMAGES[damage](folder_of(tmp_path, 150) / file)
    found = newest_whole(tmp_path)
    assert found.checkpoint.step == 100
    ((passed_over, what),) = found.passed_over
    assert passed_over.step == 150 and (what == file or file == MANIFEST)


def test_where_none_is_whole_there_is_nothing_to_resume(tmp_path: Path) -> None:
    with pytest.raises(NothingToResume):
        newest_whole(tmp_path)
    for step in (50, 100):
        (saved(tmp_path, step) / "state.json").unlink()
    with pytest.raises(NothingToResume) as raised:
        newest_whole(tmp_path)
    assert "step-000100: state.json, step-000050: state.json" in str(raised.value)


def test_a_manifest_names_nothing_outside_its_folder(tmp_path: Path) -> None:
    folder = saved(tmp_path, 50)
    outside = tmp_path / "outside"
    outside.write_bytes(b"x")
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    manifest["../../outside"] = hashlib.sha256(b"x").hexdigest()
    (folder / MANIFEST).write_text(json.dumps(manifest), "utf-8")
    with pytest.raises(NothingToResume):
        newest_whole(tmp_path)


def test_the_newest_the_best_and_the_pinned_stay(tmp_path: Path) -> None:
    for step in (50, 100, 150, 200, 250):
        saved(tmp_path, step)
    Checkpoint(folder_of(tmp_path, 50), 50).pin()
    assert rotate(tmp_path, keep=2, best=100, latest=250) == (150,)
    assert steps(tmp_path) == [250, 200, 100, 50]
    newest_whole(tmp_path).checkpoint.verify()
    Checkpoint(folder_of(tmp_path, 50), 50).pin(False)
    assert rotate(tmp_path, keep=2, best=None, latest=250) == (100, 50)
    assert steps(tmp_path) == [250, 200]


def test_what_a_resume_passed_over_takes_no_place_of_the_kept(tmp_path: Path) -> None:
    for step in (50, 100, 150, 200):
        saved(tmp_path, step)
    (folder_of(tmp_path, 200) / MANIFEST).unlink()
    Checkpoint(folder_of(tmp_path, 150), 150).pin()
    assert rotate(tmp_path, keep=2, best=None, latest=100) == (200,)
    assert steps(tmp_path) == [150, 100, 50]


def test_one_that_is_pinned_while_it_goes_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for step in (50, 100):
        saved(tmp_path, step)
    rename = Path.rename

    def meanwhile(path: Path, target: Path) -> Path:
        if not path.name.startswith("."):
            (path / "pinned").touch()
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", meanwhile)
    assert rotate(tmp_path, keep=1, best=None, latest=100) == ()
    assert steps(tmp_path) == [100, 50]


def test_what_a_kill_left_is_swept_away(tmp_path: Path) -> None:
    for step in (50, 100):
        saved(tmp_path, step)
    folder_of(tmp_path, 50).rename(tmp_path / "checkpoints" / ".gone-step-000050")
    (tmp_path / "checkpoints" / ".step-000150.abc").mkdir()
    (tmp_path / ".adapter.abc").mkdir()
    (tmp_path / "checkpoints" / "step-17").mkdir()  # not ours
    assert steps(tmp_path) == [100]
    rotate(tmp_path, keep=2, best=None, latest=100)
    assert {path.name for path in (tmp_path / "checkpoints").iterdir()} == {"step-000100", "step-17"}
    assert not (tmp_path / ".adapter.abc").exists()


def test_progress_comes_back_as_it_was() -> None:
    progress = Progress(step=2, losses=[1 / 3, 0.1], seen=[1, 3], best=(2, 0.25), accuracy=[(2, 1, 2)], tokens=7)
    progress.validated(2, 2 / 3)
    again = Progress.of(json.loads(json.dumps(progress.as_json())))
    assert again == progress and again.latest_validation == 2 / 3


@pytest.mark.parametrize("values", [{"step": 3}, {"step": 1, "losses": [math.nan]}, {"losses": "x"}, {"seen": [None]}])
def test_progress_that_cannot_be_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        Progress.of(values)


def test_patience_counts_what_came_since_the_best() -> None:
    progress = Progress()
    for step, loss in enumerate([1.0, 3.0, 2.0, 2.5, 2.0, math.nan]):  # step 0 is the untrained model
        progress.validated(step, loss)
    assert (progress.best, progress.waited) == ((2, 2.0), 3)


def example(path: str, *ids: int) -> Example:
    return Example(Path(path), ids, (True,) * len(ids), (0, 1))


def test_a_run_stands_on_its_data_and_its_base(tmp_path: Path) -> None:
    base = tmp_path / "base.gguf"
    base.write_bytes(b"weights")
    rows = (example("a.md", 1, 2), example("b.md", 3))
    then = Footing.of(json.loads(json.dumps(footing(rows, base, "a processor").as_json())))
    assert footing(rows, base, "a processor").holds(then, base) == []
    (changed,) = footing(rows, base, "another").holds(then, base)
    assert "a processor" in str(changed) and "another" in str(changed)
    for other, named in (((rows[0], example("b.md", 4)), "b.md"), (rows[:1], "b.md"), (rows[::-1], "a.md"),
                         ((*rows, example("c.md", 5)), "c.md")):  # fmt: skip
        with pytest.raises(DataChanged) as raised:
            footing(other, base, "a processor").holds(then, base)
        assert raised.value.fields["path"] == named
    base.write_bytes(b"Weights")
    with pytest.raises(BaseChanged):
        footing(rows, base, "a processor").holds(then, base)


def test_of_a_large_base_a_change_anywhere_usual_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import studio.training.footing as module

    monkeypatch.setattr(module, "_WHOLE", 1000)
    monkeypatch.setattr(module, "_STRETCH", 50)
    base = tmp_path / "base.gguf"
    content = bytearray(b"x" * 10_000)
    seen = set()
    for place in (None, 0, 9_999):
        if place is not None:
            content[place] ^= 1
        base.write_bytes(content)
        seen.add(footing((), base, "p").base)
    base.write_bytes(content[:-1])
    seen.add(footing((), base, "p").base)
    assert len(seen) == 4
