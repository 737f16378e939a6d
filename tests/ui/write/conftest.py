"""What the tests of the Write tab share: the tab with its scenarios listed, a page with its text read."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from studio.scenario import ToolTable
from studio.ui.context import Context
from studio.ui.theme import Theme
from studio.ui.write.editor import Editor
from studio.ui.write.page import Page
from studio.ui.write.tab import WriteTab
from tests.ui.write.editing import Make

LONG = 30_000

Open = Callable[[Path], Page]


@pytest.fixture
def made_tab(qtbot: QtBot, context: Context, delete: Callable[[QWidget], None]) -> Iterator[Callable[[], WriteTab]]:
    """Makes tabs, one after another where a test starts anew; the earlier one is then closed as a window closes it."""
    tabs: list[WriteTab] = []

    def close() -> None:
        for made in tabs:
            made.closing()
            made.close()
            delete(made)
        tabs.clear()

    def make() -> WriteTab:
        close()
        made = WriteTab(context)
        tabs.append(made)
        made.resize(1200, 700)
        with qtbot.waitSignal(made.surveyor.ended, timeout=LONG):
            made.show()
        qtbot.waitUntil(lambda: not any(page.standing.offers.looking for page in made.pages.pages), timeout=LONG)
        return made

    yield make
    close()


@pytest.fixture
def scenario(context: Context) -> Path:
    """The sound scenario of the workspace."""
    return context.workspace.scenarios / "combat" / "toll-bridge.md"


@pytest.fixture
def opened(qtbot: QtBot) -> Callable[[WriteTab, Path], Page]:
    """Opens a file and waits until its text was read."""

    def open_it(tab: WriteTab, path: Path) -> Page:
        tab.open_path(path)
        page = tab.pages.current
        assert page is not None
        qtbot.waitUntil(lambda: not page._awaited, timeout=LONG)
        qtbot.waitUntil(lambda: page.parsed is not None or page.document.locked is not None, timeout=LONG)
        qtbot.waitUntil(lambda: not page.standing.offers.looking, timeout=LONG)
        return page

    return open_it


@pytest.fixture
def press() -> Callable[[QWidget | None, str], None]:
    """Clicks the button with a word."""

    def click(place: QWidget | None, word: str) -> None:
        assert place is not None, f"nothing is shown that could have a button “{word}”"
        found = [button for button in place.findChildren(QPushButton) if button.text() == word]
        assert found, f"no button “{word}” among {[button.text() for button in place.findChildren(QPushButton)]}"
        found[0].click()

    return click


@pytest.fixture
def edit(qtbot: QtBot, theme: Theme) -> Make:
    """Makes editors that show a text, all of it coloured."""

    def made(text: str) -> Editor:
        editor = Editor(theme, ToolTable.shipped())
        qtbot.addWidget(editor)
        editor.resize(700, 420)
        editor.show()
        with qtbot.waitSignal(editor.filled, timeout=20_000):
            editor.fill(text)
        qtbot.waitUntil(lambda: not editor.highlighter.behind, timeout=20_000)
        return editor

    return made
