"""What the terminal says of a fight that is typed."""

import io

from studio.cli.play_shown import Plain, Rich
from studio.play.events import Acted, Dropped, Phase, Stopped, TurnAdded, Wrote
from studio.play.records import Node
from studio.rules import Act, Party
from studio.scenario.calls import find_calls
from studio.scenario.tools import ToolTable


def test_an_act_is_said_once_and_a_call_that_is_taken_out_with_the_reason() -> None:
    shown = Plain(io.StringIO())
    (call,) = find_calls("[damage: Heron 8]", ToolTable.shipped(), ["Heron"])
    sentence = "Wren misses Heron with Club (9 against 14)."
    node = Node(kind="act", id=1, parent=None, text=sentence, cause="call")
    shown.hear(Acted(node, Act("attack", Party(()), sentence)))
    shown.hear(TurnAdded(Node(kind="DM", id=2, parent=1, text=f"*FAILED* {sentence}\n\n[end combat]", ruled=True)))
    shown.hear(Dropped(call, "the rules have decided it"))
    shown.hear(Stopped(0, acts=40))
    assert isinstance(shown.stream, io.StringIO)
    said = shown.stream.getvalue()
    assert said.count(sentence) == 1 and "*FAILED*" in said and "[end combat]" in said
    assert "[damage: Heron 8] is not carried out: the rules have decided it" in said
    assert "Stopped after 40 acts" in said


def test_a_moving_line_never_wipes_away_words_that_stand_in_an_open_line() -> None:
    shown = Rich(io.StringIO())

    def moves() -> bool:
        return shown._status is not None

    shown.hear(Phase("reading", 0, 10))
    shown.hear(Wrote("*FAILED*"))
    shown.hear(Phase("reading", 5, 10))
    assert not moves()
    shown.hear(Wrote(" You slip."))
    shown.ends(None)
    shown.hear(Phase("reading", 0, 10))
    assert moves()
    shown.rest()
    assert isinstance(shown.stream, io.StringIO)
    assert "*FAILED* You slip." in shown.stream.getvalue()


def test_a_turn_that_only_carries_calls_of_what_was_told_is_not_shown() -> None:
    shown = Plain(io.StringIO())
    sentence = "A fight begins. The order: Wren 19, Heron 4."
    shown.note(sentence)
    shown.note("Turn 2 is marked.")
    shown.hear(TurnAdded(Node(kind="DM", id=2, parent=1, text=f"{sentence}\n\n[begin combat]", ruled=True)))
    shown.hear(TurnAdded(Node(kind="User", id=3, parent=2, text="I wade.")))
    shown.hear(TurnAdded(Node(kind="DM", id=4, parent=3, text="[roll: stealth]", ruled=True)))
    assert isinstance(shown.stream, io.StringIO)
    said = shown.stream.getvalue()
    assert "[begin combat]" not in said and said.count(sentence) == 1
    assert "[roll: stealth]" in said, "what asks for dice is told by nothing else"
