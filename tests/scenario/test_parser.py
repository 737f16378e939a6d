"""Parsing whole files: results go to their calls, and no text raises."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.errors import NotText, PathMissing
from studio.lint import check
from studio.scenario import Scenario, Speaker, load, parse, render

FIXTURES = Path(__file__).parents[1] / "fixtures" / "scenarios"
PIECES = ["<User>", "</User>", "<DM>", "</DM>", "<SYSTEM>\n", "</SYSTEM>", "<TOOLCALL>", "</TOOLCALL>", "<dm>", "---\n"]
PIECES += [
    "# Party\n",
    "# Role\nx\n",
    "## Wren\n",
    "## \n",
    "- Level 3\n",
    "- Health: 9/3\n",
    "- Skills: Stealth +1, x\n",
]
PIECES += [
    "[roll: stealth]",
    "[damage: Wren 3]",
    "[rol: x",
    "stealth: 3 + 1(skill) = *4*",
    "*SUCCESS* ",
    "\n",
    "🐉",
    "\0",
]
PIECES += ["title: x\n", "player: Wern\n", "<!-- ", " -->", "<b>", "- Inventory: a, b x2\n", "- a: b\n", "\r\n"]
texts = st.one_of(st.lists(st.sampled_from(PIECES), max_size=30).map("".join), st.text(max_size=80))


def turns(*contents: str) -> Scenario:
    return parse("".join(contents)).scenario


def results(scenario: Scenario) -> list[list[str | None]]:
    return [[call.result for call in turn.tool_calls] for turn in scenario.turns if turn.speaker is Speaker.DM]


@settings(max_examples=400)
@given(texts)
def test_any_text_gives_a_tree_checks_and_the_same_text_back(text: str) -> None:
    parsed = parse(text)
    assert render(parsed.scenario) == text
    for turn in parsed.scenario.turns:
        assert text[turn.content_span.start : turn.content_span.end] == turn.content
        for call in turn.tool_calls:
            assert text[call.span.start : call.span.end] == call.text
    for character in parsed.scenario.system.party if parsed.scenario.system else ():
        for span in character.field_spans.values():
            assert character.span.start <= span.start <= span.end <= character.span.end
    for one in check(parsed):
        assert 0 <= one.span.start <= one.span.end <= len(text)


def test_results_go_to_the_calls_that_give_one_in_order() -> None:
    scenario = turns("<DM>[roll: a] [begin combat] [roll: b]</DM><TOOLCALL>1</TOOLCALL><TOOLCALL>2</TOOLCALL>")
    assert results(scenario) == [["1", None, "2"]]


def test_a_result_after_another_turn_belongs_to_no_call() -> None:
    assert results(turns("<DM>[roll: a]</DM><User>x</User><TOOLCALL>1</TOOLCALL>")) == [[None]]
    assert results(turns("<DM>[roll: a]</DM><DM>x</DM><TOOLCALL>1</TOOLCALL>")) == [[None], []]


def test_a_misspelt_roll_keeps_its_result() -> None:
    assert results(turns("<DM>[rol: a]</DM><TOOLCALL>1</TOOLCALL>")) == [["1"]]


def test_a_scenario_may_end_on_an_open_call() -> None:
    assert results(turns("<DM>[roll: a]</DM>")) == [[None]]


def test_only_dm_turns_call() -> None:
    assert [turn.tool_calls for turn in turns("<User>[roll: a]</User><TOOLCALL>[roll: a]</TOOLCALL>").turns] == [(), ()]


def test_index_line_and_content() -> None:
    scenario = turns("\n<User>\n hello \n</User>\n\n<DM>x</DM>")
    assert [(turn.index, turn.line, turn.content) for turn in scenario.turns] == [(0, 2, "hello"), (1, 6, "x")]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_ends_make_no_difference_to_values(newline: str) -> None:
    text = (FIXTURES / "example.md").read_text(encoding="utf-8")
    plain, other = parse(text).scenario, parse(text.replace("\n", newline)).scenario
    assert plain.system is not None and other.system is not None
    assert [(c.name, c.health, c.inventory, c.skills) for c in plain.system.party] == [
        (c.name, c.health, c.inventory, c.skills) for c in other.system.party
    ]
    assert [turn.line for turn in plain.turns] == [turn.line for turn in other.turns]
    assert [turn.content.replace(newline, "\n") for turn in other.turns] == [turn.content for turn in plain.turns]


def test_only_the_first_system_is_read() -> None:
    scenario = parse("<SYSTEM># Role\na</SYSTEM><SYSTEM># Role\nb</SYSTEM>").scenario
    assert scenario.system is not None
    assert scenario.system.role == "a"


def test_front_matter_says_player_type_and_held_out() -> None:
    scenario = parse("---\nplayer: Wren\ntags: [held-out]\ntype: combat\n---\n").scenario
    assert (scenario.player, scenario.held_out, scenario.scenario_type) == ("Wren", True, "combat")
    assert not parse("---\ntags: held-out\nplayer: 3\n---\n").scenario.held_out
    assert parse("---\ntags: [river, Held_Out]\n---\n").scenario.held_out


def test_load_reads_a_file_and_raises_our_errors(tmp_path: Path) -> None:
    assert load(FIXTURES / "example.md").scenario.path == FIXTURES / "example.md"
    with pytest.raises(PathMissing):
        load(tmp_path / "no.md")
    with pytest.raises(NotText):
        load(FIXTURES / "S001.wrong.md")
