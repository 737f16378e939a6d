"""Changing a table as text: it says what is wanted, and every note outside of what goes stays as it was."""

import re

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.scenario import table_edits
from studio.scenario.table_edits import dumped, rewritten

TABLE = """# Our game.
# It has two lines of notes.

test:  # asked for often
  like: roll
  example: '[test: stealth]'  # how it looks
  # what completion shows
  help: Ask for a check.

# Nobody sings any more.
sing: {arguments: [target], example: '[sing: Wren]', help: A song.}  # ha
heal:   # we do without
skills:
# the quiet ones
- stealth  # by night
- listen

- swim
# the end
"""


def notes(text: str) -> list[str]:
    return re.findall(r"#.*", text)


def said(text: str) -> dict[str, object]:
    table = yaml.safe_load(text)
    assert isinstance(table, dict)
    return table


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_value_is_changed_where_it_stands_and_all_else_stays(end: str) -> None:
    text = TABLE.replace("\n", end)
    wanted = said(text)
    wanted["test"]["help"] = "Ask."  # type: ignore[index]  # it is a table
    assert rewritten(text, wanted) == text.replace("Ask for a check.", "Ask.")


def test_what_is_new_comes_behind_and_what_goes_takes_its_own_lines_only() -> None:
    wanted = said(TABLE)
    del wanted["sing"]
    wanted["skills"] = ["stealth", "climb", "swim"]
    wanted["die"] = 6
    wanted["test"]["options"] = ["dc"]  # type: ignore[index]  # it is a table
    made = rewritten(TABLE, wanted)
    assert said(made) == wanted
    assert notes(made) == [note for note in notes(TABLE) if note != "# ha"]
    assert "- stealth  # by night\n- climb\n\n- swim\n" in made
    assert made.index("help: Ask") < made.index("options:") < made.index("# Nobody sings")


def test_what_says_the_same_is_not_touched() -> None:
    assert rewritten(TABLE, said(TABLE)) == TABLE
    assert rewritten("", {}) == "" and rewritten("# only a note", {}) == "# only a note\n"
    assert rewritten("# only a note", {"die": 6}) == "# only a note\ndie: 6\n"


@pytest.mark.parametrize(
    "text",
    [
        "{die: 6, default_dc: 12}  # short\n",
        "? die\n: 6  # odd\n",
        "die: 6  # one\ndie: 8  # two\n",
        "die: |\n  6\n  # 7\n",
    ],
)
def test_a_table_that_cannot_be_changed_by_parts_is_written_anew_under_its_notes(text: str) -> None:
    made = rewritten(text, {"die": 12, "name": "x"})
    assert said(made) == {"die": 12, "name": "x"}
    kept = [note for note in notes(text) if note != "# 7"]
    assert notes(made) == kept


NOTE = re.compile(r"# note \w+")
WORDS = (yaml.ScalarToken, yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken)
WORD = st.text("ab #:-'\"é%[]{}*&!|>", min_size=0, max_size=8)
KEY = st.text("abcde", min_size=1, max_size=4).filter(lambda key: key not in ("", "y", "n"))
LEAF = st.none() | st.booleans() | st.integers(-5, 99) | WORD
VALUE = LEAF | st.lists(LEAF, max_size=4) | st.dictionaries(KEY, LEAF | st.lists(LEAF, max_size=3), max_size=3)
TABLES = st.dictionaries(KEY, VALUE, max_size=5)


@st.composite
def written(draw: st.DrawFn) -> tuple[str, dict[str, object]]:
    """A table as people write it: flow or block by chance, with notes on lines of their own and behind values."""
    values = draw(TABLES)
    text = yaml.safe_dump(values, sort_keys=False, allow_unicode=True, width=10**6, default_flow_style=draw(
        st.sampled_from([False, None])
    )) if values else ""  # fmt: skip
    lines, number = [], 0
    for line in text.splitlines():
        if draw(st.booleans()):
            number += 1
            lines.append(f"{' ' * draw(st.integers(0, 4))}# note {number}")
        if draw(st.booleans()) and not line.endswith(("|", ">", "|-", "|+", ">-")):
            number += 1
            line += f"  # note {number}"
        lines.append(line)
    made = "\n".join(lines) + draw(st.sampled_from(["", "\n", "\n# note last\n"]))
    if (yaml.safe_load(made) or {}) != values:  # a note fell into a text of several lines
        made = text
    return made, values


def lines_of(keys: set[str], text: str) -> set[int]:
    """The lines on which entries stand, to their last word."""
    root, lines = yaml.compose(text), set[int]()
    for key, value in root.value if root is not None else ():
        if key.value in keys:
            words = [
                one for one in yaml.scan(text) if key.start_mark.index <= one.start_mark.index < value.end_mark.index
            ]
            ends = [one.end_mark.line for one in words if isinstance(one, WORDS)]
            lines |= set(range(key.start_mark.line, max([key.end_mark.line, *ends]) + 1))
    return lines


@settings(max_examples=200)
@given(written(), TABLES, st.randoms())
def test_any_table_says_what_is_wanted_and_keeps_its_notes(
    table: tuple[str, dict[str, object]], other: dict[str, object], chance: object
) -> None:
    text, before = table
    wanted = {key: value for key, value in before.items() if chance.random() < 0.7} | {  # type: ignore[attr-defined]
        key: value
        for key, value in other.items()
        if chance.random() < 0.5  # type: ignore[attr-defined]  # a Random
    }
    made = rewritten(text, wanted)
    assert (yaml.safe_load(made) or {}) == wanted
    if all(key in wanted and wanted[key] == value for key, value in before.items()):
        assert set(NOTE.findall(text)) <= set(NOTE.findall(made)), "nothing goes, so no note goes"
    gone = lines_of({key for key, value in before.items() if key not in wanted or wanted[key] != value}, text)
    outside = {
        note for number, line in enumerate(text.splitlines()) if number not in gone for note in NOTE.findall(line)
    }
    assert outside <= set(NOTE.findall(made))


def test_the_twin_that_dumps_the_whole_loses_every_note(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_edits, "rewritten", lambda _text, wanted: dumped(wanted))
    assert notes(table_edits.rewritten(TABLE, said(TABLE))) == []
