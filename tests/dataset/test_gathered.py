"""Which of equal rows stays."""

from dataclasses import replace

import pytest

from studio.chat.messages import ASSISTANT, USER, Message
from studio.dataset.gathered import Gathered
from studio.dataset.rows import Kind, Place, Row

SAID = (Message(USER, "What?"), Message(ASSISTANT, "Fog.", 0, trained=True))
WRITTEN = Row(Kind.SCENARIO, "mine", Place("b.md"), SAID, "b.md")
DRAFTED = replace(WRITTEN, place=Place("a.md"), group="a.md", synthetic=True)


@pytest.mark.parametrize("rows", [(WRITTEN, DRAFTED), (DRAFTED, WRITTEN)])
def test_of_equals_what_a_person_wrote_stays(rows: tuple[Row, ...]) -> None:
    found = Gathered(rows=list(rows))
    found.once({})
    assert [row.place.path for row in found.rows] == ["b.md"]
    assert [(out.row.place.path, out.reason.code) for out in found.out] == [("a.md", "duplicate")]
    assert "b.md" in found.out[0].reason.sentence


def test_a_heavier_source_stands_above() -> None:
    found = Gathered(rows=[WRITTEN, replace(DRAFTED, source="accepted")])
    found.once({"accepted": 5.0, "mine": 1.0})
    assert [row.source for row in found.rows] == ["accepted"]
