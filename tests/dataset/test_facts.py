"""What happens in a scenario and in a talk, as facts."""

from studio.chat import messages
from studio.dataset.facts import facts_in, facts_of
from studio.rules import Rules
from studio.scenario import parse

TEXT = """---
type: roleplay
player: Wren
---
<SYSTEM>
# Party

## Wren
- Player Character
- Bard
- Level 5
- Health: 24/26
- Inventory: Rope
- Skills: Persuasion +6

## Gate Warden
- Enemy
- Guard
- Level 2
- Health: 9/9
</SYSTEM>

<User>Let me through, friend.</User>

<DM>He scratches an ear.

[roll: Persuasion dc 18]</DM>

<TOOLCALL>persuasion: 11 + 6(skill) = *17*</TOOLCALL>

<DM>*FAILED* No. Steel it is.

[roll: initiative]
[begin combat]</DM>

<TOOLCALL>initiative: 4 = *4*</TOOLCALL>

<DM>He is quicker.</DM>

<User>I hold out my rope.</User>

<DM>He takes it, and thinks.

[take: Wren Rope]
[roll: sleight_of_hand]</DM>

<TOOLCALL>sleight_of_hand: 15 = *15*</TOOLCALL>

<DM>*SUCCESS* His purse is yours.</DM>
"""


def test_a_scenario_tells_its_facts_in_order() -> None:
    assert facts_of(parse(TEXT).scenario, Rules.shipped()) == {
        "type": ("roleplay",),
        "tool": ("roll", "roll", "begin combat", "take", "roll"),
        "skill": ("persuasion", "initiative", "sleight of hand"),
        "dc": ("18", "15"),
        "outcome": ("failure", "success"),
        "class": ("bard",),
        "level": ("5",),
    }


def test_a_part_of_a_scenario_has_the_facts_of_its_turns() -> None:
    found = facts_of(parse(TEXT).scenario, Rules.shipped(), turns=(0, 3))
    assert found["tool"] == ("roll",)
    assert found["outcome"] == ("failure",)
    assert found["class"] == ("bard",)


def test_a_talk_tells_its_calls_and_how_they_went() -> None:
    talk = messages(parse(TEXT).scenario)
    whole = facts_of(parse(TEXT).scenario, Rules.shipped())
    assert facts_in(talk, Rules.shipped()) == {name: whole[name] for name in ("tool", "skill", "dc", "outcome")}


def test_what_is_not_said_is_no_fact() -> None:
    assert facts_of(parse("<User>Hello.</User>\n\n<DM>Well met.</DM>\n").scenario, Rules.shipped()) == {}
