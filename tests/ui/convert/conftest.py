"""Fixtures of the Convert tab's tests: a window with an event loop of its own, and what it says."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget

from studio.ui.context import Toast
from studio.ui.convert.tab import ConvertTab
from studio.ui.start import Studio
from studio.ui.theme import Theme
from studio.workspace import Workspace
from tests.ui.loops import Go

SUITE = """format: 1
title: One scenario
parts:
  - kind: tool-calls
limits:
  - {figure: tool-calls/recall, at_least: 0.0}
"""


@pytest.fixture
def studio(
    go: Go, theme: Theme, workspace: Workspace, tmp_path: Path, delete: Callable[[QWidget], None]
) -> Iterator[Studio]:
    for path in workspace.scenario_files():
        path.write_text(path.read_text("utf-8").replace("player: Wren", "player: Wren\ntags: [held-out]"), "utf-8")
    (workspace.root / "suites").mkdir()
    (workspace.root / "suites" / "tool-calls.yaml").write_text(SUITE, "utf-8")
    made = Studio.build(workspace.root, tmp_path / "config", theme, ("convert",))
    made.window.show()
    yield made
    made.window.close()
    made.close()
    delete(made.window)


@pytest.fixture
def tab(studio: Studio) -> ConvertTab:
    found = studio.window.tabs["convert"]
    assert isinstance(found, ConvertTab)
    return found


@pytest.fixture
def toasts(studio: Studio) -> list[Toast]:
    """What the window said."""
    said: list[Toast] = []
    studio.context.toasted.connect(said.append)
    return said
