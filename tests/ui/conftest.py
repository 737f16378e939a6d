"""Fixtures of the window's tests: no display, a workspace of its own, everything closed again."""

import asyncio
import gc
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import qasync

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QWidget

from studio.ui.context import Context
from studio.ui.start import Studio
from studio.ui.theme import Appearance, Theme
from studio.ui.theme.fonts import load_fonts
from studio.workspace import Settings, Workspace, open_or_make
from tests.ui.loops import Go

SCENARIO = """---
title: The Toll Bridge
player: Wren
---
<SYSTEM>
# Role
You are the Dungeon Master.

# World
River towns.

# Location
A ford at dusk.

# Party

## Wren
- Player Character
- Level 3
- Health: 20/26
- Inventory: Rope, silver x3
- Skills: Stealth +6, Attack +5
</SYSTEM>

<User>I wade across.</User>

<DM>The water tugs at your knees.

[roll: stealth]</DM>

<TOOLCALL>stealth: 13 + 6(skill) = *19*</TOOLCALL>

<DM>*SUCCESS* He counts his coppers again.</DM>
"""


@pytest.fixture
def go(qapp: QApplication) -> Iterator[Go]:
    """Runs a coroutine in a loop of the window's kind."""
    qapp.setQuitOnLastWindowClosed(False)  # as the studio itself does: its loop outlives the window
    loop = qasync.QEventLoop(qapp)
    asyncio.set_event_loop(loop)
    yield loop.run_until_complete
    asyncio.set_event_loop(None)
    loop.close()
    qapp.setQuitOnLastWindowClosed(True)


@pytest.fixture(autouse=True)
def _garbage_stays_on_this_thread() -> Iterator[None]:
    """As in the window itself, cycles are never collected on a working thread, where no object of Qt may be deleted."""
    gc.disable()
    yield
    gc.collect(1)
    gc.enable()


@pytest.fixture(autouse=True)
def _answers_come_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a loaded machine too, what a sound disk gives at once is there at once: no test depends on how quick it is."""
    monkeypatch.setattr("studio.ui.background.BLINK_SECONDS", 30.0)


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    """A test that leaves a thread of ours running fails."""
    before = set(threading.enumerate())
    yield
    ours = ("check", "survey", "vitals", "watchdog")
    left = [thread.name for thread in set(threading.enumerate()) - before if thread.name.startswith(ours)]
    assert not left, f"threads left running: {left}"


def gone(application: QApplication, widget: QWidget) -> None:
    """Deletes a widget now; what is left would be styled anew by every later test."""
    widget.deleteLater()
    application.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def delete(qapp: QApplication) -> Callable[[QWidget], None]:
    """Deletes a widget at once."""
    return lambda widget: gone(qapp, widget)


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    """The dark theme, laid on."""
    load_fonts()
    made = Theme(Appearance.DARK)
    made.apply()
    return made


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace with one sound scenario and one with mistakes."""
    folder = tmp_path / "Game" / "scenarios"
    for kind, name, text in (
        ("combat", "toll-bridge.md", SCENARIO),
        ("roleplay", "slips.md", SCENARIO.replace("[roll: stealth]", "[rol: stealth]").replace("Toll Bridge", "Slips")),
    ):
        (folder / kind).mkdir(parents=True)
        (folder / kind / name).write_text(text, "utf-8")
    return open_or_make(tmp_path / "Game")


@pytest.fixture
def context(theme: Theme, workspace: Workspace, tmp_path: Path) -> Context:
    """What a tab is given."""
    return Context(workspace, Settings(tmp_path / "config" / "settings.json"), theme)


@pytest.fixture
def studio(theme: Theme, workspace: Workspace, tmp_path: Path, qapp: QApplication) -> Iterator[Studio]:
    """The window with the Write tab, shown."""
    made = Studio.build(workspace.root, tmp_path / "config", theme, ("write",))
    made.window.show()
    yield made
    for tab in made.window.tabs.values():
        for page in getattr(getattr(tab, "pages", None), "pages", ()):
            page.editor.document().setModified(False)
    made.window.close()
    made.close()
    gone(qapp, made.window)
