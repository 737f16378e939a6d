"""Which replies count as right, and what the rivals answer."""

from studio.evaluation.exchanges import exchanges_of
from studio.evaluation.measure import measure
from studio.evaluation.prompting import Prompted, five_examples, prompting
from studio.evaluation.rules_of_thumb import Commonest, KeywordRule
from studio.evaluation.toolcalls import Case, cases_of, judge_reply, scores
from studio.rules import Rules
from studio.scenario import parse
from studio.scenario.game import Game
from studio.scenario.tools import ToolTable
from tests.evaluation.plays import Scripted

PLAY = """---
player: Wren
---
<SYSTEM>
# Role
You are the Dungeon Master.

# Party

## Wren
- Player Character
- Level 3
- Health: 24/26
- Inventory: Ash Bow (6), silver x14
- Skills: Stealth +6, Attack +5

## Bog Brigand
- Enemy
- Level 1
- Health: 12/12
- Skills: Attack +3
</SYSTEM>

<User>I slip along the wall before the guard turns.</User>

<DM>The stones are wet.

[roll: stealth dc 18]</DM>

<TOOLCALL>stealth: 11 + 6(skill) = *17*</TOOLCALL>

<DM>*FAILED* A pebble rolls. The brigand looks up.</DM>

<User>I ask what he wants.</User>

<DM>He laughs and names a price.</DM>

<User>I loose an arrow at him.</User>

<DM>The string hums.

[roll: attack]</DM>

<TOOLCALL>attack: 12 + 5(skill) = *17*</TOOLCALL>

<DM>*SUCCESS* It bites his shoulder.

[damage: Bog Brigand 6]</DM>
"""
TABLE, RULES = ToolTable.shipped(), Rules.shipped()


def _cases() -> list[Case]:
    return cases_of(parse(PLAY).scenario, RULES, TABLE)


def test_every_dm_turn_is_a_case_with_the_opening_that_the_rules_force() -> None:
    assert [(case.turn, case.opening, len(case.expected)) for case in _cases()] == [
        (1, "", 1),
        (3, "*FAILED*", 0),  # 17 is a success against the usual DC, not against the call's own
        (5, "", 0),
        (7, "", 1),
        (9, "*SUCCESS*", 1),
    ]


def test_a_case_sees_only_what_stands_before_it() -> None:
    text = " ".join(message.content for message in _cases()[1].messages)
    assert "*17*" in text
    assert "pebble" not in text


def test_right_is_the_same_list_of_calls_whatever_is_said_around_it() -> None:
    case = _cases()[0]
    for reply in ("[roll: stealth dc 18]", "Go on.\n\n[Roll: Stealth DC 18]", "[roll: stealth dc 18 for Wren] now"):
        assert judge_reply(case, reply, TABLE).right, reply
    for reply in ("", "[roll: stealth]", "[roll: perception dc 18]", "[roll: stealth dc 18] [begin combat]"):
        assert not judge_reply(case, reply, TABLE).right, reply


def test_invented_missed_and_malformed_are_told_apart() -> None:
    _first, none_due, *_rest, last = _cases()
    assert judge_reply(none_due, "[roll: insight]", TABLE).invented == 1
    assert judge_reply(last, "Nothing.", TABLE).missed == 1
    broken = judge_reply(last, "[damage: Bog Brigand]", TABLE)
    assert (broken.malformed, broken.right) == (1, False)


def test_scores_count_cases_and_calls() -> None:
    verdicts = [judge_reply(case, case.reference, TABLE) for case in _cases()]
    counted = scores("reference", verdicts)
    assert (counted.right.count, counted.right.of) == (5, 5)
    assert (counted.well_formed.count, counted.well_formed.of) == (3, 3)
    assert {tool: share.of for tool, share in counted.by_tool.items()} == {"no call": 2, "damage": 1, "roll": 2}


async def test_rules_answer_single_turns_as_a_model_does() -> None:
    exchanges = exchanges_of(parse(PLAY).scenario, "play.md", RULES, TABLE)
    never, always, keyword = Commonest(()), Commonest.learnt(exchanges), KeywordRule.learnt(exchanges)
    right = [sum(one.right for one in await measure(rule, _cases(), TABLE)) for rule in (never, always, keyword)]
    assert right == [2, 1, 3], "after a line nothing is commonest here, and what a result calls for was seen"


async def test_the_prompted_base_reads_instructions_and_examples_before_the_play() -> None:
    cases = _cases()
    engine = Scripted(lambda _last, _opening: "Nothing.")
    help_ = prompting(Game.shipped(), five_examples(cases))
    for grammars in (True, False):
        await measure(Prompted(engine, help_, grammars), cases[:1], TABLE)
    (told, bare) = engine.asked
    assert "[roll: SKILL]" in told.messages[0].content
    assert len(told.messages) > len(cases[0].messages)
    assert told.messages[-1] == cases[0].messages[-1]
    assert told.grammar is not None and bare.grammar is None and told.messages == bare.messages
