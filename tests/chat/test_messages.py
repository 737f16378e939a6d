"""How turns become messages: roles, joining, what is trained."""

from studio.chat import Message, joined, messages
from studio.scenario.model import Scenario, Span, Speaker, SystemContext, Turn

NOWHERE = Span(0, 0)


def scenario(*turns: tuple[Speaker, str], system: str | None = "# Role\nDM") -> Scenario:
    """A scenario with these turns and a SYSTEM block."""
    context = None if system is None else SystemContext(system, None, None, None, (), NOWHERE, NOWHERE)
    rows = tuple(Turn(i, who, text, 1, NOWHERE, NOWHERE) for i, (who, text) in enumerate(turns))
    return Scenario("", None, None, {}, context, rows)


PLAY = scenario(
    (Speaker.USER, "I look around."),
    (Speaker.DM, "[roll: perception]"),
    (Speaker.TOOLCALL, "perception: 12 + 5(skill) = *17*"),
    (Speaker.USER, "And I listen."),
    (Speaker.DM, " *SUCCESS* A door. "),
)


def test_roles_and_joining() -> None:
    assert messages(PLAY) == (
        Message("system", "# Role\nDM"),
        Message("user", "I look around.", 0),
        Message("assistant", "[roll: perception]", 1, trained=True),
        Message("user", "<TOOLCALL>perception: 12 + 5(skill) = *17*</TOOLCALL>\n\nAnd I listen.", 2),
        Message("assistant", "*SUCCESS* A door.", 4, trained=True),
    )


def test_upto_leaves_out_the_turn_itself() -> None:
    assert [m.turn_index for m in messages(PLAY, upto=1)] == [None, 0]
    assert messages(PLAY, upto=0) == (Message("system", "# Role\nDM"),)


def test_without_system() -> None:
    assert messages(scenario((Speaker.USER, "hi"), system=None)) == (Message("user", "hi", 0),)


def test_joining_drops_generated_ids_because_the_text_is_new() -> None:
    both = joined([Message("assistant", "a", 1, True, (5,)), Message("assistant", "b", 2, True, (6,))])
    assert both == (Message("assistant", "a\n\nb", 1, True, None),)
    assert joined([Message("assistant", "a", 1, True, (5,))])[0].ids == (5,)
