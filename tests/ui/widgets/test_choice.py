"""A box with a choice cuts its words where one sees it, and has the whole on hover and in its list."""

from PySide6.QtGui import QFontMetrics
from pytestqt.qtbot import QtBot

from studio.ui.theme import Theme
from studio.ui.widgets import Choice

LONG = "Pewter Tankard of the drowned abbot +12"


def box(qtbot: QtBot, width: int) -> Choice:
    made = Choice()
    made.addItems([LONG, "Knife"])
    made.setToolTip("What to attack with")
    qtbot.addWidget(made)
    made.resize(width, 34)
    made.show()
    return made


def test_words_that_lack_room_are_cut_in_the_middle_and_whole_on_hover(qtbot: QtBot, theme: Theme) -> None:
    made = box(qtbot, 130)
    assert "…" in made.shown() and made.shown().startswith("Pew") and made.shown().endswith("+12")
    assert QFontMetrics(made.font()).horizontalAdvance(made.shown()) < 130
    assert made.hover() == f"{LONG}\nWhat to attack with"
    made.setCurrentIndex(1)
    assert (made.shown(), made.hover()) == ("Knife", "What to attack with")
    made.resize(900, 34)
    made.setCurrentIndex(0)
    assert (made.shown(), made.hover()) == (LONG, "What to attack with")


def test_a_placeholder_is_cut_too(qtbot: QtBot, theme: Theme) -> None:
    made = box(qtbot, 130)
    made.setPlaceholderText(LONG)
    made.setCurrentIndex(-1)
    assert "…" in made.shown() and made.hover().startswith(LONG)


def test_the_list_is_as_wide_as_its_longest_entry(qtbot: QtBot, theme: Theme) -> None:
    made = box(qtbot, 130)
    made.showPopup()
    assert made.view().viewport().width() >= made.view().sizeHintForColumn(0)
    made.hidePopup()


def test_what_is_drawn_is_what_was_cut(qtbot: QtBot, theme: Theme) -> None:
    made, short = box(qtbot, 130), box(qtbot, 130)
    short.setItemText(0, made.shown())
    short.clearFocus()
    made.clearFocus()
    assert made.grab().toImage() == short.grab().toImage()
