"""What stands on the shelf: finished models, newest first, whatever happens in the folder meanwhile."""

import os
from pathlib import Path

import pytest

from studio.ui.play import shelf
from studio.workspace import Workspace


def gguf(path: Path, changed: int) -> Path:
    """A model's file, changed at that second."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"GGUF")
    os.utime(path, (changed, changed))
    return path


def test_what_a_conversion_still_builds_is_not_shown(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / ".home" / "ws")
    old = gguf(workspace.models / "tavern" / "tavern-Q4_K_M.gguf", 100)
    new = gguf(workspace.models / "weir" / "weir-F16.gguf", 200)
    gguf(workspace.models / ".converting-9-abc" / "tavern-F16.gguf", 300)
    found = shelf.models(workspace, tmp_path / "none")
    assert [model.path for model in found] == [new, old]
    assert [model.name for model in found] == ["weir · F16", "tavern · Q4_K_M"]


def test_a_file_that_vanishes_while_the_folder_is_read_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = Workspace(tmp_path)
    kept, lost = gguf(workspace.models / "a" / "a.gguf", 1), workspace.models / "b" / "b.gguf"
    monkeypatch.setattr(Path, "rglob", lambda _folder, _pattern: iter([kept, lost]))
    assert [model.path for model in shelf.models(workspace, tmp_path / "none")] == [kept]
