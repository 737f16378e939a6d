"""Cutting between turns: nothing lost, nothing twice, every part fits and opens with the sheets as they stand."""

import re
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.chat import ChatTemplate, messages
from studio.chat.messages import ASSISTANT, SYSTEM, USER, Message
from studio.chat.template import TemplateRefused
from studio.dataset.cutting import Cut, Cutter, cut
from studio.dataset.examples import cut_scenario, turns_of
from studio.dataset.standing import Standing
from studio.scenario import Scenario, find_calls, parse
from studio.scenario.tools import ToolTable

CHATML = ChatTemplate(
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}",
    eos="<|im_end|>",
    name="chatml",
)

SHEET = """<SYSTEM>
# Role
You are the Dungeon Master.

# Party

## Wren
- Player Character
- Ranger
- Level 3
- Health: 24/26
- Exp: 750/2700
- Inventory: rope, torch x2
- Skills: Stealth +6

## Old Bram
- NPC
- Health: 9/9
- Conditions: prone
</SYSTEM>
"""


class Words:
    """A tokeniser in which each word and each mark is an id."""

    def encode(self, text: str, *, special: bool) -> list[int]:
        return [hash(word) for word in re.findall(r"\w+|[^\w\s]", text)]

    def decode(self, ids: list[int]) -> str:
        raise NotImplementedError


def cutter(limit: int) -> Cutter:
    return Cutter.of(CHATML, Words(), limit)


def scenario(*turns: str) -> Scenario:
    return parse(SHEET + "".join(turns)).scenario


def said(found: Cut) -> list[str]:
    return [part.messages[0].content for part in found.parts]


HURT = (
    "<User>I look around.</User>\n<DM>A stone falls. [damage: Wren 7] [give: Wren silver key] [take: Wren rope]</DM>\n"
)
LATER = "<User>And?</User>\n<DM>[condition: Old Bram prone off] [condition: Wren poisoned] [level up: Wren]</DM>\n"
LAST = "<User>I go on.</User>\n<DM>The road is empty.</DM>\n"


def test_every_part_opens_with_the_sheets_as_they_stand() -> None:
    told = scenario(HURT, LATER, LAST)
    first = cutter(0).length(messages(told)[:3])
    found = cut_scenario(told, cutter(first + 8))
    assert [turns_of(part, told) for part in found.parts] == [(0, 2), (2, 4), (4, 6)]
    one, two, three = said(found)
    assert one == parse(SHEET).scenario.system.content.strip()  # type: ignore[union-attr]
    assert "Health: 17/26" in two and "Inventory: torch x2, silver key" in two and "Level 3" in two
    assert "Conditions: prone" in two and "poisoned" not in two
    assert "Level 4" in three and "poisoned" in three and "prone" not in three
    assert "Exp: 750/2700" in three and "Stealth +6" in three


def test_a_sheet_on_which_nothing_changed_is_the_same_text() -> None:
    told = scenario(LAST * 3)
    assert {Standing(told).before(turn) for turn in range(len(told.turns))} == {
        parse(SHEET).scenario.system.content.strip()
    }  # type: ignore[union-attr]


def test_a_list_that_became_empty_is_read_as_empty() -> None:
    told = scenario(
        "<User>x</User>\n<DM>[take: Wren rope] [take: Wren torch x2] [condition: Old Bram prone off]</DM>\n", LAST
    )
    system = Standing(told).before(2)
    party = parse(f"<SYSTEM>{system}</SYSTEM>").scenario.system.party  # type: ignore[union-attr]
    assert party[0].inventory == ()
    assert not party[1].other


def test_an_exchange_that_is_too_long_is_cut_before_a_result_and_an_answer_that_fits_nowhere_is_left_out() -> None:
    told = scenario(
        "<User>I sneak.</User>\n<DM>Dark and still. [roll: stealth]</DM>\n"
        "<TOOLCALL>stealth: 13 + 6(skill) = *19*</TOOLCALL>\n"
        f"<DM>*SUCCESS* {'Reeds close behind you. ' * 12}</DM>\n"
    )
    whole = messages(told)
    alone = cutter(0).length([*whole[:1], *whole[3:]])
    found = cut_scenario(told, cutter(alone))
    assert [turns_of(part, told) for part in found.parts] == [(0, 2), (2, 4)]
    found = cut_scenario(told, cutter(alone - 1))
    assert [turns_of(part, told) for part in found.parts] == [(0, 2)]
    assert [turns_of(part, told) for part in found.left_out] == [(2, 4)]


def test_what_is_given_along_is_not_learnt() -> None:
    talk = [
        Message(SYSTEM, "s"), Message(USER, "a"), Message(ASSISTANT, "b " * 10, trained=True),
        Message(USER, "<TOOLCALL>c</TOOLCALL>"), Message(ASSISTANT, "d", trained=True),
        Message(USER, "<TOOLCALL>e</TOOLCALL>"), Message(ASSISTANT, "f " * 20, trained=True),
    ]  # fmt: skip
    limit = cutter(0).length(talk) - 9
    first, second = cut(talk, cutter(limit)).parts
    assert [message.trained for message in first.messages] == [False, False, True, False, True]
    assert second.messages[1:-2] == (Message(USER, "<TOOLCALL>c</TOOLCALL>"), Message(ASSISTANT, "d"))
    assert second.given == 3


def test_a_talk_that_the_template_refuses_fails_loudly() -> None:
    loses = ChatTemplate("{% for m in messages if m.role != 'tool' %}<|im_start|>{{ m.content }}<|im_end|>{% endfor %}")
    with pytest.raises(TemplateRefused):
        cut([Message("tool", "x"), Message(ASSISTANT, "y", trained=True)], Cutter.of(loses, Words(), 100))


CALLS = st.sampled_from(
    ["[damage: Wren 3]", "[heal: Wren 2]", "[give: Wren torch x2]", "[take: Wren torch]", "[condition: Wren prone]",
     "[condition: Wren prone off]", "[damage: Old Bram 30]", "[level up: Wren]", "[begin combat]", "[end combat]"]
)  # fmt: skip
WORD = st.integers(1, 60).map(lambda count: "word " * count)
EXCHANGE = st.builds(
    lambda asked, told, calls, rolls: (
        f"<User>{asked}</User>\n<DM>{told} {' '.join(calls)} {'[roll: stealth]' * rolls}</DM>\n"
        + "<TOOLCALL>stealth: 13 + 6(skill) = *19*</TOOLCALL>\n" * rolls
        + (f"<DM>*SUCCESS* {told} {' '.join(calls)}</DM>\n" if rolls else "")
    ),
    WORD,
    WORD,
    st.lists(CALLS, max_size=3),
    st.integers(0, 2),
)


@settings(max_examples=60)
@given(exchanges=st.lists(EXCHANGE, min_size=1, max_size=8), limit=st.integers(110, 420))
def test_nothing_is_lost_and_nothing_is_twice(exchanges: Sequence[str], limit: int) -> None:
    told = scenario(*exchanges)
    found = cut_scenario(told, cutter(limit))
    assert all(part.tokens == cutter(0).length(part.messages) <= limit for part in found.parts)
    assert all(part.tokens > limit for part in found.left_out)
    spread = sorted([*found.parts, *found.left_out], key=lambda part: turns_of(part, told))
    assert [message for part in spread for message in part.own] == [one for one in messages(told) if one.role != SYSTEM]
    table = ToolTable.shipped()
    calls = [call.text for turn in told.turns for call in turn.tool_calls]
    learnt = (message for part in spread for message in part.messages if message.trained)
    assert [call.text for message in learnt for call in find_calls(message.content, table, ())] == calls
    for part in spread:
        first = next(message for message in part.messages if message.role != SYSTEM).turn_index or 0
        assert party_of(part.messages[0].content) == replayed(told, first)


def party_of(system: str) -> list[object]:
    party = parse(f"<SYSTEM>\n{system}\n</SYSTEM>").scenario.system.party  # type: ignore[union-attr]
    return [(one.name, one.health, one.level, one.inventory, one.other.get("Conditions")) for one in party]


def replayed(told: Scenario, upto: int) -> list[object]:
    """The same by the rules alone, call by call."""
    import random

    from studio.rules import Party, Rules, resolve
    from studio.rules.errors import CallRefused

    party = Party.of(told.system.party if told.system else ())
    bram = party.sheets[1].with_condition("prone", off=False)
    party = party.with_sheet(bram)
    for turn in told.turns[:upto]:
        for call in turn.tool_calls:
            try:
                party = resolve(call, party, player=None, rules=Rules.shipped(), rng=random.Random(0)).party
            except CallRefused:
                continue
    return [(one.name, one.health, one.level, one.inventory, ", ".join(one.conditions) or None) for one in party.sheets]
