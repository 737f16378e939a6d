"""The replay: sheets and rolls turn by turn, what stays possible, and states that can be compared and gone on from."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from studio.files import read_text
from studio.lint import TABLE, Diagnostic, check
from studio.lint.diagnostics import Reach, Reading
from studio.lint.replay import MOST_SHEETS, Replay, State
from studio.resources import samples
from studio.rules import Party, Rules, resolve
from studio.rules.resolve import Outcome
from studio.scenario import Parsed, Vocabulary, load, parse
from studio.scenario.edits import applied

FIXTURES = Path(__file__).parents[1] / "fixtures" / "scenarios"
HEAD = read_text(FIXTURES / "R103.near.md").split("<User>")[0]
NOBODY = HEAD.replace("player: Wren\n", "")
STEALTH = (
    "<User>I creep.</User>\n<DM>Now.\n\n[roll: stealth{options}]</DM>\n<TOOLCALL>{result}</TOOLCALL>\n<DM>{told}</DM>\n"
)


def rolled(result: str, told: str = "*SUCCESS* He snores on.", options: str = "", head: str = HEAD) -> list[Diagnostic]:
    return check(parse(head + STEALTH.format(result=result, told=told, options=options)))


def codes(found: list[Diagnostic]) -> list[str]:
    return [one.code for one in found]


def states(parsed: Parsed) -> list[State]:
    replay = Replay.of(Reading(parsed, Vocabulary.shipped()))
    found = [replay.start()]
    for turn in parsed.scenario.turns:
        found.append(replay.step(found[-1], turn)[0])
    return found


def test_a_roll_that_fits_the_sheet_and_the_dc_is_clean() -> None:
    assert codes(rolled("stealth: 13 + 6(skill) = *19*")) == []
    assert codes(rolled("stealth: 9 + 6(skill) = *15*")) == []
    assert codes(rolled("stealth: 8 + 6(skill) = *14*", "*FAILED* He wakes.")) == []
    assert codes(rolled("stealth: 2 + 6(skill) = *8*", options=" dc 8")) == []
    assert codes(rolled("stealth: 14 + 1(skill) = *15*", options=" for Tam")) == []


@pytest.mark.parametrize(
    ("result", "told", "expected"),
    [
        ("stealth: 21 + 6(skill) = *27*", "*SUCCESS* He snores on.", ["R101"]),
        ("stealth: 0 + 6(skill) = *6*", "*FAILED* He wakes.", ["R101"]),
        ("stealth: 13 + 6(skill) = *20*", "*SUCCESS* He snores on.", ["R102"]),
        ("stealth: 13 = *13*", "*FAILED* He wakes.", ["R103"]),
        ("stealth: 13 - 6(skill) = *7*", "*FAILED* He wakes.", ["R103"]),
        ("stealth: 13 + 6(skill) + 2(luck) = *21*", "*SUCCESS* He snores on.", ["R105"]),
        ("stealth: 13 + 6(skill) + 3(athletics) = *22*", "*SUCCESS* He snores on.", ["R105"]),
        ("stealth: 13 + 6(skill) + 2(athletics) = *21*", "*SUCCESS* He snores on.", []),
        ("stealth: 13 + 6(skill) = *19*", "*FAILED* He wakes.", ["R108"]),
        ("stealth: 8 + 6(skill) = *14*", "*SUCCESS* He snores on.", ["R108"]),
        ("stealth: 13 + 6(skill) = *19*", "He snores on.", ["R106"]),
        ("stealth: 13 + 6(skill) = *19*", "*Success!* He snores on.", ["R115"]),
        ("stealth: 13 + 6(skill) = *19*", "*SUCCESS* He snores. *FAILED* He wakes.", ["R109"]),
        ("stealth: 13 + 6(skill) = *19*", "*SUCCESS* You miss him by a mile.", ["R109"]),
        ("stealth: 13 + 6(skill) = *19*", "*SUCCESS* A roll of 18, and he snores on.", ["R110"]),
        ("stealth: 13 + 6(skill) = *19*", "*SUCCESS* A natural 13, so 19, and he snores on.", []),
        ("athletics: 13 + 2(skill) = *15*", "*SUCCESS* He snores on.", ["R112"]),
        ("nineteen", "*SUCCESS* He snores on.", ["T011"]),
    ],
)  # fmt: skip
def test_a_roll_that_does_not_fit_gives_one_code(result: str, told: str, expected: list[str]) -> None:
    assert codes(rolled(result, told)) == expected


@pytest.mark.parametrize("written", ["*Success*", "*Success!*", "Success!", "**Succeeded** :"])
def test_mending_the_outcome_word_leaves_what_follows_it(written: str) -> None:
    told = f"{written} He snores on."
    text = HEAD + STEALTH.format(result="stealth: 13 + 6(skill) = *19*", told=told, options="")
    fixes = [item.fix for item in check(parse(text)) if item.code == "R115"]
    assert len(fixes) == 1 and fixes[0] is not None
    assert applied(text, fixes[0].edits) == text.replace(written, "*SUCCESS*")


def test_the_actor_is_the_named_one_else_the_player_else_the_best() -> None:
    tams = "stealth: 14 + 1(skill) = *15*"
    assert codes(rolled(tams)) == ["R103"]
    assert "Tam" in rolled(tams)[0].message and "Wren" in rolled(tams)[0].message
    assert codes(rolled(tams, options=" for Tam")) == []
    assert codes(rolled("stealth: 13 + 6(skill) = *19*", head=NOBODY)) == ["T018"]


def test_where_the_text_leaves_two_readings_a_hint_says_both() -> None:
    found = rolled("stealth: 14 + 1(skill) = *15*", head=NOBODY)
    assert codes(found) == ["T018", "R104"]
    assert all(name in found[1].message for name in ("Wren", "+6", "Tam", "+1"))
    tie = rolled("stealth: 13 + 6(skill) = *19*", head=NOBODY.replace("Stealth +1", "Stealth +6"))
    assert codes(tie) == ["T018"]
    assert all(name in tie[0].message for name in ("Wren", "Tam", "+6"))
    two = rolled("stealth: 13 + 6(skill) = *19*", head=NOBODY.replace("- NPC Companion", "- Player Character"))
    assert all(name in two[0].message for name in ("Wren", "+6", "Tam", "+1"))


def test_items_and_lines_of_the_sheet_give_modifiers_too() -> None:
    head = HEAD.replace("Inventory: Ash Bow (6)", "Luck: 2\n- Inventory: Grey Cloak +1, Ash Bow (6)")
    assert codes(rolled("stealth: 13 + 6(skill) + 2(luck) + 1(grey cloak) = *22*", head=head)) == []
    assert codes(rolled("stealth: 13 + 6(skill) + 3(luck) = *22*", head=head)) == ["R105"]


def test_the_die_and_the_dc_are_those_of_the_rules() -> None:
    shipped = Vocabulary.shipped()
    own = Vocabulary(shipped.skills, shipped.conditions, shipped.uncontested, shipped.outcomes, 6, 9)
    text = HEAD + STEALTH.format(result="stealth: 6 + 6(skill) = *12*", told="*SUCCESS* He snores on.", options="")
    assert codes(check(parse(text), own)) == []
    assert codes(check(parse(text))) == ["R108"]
    assert codes(check(parse(text.replace("stealth: 6", "stealth: 7").replace("*12*", "*13*")), own)) == ["R101"]


def test_a_call_in_the_last_turn_is_pending_and_tools_without_result_want_none() -> None:
    pending = "<User>I creep.</User>\n<DM>Now.\n\n[roll: stealth]</DM>\n"
    assert codes(check(parse(HEAD + pending))) == []
    assert codes(check(parse(HEAD + pending + "<DM>Well?</DM>"))) == ["R111", "W024"]
    silent = "<User>I shoot.</User>\n<DM>A hit.\n\n[damage: Bog Brigand 6]</DM>\n"
    assert codes(check(parse(HEAD + silent + "<User>Again.</User>\n<DM>He runs.</DM>"))) == []
    assert codes(check(parse(HEAD + silent + "<TOOLCALL>damage: 6 = *6*</TOOLCALL>\n<DM>He runs.</DM>"))) == ["R114"]


def test_the_sheets_change_as_in_play() -> None:
    """The replay and the rules of play come to the same sheets in every sample, but for what a fight is worth."""
    import random

    for path in sorted(samples().rglob("*.md")):
        parsed = load(path)
        assert parsed.scenario.system is not None
        party = Party.of(parsed.scenario.system.party)
        for turn in parsed.scenario.turns:
            for call in turn.tool_calls:
                party = resolve(
                    call, party, player=parsed.scenario.player, rules=Rules.shipped(), rng=random.Random(0)
                ).party
        replayed = states(parsed)[-1].party.sheets
        for mine, played in zip(replayed, party.sheets, strict=True):
            learned = mine.experience != played.experience
            level = played.level if learned else mine.level
            assert replace(mine, experience=played.experience, level=level) == played


def test_what_is_due_and_owed_is_carried_and_ends() -> None:
    text = HEAD + STEALTH.format(result="stealth: 13 + 6(skill) = *19*", told="*SUCCESS* Good.", options=" dc 12")
    asked, called, answered, told = states(parse(text))[1:]
    assert asked == states(parse(text))[0]
    assert [call.dc for call in called.owed] == [12]
    assert (answered.owed, answered.due, answered.faces) == ((), (Outcome.SUCCESS,), (13, 19))
    assert told == asked


def test_states_hold_no_place_so_that_they_meet_again_after_an_edit() -> None:
    text = read_text(FIXTURES / "R201.near.md")
    start = text.index("</SYSTEM>") + len("</SYSTEM>")
    moved = text[:start] + "\n\n<!-- a comment -->\n\n<User>Hello?</User>\n\n<DM>Hm.</DM>" + text[start:]
    before, after = states(parse(text)), states(parse(moved))
    assert [one.party.sheets[0].inventory for one in before] == [one.party.sheets[0].inventory for one in after[2:]]
    assert before == after[2:]


def test_the_rows_of_the_story_are_what_the_replay_sees() -> None:
    rows = {code for code, rule in TABLE.items() if rule.reach is Reach.STORY}
    seen = set()
    for path in FIXTURES.glob("[RT]*.wrong.md"):
        reading = Reading(parse(read_text(path)), Vocabulary.shipped())
        seen |= {one.rule for one in Replay.of(reading).over(reading.turns)}
    assert seen == rows


@pytest.mark.parametrize(
    ("turns", "expected"),
    [
        ("[damage: Bog Brigand 14]|[heal: Bog Brigand 3]|[damage: Bog Brigand 3]", []),
        ("[damage: Bog Brigand 14]|[damage: Bog Brigand 3]", ["R202"]),
        ("[heal: Wren 2]|[heal: Wren 2]", ["R203"]),
        ("[take: Wren silver x14]|[take: Wren silver]", ["R201"]),
        ("[take: Wren silver x10]|[take: Wren silver x10]", ["R201"]),
        ("[give: Tam Rope]|[take: Tam rope]", []),
        ("[condition: Tam prone]|[condition: Wren prone off]", ["R205"]),
        ("[begin combat]|[end combat]|[begin combat]", []),
        ("[end combat]|[end combat]", ["R208"]),
        ("[damage: Bog Brigand 99]|[damage: Nobody 3]", ["T004"]),
    ],
)
def test_sheets_stay_possible(turns: str, expected: list[str]) -> None:
    parts = [f"<User>I do it.</User>\n<DM>Done.\n\n{call}</DM>\n" for call in turns.split("|")]
    assert codes(check(parse(HEAD + "".join(parts)))) == expected


def test_health_that_is_told_must_be_what_the_calls_leave() -> None:
    hit = "<User>I shoot.</User>\n<DM>He sinks to {health} health.\n\n[damage: Bog Brigand 6]</DM>\n"
    assert codes(check(parse(HEAD + hit.format(health="8/14")))) == []
    assert codes(check(parse(HEAD + hit.format(health="9/14")))) == ["R209"]


def test_a_huge_party_is_not_replayed() -> None:
    sheets = "".join(f"## Name {i}\n- Enemy\n- Level 1\n- Skills: Stealth +1\n" for i in range(MOST_SHEETS + 1))
    reading = Reading(parse(f"<SYSTEM>\n# Party\n{sheets}</SYSTEM>"), Vocabulary.shipped())
    assert Replay.of(reading).start().party.sheets == ()


def test_checking_loads_neither_the_grammar_of_dice_nor_the_validation_of_files() -> None:
    code = "import sys, studio.lint; print(sorted({'d20', 'lark', 'pydantic'} & set(sys.modules)))"
    root = Path(__file__).parents[2]
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True)
    assert ended.stdout.strip() == "[]"
