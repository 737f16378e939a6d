"""The Play tab in a window with its own event loop, with engines whose replies are fixed."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from pathlib import Path

import pytest
import qasync
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.errors import InputError
from studio.inference.engine import Generation, ModelCard, Sampling
from studio.ui.cards.bubble import Bubble
from studio.ui.cards.chip import Chip
from studio.ui.cards.dice import DiceCard
from studio.ui.cards.party import Meter
from studio.ui.context import Comparison, Context
from studio.ui.play.remarks import TroubleCard
from studio.ui.play.tab import PlayTab
from tests.gguf.adapters import run_folder
from tests.gguf.tiny_model import write_model

TEMPLATE = "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
Run = Callable[[Coroutine[object, object, object]], object]


class FixedEngine:
    """An engine (a true boundary: the protocol) with fixed replies."""

    def __init__(self, path: Path) -> None:
        self.card = ModelCard(path.stem, path, TEMPLATE, "", "<|im_end|>", 4096, 1000, 500)
        self._replies = ["Cold water.\n\n[roll: stealth dc 1]", " Unseen. [damage: Wren 7]"]

    async def tokenise(self, parts: Sequence[tuple[str, bool]]) -> list[list[int]]:
        return [[ord(letter) for letter in text] for text, _special in parts]

    async def generate(
        self, prompt: Sequence[int], sampling: Sampling, on_text: Callable[[str], None] | None = None
    ) -> Generation:
        text = self._replies.pop(0) if self._replies else "Silence."
        if on_text is not None:
            on_text(text)
        return Generation(tuple(map(ord, text)), text, "end", len(prompt), 0, 0.25, 0.5)

    async def generate_many(self, prompts: Sequence[Sequence[int]], max_tokens: int) -> list[Generation]:
        raise NotImplementedError

    async def stop(self) -> None:
        return None

    async def close(self) -> None:
        return None


async def engine_for(path: Path) -> FixedEngine:
    if "broken" in path.stem:
        raise InputError(detail=f"{path.name} is damaged or cut short")
    return FixedEngine(path)


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
    assert len(tab.sides[0].findChildren(Bubble)) == 3
    (die,) = tab.sides[0].findChildren(DiceCard)
    assert "Stealth" in die.accessibleName() and "Wren" in die.accessibleName()
    calls = {"roll: stealth dc 1", "damage: Wren 7"}
    qtbot.waitUntil(lambda: calls <= {chip.text() for chip in tab.sides[0].findChildren(Chip)})
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
    (card,) = tab.sides[0].findChildren(TroubleCard)
    assert card.button is not None and card.button.isVisibleTo(tab)
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
        assert len(side.findChildren(Bubble)) == 3
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
