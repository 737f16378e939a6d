"""Play's tab in a window with its own event loop, with engines whose replies are fixed."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path

import pytest
import qasync
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.ui.context import Context, Toast
from studio.ui.play.seat import Seat
from studio.ui.play.tab import PlayTab
from tests.ui.play.engines import FixedEngine

Run = Callable[[Coroutine[object, object, object]], object]
REPLIES = ["Cold water.\n\n[roll: stealth dc 1]", " Unseen. [damage: Wren 7]"]


@pytest.fixture
def run(qapp: QApplication) -> Iterator[Run]:
    """Runs a coroutine on the window's event loop."""
    loop = qasync.QEventLoop(qapp)
    asyncio.set_event_loop(loop)
    yield loop.run_until_complete
    asyncio.set_event_loop(None)
    loop.close()


@pytest.fixture
def toasts(context: Context) -> list[Toast]:
    """What was said at the window's edge."""
    shown: list[Toast] = []
    context.toasted.connect(shown.append)
    return shown


async def settled(tab: PlayTab) -> None:
    """Waits until nothing is under way."""
    await asyncio.sleep(0.01)
    while tab.errands.busy:
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.01)


@pytest.fixture
def played(qtbot: QtBot, context: Context, monkeypatch: pytest.MonkeyPatch, run: Run) -> Iterator[PlayTab]:
    """A tab in which one line was said and answered, with a roll and a wound."""
    models = context.workspace.models / "tavern"
    models.mkdir(parents=True)
    for name in ("first", "second"):
        (models / f"{name}.gguf").write_bytes(name.encode())
    monkeypatch.setattr("studio.ui.play.shelf.shipped_models", lambda: models / "none")

    async def engine_for(path: Path) -> FixedEngine:
        return FixedEngine(path, REPLIES if path.stem == "first" else (), rest=f"{path.stem} says nothing.")

    monkeypatch.setattr(
        "studio.ui.play.tab.Seat", lambda sessions, **more: Seat(sessions, load_engine=engine_for, **more)
    )
    tab = PlayTab(context)
    qtbot.addWidget(tab)
    tab.resize(1100, 700)
    tab.show()

    async def begin() -> None:
        tab.was_entered = True
        await tab.look()
        tab.begin_chosen()
        await tab.table.seat_model(0, models / "first.gguf")
        tab.input.field.setPlainText("I wade across.")
        tab.input.field.say()
        await settled(tab)

    run(begin())
    yield tab
    run(tab.table.leave())


@pytest.fixture
def doing(run: Run, played: PlayTab) -> Callable[[Callable[[], object]], None]:
    """Does something inside the window's event loop, and waits for what it starts."""

    async def act(what: Callable[[], object]) -> None:
        what()
        await settled(played)

    def do(what: Callable[[], object]) -> None:
        run(act(what))

    return do
