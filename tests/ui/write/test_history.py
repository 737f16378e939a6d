"""The history of a file on the screen, and the comparison that it shares with recovery and changes on the disk."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from studio.ui.context import Context
from studio.ui.theme import Theme
from studio.ui.write.comparison import ComparisonView, Text
from studio.ui.write.history_view import ago
from studio.ui.write.page import Page
from studio.ui.write.tab import WriteTab
from studio.workspace.history import History
from studio.workspace.rows import compared

LONG = 30_000

Opened = Callable[[WriteTab, Path], Page]


@pytest.fixture
def view(theme: Theme, qtbot: QtBot, delete: Callable[[QWidget], None]) -> Iterator[ComparisonView]:
    made = ComparisonView(theme)
    made.resize(800, 500)
    made.show()
    yield made
    made.close_view()
    delete(made)


def shown(qtbot: QtBot, view: ComparisonView, old: str, new: str) -> None:
    view.compare(Text("old", old), Text("new", new))
    qtbot.waitUntil(lambda: not view.comparing, timeout=LONG)


def test_snapshots_are_listed_compared_and_restored_as_one_step(
    qtbot: QtBot,
    made_tab: Callable[[], WriteTab],
    opened: Opened,
    context: Context,
    scenario: Path,
    press: Callable[[QWidget, str], None],
) -> None:
    history, now = History(context.workspace.snapshots), time.time()
    text = scenario.read_text("utf-8")
    old = text.replace("coppers", "silvers")
    history.take(scenario, "the very first\n", now - 3000)
    history.take(scenario, old, now - 1200)
    tab = made_tab()
    page = opened(tab, scenario)
    page.editor.insertPlainText("new ")
    tab.filer.show_history(scenario)
    dialog = tab.filer.history
    assert dialog is not None
    assert [history.read(snapshot) for snapshot in dialog.snapshots] == [text, old, "the very first\n"][
        -len(dialog.snapshots) :
    ]
    dialog.choose(len(dialog.snapshots) - 2)
    qtbot.waitUntil(lambda: not dialog.comparison.comparing and not dialog._background.busy, timeout=LONG)
    words = [dialog._model.index(place).data() for place in range(len(dialog.snapshots))]
    assert words[-1].count("+") == 0, "the first one changed nothing that is known"
    assert f"+{old.count(chr(10))} −1" in words[-2]
    marked = [row.old.text[slice(*row.old.spans[0])] for row in dialog.comparison.rows if row.old and row.old.spans]
    assert "silvers" in marked
    press(dialog, "Restore this text")
    assert page.text() == old and page.dirty
    page.editor.undo()
    assert page.text() == "new " + text


def test_a_history_without_snapshots_says_when_one_is_taken(
    qtbot: QtBot, made_tab: Callable[[], WriteTab], scenario: Path
) -> None:
    tab = made_tab()
    tab.filer.show_history(scenario)
    dialog = tab.filer.history
    assert dialog is not None and dialog.snapshots == () and not dialog.restore_button.isEnabled()
    dialog.reject()


def test_how_long_ago_is_said_in_one_unit() -> None:
    assert [ago(0, seconds) for seconds in (5, 300, 3 * 3600, 50 * 3600)] == [
        "just now",
        "5 min ago",
        "3 h ago",
        "2 days ago",
    ]


def test_long_equal_stretches_fold_and_unfold(qtbot: QtBot, view: ComparisonView) -> None:
    lines = [f"line {number}" for number in range(100)]
    shown(qtbot, view, "\n".join(lines), "\n".join([*lines[:50], "fresh", *lines[50:]]))
    assert [len(row.folded) for row in view.rows if row.folded] == [47, 47]
    index = view.view.model().index(0, 0)
    qtbot.mouseClick(view.view.viewport(), Qt.MouseButton.LeftButton, pos=view.view.visualRect(index).center())
    assert len(view.rows) == 1 + 100 - 47 + 1
    assert [row.new.number for row in view.rows if row.kind == "new" and row.new] == [51]


def test_equal_texts_say_so(qtbot: QtBot, view: ComparisonView) -> None:
    shown(qtbot, view, "same\n", "same\n")
    assert view._stack.currentIndex() == 1
    shown(qtbot, view, "same\n", "other\n")
    assert view._stack.currentIndex() == 0


def test_one_column_puts_what_goes_before_what_comes(qtbot: QtBot, view: ComparisonView) -> None:
    shown(qtbot, view, "a\nb\nc", "A\nB\nc")
    view.below.click()
    assert [(str(row.kind), (row.old or row.new).text) for row in view.rows] == [  # type: ignore[union-attr]
        ("gone", "a"),
        ("gone", "b"),
        ("new", "A"),
        ("new", "B"),
        ("same", "c"),
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a\n" * 30_000, "b\n" * 30_000),
        ("x" * 1_000_000, "x" * 999_999 + "y"),
        (
            "\u202eשלום\n\U0001f3b2\U0001f468\u200d\U0001f469 gone",
            "\u202eשלום\n\U0001f3b2\U0001f468\u200d\U0001f467 come",
        ),
        ("", "\n" * 50_000),
    ],
    ids=["all lines", "a line of 1 MB", "right to left and emoji", "empty lines"],
)
def test_any_two_texts_can_be_looked_at(qtbot: QtBot, view: ComparisonView, old: str, new: str) -> None:
    shown(qtbot, view, old, new)
    view.grab()
    view.step(1)
    assert 0 < len(view.rows) <= 4001
    assert all(len(side.text) <= 2001 for row in view.rows for side in (row.old, row.new) if side)


def test_lines_past_the_most_that_is_shown_are_counted() -> None:
    found = compared("", "\n".join(str(number) for number in range(10_000)))
    assert found.added == 10_000 and found.rows[-1].left_out == 10_000 - 4000
