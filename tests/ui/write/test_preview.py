"""A preview shows the play that a scenario tells."""

from studio.rules import Outcome
from studio.scenario import parse
from studio.ui.cards.content import Said, Throw
from studio.ui.write.preview import parts_of

SCENARIO = """<SYSTEM>
# Party

## Wren
- Skills: Stealth +6

## Odile
- Skills: Medicine +4
</SYSTEM>

<User>I hide.</User>

<DM>Both of you, then.

[roll: stealth dc 12 adv]
[damage: Wren 1]
[roll: medicine for Odile]</DM>

<TOOLCALL>stealth: 13 + 6(skill) = *19*</TOOLCALL>

<TOOLCALL>medicine: 2 + 4(skill) = *6*</TOOLCALL>

<DM>*FAILED* He bleeds.</DM>

<TOOLCALL>something else</TOOLCALL>
"""


def test_a_roll_is_shown_with_its_call_and_the_outcome_that_follows() -> None:
    parts = parts_of(parse(SCENARIO).scenario)
    first, second = [value for part in parts for value in part.values if isinstance(value, Throw)]
    assert (first.actor, first.dc, first.advantage, first.outcome) == ("Wren", 12, "adv", None)
    assert (second.actor, second.dc, second.sum, second.outcome) == ("Odile", None, "2 + 4", Outcome.FAILURE)
    said = [value for part in parts for value in part.values if isinstance(value, Said)]
    assert [one.prose for one in said] == ["I hide.", "Both of you, then.", "He bleeds."]
    assert [one.name for one in said] == ["Player", "Narrator", "Narrator"]
    assert parts[-1].kind == "note"
