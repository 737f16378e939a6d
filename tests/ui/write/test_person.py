"""A person at the window: a scenario typed from nothing, ten mistakes made and mended, with keys alone."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from studio.lint import check
from studio.scenario import Speaker, parse
from studio.ui.context import Context
from studio.ui.write.page import Page
from studio.ui.write.tab import WriteTab

LONG = 30_000
Open = Callable[[WriteTab, Path], Page]

MISTAKES = (
    ("</User>", "</user>"),
    ("<TOOLCALL>", "<Toolcall>"),
    ("[roll: stealth]", "[rol: stealth]"),
    ("[roll: stealth]", "[roll: stelth]"),
    ("knees.\n\n[roll: stealth]</DM>", "knees.\n\n[roll: stealth]</User>"),
    ("= *19*", "= *18*"),
    ("*SUCCESS*", "*Success*"),
    ("+ 6(skill)", "+ 7(skill)"),
    ("again.</DM>", "again."),
    ("</SYSTEM>", "</SYSTM>"),
)


def run(tab: WriteTab, name: str) -> None:
    """Runs a command as its shortcut does."""
    next(one for one in tab.commands() if one.name == f"write.{name}").run()


def settled(qtbot: QtBot, page: Page) -> None:
    qtbot.waitUntil(
        lambda: page.checking.ready and page.parsed is not None and page.parsed.scenario.text == page.editor.text(),
        timeout=LONG,
    )


def mend(qtbot: QtBot, tab: WriteTab, page: Page) -> bool:
    """F8 to the next problem that has a fix, Ctrl+., Enter; False where there is none."""
    for _problem in range(len(page.editor.squiggles) + 1):
        run(tab, "next-problem")
        page.checking.catch_up()
        here = page.editor.problems_at(page.editor.textCursor().position())
        if any(item.fix is not None for item in here if item.severity != "hint"):
            run(tab, "fix")
            assert page.acts.menu is not None
            qtbot.keyClick(page.acts.menu, Qt.Key.Key_Return)
            return True
    return False


def errors(text: str) -> list[str]:
    return [item.code for item in check(parse(text)) if item.severity == "error"]


@pytest.mark.parametrize(("right", "wrong"), MISTAKES)
def test_a_mistake_is_seen_with_the_last_key_and_mended_by_its_fix(
    qtbot: QtBot, made_tab: Callable[[], WriteTab], scenario: Path, opened: Open, right: str, wrong: str
) -> None:
    tab = made_tab()
    page = opened(tab, scenario)
    settled(qtbot, page)
    sound = page.editor.text()
    known = {item.code for item in page.diagnostics}
    place = sound.index(right)
    page.editor.put_caret(place, place + len(right))
    page.editor.textCursor().insertText(wrong)
    seen = {item.code for item in check(parse(page.editor.text(), path=scenario))} - known
    marked = {mark.diagnostic.code for _start, _end, mark in page.editor.squiggles.tracked}
    assert seen and seen <= marked, "nothing was waited for: the squiggles are there with the key"
    assert mend(qtbot, tab, page)
    for _more in range(3):
        if not errors(page.editor.text()):
            break
        mend(qtbot, tab, page)
    assert errors(page.editor.text()) == []
    while page.editor.text() != sound and page.editor.document().isUndoAvailable():
        page.editor.undo()
    assert page.editor.text() == sound, "undo goes back through the fixes and the mistake to the sound text"


def test_a_scenario_is_written_from_nothing_with_completion(
    qtbot: QtBot, made_tab: Callable[[], WriteTab], context: Context, opened: Open
) -> None:
    path = context.workspace.scenarios / "combat" / "fresh.md"
    path.write_text("", "utf-8")
    tab = made_tab()
    page = opened(tab, path)
    editor = page.editor
    settled(qtbot, page)

    def take(*keys: Qt.Key) -> None:
        assert editor.popup.shown, f"nothing is offered after {editor.text()[-40:]!r}"
        for key in keys or (Qt.Key.Key_Return,):
            qtbot.keyClick(editor, key)

    qtbot.keyClicks(editor, "scen")
    take()
    qtbot.keyClicks(editor, "You are the Dungeon Master.")
    for _stop in range(9):
        qtbot.keyClick(editor, Qt.Key.Key_Tab)
    settled(qtbot, page)
    qtbot.keyClicks(editor, "You stop at the gate. [ro")
    take()
    assert "stealth" in editor.popup.shown
    qtbot.keyClicks(editor, "ste")
    take(Qt.Key.Key_Tab)
    qtbot.keyClick(editor, Qt.Key.Key_Escape)
    qtbot.keyClicks(editor, "]")
    qtbot.keyClick(editor, Qt.Key.Key_End)
    settled(qtbot, page)
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert editor.popup.shown[0].startswith("<TOOLCALL>"), "the roll that was called for comes first"
    take()
    qtbot.keyClick(editor, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    settled(qtbot, page)
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    take()
    qtbot.keyClicks(editor, "Nobody hears.")
    settled(qtbot, page)
    scenario = parse(editor.text()).scenario
    assert [turn.speaker for turn in scenario.turns] == [Speaker.USER, Speaker.DM, Speaker.TOOLCALL, Speaker.DM]
    assert scenario.turns[1].tool_calls[0].name == "roll"
    assert errors(editor.text()) == []
    assert tab.pages.save() and path.read_text("utf-8") == editor.text()
