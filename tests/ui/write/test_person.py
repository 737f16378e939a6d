"""A person at the window, all in one story and with keys alone.

A scenario is typed from nothing by completion, ten mistakes are made in it and mended by their fixes, the process is
killed while the typing goes on, and at the next start the text is taken back from the offer.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from studio.lint import check
from studio.scenario import Speaker, parse
from studio.ui.start import Studio
from studio.ui.theme import Theme
from studio.ui.write.edits import shared_start
from studio.ui.write.fix_menu import FixMenu
from studio.ui.write.page import Page
from studio.ui.write.tab import WriteTab
from studio.workspace import Workspace

LONG = 60_000
TYPIST = Path(__file__).with_name("typist.py")
LAST = "Nobody hears."
TYPED = "the wolf waits at the ford "
KEYS = 60
KEPT_AT_LEAST = 10
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier

MISTAKES = (
    ("</User>", "</user>"),
    ("<TOOLCALL>", "<Toolcall>"),
    ("[roll: stealth]", "[rol: stealth]"),
    ("[roll: stealth]", "[roll: stelth]"),
    ("stealth]</DM>", "stealth]</User>"),
    ("= *17*", "= *18*"),
    ("*SUCCESS*", "*Success*"),
    ("+ 4(skill)", "+ 7(skill)"),
    (f"{LAST}</DM>", LAST),
    ("</SYSTEM>", "</SYSTM>"),
)

Start = Callable[[], "Person"]


class Person:
    """Somebody before the window, who has nothing but keys and one button."""

    def __init__(self, qtbot: QtBot, studio: Studio) -> None:
        self.qtbot = qtbot
        tab = studio.window.tabs["write"]
        assert isinstance(tab, WriteTab)
        self.tab = tab

    @property
    def page(self) -> Page:
        page = self.tab.pages.current
        assert page is not None
        return page

    @property
    def text(self) -> str:
        return self.page.editor.text()

    def settled(self) -> None:
        """Rests until what was typed has been read."""

        def read() -> bool:
            page = self.page
            parsed = page.parsed
            return page.checking.ready and parsed is not None and parsed.scenario.text == page.editor.text()

        self.qtbot.waitUntil(read, timeout=LONG)

    def type(self, words: str) -> None:
        self.qtbot.keyClicks(self.page.editor, words)

    def press(
        self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier, times: int = 1
    ) -> None:
        for _time in range(times):
            self.qtbot.keyClick(self.page.editor, key, modifier)

    def take(self, key: Qt.Key = Qt.Key.Key_Return) -> None:
        """Takes what completion offers first."""
        assert self.page.editor.popup.shown, f"nothing is offered after {self.text[-40:]!r}"
        self.press(key)

    def slip(self, right: str, wrong: str) -> None:
        """Goes to some words with the arrow keys and makes others of them."""
        same = shared_start(right, wrong)
        end = shared_start(right[same:][::-1], wrong[same:][::-1])
        before = self.text[: self.text.index(right) + same]
        self.press(Qt.Key.Key_Home, CONTROL)
        self.press(Qt.Key.Key_Down, times=before.count("\n"))
        self.press(Qt.Key.Key_Home)
        self.press(Qt.Key.Key_Right, times=len(before) - before.rfind("\n") - 1)
        self.press(Qt.Key.Key_Delete, times=len(right) - same - end)
        self.type(wrong[same : len(wrong) - end])
        if self.page.editor.popup.shown:
            self.press(Qt.Key.Key_Escape)

    def mend(self) -> None:
        """F8 to the next problem that has a fix, Ctrl+., Enter."""
        page = self.page
        for _problem in range(len(page.editor.squiggles) + 1):
            self.press(Qt.Key.Key_F8)
            here = page.editor.problems_at(page.editor.textCursor().position())
            if any(item.fix is not None and item.severity != "hint" for item in here):
                self.press(Qt.Key.Key_Period, CONTROL)
                menu = QApplication.activePopupWidget()
                assert isinstance(menu, FixMenu), "no menu came"
                self.qtbot.keyClick(menu, Qt.Key.Key_Return)
                page.window().activateWindow()  # as a desktop does when a menu closes; without a display nobody does
                return
        raise AssertionError(f"nothing that mends {errors(self.text)}")


@pytest.fixture
def start(
    qtbot: QtBot, theme: Theme, workspace: Workspace, tmp_path: Path, delete: Callable[[QWidget], None]
) -> Iterator[Start]:
    """Starts the window; the one before is closed."""
    running: list[Studio] = []

    def close() -> None:
        for studio in running:
            studio.window.close()
            studio.close()
            delete(studio.window)
        running.clear()

    def begin() -> Person:
        close()
        studio = Studio.build(workspace.root, tmp_path / "config", theme, ("write",))
        running.append(studio)
        studio.window.show()
        studio.window.activateWindow()
        return Person(qtbot, studio)

    yield begin
    close()


def errors(text: str) -> list[str]:
    return [item.code for item in check(parse(text)) if item.severity == "error"]


def write_from_nothing(person: Person) -> None:
    person.settled()
    person.type("scen")
    person.take()
    person.type("You are the Dungeon Master.")
    person.press(Qt.Key.Key_Tab, times=9)
    person.settled()
    person.type("You stop at the gate. [ro")
    person.take()
    assert "stealth" in person.page.editor.popup.shown
    person.type("ste")
    person.take(Qt.Key.Key_Tab)
    person.press(Qt.Key.Key_Escape)
    person.type("]")
    person.press(Qt.Key.Key_End)
    person.settled()
    person.press(Qt.Key.Key_Return)
    assert person.page.editor.popup.shown[0].startswith("<TOOLCALL>"), "the roll that was called for comes first"
    person.take()
    person.press(Qt.Key.Key_End, CONTROL)
    person.settled()
    person.press(Qt.Key.Key_Return)
    person.take()
    person.type(LAST)
    person.settled()


def make_and_mend(person: Person, right: str, wrong: str) -> None:
    sound = person.text
    known = {item.code for item in person.page.diagnostics}
    person.slip(right, wrong)
    assert person.text == sound.replace(right, wrong, 1), "the keys did what was meant"
    seen = {item.code for item in check(parse(person.text, path=person.page.document.path))} - known
    marked = {mark.diagnostic.code for _start, _end, mark in person.page.editor.squiggles.tracked}
    assert seen and seen <= marked, "nothing was waited for: the squiggles are there with the key"
    for _time in range(4):
        person.mend()
        if not errors(person.text):
            break
    assert errors(person.text) == []
    assert person.text == sound, "the fixes give what was meant"
    person.settled()


@contextmanager
def typing_elsewhere(workspace: Workspace, path: Path, diary: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process with the window, in which the typing goes on after the last words."""
    wanted = [sys.executable, str(TYPIST), str(workspace.root), str(path), "age", str(diary), LAST]
    child = subprocess.Popen(wanted, env={**os.environ, "PYTHONPATH": str(TYPIST.parents[3])})
    try:
        yield child
    finally:
        child.kill()
        child.wait(30)


def keys_of(diary: Path) -> int:
    return diary.read_text().count("\n") if diary.exists() else 0


def killed_while_typing(workspace: Workspace, path: Path, diary: Path) -> int:
    """How many keys were typed until the process was killed."""
    until = time.monotonic() + 120
    with typing_elsewhere(workspace, path, diary) as child:
        while keys_of(diary) < KEYS:
            assert child.poll() is None and time.monotonic() < until, "the typing came to nothing"
            time.sleep(0.02)
        child.send_signal(signal.SIGKILL)
        assert child.wait(30) == -signal.SIGKILL
    return keys_of(diary)


def take_it_back(person: Person, path: Path) -> None:
    person.qtbot.waitUntil(lambda: bool(person.tab.pages.pages) and person.page._notice is not None, timeout=LONG)
    page = person.page
    assert page.document.path == path, "what has an unsaved text opens by itself"
    assert page.text() == path.read_text("utf-8"), "nothing is taken over unasked"
    assert page._notice is not None
    buttons = {button.text(): button for button in page._notice.findChildren(QPushButton)}
    person.qtbot.mouseClick(buttons["Take it"], Qt.MouseButton.LeftButton)
    person.settled()


def test_a_person_writes_mends_loses_the_window_and_goes_on(start: Start, workspace: Workspace, tmp_path: Path) -> None:
    path = workspace.scenarios / "combat" / "fresh.md"
    path.write_text("", "utf-8")
    person = start()
    person.tab.open_path(path)
    write_from_nothing(person)
    scenario = parse(person.text).scenario
    assert [turn.speaker for turn in scenario.turns] == [Speaker.USER, Speaker.DM, Speaker.TOOLCALL, Speaker.DM]
    assert scenario.turns[1].tool_calls[0].name == "roll" and errors(person.text) == []

    for right, wrong in MISTAKES:
        make_and_mend(person, right, wrong)
    person.press(Qt.Key.Key_S, CONTROL)
    saved = path.read_text("utf-8")
    assert saved == person.text and not person.page.dirty

    typed = killed_while_typing(workspace, path, tmp_path / "diary")
    assert path.read_text("utf-8") == saved, "the file itself is only written when it is saved"

    person = start()
    take_it_back(person, path)
    before, after = saved.split(LAST)
    words = person.text.removeprefix(before + LAST).removesuffix(after)
    assert before + LAST + words + after == person.text
    assert (TYPED * KEYS).startswith(words) and KEPT_AT_LEAST <= len(words) <= typed
    person.press(Qt.Key.Key_S, CONTROL)
    assert path.read_text("utf-8") == person.text and errors(person.text) == []
