"""The glossary on hover: every technical word of a table or a form on screen has its two sentences there."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from studio.glossary import glossary
from studio.training.memory import PARTS
from studio.ui.convert.choices_view import ChoicesModel
from studio.ui.convert.result_view import _titles
from studio.ui.theme import Theme
from studio.ui.train.form import TrainForm
from studio.ui.train.runs_view import RunsModel
from studio.ui.widgets import TableRows
from studio.ui.widgets.hover import of_field, of_word

PLAIN = {"", "Run", "Day", "State", "Time", "What to expect"}
"""Words that everybody knows."""


def test_every_technical_column_of_a_table_is_explained(theme: Theme) -> None:
    tables: tuple[TableRows[object], ...] = (RunsModel(theme), ChoicesModel(theme))  # type: ignore[assignment]
    for table in tables:
        for column, name in enumerate(table.columns):
            told = table.headerData(column, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
            assert bool(told) is (name not in PLAIN), name
    for word in (*_titles(), *PARTS):
        assert of_word(word), word


def test_every_field_of_the_form_of_a_training_is_explained(qtbot: QtBot, theme: Theme) -> None:
    form = TrainForm(theme)
    qtbot.addWidget(form)
    named = [name for name in form.findChildren(QLabel) if name.buddy() is not None]
    assert named, "the form has no field with a name any more"
    for name in named:
        assert name.toolTip(), f"nothing explains “{name.text()}”"


def test_the_sentences_are_broken_into_lines() -> None:
    assert of_word("Accept") == ""
    told = of_field("lora.rank")
    assert told == glossary()["rank"].says and "\n" in told
    assert max(map(len, told.splitlines())) <= 60
