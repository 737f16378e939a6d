from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from studio.rules import Rules
from studio.scenario import Vocabulary, find_calls, parse
from studio.scenario.game import RULES_FILE, TOOLS_FILE, Game
from studio.scenario.own_tools import as_entry, own_tools, tool_troubles
from studio.scenario.tools import BadToolTable, ToolTable

SHIPPED = ToolTable.shipped()
WORDS = Vocabulary.shipped()

STARS = """
shipped: false
scan: {like: roll, example: "[scan: sensors dc 9]", help: Ask for a check of the ship.}
hull: {like: damage, example: "[hull: Kite 2]", help: Take hull from a ship.}
broadcast: {arguments: [target, item], example: "[broadcast: Kite all clear]", help: Say it on the open channel.}
"""


def game(folder: Path, tools: str = "", rules: str = "") -> Game:
    if tools:
        (folder / TOOLS_FILE).write_text(tools, "utf-8")
    if rules:
        (folder / RULES_FILE).write_text(rules, "utf-8")
    return Game.of(folder)


def test_a_folder_with_neither_file_plays_the_shipped_game(tmp_path: Path) -> None:
    assert Game.of(tmp_path) is Game.shipped()


def test_own_tools_take_the_place_of_the_shipped_ones(tmp_path: Path) -> None:
    own = game(tmp_path, STARS)
    assert own.troubles == ()
    assert list(own.tools.tools) == ["scan", "hull", "broadcast"]
    scan = own.tools.tools["scan"]
    assert (scan.arguments, scan.options, scan.result, scan.effect) == (
        ("skill",),
        ("dc", "advantage", "actor"),
        True,
        "roll",
    )
    assert own.tools.tools["hull"].changes == "health"
    assert own.tools.effect("broadcast") == "broadcast"
    text = "<DM>[scan: sensors] [roll: stealth]</DM>\n\n<TOOLCALL>sensors: 4 = *4*</TOOLCALL>"
    (call,) = parse(text, tools=own.tools).scenario.turns[0].tool_calls
    assert (call.name, call.result) == ("scan", "sensors: 4 = *4*")


def test_own_tools_stand_beside_the_shipped_ones_and_can_drop_one(tmp_path: Path) -> None:
    own = game(tmp_path, "heal:\nbless: {arguments: [target], example: '[bless: Wren]', help: A blessing.}\n")
    assert "heal" not in own.tools.tools
    assert {"roll", "bless"} <= set(own.tools.tools)


@pytest.mark.parametrize(
    ("tools", "reason"),
    [
        ("[1]", "table of names"),
        ("roll: [", "line "),
        ("shipped: perhaps", "true or false"),
        ("scan: 3", "scan: it is not a table"),
        ("scan: {lik: roll}", "Did you mean like?"),
        ("scan: {like: rol, example: '[scan: x]', help: h}", "none of the tools"),
        ("scan: {like: roll, arguments: [target], example: '[scan: x]', help: h}", "needs these arguments: skill"),
        ("scan: {like: roll, example: '[roll: x]', help: h}", "Write one call, such as [scan: stealth]."),
        ("scan: {like: roll, example: '[scan: x]'}", "scan: Say in one line"),
        ("scan: {result: true, example: '[scan]', help: h}", "add `like: roll`"),
        ("scan: {changes: health, example: '[scan]', help: h}", "Say with `like`"),
        ("scan: {arguments: [item, number], example: '[scan: x 3]', help: h}", "must be the last"),
        ("scan: {arguments: [spell], example: '[scan: x]', help: h}", "no argument"),
        ("s/x: {example: '[s]', help: h}", "letters"),
        ("shipped: false", "no tool is left"),
    ],
)
def test_a_damaged_table_gives_one_sentence_and_the_shipped_tools_serve(
    tmp_path: Path, tools: str, reason: str
) -> None:
    own = game(tmp_path, tools)
    (trouble,) = own.troubles
    assert own.tools is SHIPPED
    assert reason in str(trouble)
    assert str(tmp_path / TOOLS_FILE) in str(trouble)
    assert "the tools that ship with Lorewright serve" in str(trouble)


def test_own_rules_stand_over_the_shipped_ones(tmp_path: Path) -> None:
    rules = "die: 6\ndefault_dc: 4\nskills: [sensors, guns]\noutcomes: {success: '*COPY*'}\n"
    own = game(tmp_path, rules=rules)
    assert own.troubles == ()
    words = own.words
    assert (words.die, words.default_dc, words.skills) == (6, 4, ("sensors", "guns"))
    assert words.outcomes == ("*COPY*", "*FAILED*")
    assert words.uncontested == ()  # initiative is no skill of this game
    assert words.conditions == WORDS.conditions
    made = Rules.of(words)
    assert (made.die, made.outcomes.success) == (6, "*COPY*")


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        ("- 6", "table of keys"),
        ("die: [", "line "),
        ("die: 1", "2 to 1000"),
        ("die: yes", "2 to 1000"),
        ("dice: 6", "Did you mean die?"),
        ("default_dc: 0", "from 1"),
        ("skills: stealth", "list of words"),
        ("skills: []", "at least one skill"),
        ("skills: [Sneak, sneak]", "stands twice"),
        ("conditions: ['a]b']", "cannot be one of"),
        ("uncontested: [luck]", "none of the skills"),
        ("outcomes: {success: WIN}", "asterisks"),
        ("outcomes: {success: '*FAILED*'}", "different words"),
        ("outcomes: {draw: '*DRAW*'}", "`success` and `failure`"),
    ],
)
def test_damaged_rules_give_one_sentence_and_the_shipped_ones_serve(tmp_path: Path, rules: str, reason: str) -> None:
    own = game(tmp_path, rules=rules)
    (trouble,) = own.troubles
    assert own.words is WORDS
    assert reason in str(trouble)
    assert "the rules that ship with Lorewright serve" in str(trouble)


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe\x00", b"\x00", b"[" * 100_000, b"{a: " * 60_000, b"&a [*a, *a]", b"x" * 600_000, b"? {a: 1}\n: b\n"],
)
def test_whatever_stands_in_the_files_there_is_a_game(tmp_path: Path, content: bytes) -> None:
    for name in (TOOLS_FILE, RULES_FILE):
        (tmp_path / name).write_bytes(content)
    own = Game.of(tmp_path)
    assert (own.tools, own.words) == (SHIPPED, WORDS)
    assert len(own.troubles) == 2


def test_one_damaged_file_does_not_cost_the_other(tmp_path: Path) -> None:
    own = game(tmp_path, STARS, "die: none")
    assert "scan" in own.tools.tools
    assert len(own.troubles) == 1


_YAML = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8) | st.sampled_from(
        ["shipped", "roll", "like", "arguments", "options", "result", "changes", "example", "help", "die", "skills",
         "conditions", "uncontested", "outcomes", "success", "failure", "default_dc"]), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(_YAML)
def test_any_values_are_a_game_or_our_error(tmp_path_factory: pytest.TempPathFactory, values: object) -> None:
    folder = tmp_path_factory.getbasetemp()
    for name in (TOOLS_FILE, RULES_FILE):
        (folder / name).write_text(yaml.safe_dump(values), "utf-8")
    own = Game.of(folder)
    Rules.of(own.words)
    for tool in own.tools.tools.values():
        assert list(tool_troubles(tool, SHIPPED)) == []


def test_the_shipped_tools_pass_their_own_test_and_read_back_from_entries() -> None:
    entries: dict[str, object] = {"shipped": False}
    for tool in SHIPPED.tools.values():
        assert list(tool_troubles(tool, SHIPPED)) == []
        entries[tool.name] = as_entry(tool, SHIPPED)
    assert own_tools(entries, SHIPPED, Path("tools.yaml")).tools == SHIPPED.tools


def test_an_entry_reads_back_as_the_tool(tmp_path: Path) -> None:
    own = game(tmp_path, STARS).tools
    entries = {"shipped": False} | {name: as_entry(tool, SHIPPED) for name, tool in own.tools.items()}
    assert own_tools(entries, SHIPPED, tmp_path).tools == own.tools
    assert [call.name for call in find_calls("[hull: Kite 2]", own, ["Kite"])] == ["hull"]


def test_too_many_tools_are_refused() -> None:
    with pytest.raises(BadToolTable):
        own_tools({f"t{n}": None for n in range(300)}, SHIPPED, Path("tools.yaml"))
