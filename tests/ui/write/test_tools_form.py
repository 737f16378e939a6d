from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from studio.scenario.game import RULES_FILE, TOOLS_FILE, Game
from studio.ui.context import Context
from studio.ui.write.tools_form import ToolsForm


@pytest.fixture
def form(qtbot: QtBot, context: Context, delete: Callable[[QWidget], None]) -> Iterator[ToolsForm]:
    made = ToolsForm(context)
    made.show()
    yield made
    made.close()
    delete(made)


def put(field: QLineEdit, text: str) -> None:
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)


def choose(form: ToolsForm, like: str) -> None:
    form.fields.acts.setCurrentIndex(form.fields.acts.findData(like))
    form.fields.acts.activated.emit(form.fields.acts.currentIndex())


def names(form: ToolsForm) -> list[str]:
    return [form.list.item(row).text() for row in range(form.list.count())]


def test_a_tool_is_made_and_serves_at_once(form: ToolsForm, context: Context, qtbot: QtBot) -> None:
    assert names(form)[0] == "roll" and not form._save.isEnabled()
    form._add()
    put(form.fields.name, "scan")
    choose(form, "roll")
    put(form.fields.help, "Ask for a check of the ship.")
    assert form.fields.example.text() == "[scan: stealth]"
    put(form.fields.example, "[scan: sensors dc 9]")
    assert "sensors" in form.fields.read.text() and "dc 9" in form.fields.read.text()
    with qtbot.waitSignal(context.game_changed):
        form.save()
    assert form.result() == QDialog.DialogCode.Accepted
    tool = Game.of(context.workspace.root).tools.tools["scan"]
    assert (tool.effect, tool.result, tool.example) == ("roll", True, "[scan: sensors dc 9]")
    assert context.game.tools.tools["scan"] == tool


def test_what_is_wrong_is_said_where_it_is_and_nothing_is_saved(form: ToolsForm, context: Context) -> None:
    form._add()
    put(form.fields.name, "bless")
    form._add()
    put(form.fields.name, "bless")
    assert "already" in form.fields._troubles["name"].text()
    assert not form._save.isEnabled() and form.trouble.text()
    put(form.fields.name, "scan")
    assert [tool.name for tool in form.draft.own] == ["bless", "scan"]
    put(form.fields.example, "[scan: ]")
    assert form.fields.read.property("kind") == "error"
    assert not form._save.isEnabled()
    put(form.fields.example, "[scan: Wren]")
    assert form._save.isEnabled() and not form.trouble.text()
    form.reject()
    assert not (context.workspace.root / TOOLS_FILE).exists()


def test_typing_a_name_goes_on_in_the_field(form: ToolsForm) -> None:
    form._add()
    put(form.fields.name, "level scan")
    assert form.fields.name.text() == "level scan"
    assert form.fields.example.text() == "[level scan: Wren]"
    assert names(form)[-1] == "level scan"


def test_a_shipped_tool_that_is_changed_becomes_the_workspaces_own(form: ToolsForm) -> None:
    form.list.setCurrentRow(0)
    put(form.fields.help, "Roll six dice.")
    assert form.fields.help.text() == "Roll six dice."
    assert [tool.name for tool in form.draft.own] == ["roll"]
    assert form.list.currentItem().text() == "roll"
    form._remove()
    assert form.draft.own == ()


def test_tools_are_dropped_and_brought_back_and_the_shipped_left_out(form: ToolsForm, context: Context) -> None:
    form.list.setCurrentRow(names(form).index("heal"))
    form._remove()
    assert "heal" not in names(form) and form.restore.isVisibleTo(form)
    form._restore()
    assert "heal" in names(form)
    form.beside.click()
    assert names(form) == [] and not form._save.isEnabled()
    form._add()
    assert form._save.isEnabled()
    form.save()
    assert list(Game.of(context.workspace.root).tools.tools) == ["new tool"]


def test_rules_are_edited_with_their_mistakes_said(form: ToolsForm, context: Context) -> None:
    form.words["rules"].click()
    form.rules.die.setValue(6)
    put(form.rules.success, "WIN")
    assert "asterisks" in form.rules._troubles["outcomes"].text() and not form._save.isEnabled()
    put(form.rules.success, "*WIN*")
    form.rules.lists["skills"].setPlainText("sensors\nguns\n")
    assert "none of the skills" in form.rules._troubles["uncontested"].text()
    form.rules.lists["uncontested"].setPlainText("")
    form.save()
    words = Game.of(context.workspace.root).words
    assert (words.die, words.outcomes[0], words.skills) == (6, "*WIN*", ("sensors", "guns"))
    assert not (context.workspace.root / TOOLS_FILE).exists()


def test_a_damaged_file_is_said_locked_and_set_aside(
    context: Context, delete: Callable[[QWidget], None], qtbot: QtBot
) -> None:
    (context.workspace.root / RULES_FILE).write_text("die: [", "utf-8")
    form = ToolsForm(context)
    form.show()
    assert form._notices["rules"].isVisibleTo(form._pages.widget(1)) and not form.rules.isEnabled()
    assert form._notices["tools"].isHidden()
    form._set_aside(RULES_FILE)
    assert form.rules.isEnabled() and form._notices["rules"].isHidden()
    assert (context.workspace.root / "rules.yaml.damaged").read_text("utf-8") == "die: ["
    QTest.keyClick(form, Qt.Key.Key_Escape)
    delete(form)
