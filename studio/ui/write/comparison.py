"""Owns how two texts are compared on the screen: side by side or one below the other, in colours; knows no file.

One view serves recovery, changes on disk and history.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    QTimer,
    Slot,
)
from PySide6.QtGui import QColor, QFont, QPainter, QResizeEvent, QTextCharFormat, QTextLayout, QTextOption
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QListView,
    QStackedWidget,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from studio.language import _, plural
from studio.ui.background import Background
from studio.ui.theme import Theme
from studio.ui.theme.tokens import SIZE_SMALL, SPACE_4, SPACE_8, SPACE_12, SPACE_16
from studio.ui.widgets import EmptyPlace, IconButton, label, push_button, row, rule, segment
from studio.workspace.differences import Kind
from studio.workspace.rows import Compared, Row, Side, compared

_ROW = Qt.ItemDataRole.UserRole
_SIGNS = {"old": "−", "new": "+"}
_COLOURS = {"old": "error", "new": "dm"}


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


class _Rows(QAbstractListModel):
    """The rows of a comparison; for one column a changed pair becomes two rows."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Row] = []
        self.beside = True

    def show(self, rows: Sequence[Row], beside: bool) -> None:
        self.beginResetModel()
        self.beside = beside
        self.rows = list(rows) if beside else _below(rows)
        self.endResetModel()

    def unfold(self, place: int) -> None:
        folded = list(self.rows[place].folded)
        if not folded:
            return
        left = self.rows[place].left_out
        self.beginResetModel()
        self.rows[place : place + 1] = folded + ([Row(Kind.SAME, left_out=left)] if left else [])
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        """How many rows there are."""
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """A row, or what a screen reader says of it."""
        found = self.rows[index.row()]
        if role == _ROW:
            return found
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return _spoken(found)
        return None


def _below(rows: Sequence[Row]) -> list[Row]:
    """The rows in one column: of neighbouring changes first all that goes, then all that comes."""
    made: list[Row] = []
    come: list[Row] = []
    for found in rows:
        if found.kind is Kind.SAME:
            made += [*come, found]
            come = []
            continue
        if found.old is not None:
            made.append(Row(Kind.GONE, old=found.old))
        if found.new is not None:
            come.append(Row(Kind.NEW, new=found.new))
    return made + come


def _spoken(found: Row) -> str:
    if found.old is None and found.new is None:
        return _folded_words(found)
    if found.kind is Kind.SAME:
        return found.new.text if found.new is not None else ""
    sides = ((_SIGNS["old"], found.old), (_SIGNS["new"], found.new))
    return "\n".join(f"{sign} {side.text}" for sign, side in sides if side is not None)


def _folded_words(found: Row) -> str:
    if found.folded:
        return plural("{count} line the same", "{count} lines the same", len(found.folded) + found.left_out)
    return plural("{count} more line", "{count} more lines", found.left_out)


class _Drawn(QStyledItemDelegate):
    """Draws a row: numbers, signs, wrapped text, and a tint under what differs."""

    def __init__(self, theme: Theme, model: _Rows) -> None:
        super().__init__()
        self._theme = theme
        self._model = model
        self.width = 800

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """As high as the higher of the two wrapped lines."""
        found = index.data(_ROW)
        if found.old is None and found.new is None:
            return QSize(self.width, self._theme.px(28))
        sides = (found.old, found.new) if self._model.beside else (found.new or found.old,)
        heights = [self._layout(side, "old")[1] for side in sides if side is not None]
        return QSize(self.width, round(max(heights)) + 2)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draws one row."""
        found: Row = index.data(_ROW)
        box: QRect = option.rect
        if found.old is None and found.new is None:
            self._draw_fold(painter, box, found)
        elif not self._model.beside:
            self._draw_side(painter, box, found, "new" if found.new is not None else "old")
        else:
            half = box.width() // 2
            self._draw_side(painter, QRect(box.left(), box.top(), half, box.height()), found, "old")
            self._draw_side(
                painter, QRect(box.left() + half, box.top(), box.width() - half, box.height()), found, "new"
            )
            painter.fillRect(box.left() + half, box.top(), 1, box.height(), self._theme.colour("line"))

    def _draw_fold(self, painter: QPainter, box: QRect, found: Row) -> None:
        theme = self._theme
        painter.fillRect(box, theme.colour("panel"))
        painter.setFont(theme.text_font(SIZE_SMALL))
        painter.setPen(theme.colour("muted"))
        edge = theme.px(14)
        if found.folded:
            top = box.center().y() - edge // 2
            theme.icon("right", "muted").paint(painter, box.left() + SPACE_12, top, edge, edge)
        words = box.adjusted(SPACE_12 + edge + SPACE_8, 0, 0, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, _folded_words(found))

    def _draw_side(self, painter: QPainter, box: QRect, found: Row, which: str) -> None:
        theme = self._theme
        side = found.old if which == "old" else found.new
        differs = found.kind is not Kind.SAME
        if side is None:
            painter.fillRect(box, theme.tint("text", 0.03))
            return
        if differs:
            painter.fillRect(box, theme.tint(_COLOURS[which], 0.10))
        painter.setFont(theme.mono_font(SIZE_SMALL))
        painter.setPen(theme.colour(_COLOURS[which] if differs else "muted"))
        gutter = self._gutter()
        number = QRect(box.left(), box.top() + 1, gutter - theme.px(22), theme.px(20))
        painter.drawText(number, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, str(side.number))
        if differs:
            sign = QRect(box.left() + gutter - theme.px(20), box.top() + 1, theme.px(14), theme.px(20))
            painter.drawText(sign, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter, _SIGNS[which])
        painter.setPen(theme.colour("text" if differs else "secondary"))
        self._layout(side, which)[0].draw(painter, QPoint(box.left() + gutter, box.top() + 1))

    def _gutter(self) -> int:
        return self._theme.px(68)

    def _layout(self, side: Side, which: str) -> tuple[QTextLayout, float]:
        """A line laid out in the width of its column, and how high it is."""
        theme = self._theme
        layout = QTextLayout(side.text, theme.mono_font())
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        layout.setFormats([_marked(side.text, span, theme.tint(_COLOURS[which], 0.34)) for span in side.spans])
        column = self.width // 2 if self._model.beside else self.width
        width = max(theme.px(80), column - self._gutter() - SPACE_8)
        layout.beginLayout()
        height = 0.0
        while (line := layout.createLine()).isValid():
            line.setLineWidth(width)
            line.setPosition(QPoint(0, round(height)))
            height += line.height()
        layout.endLayout()
        return layout, max(height, float(theme.px(18)))


def _marked(text: str, span: tuple[int, int], colour: QColor) -> QTextLayout.FormatRange:
    made = QTextLayout.FormatRange()
    made.start = len(text[: span[0]].encode("utf-16-le")) // 2
    made.length = len(text[span[0] : span[1]].encode("utf-16-le")) // 2
    form = QTextCharFormat()
    form.setBackground(colour)
    made.format = form
    return made


class ComparisonView(QWidget):
    """Two texts compared. The comparing is done off the GUI thread; `close_view` ends it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._background = Background("compare")
        self._background.setParent(self)
        self._compared = Compared((), 0, 0)
        self._model = _Rows()
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
        self._drawn = _Drawn(self._theme, self._model)
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
        self._old_name.setText(f"{_SIGNS['old']} {old.name}")
        self._new_name.setText(f"{_SIGNS['new']} {new.name}")
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
        buttons = [
            push_button(choice.word, lambda choice=choice: self._choose(choice), choice.kind) for choice in choices
        ]
        later = push_button(_("Decide later"), self.reject)
        foot = QWidget()
        foot.setLayout(row(later, None, *buttons, margins=(SPACE_12, SPACE_12, SPACE_12, SPACE_12)))
        name = label(title, "title")
        name.setFont(theme.text_font(weight=QFont.Weight.DemiBold))
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
