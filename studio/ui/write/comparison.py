"""Owns how two texts are compared on the screen: side by side or one below the other, in colours; knows no file.

One view serves recovery, changes on disk and history.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import (
    QModelIndex,
    QPoint,
    Qt,
    QTimer,
    Slot,
)
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QListView,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from studio.language import _
from studio.ui.background import Background
from studio.ui.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_8, SPACE_12, SPACE_16
from studio.ui.widgets import EmptyPlace, IconButton, label, push_button, row, rule, segment
from studio.ui.write.comparison_rows import SIGNS, ComparisonRows, DrawnRows
from studio.workspace.differences import Kind
from studio.workspace.rows import Compared, Row, compared


@dataclass(frozen=True, slots=True)
class Text:
    """One of the two texts with what to call it."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A button under a comparison: its word, what it does, and `primary` or `danger` where it is either."""

    word: str
    run: Callable[[], object]
    kind: str = ""


class ComparisonView(QWidget):
    """Two texts compared. The comparing is done off the GUI thread; `close_view` ends it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._background = Background("compare")
        self._background.setParent(self)
        self._compared = Compared((), 0, 0)
        self._model = ComparisonRows()
        self._old_name, self._new_name = label("", "strong"), label("", "strong")
        self._size = label("", "muted")
        self.beside, self.below = segment(_("Side by side")), segment(_("One column"))
        self.view = self._make_view()
        self._stack = QStackedWidget()
        self._stack.addWidget(self.view)
        same = EmptyPlace(theme, "success", _("No difference"), _("Both texts are the same, letter by letter."))
        self._stack.addWidget(same)
        self._names = QWidget()
        self._names.setLayout(
            row(self._old_name, self._new_name, spacing=0, margins=(SPACE_12, SPACE_8, SPACE_12, SPACE_8))
        )
        self._lay_out()
        theme.changed.connect(self._again)

    def _make_view(self) -> QListView:
        view = QListView()
        view.setProperty("kind", "base")
        view.setModel(self._model)
        self._drawn = DrawnRows(self._theme, self._model)
        view.setItemDelegate(self._drawn)
        view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        view.setSelectionMode(QListView.SelectionMode.NoSelection)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setAccessibleName(_("Comparison"))
        view.clicked.connect(self._unfold)
        view.activated.connect(self._unfold)
        return view

    def _lay_out(self) -> None:
        together = QButtonGroup(self)
        for button in (self.beside, self.below):
            together.addButton(button)
            button.clicked.connect(self._again)
        self.beside.setChecked(True)
        earlier = IconButton(self._theme, "previous", _("Previous difference"))
        earlier.clicked.connect(lambda: self.step(-1))
        later = IconButton(self._theme, "next", _("Next difference"))
        later.clicked.connect(lambda: self.step(1))
        head = QWidget()
        head.setProperty("kind", "header")
        head.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        parts = (self.beside, self.below, SPACE_8, self._size, None, earlier, later)
        head.setLayout(row(*parts, spacing=SPACE_4, margins=(SPACE_8, SPACE_4, SPACE_8, SPACE_4)))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for part in (head, rule(), self._names, rule()):
            layout.addWidget(part)
        layout.addWidget(self._stack, 1)

    def compare(self, old: Text, new: Text) -> None:
        """Compares two texts; what was shown stays until the answer is here."""
        self._old_name.setText(f"{SIGNS['old']} {old.name}")
        self._new_name.setText(f"{SIGNS['new']} {new.name}")
        self._background.ask("compare", lambda: compared(old.text, new.text), self._take)

    @property
    def comparing(self) -> bool:
        """Whether an answer is still to come."""
        return self._background.busy

    @property
    def rows(self) -> tuple[Row, ...]:
        """What is shown."""
        return tuple(self._model.rows)

    def close_view(self) -> None:
        """Ends the thread."""
        self._background.close()

    def step(self, steps: int) -> None:
        """Goes to the next difference, or back."""
        rows = self._model.rows
        starts = [
            place for place, found in enumerate(rows)
            if found.kind is not Kind.SAME and (place == 0 or rows[place - 1].kind is Kind.SAME)
        ]  # fmt: skip
        here = self.view.indexAt(QPoint(SPACE_8, SPACE_16)).row()
        wanted = [place for place in starts if (place > here + 2 if steps > 0 else place < here)]
        if wanted:
            place = wanted[0] if steps > 0 else wanted[-1]
            self.view.scrollTo(self._model.index(max(0, place - 2)), QListView.ScrollHint.PositionAtTop)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Wraps the lines anew."""
        super().resizeEvent(event)
        QTimer.singleShot(0, self._measure)

    @Slot()
    def _measure(self) -> None:
        width = self.view.viewport().width()
        if width != self._drawn.width:
            self._drawn.width = width
            self.view.scheduleDelayedItemsLayout()

    def _take(self, result: object) -> None:
        assert isinstance(result, Compared)
        self._compared = result
        self._again()
        QTimer.singleShot(0, lambda: self.step(1) if self._model.rows and self._model.rows[0].folded else None)

    @Slot()
    def _again(self) -> None:
        found = self._compared
        beside = self.beside.isChecked()
        self._drawn.width = self.view.viewport().width()
        self._model.show(found.rows, beside)
        self._size.setText(size_of_change(found.added, found.removed))
        self._new_name.setContentsMargins(SPACE_8 if beside else 0, 0, 0, 0)
        differs = any(one.kind is not Kind.SAME for one in found.rows)
        self._stack.setCurrentIndex(0 if differs else 1)

    @Slot(QModelIndex)
    def _unfold(self, index: QModelIndex) -> None:
        self._model.unfold(index.row())


def size_of_change(added: int, removed: int) -> str:
    """How much differs, in the short form `+12 −3`."""
    return f"+{added} −{removed}"


class ComparisonDialog(QDialog):
    """A comparison in a window of its own, with what can be done about it; each choice closes it."""

    def __init__(
        self, theme: Theme, parent: QWidget, title: str, sides: tuple[Text, Text], choices: Sequence[Choice]
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.view = ComparisonView(theme)
        self.resize(theme.px(1000), theme.px(680))
        buttons = [push_button(choice.word, partial(self._choose, choice), choice.kind) for choice in choices]
        later = push_button(_("Decide later"), self.reject)
        foot = QWidget()
        foot.setLayout(row(later, None, *buttons, margins=(SPACE_12, SPACE_12, SPACE_12, SPACE_12)))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.view, 1)
        layout.addWidget(rule())
        layout.addWidget(foot)
        self.finished.connect(self.view.close_view)
        self.view.compare(*sides)

    def _choose(self, choice: Choice) -> None:
        self.accept()
        choice.run()
