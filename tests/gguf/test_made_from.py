"""What a model was made from is found in its workspace, also of a version that is published."""

import json
from pathlib import Path

import pytest

from studio.gguf.made_from import source_beside
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
