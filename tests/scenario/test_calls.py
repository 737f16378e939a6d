"""Tool calls in text, their one written form, and result lines."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.scenario import Span, ToolCall, ToolTable, find_calls, normalise, write_call
from studio.scenario.results import ResultLine, read_result
from studio.scenario.tools import BadToolTable

TABLE = ToolTable.shipped()
NAMES = ["Wren", "Bog Brigand", "Bog", "Tam"]


def one(text: str) -> ToolCall:
    calls = find_calls(text, TABLE, NAMES)
    assert len(calls) == 1
    return calls[0]


@pytest.mark.parametrize(
    ("text", "name", "arguments", "actor", "dc", "advantage"),
    [
        ("[roll: stealth]", "roll", ("stealth",), None, None, None),
        ("[roll: stealth dc 12 adv for Wren]", "roll", ("stealth",), "Wren", 12, "adv"),
        (
            "[ROLL: Sleight of Hand for bog_brigand DC 9 disadvantage]",
            "roll",
            ("Sleight of Hand",),
            "Bog Brigand",
            9,
            "dis",
        ),
        ("[roll: stealth for Old Tom dc 3]", "roll", ("stealth",), "Old Tom", 3, None),
        ("[damage: Bog Brigand 6]", "damage", ("Bog Brigand", "6"), None, None, None),
        ("[damage: bog 06]", "damage", ("Bog", "6"), None, None, None),
        ("[damage: Marsh Troll 6]", "damage", ("Marsh Troll", "6"), None, None, None),
        ("[heal: Wren 8]", "heal", ("Wren", "8"), None, None, None),
        ("[give: Wren Healing Draught x2]", "give", ("Wren", "Healing Draught", "2"), None, None, None),
        ("[take: Wren Ash Bow]", "take", ("Wren", "Ash Bow"), None, None, None),
        ("[condition: Bog Brigand prone]", "condition", ("Bog Brigand", "prone"), None, None, None),
        ("[condition: Wren prone OFF]", "condition", ("Wren", "prone", "off"), None, None, None),
        ("[level up: Wren]", "level up", ("Wren",), None, None, None),
        ("[Level_Up: wren]", "level up", ("Wren",), None, None, None),
        ("[begin combat]", "begin combat", (), None, None, None),
        ("[ End  Combat ]", "end combat", (), None, None, None),
    ],
)
def test_calls(
    text: str, name: str, arguments: tuple[str, ...], actor: str | None, dc: int | None, advantage: str | None
) -> None:
    call = one(f"So be it. {text} Go.")
    assert (call.name, call.arguments, call.actor, call.dc, call.advantage) == (name, arguments, actor, dc, advantage)
    assert (call.text, call.span, call.problem) == (text, Span(10, 10 + len(text)), None)


@pytest.mark.parametrize(
    "text",
    [
        "[roll:]",
        "[roll: stealth dc]",
        "[roll: stealth dc high]",
        "[roll: stealth for]",
        "[damage: Wren]",
        "[damage: Wren lots]",
        "[damage: Wren 6 now]",
        "[damage: Wren -3]",
        "[give: Wren]",
        "[give: Wren silver x0]",
        "[condition: Wren]",
        "[level up]",
        "[begin combat: now]",
        "[level up: Wren Tam]",
    ],
)
def test_arguments_that_do_not_fit_are_a_problem(text: str) -> None:
    assert one(text).problem


def test_a_misspelt_tool_is_a_call_with_a_problem() -> None:
    call = one("[damge: Wren 6]")
    assert (call.name, call.arguments) == ("damge", ("Wren", "6"))
    assert call.problem == "there is no tool `damge`"
    assert one("[begn combat]").problem


@pytest.mark.parametrize(
    "text", ["[closed]", "[note: x]", "[]", "[: x]", "[roll\n: x]", "[x](y)", "(roll: stealth)", "[1: 2]"]
)
def test_other_brackets_are_text(text: str) -> None:
    assert find_calls(text, TABLE, NAMES) == ()


def test_calls_stand_in_order_and_the_innermost_bracket_counts() -> None:
    text = "[[roll: initiative]\n[begin combat]"
    assert [(call.name, call.span.start) for call in find_calls(text, TABLE, NAMES)] == [
        ("roll", 1),
        ("begin combat", 20),
    ]


@pytest.mark.parametrize(
    ("one_way", "another"),
    [
        ("[roll: sleight_of_hand dc 12 for Wren]", "[ROLL: Sleight of Hand for wren dc 12]"),
        ("[give: Wren silver x1]", "[give: Wren Silver]"),
        ("[condition: bog_brigand prone off]", "[condition: Bog Brigand Prone off]"),
    ],
)
def test_normalise_makes_two_spellings_equal(one_way: str, another: str) -> None:
    assert normalise(one(one_way)) == normalise(one(another))


def test_normalise_keeps_what_differs() -> None:
    calls = [
        "[roll: stealth]",
        "[roll: stealth dc 12]",
        "[roll: stealth adv]",
        "[roll: stealth for Wren]",
        "[heal: Wren 3]",
    ]
    assert len({normalise(one(call)) for call in calls}) == len(calls)


@pytest.mark.parametrize("tool", TABLE.tools.values(), ids=lambda tool: tool.name)
def test_every_example_of_the_table_reads_and_writes_back(tool: object) -> None:
    example = getattr(tool, "example")  # noqa: B009  # the parameter is untyped for pytest's ids
    call = one(example)
    assert call.problem is None
    assert write_call(call) == example


@given(st.text(alphabet="[]: rolstehdcfoamg0123xW\n_é", max_size=60))
def test_any_text_gives_calls_whose_text_stands_at_their_span(text: str) -> None:
    for call in find_calls(text, TABLE, NAMES):
        assert text[call.span.start : call.span.end] == call.text
        assert find_calls(write_call(call), TABLE, NAMES) or call.problem


def test_a_table_of_the_workspace_adds_tools(tmp_path: Path) -> None:
    path = tmp_path / "tools.yaml"
    path.write_text(
        "Bless: {arguments: [target], options: [], result: false, changes: null, example: '[bless: Wren]', help: b}\n"
    )
    table = TABLE.with_tools(ToolTable.load(path))
    assert [call.arguments for call in find_calls("[bless: Bog Brigand]", table, NAMES)] == [("Bog Brigand",)]
    assert find_calls("[bless: Wren]", TABLE, NAMES) == ()


@pytest.mark.parametrize("content", ["- a", "roll: {}", "roll: [", "roll:\n  arguments: [spell]\n", "'x"])
def test_a_bad_table_is_our_error(content: str, tmp_path: Path) -> None:
    path = tmp_path / "tools.yaml"
    path.write_text(content)
    with pytest.raises(BadToolTable) as caught:
        ToolTable.load(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("stealth: 13 + 6(skill) = *19*", ResultLine("stealth", 13, ((6, "skill"),), 19)),
        (
            "Sleight of Hand: 9 - 1(skill) + 2(cloak)=*10*",
            ResultLine("Sleight of Hand", 9, ((-1, "skill"), (2, "cloak")), 10),
        ),
        (" initiative: 7 = *7* ", ResultLine("initiative", 7, (), 7)),
        ("stealth: 13", None),
        ("stealth: 13 + 6 = *19*", None),
        ("stealth: 13 + 6(skill) = 19", None),
        ("*19*", None),
        ("stealth: 1 = *1* and more", None),
        ("a" * 5000, None),
    ],
)
def test_result_lines(text: str, line: ResultLine | None) -> None:
    assert read_result(text) == line


def test_true_total() -> None:
    line = read_result("stealth: 3 - 10(mud) = *99*")
    assert line is not None
    assert line.true_total == -7
