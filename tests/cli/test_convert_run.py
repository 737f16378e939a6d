"""Which run `lorewright convert` takes by a name; what it makes of it is shown elsewhere."""

from pathlib import Path

import pytest

from studio.cli.convert import _source
from studio.errors import PathMissing
from studio.publishing.listed_models import UnknownModel
from studio.workspace import Workspace


def test_a_run_is_found_by_the_name_that_its_training_was_given(tmp_path: Path) -> None:
    for name in ("2026-11-21-tavern-train", "2026-11-21-tavern-convert"):
        (tmp_path / "runs" / name).mkdir(parents=True)
        (tmp_path / "runs" / name / "config.yaml").write_text("{}\n", "utf-8")
    workspace = Workspace(tmp_path)
    assert _source("tavern", workspace).name == "2026-11-21-tavern-train"
    with pytest.raises(UnknownModel, match="tavren"):
        _source("tavren", workspace)
    for path in ("runs/tavren", "tavern.gguf"):
        with pytest.raises(PathMissing):
            _source(path, workspace)
