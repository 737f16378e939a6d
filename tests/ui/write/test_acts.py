"""What can be done to an open scenario beside typing, as a person does it: keys, menu, strip, clipboard."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from studio.scenario import parse
from studio.ui.context import Context, Toast
from studio.ui.write.manuscript import Manuscript
from studio.ui.write.page import Page
from studio.ui.write.tab import WriteTab

LONG = 30_000
Open = Callable[[WriteTab, Path], Page]


@pytest.fixture
def tab(made_tab: Callable[[], WriteTab]) -> WriteTab:
    return made_tab()


@pytest.fixture
def page(tab: WriteTab, scenario: Path, opened: Open) -> Page:
    return opened(tab, scenario)


def run(tab: WriteTab, name: str) -> None:
    """Runs a command as palette and shortcut do."""
    command = next(one for one in tab.commands() if one.name == f"write.{name}")
    assert command.ready()
    command.run()


def put(page: Page, words: str, *, after: bool = False) -> None:
    place = page.editor.text().index(words) + (len(words) if after else 0)
    page.editor.put_caret(place, place)


def settled(qtbot: QtBot, page: Page) -> None:
    """Waits until all that was typed is checked and read."""
    qtbot.waitUntil(
        lambda: page.checking.ready and page.parsed is not None and page.parsed.scenario.text == page.editor.text(),
        timeout=LONG,
    )


def swap(page: Page, old: str, new: str) -> None:
    page.editor.document().find(old).insertText(new)


# -- problems --------------------------------------------------------------------------------------------


def test_a_squiggle_is_there_with_the_key_and_goes_with_the_fix(qtbot: QtBot, tab: WriteTab, page: Page) -> None:
    settled(qtbot, page)
    put(page, "[roll", after=True)
    qtbot.keyClick(page.editor, Qt.Key.Key_Backspace)
    found = page.editor.problems_at(page.editor.textCursor().position())
    assert any(item.code.startswith("T") for item in found), "no waiting: the key itself shows it"
    run(tab, "fix")
    menu = page.acts.menu
    assert menu is not None and menu.isVisible()
    assert "roll" in menu.titles[0]
    place, line = page.editor.caret(), page.editor.textCursor().blockNumber()
    qtbot.keyClick(menu, Qt.Key.Key_Return)
    assert "[roll: stealth]" in page.editor.text()
    assert (page.editor.textCursor().blockNumber(), abs(page.editor.caret() - place) <= 1) == (line, True)
    assert not [item for item in page.editor.problems_at(page.editor.textCursor().position()) if item.fix]
    page.editor.undo()
    assert "[rol: stealth]" in page.editor.text()


def test_all_problems_of_a_kind_are_mended_in_one_step(qtbot: QtBot, tab: WriteTab, page: Page) -> None:
    for word in ("</User>", "</TOOLCALL>"):
        swap(page, word, word.lower())
    before = page.editor.text()
    put(page, "</user>")
    run(tab, "fix")
    menu = page.acts.menu
    assert menu is not None
    every = next(action for action in menu.actions() if "2" in action.text())
    every.trigger()
    assert "</User>" in page.editor.text() and "</TOOLCALL>" in page.editor.text()
    page.editor.undo()
    assert page.editor.text() == before


def test_a_problem_is_ignored_by_a_comment_before_its_block(qtbot: QtBot, tab: WriteTab, page: Page) -> None:
    swap(page, "[roll: stealth]", "[rol: stealth]")
    put(page, "[rol:", after=True)
    run(tab, "fix")
    menu = page.acts.menu
    assert menu is not None
    code = next(title.split()[1] for title in menu.titles if title.startswith("Ignore T"))
    next(action for action in menu.actions() if action.text().startswith(f"Ignore {code}")).trigger()
    assert f"<!-- lorewright: ignore {code} -->\n<DM>The water" in page.editor.text()
    settled(qtbot, page)
    assert code not in {item.code for item in page.diagnostics}


def test_where_nothing_is_wrong_the_fix_says_so(tab: WriteTab, page: Page, context: Context) -> None:
    told: list[Toast] = []
    context.toasted.connect(told.append)
    put(page, "River towns", after=True)
    run(tab, "fix")
    assert len(told) == 1 and page.acts.menu is None


def test_a_code_is_explained_by_its_page(tab: WriteTab, page: Page) -> None:
    page.acts.explain("S003")
    shown = page.acts.page
    assert shown is not None and "S003" in shown.windowTitle()
    assert len(shown.text.toPlainText()) > 100
    shown.accept()


# -- the whole text --------------------------------------------------------------------------------------


def test_the_scenario_is_laid_out_and_the_caret_stays(qtbot: QtBot, tab: WriteTab, page: Page) -> None:
    neat = page.editor.text()
    page.editor.become(neat.replace("</User>\n\n", "</User>\n\n\n\n").replace("- Level 3", "-   Level 3  "))
    put(page, "coppers", after=True)
    run(tab, "format")
    assert page.editor.text() == neat
    assert page.editor.text()[: page.editor.caret()].endswith("coppers")
    page.editor.undo()
    assert "\n\n\n\n" in page.editor.text()


def test_going_to_a_line_takes_numbers_only(qtbot: QtBot, tab: WriteTab, page: Page) -> None:
    run(tab, "line")
    bar = page.acts.ask
    qtbot.keyClicks(bar.field, "999")
    assert not bar.button.isEnabled() and "1" in bar.hint.text()
    bar.field.clear()
    qtbot.keyClicks(bar.field, "6")
    qtbot.keyClick(bar.field, Qt.Key.Key_Return)
    assert page.editor.textCursor().block().text() == "# Role"
    assert not bar.isVisible()


def test_the_foot_says_where_one_is_and_how_much_there_is(qtbot: QtBot, page: Page) -> None:
    settled(qtbot, page)
    qtbot.waitUntil(lambda: bool(page.footer.words), timeout=LONG)
    scenario = parse(page.editor.text()).scenario
    assert scenario.system is not None
    count = len(scenario.system.content.split()) + sum(len(turn.content.split()) for turn in scenario.turns)
    assert page.footer.words.startswith(f"{count} ")
    page.editor.become("<DM>\U0001f409\U0001f409x</DM>")
    put(page, "x")
    assert page.footer.place == "Line 1, column 7"
    page.footer.say_tokens(12, "Starter")
    assert page.footer.tokens.startswith("12 ")


def test_files_with_a_line_too_long_to_type_in_are_locked_until_asked(
    qtbot: QtBot, tab: WriteTab, context: Context, opened: Open, press: Callable[..., None]
) -> None:
    path = context.workspace.scenarios / "combat" / "long.md"
    path.write_text(f"<DM>{'word ' * 11_000}</DM>", "utf-8")
    page = opened(tab, path)
    qtbot.waitUntil(lambda: not page.editor.filling, timeout=LONG)
    qtbot.keyClicks(page.editor, "x")
    assert not page.dirty and page.editor.isReadOnly()
    press(page._notice, "Edit it anyway")
    qtbot.waitUntil(lambda: not page.editor.isReadOnly(), timeout=LONG)
    qtbot.keyClicks(page.editor, "x")
    assert page.dirty


# -- renaming --------------------------------------------------------------------------------------------


def test_a_character_is_renamed_in_one_step(qtbot: QtBot, tab: WriteTab, page: Page) -> None:
    settled(qtbot, page)
    before = page.editor.text()
    put(page, "## Wren", after=True)
    run(tab, "rename")
    bar = page.acts.ask
    assert bar.field.text() == "Wren"
    bar.field.selectAll()
    qtbot.keyClicks(bar.field, "Ada")
    qtbot.waitUntil(bar.button.isEnabled, timeout=LONG)
    assert bar.hint.text().startswith("2 ")
    qtbot.keyClick(bar.field, Qt.Key.Key_Return)
    assert page.editor.text() == before.replace("Wren", "Ada")
    page.editor.undo()
    assert page.editor.text() == before


def test_a_name_that_cannot_be_is_said_why(qtbot: QtBot, tab: WriteTab, page: Page) -> None:
    settled(qtbot, page)
    put(page, "## Wren", after=True)
    run(tab, "rename")
    bar = page.acts.ask
    bar.field.setText("[x]")
    qtbot.waitUntil(lambda: "[" in bar.hint.text(), timeout=LONG)
    assert not bar.button.isEnabled()
    qtbot.keyClick(bar.field, Qt.Key.Key_Escape)
    assert not bar.isVisible()


def test_renaming_everywhere_changes_open_and_closed_files_and_is_taken_back(
    qtbot: QtBot, tab: WriteTab, page: Page, context: Context, opened: Open
) -> None:
    other = context.workspace.scenarios / "roleplay" / "slips.md"
    third = context.workspace.scenarios / "roleplay" / "third.md"
    third.write_text(other.read_text("utf-8"), "utf-8")
    open_too = opened(tab, other)
    tab.pages.bar.setCurrentIndex(0)
    texts = page.editor.text(), open_too.editor.text(), third.read_bytes()
    settled(qtbot, page)
    put(page, "## Wren", after=True)
    run(tab, "rename")
    bar = page.acts.ask
    bar.choice.setCurrentIndex(1)
    bar.field.setText("Ada")
    qtbot.waitUntil(bar.button.isEnabled, timeout=LONG)
    assert "3 scenarios" in bar.hint.text()
    with qtbot.waitSignal(tab.pages.renamer.renamed, timeout=LONG):
        qtbot.keyClick(bar.field, Qt.Key.Key_Return)
    assert page.editor.text() == texts[0].replace("Wren", "Ada")
    assert open_too.editor.text() == texts[1].replace("Wren", "Ada")
    assert third.read_bytes() == texts[2].replace(b"Wren", b"Ada")
    with qtbot.waitSignal(tab.pages.renamer.renamed, timeout=LONG):
        run(tab, "rename-back")
    assert (page.editor.text(), open_too.editor.text(), third.read_bytes()) == texts
    assert not tab.pages.renamer.can_take_back


def rename_everywhere(qtbot: QtBot, tab: WriteTab, page: Page, new: str) -> None:
    settled(qtbot, page)
    put(page, "## Wren", after=True)
    run(tab, "rename")
    bar = page.acts.ask
    bar.choice.setCurrentIndex(1)
    bar.field.setText(new)
    qtbot.waitUntil(bar.button.isEnabled, timeout=LONG)
    with qtbot.waitSignal(tab.pages.renamer.renamed, timeout=LONG):
        qtbot.keyClick(bar.field, Qt.Key.Key_Return)


@pytest.mark.parametrize("tied", [True, False], ids=["as it is", "twin"])
def test_ctrl_z_in_one_editor_takes_a_renaming_back_in_every_file_and_ctrl_y_makes_it_again(
    qtbot: QtBot,
    tab: WriteTab,
    page: Page,
    context: Context,
    opened: Open,
    monkeypatch: pytest.MonkeyPatch,
    tied: bool,
) -> None:
    """The twin ties nothing to the step: one text goes back alone, and the others keep the new name."""
    if not tied:
        monkeypatch.setattr(Manuscript, "tie", lambda *given: None)
    other = context.workspace.scenarios / "roleplay" / "slips.md"
    third = context.workspace.scenarios / "roleplay" / "third.md"
    third.write_text(other.read_text("utf-8"), "utf-8")
    open_too = opened(tab, other)
    tab.pages.bar.setCurrentIndex(0)

    def texts() -> tuple[str, ...]:
        return page.editor.text(), open_too.editor.text(), third.read_text("utf-8")

    before = texts()
    rename_everywhere(qtbot, tab, page, "Ada")
    after = texts()
    assert all("Ada" in text and "Wren" not in text for text in after)
    page.editor.insertPlainText("typed")
    for step in range(2):
        qtbot.keyClick(page.editor, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        assert page.editor.text() == (after if step == 0 else before)[0]
        if step == 0:
            assert texts() == after, "what was typed since goes back first, alone"
    if not tied:
        qtbot.wait(200)
        assert texts() == (before[0], *after[1:])
        return
    qtbot.waitUntil(lambda: texts() == before, timeout=LONG)
    assert not tab.pages.renamer.can_take_back
    qtbot.keyClick(page.editor, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: texts() == after, timeout=LONG)
    qtbot.keyClick(open_too.editor, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: texts() == before, timeout=LONG)
    page.editor.insertPlainText("another way ")
    qtbot.keyClick(open_too.editor, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: texts()[1:] == after[1:], timeout=LONG)
    assert page.editor.text().count("another way ") == 1 and "Wren" in page.editor.text()


def test_ctrl_z_before_the_files_are_written_takes_them_back_too(
    qtbot: QtBot, tab: WriteTab, page: Page, context: Context
) -> None:
    other = context.workspace.scenarios / "roleplay" / "slips.md"
    before = other.read_bytes()
    settled(qtbot, page)
    put(page, "## Wren", after=True)
    gate = threading.Event()
    page._background.ask(gate, lambda: gate.wait(30), lambda _waited: None)
    tab.pages.renamer._run(page, "Wren", "Ada", 1)
    page.editor.undo()
    assert "Ada" not in page.editor.text()
    gate.set()
    qtbot.waitUntil(lambda: not page._background.busy, timeout=LONG)
    assert other.read_bytes() == before


def test_what_was_changed_since_stays_when_a_renaming_is_taken_back(
    qtbot: QtBot, tab: WriteTab, page: Page, context: Context
) -> None:
    other = context.workspace.scenarios / "roleplay" / "slips.md"
    settled(qtbot, page)
    put(page, "## Wren", after=True)
    run(tab, "rename")
    bar = page.acts.ask
    bar.choice.setCurrentIndex(1)
    bar.field.setText("Ada")
    qtbot.waitUntil(bar.button.isEnabled, timeout=LONG)
    with qtbot.waitSignal(tab.pages.renamer.renamed, timeout=LONG):
        qtbot.keyClick(bar.field, Qt.Key.Key_Return)
    other.write_text(other.read_text("utf-8") + "\n<!-- theirs -->\n", "utf-8")
    theirs = other.read_bytes()
    told: list[Toast] = []
    context.toasted.connect(told.append)
    with qtbot.waitSignal(tab.pages.renamer.renamed, timeout=LONG):
        run(tab, "rename-back")
    assert other.read_bytes() == theirs
    assert "slips.md" in " ".join(toast.text for toast in told)


# -- pasting ---------------------------------------------------------------------------------------------

LOG = "Wren: I knock twice.\nDM: Nobody answers.\nWren: I try the handle.\nDM: It turns.\n"


def paste(page: Page, text: str) -> None:
    source = QMimeData()
    source.setText(text)
    page.editor.insertFromMimeData(source)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        (LOG, "<User>I knock twice.</User>\n\n<DM>Nobody answers.</DM>"),
        (
            "<|im_start|>user\nI knock twice.<|im_end|>\n<|im_start|>assistant\nNobody answers.<|im_end|>\n",
            "<User>I knock twice.</User>\n\n<DM>Nobody answers.</DM>",
        ),
        (
            '{"conversations": [{"from": "human", "value": "I knock twice."},'
            ' {"from": "gpt", "value": "Nobody answers."}]}',
            "<User>I knock twice.</User>\n\n<DM>Nobody answers.</DM>",
        ),
    ],
)
def test_a_pasted_talk_becomes_turns_when_wanted(qtbot: QtBot, page: Page, text: str, first: str) -> None:
    settled(qtbot, page)
    end = len(page.editor.text())
    page.editor.put_caret(end, end)
    before = page.editor.text()
    paste(page, text)
    plain = page.editor.text()
    assert plain == before + text
    assert page._offer is not None
    button = next(one for one in page._offer.findChildren(QPushButton) if one.text() == "Make it turns")
    button.click()
    assert first in page.editor.text() and page._offer is None
    assert not parse(page.editor.text()).problems
    page.editor.undo()
    assert page.editor.text() == plain, "what was pasted is one step back"
    page.editor.undo()
    assert page.editor.text() == before


def test_prose_that_is_pasted_stays_prose(page: Page) -> None:
    paste(page, "It was a long way to the coast, and nobody spoke of it: not then, not later.\nNot at all.\n")
    assert page._offer is None
