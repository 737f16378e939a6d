"""What Play shows before anything is played: no model, one that loads, and what fits beside the game."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from studio.ui.context import Context
from studio.ui.play.rows import Trouble, Wait
from studio.ui.play.tab import PlayTab
from tests.ui.play.conftest import Run, settled
from tests.ui.play.engines import FixedEngine

Doing = Callable[[Callable[[], object]], None]


def test_without_a_model_the_chat_says_how_one_comes_and_how_far_it_is_loaded(
    run: Run, qtbot: QtBot, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.ui.play.shelf.shipped_models", lambda: context.workspace.models / "none")
    monkeypatch.setattr("studio.publishing.known_models._starter", lambda: iter(()))
    tab = PlayTab(context)
    qtbot.addWidget(tab)
    seat, gate = tab.table.seats[0], asyncio.Event()

    async def slow(path: Path) -> FixedEngine:
        seat._load_came(0.4)
        await gate.wait()
        return FixedEngine(path)

    seat.load_engine = slow

    async def look() -> None:
        tab.entered()
        assert tab.focusProxy() is None and tab.focusWidget() is tab.input.field
        await settled(tab)
        tab.entered()
        await settled(tab)
        cards = [one for one in seat.transcript.contents if isinstance(one, Trouble)]
        assert [card.action for card in cards] == ["Add a model"], "said once"
        assert tab.input.hint.isHidden() and not tab.input.send.isEnabled()
        model = context.workspace.models / "first.gguf"
        model.write_bytes(b"GGUF")
        tab.open_path(model)
        await asyncio.sleep(0.02)
        wait = seat.transcript.contents[-1]
        assert isinstance(wait, Wait) and wait.share == 0.4 and "loading" in wait.text
        gate.set()
        await settled(tab)
        assert not [one for one in seat.transcript.contents if isinstance(one, Trouble | Wait)]
        assert not tab.input.hint.isHidden()
        tab.input.hint.click()
        assert tab.input.field.textCursor().atEnd()
        await tab.table.leave()

    run(look())


def test_two_models_and_the_game_fit_a_small_window(played: PlayTab, doing: Doing) -> None:
    doing(played.bar.pair.click)
    played.resize(1211, 750)
    long = "smollm2-135M-first-model-of-the-weir-v1.0-Q4_K_M"
    doing(lambda: played.beside.vote.tell(long, f"{long}-again", "left"))
    doing(played.evening.end)
    doing(lambda: played.show_game(True))
    left, right = played.sides
    assert [left.isHidden(), right.isHidden()].count(True) == 1
    assert played.minimumSizeHint().width() <= 1211, "a window of 1280"
    doing(played.beside.segments[1].click)
    assert left.isHidden() and not right.isHidden()
    doing(lambda: played.show_game(False))
    assert not left.isHidden() and not right.isHidden()
