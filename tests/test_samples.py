"""The samples: clean, right in their arithmetic, varied, and with a held-out part that training never sees.

The held-out files are fixed by `tests/fixtures/held_out.sha256`, which is made by
`(cd sample_scenarios && sha256sum */held-*.md) > tests/fixtures/held_out.sha256`
and only once: a file that changes after a training run has seen the others proves nothing any more.
"""

import hashlib
import random
import re
from collections import Counter
from functools import cache
from itertools import combinations
from pathlib import Path

import pytest

from studio.lint import check
from studio.resources import samples
from studio.rules import Party, Rules, resolve
from studio.scenario import Character, Parsed, Scenario, Speaker, ToolCall, ToolTable, Turn, load
from studio.scenario.model import plain_name
from studio.scenario.results import read_result

SUBJECTS = {
    "combat": ("tavern-brawl", "dragon-encounter", "ambush-scenario"),
    "roleplay": ("merchant-negotiation", "noble-court", "tavern-gossip"),
    "exploration": ("dungeon-discovery", "wilderness-travel", "ancient-ruins"),
    "mixed": ("full-session-1", "campaign-arc"),
}
STEMS = {
    "stealth": r"stealth", "persuasion": r"persua", "investigation": r"investigat", "perception": r"percept|perceiv",
    "deception": r"decept|deceiv", "intimidation": r"intimidat", "performance": r"perform", "survival": r"surviv",
    "medicine": r"medicin", "insight": r"insight", "religion": r"religio", "nature": r"\bnature\b",
    "history": r"\bhistor", "arcana": r"arcan", "athletics": r"athlet", "acrobatics": r"acroba",
    "sleight of hand": r"sleight", "animal handling": r"animal handling", "attack": r"attack",
    "initiative": r"initiative",
}  # fmt: skip
"""What a line would have to hold to name its skill."""

HASHES = Path(__file__).parent / "fixtures" / "held_out.sha256"
PATHS = sorted(samples().rglob("*.md"))


@cache
def sample(path: Path) -> Parsed:
    return load(path)


def scenarios(*, held_out: bool | None = None) -> list[Scenario]:
    found = [sample(path).scenario for path in PATHS]
    return [one for one in found if held_out is None or one.held_out is held_out]


def calls(scenario: Scenario) -> list[ToolCall]:
    return [call for turn in scenario.turns for call in turn.tool_calls]


def users(scenario: Scenario) -> list[str]:
    return [turn.content for turn in scenario.turns if turn.speaker is Speaker.USER]


def shingles(text: str, size: int) -> set[tuple[str, ...]]:
    words = re.findall(r"[a-z']+", text.lower())
    return {tuple(words[place : place + size]) for place in range(len(words) - size + 1)}


def actor(scenario: Scenario, call: ToolCall) -> Character:
    assert scenario.system is not None
    name = plain_name(call.actor or scenario.player or "")
    return next(one for one in scenario.system.party if plain_name(one.name) == name)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_sample_is_clean(path: Path) -> None:
    assert [f"{one.code} {one.message}" for one in check(sample(path))] == []


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_results_add_up_with_the_modifier_of_the_one_who_rolls(path: Path) -> None:
    scenario = sample(path).scenario
    for call in calls(scenario):
        if call.result is None:
            continue
        line = read_result(call.result)
        assert line is not None
        modifier = actor(scenario, call).modifier(call.arguments[0])
        assert line.parts == (() if modifier is None else ((modifier, "skill"),)), call
        assert line.total == line.true_total
        assert 1 <= line.natural <= 20


def after(scenario: Scenario, turn: Turn) -> Turn | None:
    """The DM turn that tells what came of a roll."""
    later = (one for one in scenario.turns[turn.index + 1 :] if one.speaker is not Speaker.TOOLCALL)
    return next(later, None)


def outcomes(scenario: Scenario) -> list[tuple[bool, str]]:
    """For each answered check: whether the total reaches the DC, and how the next DM turn opens."""
    rules, found = Rules.shipped(), []
    for turn in scenario.turns:
        for call in turn.tool_calls:
            told = after(scenario, turn)
            if call.result is None or told is None or plain_name(call.arguments[0]) in rules.uncontested:
                continue
            line = read_result(call.result)
            assert line is not None
            found.append((line.total >= (call.dc or rules.default_dc), told.content))
    return found


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_outcome_words_follow_the_dc(path: Path) -> None:
    for reached, told in outcomes(sample(path).scenario):
        assert told.startswith("*SUCCESS* " if reached else "*FAILED* ")


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_the_rules_carry_out_every_call(path: Path) -> None:
    """Nobody gives away what they do not have, and every target is there."""
    scenario = sample(path).scenario
    assert scenario.system is not None
    party = Party.of(scenario.system.party)
    for call in calls(scenario):
        rng = random.Random(0)
        party = resolve(call, party, player=scenario.player, rules=Rules.shipped(), rng=rng).party


def test_there_are_enough_and_one_on_each_subject() -> None:
    assert len(PATHS) >= 44
    for folder, names in SUBJECTS.items():
        for name in names:
            assert (samples() / folder / f"{name}.md").is_file()
    lengths = [len(one.turns) for one in scenarios()]
    assert sum(6 <= length <= 20 for length in lengths) > len(lengths) / 2
    long = [one for one in scenarios() if one.scenario_type == "mixed" and len(one.turns) >= 40]
    assert len(long) >= 2
    assert {one.scenario_type for one in scenarios()} == set(SUBJECTS)


def test_both_outcomes_occur_often() -> None:
    for held_out in (False, True):
        found = [reached for one in scenarios(held_out=held_out) for reached, _told in outcomes(one)]
        assert 0.25 < sum(found) / len(found) < 0.75


def test_each_tool_occurs_often_enough_in_the_training_part() -> None:
    used = Counter(call.name for one in scenarios(held_out=False) for call in calls(one))
    assert {name: used[name] for name in ToolTable.shipped().tools if used[name] < 15} == {}


def test_the_held_out_part_is_large_and_varied() -> None:
    held = scenarios(held_out=True)
    found = [call for one in held for call in calls(one)]
    assert len(held) >= 10
    assert len(found) >= 80
    assert {call.name for call in found} == set(ToolTable.shipped().tools)
    skills = Counter(plain_name(call.arguments[0]) for call in found if call.name == "roll")
    assert len(skills) >= 12
    assert {name: count for name, count in skills.items() if count > 0.15 * skills.total()} == {}
    quiet = [turn for one in held for turn in one.turns if turn.speaker is Speaker.DM and not turn.tool_calls]
    assert len(quiet) >= 40


def test_no_user_turn_names_its_skill() -> None:
    assert set(STEMS) == {plain_name(skill) for skill in Rules.shipped().skills}
    named = []
    for one in scenarios():
        said = ""
        for turn in one.turns:
            said = turn.content if turn.speaker is Speaker.USER else said
            for call in turn.tool_calls:
                if call.name == "roll" and re.search(STEMS[plain_name(call.arguments[0])], said, re.IGNORECASE):
                    named.append((one.path, said))
    assert named == []


def test_no_held_out_user_turn_is_near_a_training_one() -> None:
    training = [shingles(said, 5) for one in scenarios(held_out=False) for said in users(one)]
    for one in scenarios(held_out=True):
        for said in users(one):
            own = shingles(said, 5)
            assert not own or max(len(own & other) for other in training) < len(own) / 2, (one.path, said)


def test_no_two_samples_share_a_fifth_of_their_wording() -> None:
    wording = {one.path: shingles("\n".join(turn.content for turn in one.turns), 8) for one in scenarios()}
    for (path, words), (other_path, other) in combinations(wording.items(), 2):
        assert len(words & other) < 0.2 * min(len(words), len(other)), (path, other_path)


def test_the_held_out_files_are_the_ones_that_were_fixed() -> None:
    lines = HASHES.read_text(encoding="utf-8").splitlines()
    fixed = {name: digest for digest, name in (line.split(maxsplit=1) for line in lines)}
    held = [path for path in PATHS if sample(path).scenario.held_out]
    assert {path.relative_to(samples()).as_posix() for path in held} == set(fixed)
    for path in held:
        assert hashlib.sha256(path.read_bytes()).hexdigest() == fixed[path.relative_to(samples()).as_posix()], path
