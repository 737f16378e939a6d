"""A fight that is played by typing, in the window: what stands in the chat in which order, a stop, taking it back."""

from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from studio.inference.engine import Ask, Engine, Generation, Halted, Sampling
from studio.play.session import Session
from studio.rules import HandChange
from studio.ui.cards.content import Said, Throw
from studio.ui.context import Toast
from studio.ui.play.rows import Remark, Trouble
from studio.ui.play.tab import PlayTab
from tests.ui.conftest import SCENARIO
from tests.ui.play.engines import FixedEngine

Doing = Callable[[Callable[[], object]], None]
FOE = "- Skills: Stealth +6, Attack +5, Initiative +99\n\n## Toll Hand\n- Enemy\n- Health: 90/90\n- Skills: Attack +2\n"
LINES = ["A hand comes out of the dark. [begin combat]", "You swing. [roll: attack]", "Mud flies.", "It grunts."]


class Stopping(FixedEngine):
    """Is stopped in the middle of one of its answers."""

    stops_at = -1

    async def answer(self, ask: Ask, sampling: Sampling, on_text=None, on_read=None) -> Generation:  # type: ignore[no-untyped-def]
        said = await super().answer(ask, sampling, on_text, on_read)
        if len(self.asks) == self.stops_at:
            raise Halted(written=said)
        return said


@pytest.fixture
def fighting(played: PlayTab, doing: Doing, monkeypatch: pytest.MonkeyPatch) -> PlayTab:
    """A tab in which a fight began."""
    path = played.context.workspace.scenarios / "bridge-fight.md"
    path.write_text(SCENARIO.replace("- Skills: Stealth +6, Attack +5\n", FOE), "utf-8")

    async def engine_for(model: Path) -> Engine:
        return cast(Engine, Stopping(model, LINES, rest="Cold wind."))  # the part of it that play asks for

    played.table.seats[0].load_engine = engine_for

    def begin() -> None:
        played.bar.choose(path)
        played.begin_chosen()
        played.load(0, played.models[0].path)

    doing(played._look_again)
    doing(begin)
    doing(lambda: played._say("I look under the bridge."))
    return played


def session_of(tab: PlayTab) -> Session:
    session = tab.table.seats[0].session
    assert session is not None
    return session


def engine_of(tab: PlayTab) -> Stopping:
    engine: object = tab.table.seats[0].engine
    assert isinstance(engine, Stopping)
    return engine


def shown(tab: PlayTab) -> list[str]:
    """The kinds of rows from the player's last line on."""
    contents = tab.table.seats[0].transcript.contents
    last = max(number for number, one in enumerate(contents) if isinstance(one, Said) and one.voice == "player")
    kinds = {Throw: "dice", Remark: "remark", Trouble: "card"}
    return [kinds.get(type(one), "said") for one in contents[last:]]


def test_dice_come_before_what_they_came_to_and_that_before_its_telling(fighting: PlayTab, doing: Doing) -> None:
    doing(lambda: fighting._say("I swing at it."))
    assert shown(fighting) == [
        "said", "said", "dice", "remark", "said",  # the blow
        "remark", "dice", "remark", "said", "remark",  # its turn, its blow, and Wren's turn
    ]  # fmt: skip
    contents = fighting.table.seats[0].transcript.contents[-10:]
    swing, dice, foe = contents[1], contents[2], contents[8]
    assert isinstance(swing, Said) and swing.prose == "You swing." and swing.calls == ("[roll: attack dc 15]",)
    assert isinstance(dice, Throw) and dice.actor == "Wren" and dice.dc is not None
    assert isinstance(foe, Said) and foe.prose == "It grunts.", "what the rules put before it stands above it"
    assert fighting.panel._fight._whose.text() == "Wren acts"


def test_a_stop_in_the_middle_of_a_fight_keeps_what_was_done_and_goes_on(fighting: PlayTab, doing: Doing) -> None:
    engine_of(fighting).stops_at = len(engine_of(fighting).asks) + 2
    doing(lambda: fighting._say("I swing at it."))
    assert shown(fighting) == ["said", "said", "dice", "remark", "said", "card"]
    card = fighting.table.seats[0].transcript.contents[-1]
    assert isinstance(card, Trouble) and card.text.startswith("Stopped in the middle")
    doing(fighting.sides[0].again_wanted.emit)
    assert fighting.panel._fight._whose.text() == "Wren acts"
    assert sum(kind == "dice" for kind in shown(fighting)) == 2


def test_a_line_and_all_that_came_of_it_are_taken_back_as_one(
    fighting: PlayTab, doing: Doing, toasts: list[Toast]
) -> None:
    before = [node.id for node in session_of(fighting).steps()]
    doing(lambda: fighting._say("I swing at it."))
    doing(lambda: fighting.evening.on_last("retry"))
    assert fighting.bar.undo.isEnabled()
    fighting.evening.undo()
    assert "the narrator's turn" in toasts[-1].text
    fighting.evening.undo()
    assert "what was said (“I swing at it.”)" in toasts[-1].text
    assert [node.id for node in session_of(fighting).steps()] == before
    fighting.evening.redo()
    assert fighting.panel._fight._whose.text() == "Wren acts" and "Done again" in toasts[-1].text


def test_an_act_of_the_panel_and_its_telling_are_taken_back_as_one(
    fighting: PlayTab, doing: Doing, toasts: list[Toast]
) -> None:
    before = [node.id for node in session_of(fighting).steps()]
    doing(fighting.panel._fight._strike)
    doing(fighting.panel.tell_wanted.emit)
    assert len(session_of(fighting).steps()) > len(before) + 2
    fighting.evening.undo()
    assert "the act (“Wren " in toasts[-1].text
    assert [node.id for node in session_of(fighting).steps()] == before


def test_a_blow_that_is_taken_out_leaves_its_call_as_text(fighting: PlayTab, doing: Doing) -> None:
    doing(lambda: fighting._say("I swing at it."))
    session = session_of(fighting)
    blow = next(node for node in session.steps() if node.cause == "call")
    swing = blow.parent
    doing(lambda: fighting.evening.change(lambda s: s.delete(blow.id)))
    rows = [row for row in fighting.table.seats[0].transcript.rows if row.node == swing]
    assert isinstance(rows[0].content, Said) and rows[0].content.calls == ()


def test_what_the_last_blow_did_is_a_chip_beside_the_end_of_the_fight(fighting: PlayTab, doing: Doing) -> None:
    session = session_of(fighting)
    doing(lambda: fighting.evening.change(lambda s: s.hand(HandChange("Toll Hand", "health", value=1))))
    for _round in range(20):
        if session.party.combat is None:
            break
        engine_of(fighting).replies = ["You swing. [roll: attack]"]
        doing(lambda: fighting._say("I strike the hand."))
    said = [one for one in fighting.table.seats[0].transcript.contents if isinstance(one, Said)]
    last = next(one for one in reversed(said) if "[end combat]" in one.calls)
    assert last.calls[0].startswith("[damage: Toll Hand") and "[" not in last.prose
