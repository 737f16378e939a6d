"""A bubble is as wide as what stands in it, and never wider than its row."""

import pytest
from pytestqt.qtbot import QtBot

from studio.rules import Outcome
from studio.ui.cards.bubble import Bubble
from studio.ui.cards.chip import Chip
from studio.ui.cards.content import Said, Voice
from studio.ui.theme import Theme

ROW = 500


def drawn(qtbot: QtBot, theme: Theme, said: Said) -> Bubble:
    bubble = Bubble(theme, said)
    qtbot.addWidget(bubble)
    bubble.resize(ROW, 300)
    bubble.show()
    return bubble


def test_a_short_line_makes_a_small_bubble_at_the_speakers_side(qtbot: QtBot, theme: Theme) -> None:
    bubbles = [drawn(qtbot, theme, Said(voice, "Yes.")) for voice in (Voice.PLAYER, Voice.NARRATOR)]
    mine, theirs = (bubble._frame.geometry() for bubble in bubbles)
    assert mine.width() == theirs.width() < ROW / 4
    assert theirs.left() == 0 and mine.right() == ROW - 1


@pytest.mark.parametrize("text", ["long " * 100, "unbroken" * 50])
def test_no_text_pushes_a_bubble_out_of_its_row(qtbot: QtBot, theme: Theme, text: str) -> None:
    bubble = drawn(qtbot, theme, Said(Voice.NARRATOR, text, calls=(f"[roll: {text}]",)))
    assert bubble.minimumSizeHint().width() < ROW / 4
    assert ROW / 2 < bubble._frame.width() < ROW


def test_what_is_said_is_followed_while_it_grows(qtbot: QtBot, theme: Theme) -> None:
    said = Said(Voice.NARRATOR, "He", open=True)
    bubble = drawn(qtbot, theme, said)
    said.text, said.open, said.outcome, said.calls = (
        "He bites. [damage: Wren 7]",
        False,
        Outcome.FAILURE,
        ("[damage: Wren 7]",),
    )
    bubble.refresh()
    bubble.refresh()
    assert [chip.text() for chip in bubble.findChildren(Chip)] == ["Failed", "damage: Wren 7"]
    assert "[damage" not in bubble._text.text()
    assert bubble.accessibleName() == "Narrator: He bites. [damage: Wren 7]"
