"""The data card as a person reads it: tables are tables, and what only the Hub reads is not shown."""

from PySide6.QtGui import QTextTable
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from studio.ui.context import Context
from studio.ui.data.card_view import CardView

CARD = """---
license: other
tags:
- lorewright
---

# Tavern

| Why | How many |
|---|---|
| repetition | 69 |
| <b>bold</b> | 2 |

- forum: scraped
"""


def test_tables_are_tables_and_the_front_is_for_the_hub(qtbot: QtBot, context: Context) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    view = CardView(context.theme, window, "tavern/1a2b", CARD)
    text = view.text.toPlainText()
    assert text.startswith("Tavern") and "license" not in text and "|" not in text
    (table,) = [frame for frame in view.text.document().rootFrame().childFrames() if isinstance(frame, QTextTable)]
    assert (table.rows(), table.columns()) == (3, 2)
    assert "<b>bold</b>" in text, "what a source says is text"
    view.reject()


def test_a_card_without_a_front_is_shown_whole(qtbot: QtBot, context: Context) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    view = CardView(context.theme, window, "tavern/1a2b", CARD.partition("---\n\n")[2])
    assert view.text.toPlainText().startswith("Tavern")
    view.reject()
