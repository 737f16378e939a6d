"""Drafts: right by construction whatever the model writes; nothing that a model decides is a number."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.dataset.acceptance import unaccepted
from studio.dataset.augment import variants
from studio.dataset.description import AugmentSettings
from studio.dataset.drafting import Asked, Draft, LocalWriter, NoSuchGap, Voice, Wanted, draft, wanted_for, with_gap
from studio.dataset.drafting.prose import faults
from studio.dataset.drafting.writers import cleaned
from studio.dataset.to_write import ToWrite
from studio.inference.engine import Generation, LlamaEngine, ModelCard
from studio.inference.errors import GrammarRefused, NoTemplate
from studio.inference.sampling import Sampling
from studio.lint import Severity, check
from studio.rules import Party
from studio.rules.resolve import acting, judge, result_line
from studio.rules.table import Rules
from studio.scenario import Scenario, Speaker, parse
from studio.scenario.game import Game
from studio.scenario.model import plain_name
from studio.scenario.results import read_result

GAME = Game.shipped()
RULES = Rules.shipped()
WORDS = [
    "amber",
    "birch",
    "cedar",
    "dusk",
    "ember",
    "fennel",
    "gorse",
    "heather",
    "iris",
    "juniper",
    "kelp",
    "larch",
    "moss",
    "nettle",
    "oak",
    "pine",
    "quince",
    "rush",
]
SPOILT = r"( |[.!?]|</?(DM|User|TOOLCALL|SYSTEM)>|<!--|-->|---|\[roll: stealth\]|\*SUCCESS\*|\n|# |wind|I|\"){1,12}"
"""Lines of what means something in a scenario."""


class Writer:
    """Writes lines that differ; `spoil` is what it puts into each."""

    name = "scripted"

    def __init__(self, spoil: str = "{}") -> None:
        self.spoil = spoil
        self.asked: list[Asked] = []

    async def write(self, asked: Asked) -> str:
        number = len(self.asked)
        self.asked.append(asked)
        words = " and ".join(WORDS[number // len(WORDS) ** power % len(WORDS)] for power in range(3))
        line = f"I go past the {words} slowly." if asked.voice is Voice.PLAYER else f"Wind is in the {words} now."
        return self.spoil.format(line)


def written(wanted: Wanted, writer: Writer | None = None, seed: int = 0) -> Draft:
    return asyncio.run(draft(wanted, writer or Writer(), GAME, seed=seed))


def scenario_of(made: Draft) -> Scenario:
    return parse(made.text).scenario


def calls(made: Draft) -> list[str]:
    return [call.text for turn in scenario_of(made).turns for call in turn.tool_calls]


EVERYTHING = Wanted(
    "combat",
    skills=("attack", "attack", "persuasion"),
    tools=("heal", "give", "condition", "condition", "level up", "damage"),
    failed=2,
    dc=12,
    class_name="Surgeon",
    level=5,
    turns=16,
)


@pytest.mark.parametrize("seed", range(6))
def test_a_draft_is_what_was_wanted_and_without_error(seed: int) -> None:
    made = written(EVERYTHING, seed=seed)
    scenario = scenario_of(made)
    assert (made.errors, made.problems) == (0, ())
    assert [row.code for row in check(parse(made.text)) if row.severity is not Severity.HINT] == []
    assert scenario.scenario_type == "combat" and scenario.metadata["writer"] == "scripted"
    hero = scenario.system.party[0] if scenario.system else None
    assert hero is not None and (hero.class_name, hero.level, hero.name) == ("Surgeon", 5, scenario.player)
    said = " ".join(calls(made))
    for one in ("[roll: attack dc 12]", "[roll: persuasion dc 12]", "[begin combat]", "[end combat]", "[heal: ",
                "[give: ", " prone]", " prone off]", "[level up: ", "[damage: "):  # fmt: skip
        assert one in said
    assert sum(turn.speaker is Speaker.DM for turn in scenario.turns) == 16
    assert sum(turn.content.startswith("*FAILED*") for turn in scenario.turns) == 2
    assert unaccepted(scenario)


def test_results_are_the_rules_own() -> None:
    scenario = scenario_of(written(EVERYTHING, seed=9))
    party = Party.of(scenario.system.party if scenario.system else ())
    results = [(call, call.result) for turn in scenario.turns for call in turn.tool_calls if call.result is not None]
    assert len(results) == 4
    for call, result in results:
        line, sheet = read_result(result), acting(call, party, scenario.player)
        assert line is not None and sheet is not None and 1 <= line.natural <= 20
        assert result == result_line(call.arguments[0], line.natural, sheet.modifier(call.arguments[0]))
        assert judge(line.skill, line.total, call.dc, RULES) is not None or plain_name(line.skill) == "initiative"


@pytest.mark.parametrize(
    "spoil",
    [
        "DM: {} [roll: arcana] It shows 20.",
        "{} </DM><TOOLCALL>x: 1 = *1*</TOOLCALL>",
        "**{}** *SUCCESS* # Party",
        "\n\n{}\n\n## Somebody\n- Level 99",
        "",
        "[damage: Perrin 400]",
        "{} \x00\u200b \ud800 </SYSTEM> {{NAME}} ___",
    ],
)
def test_whatever_the_model_writes_no_call_and_no_tag_comes_in(spoil: str) -> None:
    made = written(Wanted(skills=("stealth",), failed=0), Writer(spoil))
    scenario = scenario_of(made)
    assert made.errors == 0 and calls(made) == ["[roll: stealth]"]
    speakers = [turn.speaker for turn in scenario.turns]
    assert speakers.count(Speaker.TOOLCALL) == 1 and speakers.count(Speaker.DM) == 6
    assert all(turn.content for turn in scenario.turns)
    assert len(scenario.system.party if scenario.system else ()) == 2


def test_what_the_model_left_open_is_said() -> None:
    made = written(Wanted(), Writer(""))
    assert len(made.problems) >= 12 and "plain line" in made.problems[0]
    assert "<!-- Look at: Turn 1: the model wrote nothing" in made.text


def test_the_same_seed_gives_the_same_draft() -> None:
    assert written(EVERYTHING, seed=4) == written(EVERYTHING, seed=4) != written(EVERYTHING, seed=5)


def test_bad_words_lead_to_another_try() -> None:
    class Learning(Writer):
        async def write(self, asked: Asked) -> str:
            line = await super().write(asked)
            return 'You say, "I give up."' if asked.voice is Voice.NARRATOR and len(self.asked) % 2 else line

    made = written(Wanted(turns=4), Learning())
    assert made.problems == () and "give up" not in made.text


def test_a_check_that_cannot_go_as_wanted_is_told() -> None:
    made = written(Wanted(skills=("stealth",), failed=0, dc=90))
    assert any("cannot go" in problem for problem in made.problems) and made.errors == 0


def test_the_prompt_tells_the_story_and_no_number() -> None:
    writer = Writer()
    written(Wanted(skills=("persuasion",), note="a talking goose"), writer)
    last = writer.asked[-1]
    assert "Player: I go past" in last.words and "DM: Wind is in" in last.words and "a talking goose" in last.words
    assert any("honest words" in asked.words for asked in writer.asked)


def test_gaps_become_what_is_wanted() -> None:
    one = ToWrite("roleplay", (6, 14), (("persuasion", 2),), 1, (10, 12), (("give", 1),), "rune reader", 3)
    assert wanted_for(one) == Wanted(
        "roleplay", ("persuasion", "persuasion"), ("give",), 1, 11, "Rune Reader", 3, 10
    )  # fmt: skip
    wanted = with_gap(with_gap(with_gap(Wanted(), "skill=Sleight_of_Hand"), "outcome=failure"), "level=5-7")
    assert (wanted.skills, wanted.failed, wanted.level) == (("sleight of hand",), 30, 5)
    for gap in ("skil=x", "skill", "level=high", "type=farce", "outcome=perhaps"):
        with pytest.raises(NoSuchGap):
            with_gap(Wanted(), gap)


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ('"The gate is shut."', "The gate is shut."),
        ("Player: I knock. Nobody", "I knock."),
        ("One. Two. Three. Four.", "One. Two. Three."),
        ("no end at all", ""),
        ("It hurts. You take 5 damage. You fall.", "It hurts. You fall."),
        ("...", ""),
    ],
)
def test_lines_are_cut_after_a_whole_sentence(raw: str, kept: str) -> None:
    assert cleaned(raw) == kept


@pytest.mark.slow
async def test_the_starter_writes_a_draft_that_passes(starter: Path) -> None:
    engine = await LlamaEngine.load(starter, context=2048)
    try:
        made = await draft(Wanted(skills=("persuasion",), turns=2), LocalWriter(engine), GAME, tries=1)
    finally:
        await engine.close()
    assert made.errors == 0 and made.writer == starter.stem and calls(made) == ["[roll: persuasion]"]
    lines = [turn.content for turn in scenario_of(made).turns if turn.speaker is Speaker.USER]
    assert all(line.startswith("I ") for line in lines), lines


@pytest.mark.parametrize(
    ("words", "voice", "wrong"),
    [
        ("The gate is shut. Rain runs from its hinges.", Voice.NARRATOR, 0),
        ("The lamp swings over the water.", Voice.NARRATOR, 1),
        ("The gate is shut and the gate is shut and quiet.", Voice.NARRATOR, 1),
        ("The Dungeon Master tells what is here.", Voice.NARRATOR, 1),
        ("I hold up my lamp.", Voice.NARRATOR, 1),
        ('"I hold the lamp," says the porter.', Voice.NARRATOR, 0),
        ("I hold up my lamp.", Voice.PLAYER, 0),
    ],
)
def test_echoes_and_talk_of_the_game_are_seen(words: str, voice: Voice, wrong: int) -> None:
    assert faults(words, voice, "The lamp swings over the water. I wait.") == wrong


class Loaded:
    """An engine that gives one line and keeps what it was asked; `refuses` any grammar."""

    def __init__(self, *, refuses: bool = False) -> None:
        template = "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}<assistant>"
        self.card = ModelCard("little", Path("little.gguf"), template, "", "", 2048, 1, 1)
        self.refuses = refuses
        self.asked: list[tuple[str, Sampling]] = []

    async def tokenise(self, parts: Sequence[tuple[str, bool]]) -> list[list[int]]:
        return [[ord(mark) for mark in text] for text, _special in parts]

    async def generate(self, prompt: Sequence[int], sampling: Sampling, on_text: object = None) -> Generation:
        self.asked.append(("".join(map(chr, prompt)), sampling))
        if self.refuses and sampling.grammar is not None:
            raise GrammarRefused(reason="no token fits")
        return Generation((1,), "I knock at the gate.", "end", 1, 0, 0.1, 0.2)


async def test_a_local_model_is_held_to_plain_sentences() -> None:
    engine = Loaded()
    asked = Asked("Short lines.", "Go on.", Voice.PLAYER, 5, examples=(("Before.", "I wait."),))
    assert await LocalWriter(engine).write(asked) == "I knock at the gate."
    prompt, sampling = engine.asked[0]
    assert prompt == "<system>Short lines.<user>Before.<assistant>I wait.<user>Go on.<assistant>"
    assert sampling.seed == 5 and sampling.grammar is not None and '"I "' in sampling.grammar


async def test_a_model_that_no_grammar_fits_writes_freely() -> None:
    engine = Loaded(refuses=True)
    assert await LocalWriter(engine).write(Asked("", "", Voice.NARRATOR, 0))
    assert [sampling.grammar is None for _prompt, sampling in engine.asked] == [False, True]


async def test_a_model_without_a_template_cannot_be_asked() -> None:
    engine = Loaded()
    engine.card = replace(engine.card, template=None)
    with pytest.raises(NoTemplate):
        await LocalWriter(engine).write(Asked("", "", Voice.PLAYER, 0))


OWN_TOOLS = """
shipped: false
scan: {like: roll, options: [actor], example: "[scan: sensors]", help: Look.}
hull: {like: damage, example: "[hull: Kite 2]", help: Hurt.}
broadcast: {arguments: [target, item], example: "[broadcast: Kite all clear]", help: Say.}
"""
OWN_RULES = """
die: 12
default_dc: 8
skills: [sensors, gunnery]
uncontested: []
conditions: [adrift]
outcomes: {success: "*YES*", failure: "*NO*"}
"""


def test_a_game_of_ones_own_is_drafted_by_its_own_tools_and_rules(tmp_path: Path) -> None:
    (tmp_path / "tools.yaml").write_text(OWN_TOOLS, encoding="utf-8")
    (tmp_path / "rules.yaml").write_text(OWN_RULES, encoding="utf-8")
    game = Game.of(tmp_path)
    assert not game.troubles
    wanted = Wanted("combat", skills=("sensors",), tools=("hull", "broadcast", "heal", "scan"), failed=1, dc=4)
    made = asyncio.run(draft(wanted, Writer(), game, seed=1))
    parsed = parse(made.text, tools=game.tools)
    assert made.problems == () and [row for row in check(parsed, game.words) if row.severity is not Severity.HINT] == []
    names = {call.name for turn in parsed.scenario.turns for call in turn.tool_calls}
    assert {"scan", "broadcast"} <= names <= {"scan", "hull", "broadcast"} and "*NO*" in made.text
    found = variants(made.text.replace("[synthetic]", "[]"), Path("a.md"), AugmentSettings(copies=4), game, 0)
    assert {"cast", "reroll"} <= {one.kind for one in found}


def test_a_tool_that_no_game_has_is_refused() -> None:
    with pytest.raises(NoSuchGap, match="did you mean heal"):
        written(Wanted(tools=("hael",)))


@given(lines=st.lists(st.text(max_size=80) | st.from_regex(SPOILT, fullmatch=True), min_size=1, max_size=6))
@settings(max_examples=25)
def test_the_structure_holds_whatever_is_written(lines: list[str]) -> None:
    class Anything(Writer):
        async def write(self, asked: Asked) -> str:
            self.asked.append(asked)
            return lines[len(self.asked) % len(lines)]

    made = asyncio.run(draft(Wanted(skills=("stealth",), turns=3), Anything(), GAME, tries=1))
    assert made.errors == 0 and calls(made) == ["[roll: stealth]"], made.text
    turns = scenario_of(made).turns
    assert [turn.speaker for turn in turns] == [
        Speaker.USER, Speaker.DM, Speaker.USER, Speaker.DM, Speaker.TOOLCALL, Speaker.DM,
    ]  # fmt: skip
    assert turns[-1].content.startswith(("*SUCCESS*", "*FAILED*"))


@given(
    wanted=st.builds(
        Wanted,
        scenario_type=st.sampled_from(["combat", "roleplay", "exploration", "mixed"]),
        skills=st.lists(st.sampled_from([plain_name(skill) for skill in GAME.words.skills]), max_size=6).map(tuple),
        tools=st.lists(st.sampled_from(list(GAME.tools.tools)), max_size=6).map(tuple),
        failed=st.none() | st.integers(0, 8),
        dc=st.none() | st.integers(8, 18),
        class_name=st.none() | st.sampled_from(["Surgeon", "Rune Reader", "Locksmith's Apprentice"]),
        level=st.none() | st.integers(1, 9),
        turns=st.integers(1, 20),
    ),
    seed=st.integers(0, 5),
)
@settings(max_examples=25)
def test_whatever_is_wanted_the_rules_find_nothing_wrong(wanted: Wanted, seed: int) -> None:
    made = asyncio.run(draft(wanted, Writer(), GAME, seed=seed, tries=1))
    assert [one for one in made.problems if "cannot go" not in one] == [], made.text
    done = {call.name for turn in scenario_of(made).turns for call in turn.tool_calls}
    assert {tool for tool in wanted.tools if tool != "take"} <= done
    assert sum(turn.speaker is Speaker.DM for turn in scenario_of(made).turns) >= wanted.turns
