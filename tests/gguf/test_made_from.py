"""What a model was made from is found in its workspace, also of a version that is published."""

import json
from pathlib import Path

import pytest

from studio.errors import LorewrightError
from studio.gguf.made_from import files_there, source_beside
from studio.workspace import open_or_make


@pytest.mark.parametrize("place", ["models/tavern", "models/.published/tavern/0002"])
def test_a_run_is_found_from_the_workspace(tmp_path: Path, place: str) -> None:
    workspace = open_or_make(tmp_path / "Game")
    folder, run = workspace.root / place, workspace.runs / "2026-11-22-tavern-train"
    run.mkdir(parents=True)
    (run / "config.yaml").write_text("base: x\n", "utf-8")
    folder.mkdir(parents=True)
    (folder / "card.json").write_text(json.dumps({"source": f"runs/{run.name}"}), "utf-8")
    assert source_beside(folder) == run
    (workspace.root / "lorewright.yaml").unlink()  # the twin: without its mark no folder is a workspace
    assert source_beside(folder) == (run if place.count("/") == 1 else None)


def test_a_file_that_was_deleted_takes_no_other_along(tmp_path: Path) -> None:
    (tmp_path / "a-Q8_0.gguf").write_bytes(b"GGUF")
    rows = [{"file": "a-Q8_0.gguf"}, {"file": "a-F16.gguf"}, {"file": ""}, {}, "odd"]
    assert files_there(tmp_path, rows) == [{"file": "a-Q8_0.gguf"}]
    assert files_there(tmp_path, None) == []
    with pytest.raises(LorewrightError):
        files_there(tmp_path, [{"file": "../../secret"}])
