"""`/sheet` at the terminal: sheets changed by hand in words, within their bounds, kept and taken back."""

import io
from pathlib import Path

import pytest

from studio.cli.play_shown import Plain
from studio.cli.play_words import Words
from studio.play.log import SessionFile
from studio.play.records import SessionHeader
from studio.play.session import Session
from studio.rules.hand import HandRefused
from studio.scenario import parse

TEXT = """<SYSTEM>
# Party

## Wren
- Player Character
- Level 3
- Health: 20/26
- Exp: 100/900
- Inventory: Rope

## Wren of the Weir
- NPC Companion
- Health: 5/5
</SYSTEM>
"""


@pytest.fixture
def table(tmp_path: Path) -> Words:
    """A table that is kept in a file, with nobody who narrates."""
    header = SessionHeader(scenario=TEXT, model="abc", name="tuned", seed=4)
    file = SessionFile(tmp_path / "one.jsonl", header)
    return Words(Session(scenario=parse(TEXT).scenario, header=header, file=file), Plain(io.StringIO()))


def said(table: Words) -> str:
    assert isinstance(table.shown.stream, io.StringIO)
    return table.shown.stream.getvalue()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("wren health -3", "Wren: health 20/26 → 17/26"),
        ("Wren hp +99", "Wren: health 20/26 → 26/26"),
        ("Wren health 0", "Wren: health 20/26 → 0/26"),
        ("Wren most health 30", "Wren: health 20/26 → 20/30"),
        ("Wren of the Weir health 2", "Wren of the Weir: health 5/5 → 2/5"),
        ("Wren inventory rope 2", "Wren: inventory"),
        ("Wren item healing draught +1", "healing draught"),
        ("Wren conditions prone", "Wren: conditions – → prone"),
        ("Wren experience +800", "Wren: level 3 → 4"),
        ("Wren level 7", "Wren: level 3 → 7"),
    ],
)
async def test_a_sheet_is_changed_by_hand_kept_and_taken_back(
    table: Words, tmp_path: Path, line: str, told: str
) -> None:
    before = table.session.party
    await table.take(f"/sheet {line}")
    assert told in said(table)
    changed = table.session.party
    assert changed != before
    assert Session.reopen(tmp_path / "one.jsonl").party == changed
    await table.take("/undo")
    assert table.session.party == before
    await table.take("/redo")
    assert table.session.party == changed


async def test_a_condition_ends_and_a_thing_is_gone(table: Words) -> None:
    for line in ("conditions Prone on", "condition prone off", "inventory Rope 0"):
        await table.take(f"/sheet Wren {line}")
    sheet = table.session.party.find("Wren")
    assert sheet is not None and (sheet.conditions, sheet.inventory) == ((), ())


async def test_without_a_change_sheets_are_shown_all_or_one(table: Words) -> None:
    await table.take("/sheet")
    assert "  Wren: health 20/26" in said(table) and "  Wren of the Weir: " in said(table)
    table.shown = Plain(io.StringIO())
    await table.take("/sheet Wren of the weir")
    assert "Wren of the Weir: health 5/5" in said(table) and "20/26" not in said(table)
    assert table.session.steps() == ()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("Bog health 3", "begins with nobody's name; here are Wren, Wren of the Weir"),
        ("Wren mood 3", "has no “mood”; it has health"),
        ("Wren healt 3", "Did you mean health?"),
        ("Wren health", "/sheet Wren health 3, or"),
        ("Wren health lots", "/sheet Wren health 3, or"),
        ("Wren health 3 4", "/sheet Wren health 3, or"),
        ("Wren health 27", "0 to 26, not 27"),
        ("Wren health 99999999999", "/sheet Wren health 3, or"),
        ("Wren inventory rope", "/sheet Wren inventory rope 2"),
        ("Wren inventory 2", "/sheet Wren inventory rope 2"),
        ("Wren conditions", "Name a condition"),
        ("Wren conditions off", "Name a condition"),
        ("Wren conditions prone off", "stands on the sheet of Wren already"),
    ],
)
async def test_what_a_sheet_cannot_take_is_said_and_changes_nothing(table: Words, line: str, told: str) -> None:
    before = table.session.party
    with pytest.raises(HandRefused, match=told):
        await table.take(f"/sheet {line}")
    assert table.session.party == before and not table.session.can_undo
