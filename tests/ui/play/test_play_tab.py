"""The Play tab in a window with its own event loop, with engines whose replies are fixed."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path

import pytest
import qasync
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from studio.errors import InputError
from studio.ui.cards.content import Said
from studio.ui.cards.party import Meter
from studio.ui.context import Comparison, Context
from studio.ui.play.tab import PlayTab
from tests.gguf.adapters import run_folder
from tests.gguf.tiny_model import write_model
from tests.ui.play.engines import FixedEngine

Run = Callable[[Coroutine[object, object, object]], object]


async def engine_for(path: Path) -> FixedEngine:
    if "broken" in path.stem:
        raise InputError(detail=f"{path.name} is damaged or cut short")
    return FixedEngine(path, ["Cold water.\n\n[roll: stealth dc 1]", " Unseen. [damage: Wren 7]"])


@pytest.fixture
def run(qapp: QApplication) -> Iterator[Run]:
    """Runs a coroutine on the window's event loop."""
    loop = qasync.QEventLoop(qapp)
    asyncio.set_event_loop(loop)
    yield loop.run_until_complete
    asyncio.set_event_loop(None)
    loop.close()


@pytest.fixture
def tab(qtbot: QtBot, context: Context, monkeypatch: pytest.MonkeyPatch) -> PlayTab:
    models = context.workspace.models / "tavern"
    models.mkdir(parents=True)
    (models / "tavern-Q4_K_M.gguf").write_bytes(b"GGUF")
    (models / "other.gguf").write_bytes(b"GGUF")
    monkeypatch.setattr("studio.ui.play.shelf.shipped_models", lambda: models / "none")
    made = PlayTab(context)
    for seat in made.table.seats:
        seat.load_engine = engine_for
    make = made.table.make_seat

    def seated():  # type: ignore[no-untyped-def]  # a Seat
        seat = make()
        seat.load_engine = engine_for
        return seat

    made.table.make_seat = seated
    qtbot.addWidget(made)
    made.resize(1100, 700)
    made.show()
    return made


async def settled(tab: PlayTab) -> None:
    while tab.errands.busy:
        await asyncio.sleep(0.01)


def test_a_line_is_played_with_cards_dice_and_sheets(run: Run, tab: PlayTab, qtbot: QtBot) -> None:
    async def play() -> None:
        tab.entered()
        await settled(tab)
        assert tab.input.send.isEnabled()
        tab.input.hint.click()
        assert tab.input.field.toPlainText() == "I wade across."
        qtbot.keyClick(tab.input.field, Qt.Key.Key_Return)
        await settled(tab)

    run(play())
    assert tab.input.field.toPlainText() == ""
    shown = tab.sides[0].chat.items
    told = [shown.data(shown.index(number)) for number in range(shown.rowCount())]
    assert told[1] == "You: I wade across."
    assert told[3].startswith("Wren rolls Stealth: ")
    said = [one for one in tab.table.seats[0].transcript.contents if isinstance(one, Said)]
    assert [one.calls for one in said] == [(), ("[roll: stealth dc 1]",), ("[damage: Wren 7]",)]
    assert any(bar.accessibleName() == "Health 13 of 26" for bar in tab.panel.findChildren(Meter))
    assert not tab.input.hint.isVisible()
    run(tab.table.leave())


def test_a_model_that_cannot_be_loaded_is_a_card_with_a_way_on(run: Run, tab: PlayTab) -> None:
    async def drop() -> None:
        tab.entered()
        await settled(tab)
        tab.open_path(Path("/somewhere/broken.gguf"))
        await settled(tab)

    run(drop())
    button = next(one for one in tab.sides[0].chat.findChildren(QPushButton) if one.text() == "Load again")
    assert button.isVisibleTo(tab)
    assert not tab.input.send.isEnabled()
    run(tab.table.leave())


def test_two_models_answer_the_same_line(run: Run, tab: PlayTab, context: Context) -> None:
    scenario = next(iter(context.workspace.scenario_files()))
    left, right = (context.workspace.models / "tavern" / name for name in ("tavern-Q4_K_M.gguf", "other.gguf"))

    async def compare() -> None:
        context.compare(Comparison(left, right, scenario, "I wade across."))
        await settled(tab)

    run(compare())
    assert [side.seat.path for side in tab.sides] == [left, right]
    for side in tab.sides:
        assert len([one for one in side.seat.transcript.contents if isinstance(one, Said)]) == 3
    assert tab.bar.pair.isChecked()
    run(tab.table.leave())


def test_what_a_run_has_learnt_is_seated_through_its_adapter(run: Run, tab: PlayTab, context: Context) -> None:
    trained = run_folder(context.workspace.runs, write_model(context.workspace.models / "base.gguf"))

    async def play() -> None:
        context.play_run(trained)
        await settled(tab)

    run(play())
    seat = tab.table.seats[0]
    assert (seat.path, seat.can_play) == (trained, True)
    assert (trained / "adapter.gguf").is_file()
    assert tab.sides[0].picker.currentText() == "weir, as trained"
    assert tab.input.send.isEnabled()
    run(tab.table.leave())
