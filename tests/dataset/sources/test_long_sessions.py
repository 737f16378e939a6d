"""A session that is too long for one row: in parts, each with the sheets as they stood there, and nothing lost."""

import re
from pathlib import Path

import pytest

from studio.chat import ChatTemplate
from studio.dataset.cutting import Cutter
from studio.dataset.description import SourceSettings
from studio.dataset.fitting import fitted
from studio.dataset.problems import RowProblem
from studio.dataset.reading import Reading
from studio.dataset.rows import Row
from studio.dataset.sources import read_source
from studio.dataset.sources.played import played
from studio.play.log import SessionFile, read_session
from studio.play.records import Node, SessionHeader
from studio.scenario import parse
from studio.scenario.game import Game

CHATML = ChatTemplate(
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}",
    eos="<|im_end|>",
    name="chatml",
)
SYSTEM = """<SYSTEM>
# Role
You are the Dungeon Master.

# Party

## Wren
- Player Character
- Health: 24/26
- Inventory: rope, torch x2
- Skills: Stealth +6
</SYSTEM>
"""
TOLD = f"{SYSTEM}\n<User>I look.</User>\n<DM>A stone falls. [damage: Wren 2]</DM>\n"
TURNS = (
    ("User", "I look."),
    ("DM", "A stone falls. [damage: Wren 2]"),
    ("User", "I go on, </DM> slowly."),
    ("DM", "Another stone falls. [damage: Wren 5] [give: Wren silver key]"),
    ("User", "I sneak past."),
    ("DM", "[roll: stealth dc 10 for Wren]"),
    ("TOOLCALL", "STEALTH: 12 + 6(Stealth) = *18*"),
    ("DM", "*SUCCESS* Nobody sees you. [take: Wren rope]"),
    ("User", "And now?"),
    ("DM", "The road is empty."),
)


class Words:
    """A tokeniser in which each word and each mark is an id."""

    def encode(self, text: str, *, special: bool) -> list[int]:
        return [hash(word) for word in re.findall(r"\w+|[^\w\s]", text)]

    def decode(self, ids: list[int]) -> str:
        raise NotImplementedError


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    file = SessionFile(tmp_path / "sessions" / "one.jsonl", SessionHeader(scenario=TOLD, model="m", name="n", seed=1))
    for number, (kind, text) in enumerate(TURNS, 1):
        file.add(Node.model_validate({"id": number, "parent": number - 1 or None, "kind": kind, "text": text}))
    file.close()
    return tmp_path


def read(root: Path, limit: int) -> tuple[list[Row], list[RowProblem], Reading]:
    """As a build reads it."""
    source = SourceSettings.model_validate({"name": "play", "sessions": "sessions"})
    cutter = Cutter.of(CHATML, Words(), limit)
    reading = Reading(root, cutter=cutter)
    found = list(fitted(read_source(source, reading), cutter, reading))
    rows = [one for one in found if isinstance(one, Row)]
    return rows, [one for one in found if isinstance(one, RowProblem)], reading


def test_a_short_one_is_one_row(workspace: Path) -> None:
    (row,), problems, reading = read(workspace, 10_000)
    assert not problems and row.calls == 4 and "24/26" in row.messages[0].content
    assert reading.notes.tokens[row.key] <= 10_000


def test_each_part_opens_with_the_sheets_as_they_stood_there(workspace: Path) -> None:
    rows, problems, reading = read(workspace, 110)
    opening = {row.messages[1].content: row.messages[0].content for row in rows}
    after = f"<TOOLCALL>{TURNS[6][1]}</TOOLCALL>"
    assert list(opening) == ["I go on, </DM> slowly.", "I sneak past.", after, "And now?"]
    assert "Health: 22/26" in opening["I go on, </DM> slowly."], "what the scenario told has happened"
    sneaking, last = opening["I sneak past."], opening["And now?"]
    assert (
        opening[after] == sneaking and "Health: 17/26" in sneaking and "silver key" in sneaking and "rope" in sneaking
    )
    assert "Health: 17/26" in last and "silver key" in last and "rope" not in last
    assert sum(row.calls for row in rows) == 4
    assert {row.group for row in rows} == {"one"}
    assert all(reading.notes.tokens[row.key] <= 110 for row in rows)
    assert [one.code for one in problems] == ["nothing-to-learn"], "the part that the scenario told"


def test_where_the_sheets_cannot_be_written_it_is_told(workspace: Path) -> None:
    path = workspace / "sessions" / "one.jsonl"
    path.write_text(path.read_text().replace("[give: Wren silver key]", "[give: Wren bread, cheese]"))
    rows, problems, _reading = read(workspace, 110)
    assert not rows and [(one.code, one.error) for one in problems] == [("sheet", False)]
    assert "“rope, torch x2, bread, cheese” would not be read as inventory" in problems[0].sentence
    assert len(read(workspace, 10_000)[0]) == 1, "one that is short needs no sheets written"


def test_what_was_typed_stays_what_was_said_and_its_spans_are_true(workspace: Path) -> None:
    kept = read_session(workspace / "sessions" / "one.jsonl")
    branch = played(kept.path, parse(kept.header.scenario).scenario, Game.shipped())
    assert [(turn.speaker.value, turn.content) for turn in branch.turns] == list(TURNS)
    for turn in branch.turns:
        at = turn.content_span
        assert branch.text[at.start : at.end] == turn.content
        assert (
            branch.text[turn.span.start : turn.span.end]
            == f"<{turn.speaker.value}>{turn.content}</{turn.speaker.value}>"
        )
        assert branch.text.count("\n", 0, turn.span.start) + 1 == turn.line
        assert all(branch.text[call.span.start : call.span.end] == call.text for call in turn.tool_calls)
    assert branch.turns[5].tool_calls[0].result == TURNS[6][1]
