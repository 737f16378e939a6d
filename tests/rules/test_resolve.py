import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.rules import Change, Outcome, Party, Rules, resolve
from studio.rules.errors import CallRefused
from studio.rules.resolve import judge, outcome_word, result_line
from studio.scenario.calls import find_calls
from studio.scenario.model import Character, Span, ToolCall
from studio.scenario.tools import ToolTable

LINE = re.compile(
    r"(?P<skill>\S+): (?P<natural>\d+)(?: (?P<sign>[+-]) (?P<modifier>\d+)\(skill\))? = \*(?P<total>-?\d+)\*"
)


def test_every_tool_of_the_table_can_be_carried_out(play):
    for tool in ToolTable.shipped().tools.values():
        text = tool.example
        if tool.name == "take":
            text = "[take: Wren Rope]"
        assert play(text).sentence


@pytest.mark.parametrize(
    ("text", "player", "actor", "modifier"),
    [
        ("[roll: stealth for Toll Keeper]", "Wren", "Toll Keeper", -1),
        ("[roll: stealth]", "Toll Keeper", "Toll Keeper", -1),
        ("[roll: stealth]", None, "Wren", 6),
        ("[roll: athletics]", None, "Bog Brigand", 5),
        ("[roll: athletics]", "Wren", "Wren", None),
        ("[roll: arcana]", None, "Wren", None),
        ("[ROLL: Sleight_of_Hand]", None, "Wren", 4),
    ],
)
def test_who_rolls_and_with_what(play, text, player, actor, modifier):
    done = play(text, player=player)
    shown = LINE.fullmatch(done.line)
    assert done.actor == actor
    assert int(shown["natural"]) == done.rolled.natural
    assert (shown["modifier"] and int(shown["sign"] + shown["modifier"])) == modifier
    assert int(shown["total"]) == done.rolled.natural + (modifier or 0)


def test_the_table_rolls_where_nobody_is(play):
    done = play("[roll: luck]", at=Party(()))
    assert done.actor is None
    assert LINE.fullmatch(done.line)["modifier"] is None


@pytest.mark.parametrize(
    ("modifier", "line"),
    [(6, "stealth: 13 + 6(skill) = *19*"), (-2, "stealth: 13 - 2(skill) = *11*"), (0, "stealth: 13 + 0(skill) = *13*"),
     (None, "stealth: 13 = *13*"), (-20, "stealth: 13 - 20(skill) = *-7*")],
)  # fmt: skip
def test_result_lines(modifier, line):
    assert result_line("stealth", 13, modifier) == line


@given(st.integers(0, 10_000), st.none() | st.integers(1, 30))
def test_success_is_reaching_the_dc(seed, dc):
    rules = Rules.shipped()
    text = "[roll: stealth]" if dc is None else f"[roll: stealth dc {dc}]"
    (call,) = find_calls(text, ToolTable.shipped(), ())
    done = resolve(call, Party(()), player=None, rules=rules, rng=random.Random(seed))
    assert done.dc == (dc if dc is not None else rules.default_dc)
    assert done.outcome is (Outcome.SUCCESS if done.rolled.natural >= done.dc else Outcome.FAILURE)
    assert outcome_word(done.outcome, rules) == ("*SUCCESS*" if done.outcome is Outcome.SUCCESS else "*FAILED*")


@given(st.integers(0, 10_000))
def test_advantage_counts_the_higher_die_and_disadvantage_the_lower(seed):
    rules, faces = Rules.shipped(), {}
    for word in ("adv", "dis"):
        (call,) = find_calls(f"[roll: stealth {word}]", ToolTable.shipped(), ())
        done = resolve(call, Party(()), player=None, rules=rules, rng=random.Random(seed))
        faces[word] = [die.face for die in done.rolled.dice]
        assert done.rolled.natural == (max if word == "adv" else min)(faces[word])
    assert faces["adv"] == faces["dis"]
    assert len(faces["adv"]) == 2


def test_the_same_seed_gives_the_same_line(play):
    assert play("[roll: stealth]", seed=5) == play("[roll: stealth]", seed=5)
    assert len({play("[roll: stealth]", seed=seed).line for seed in range(40)}) > 10


def test_initiative_has_no_dc_and_orders_the_fight(play, party):
    done = play("[roll: initiative for Wren]")
    assert (done.outcome, done.dc, outcome_word(done.outcome, Rules.shipped())) == (None, None, None)
    total = int(LINE.fullmatch(done.line)["total"])
    fight = play("[begin combat]", at=done.party)
    order = fight.party.combat.order
    assert dict(order)["Wren"] == total
    assert [value for _, value in order] == sorted((value for _, value in order), reverse=True)
    assert {name for name, _ in order} == set(party.names)
    assert fight.party.initiative == {}
    assert order[0][0] in fight.sentence


def test_who_is_down_does_not_join_a_fight(play, party):
    fallen = play("[damage: Bog Brigand 99]").party
    names = [name for name, _ in play("[begin combat]", at=fallen).party.combat.order]
    assert "Bog Brigand" not in names
    assert "Mill Spirit" in names


def test_a_fight_ends_once(play):
    fight = play("[begin combat]")
    over = play("[end combat]", at=fight.party)
    assert over.party.combat is None
    assert over.changes == (Change("", "combat", fight.changes[0].after, ""),)
    assert play("[end combat]").changes == ()


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("[damage: Wren 5]", Change("Wren", "health", "14/18", "9/18")),
        ("[damage: bog_brigand 50]", Change("Bog Brigand", "health", "9/9", "0/9")),
        ("[heal: Wren 2]", Change("Wren", "health", "14/18", "16/18")),
        ("[heal: Wren 50]", Change("Wren", "health", "14/18", "18/18")),
        ("[give: Wren silver x3]", Change("Wren", "inventory", "Rope, Arrow x12", "Rope, Arrow x12, silver x3")),
        ("[give: Wren arrow]", Change("Wren", "inventory", "Rope, Arrow x12", "Rope, Arrow x13")),
        ("[take: Wren Rope]", Change("Wren", "inventory", "Rope, Arrow x12", "Arrow x12")),
        ("[take: Wren arrow x11]", Change("Wren", "inventory", "Rope, Arrow x12", "Rope, Arrow")),
        ("[condition: Wren Prone]", Change("Wren", "conditions", "", "prone")),
        ("[level up: Wren]", Change("Wren", "level", "3", "4")),
        ("[level up: Toll Keeper]", Change("Toll Keeper", "level", "", "1")),
    ],
)
def test_what_a_tool_changes(play, party, text, change):
    done = play(text)
    assert done.changes == (change,)
    assert done.line is None
    assert change.who in done.sentence
    others = [sheet for sheet in done.party.sheets if sheet.name != change.who]
    assert others == [sheet for sheet in party.sheets if sheet.name != change.who]


def test_what_changes_nothing_says_no_change(play):
    assert play("[heal: Toll Keeper 3]").changes == ()
    assert play("[condition: Wren prone off]").changes == ()


def test_a_condition_is_had_once_and_ended(play):
    prone = play("[condition: Wren prone]").party
    assert play("[condition: Wren PRONE]", at=prone).changes == ()
    both = play("[condition: Wren hidden]", at=prone).party
    assert both.find("Wren").conditions == ("prone", "hidden")
    assert play("[condition: Wren prone off]", at=both).party.find("Wren").conditions == ("hidden",)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[damage: Nobody 3]", "nobody here is called Nobody"),
        ("[roll: stealth for Nobody]", "nobody here is called Nobody"),
        ("[give: Nobody rope]", "nobody here is called Nobody"),
        ("[level up: Nobody]", "nobody here is called Nobody"),
        ("[take: Wren lantern]", "Wren has 0 of lantern"),
        ("[take: Wren arrow x13]", "Wren has 12 of arrow"),
        ("[damage: Mill Spirit 3]", "the sheet of Mill Spirit lists no health"),
        ("[heal: Mill Spirit 3]", "lists no health"),
        ("[damage: Wren lots]", "not a whole number"),
        ("[rol: stealth]", "there is no tool"),
    ],
)
def test_what_is_refused_and_why(play, text, reason):
    with pytest.raises(CallRefused, match=re.escape(reason)):
        play(text)


def test_a_tool_that_the_rules_do_not_know_is_refused(party):
    call = ToolCall("teleport", (), None, None, None, "[teleport]", Span(0, 10))
    with pytest.raises(CallRefused, match="no such tool"):
        resolve(call, party, player=None, rules=Rules.shipped(), rng=random.Random(0))


def test_judging_a_total():
    rules = Rules.shipped()
    assert judge("stealth", 15, None, rules) is Outcome.SUCCESS
    assert judge("stealth", 14, None, rules) is Outcome.FAILURE
    assert judge("Initiative", 1, 20, rules) is None


@given(st.text(max_size=30))
def test_any_call_that_is_read_is_carried_out_or_refused(text):
    party = Party.of(())
    for call in find_calls(f"[{text}] [roll: {text}] [give: {text}] [damage: {text}]", ToolTable.shipped(), ()):
        try:
            resolve(call, party, player=None, rules=Rules.shipped(), rng=random.Random(0))
        except CallRefused as refused:
            assert str(refused.fields["reason"])


def test_a_condition_counts_in_every_roll(play):
    poisoned = play("[condition: Wren poisoned]").party
    rolled = play("[roll: stealth for Wren]", at=poisoned)
    assert (len(rolled.rolled.dice), rolled.because) == (2, ("poisoned",))
    assert rolled.rolled.natural == min(die.face for die in rolled.rolled.dice)
    assert len(play("[roll: stealth adv for Wren]", at=poisoned).rolled.dice) == 1
    assert play("[roll: stealth for Toll Keeper]", at=poisoned).because == ()
    blessed = play("[condition: Wren blessed]").party
    assert "(blessed)" in play("[roll: attack for Wren]", at=blessed).line
    assert "(blessed)" not in play("[roll: stealth for Wren]", at=blessed).line


def test_a_fight_does_not_begin_within_one(play):
    with pytest.raises(CallRefused, match="on already"):
        play("[begin combat]", at=play("[begin combat]").party)


def test_a_narrator_who_ends_a_fight_that_is_won_gives_the_experience(play):
    hero = Character("Wren", kind="Player Character", level=1, health=(9, 9), experience=(290, 300))
    foe = Character("Brigand", kind="Enemy", level=1, health=(4, 4))
    fight = play("[begin combat]", at=Party.of((hero, foe))).party
    fight = play("[condition: Wren prone]", at=fight).party
    assert play("[end combat]", at=fight).party.find("Wren").experience == (290, 300)
    done = play("[end combat]", at=play("[damage: Brigand 9]", at=fight).party)
    wren = done.party.find("Wren")
    assert (wren.level, wren.experience, wren.conditions) == (2, (490, 900), ("prone",))
    assert {change.field for change in done.changes} == {"combat", "experience", "level"}
    assert "reaches level 2" in done.sentence
