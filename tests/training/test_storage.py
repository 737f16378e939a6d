"""What lies on disk: its size without links, what it is needed for, and what freeing it deletes and leaves."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from studio.gguf.leftovers import note, sweep_measured
from studio.training.run_facts import CARD
from studio.training.storage import NothingOfThatKey, StillNeeded, free
from studio.training.stored import Stored, size_of, stored
from studio.workspace import Workspace
from studio.workspace.bin import Filing
from tests.training.test_run_facts import a_checkpoint, a_run


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A run that ended and one that did not, a model, fetched bases, caches, and something in the bin."""
    made = Workspace(tmp_path / "ws")
    for name, ended in (("tavern", "done"), ("river", "failed"), ("mill", "")):
        run = a_run(made.runs, name, [1.0], ended=ended, base=str(tmp_path / "cache" / "models" / "llama"))
        a_checkpoint(run, 1)
    files = {
        made.models / "tavern" / CARD: json.dumps({"source": str(made.runs / "tavern")}),
        made.models / "found" / "m.gguf": "x" * 500,
        made.private / "bases" / "b" / "w": "x" * 100,
        made.bin / "old.md": "x" * 50,
        tmp_path / "cache" / "models" / "llama" / "w": "x" * 2000,
        tmp_path / "cache" / "models" / ".half" / "qwen" / "w": "x" * 30,
        tmp_path / "cache" / "wheels" / "w.whl": "x" * 10,
    }
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return made


def listed(workspace: Workspace) -> dict[str, Stored]:
    """What there is, by key."""
    return {one.key: one for one in stored(workspace, workspace.root.parent / "cache")}


def test_everything_is_listed_with_its_bytes_and_what_goes_with_it(workspace: Workspace) -> None:
    found = listed(workspace)
    assert set(found) == {
        *(f"{kind}:{name}" for kind in ("run", "checkpoints") for name in ("tavern", "river", "mill")),
        "model:tavern", "model:found", "base:llama", "half:qwen", "cache:bases", "cache:wheels", "bin",
    }  # fmt: skip
    assert found["base:llama"].bytes == 2000 and found["bin"].bytes == 50
    safe = {key for key, one in found.items() if one.safe}
    assert safe == {"checkpoints:tavern", "model:tavern", "base:llama", "half:qwen", "cache:bases", "cache:wheels"}
    assert found["run:mill"].kept and found["base:llama"].kept and found["cache:bases"].kept
    assert "tavern" in found["run:tavern"].loss and "3 runs" in found["base:llama"].loss
    assert "can't go on" in found["checkpoints:river"].loss
    assert all(one.purpose and one.loss for one in found.values())
    assert [one.bytes for one in stored(workspace, Path("/none"))] == sorted(
        (one.bytes for one in stored(workspace, Path("/none"))), reverse=True
    )


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "large").mkdir()
    (tmp_path / "large" / "f").write_text("x" * 10_000, encoding="utf-8")
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "link").symlink_to(tmp_path / "large")
    (tmp_path / "here" / "round").symlink_to(tmp_path / "here")
    (tmp_path / "here" / "f").write_text("x" * 10, encoding="utf-8")
    assert size_of(tmp_path / "here") < 1000


def test_what_a_person_made_goes_into_the_bin_and_what_is_made_again_is_gone(workspace: Workspace) -> None:
    cache = workspace.root.parent / "cache"
    filing = Filing(lambda _path: None, workspace.bin)
    for key in ("run:mill", "base:llama"):
        with pytest.raises(StillNeeded):
            free(["checkpoints:tavern", key], workspace, cache, filing)
    with pytest.raises(NothingOfThatKey, match="model:found"):
        free(["checkpoints:tavern", "model:fond"], workspace, cache, filing)
    assert "checkpoints:tavern" in listed(workspace), "nothing goes where one of them cannot"
    free(["half:qwen", "cache:wheels"], workspace, cache, filing)
    assert not (cache / "wheels").exists() and size_of(workspace.bin) == 50
    (freed,) = free(["checkpoints:tavern"], workspace, cache, filing)
    assert freed.bytes > 0 and (workspace.runs / "tavern" / "config.yaml").is_file()
    assert size_of(workspace.bin) > 50
    filing.undo()
    assert "checkpoints:tavern" in listed(workspace)
    free(["bin"], workspace, cache, filing)
    assert "bin" not in listed(workspace)


def test_what_interrupted_work_left_behind_is_listed_apart_and_can_be_freed(workspace: Workspace) -> None:
    gone, here = ended_process(), os.getpid()
    before = listed(workspace)["run:tavern"].bytes
    left = workspace.runs / "tavern" / f".parity-{gone}-abc"
    going_on = workspace.runs / "river" / f".parity-{here}-abc"
    conversion, whole, converting = (
        workspace.models / f".converting-{number}-{word}" for number, word in ((gone, "a"), (gone, "b"), (here, "c"))
    )
    for folder in (left, going_on, conversion, whole, converting):
        folder.mkdir()
        (folder / "f.gguf").write_text("x" * 700, encoding="utf-8")
    note(whole, "key", "tavern", "source", {"F16": "f.gguf"})
    found = listed(workspace)
    assert found["run:tavern"].bytes == before, "it is no part of what the run is worth"
    measured = "leftover:tavern"
    assert {key for key in found if key.startswith("leftover:")} == {
        measured, *(f"leftover:{folder.name}" for folder in (conversion, whole, converting)),
    }  # fmt: skip
    assert found[measured].bytes == 700 and found[measured].safe
    assert "begins anew" in found[f"leftover:{whole.name}"].loss
    assert found[f"leftover:{converting.name}"].kept
    filing = Filing(lambda _path: None, workspace.bin)
    free([measured, f"leftover:{whole.name}"], workspace, workspace.root.parent / "cache", filing)
    assert not left.exists() and not whole.exists() and conversion.exists()
    sweep_measured(workspace.runs)
    assert going_on.exists()


def test_the_next_measurement_removes_what_a_killed_one_left(workspace: Workspace) -> None:
    left = workspace.runs / "tavern" / f".parity-{ended_process()}-abc"
    left.mkdir()
    sweep_measured(workspace.runs)
    assert not left.exists() and (workspace.runs / "tavern" / "config.yaml").is_file()


def ended_process() -> int:
    """The number of a process that has ended."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid
