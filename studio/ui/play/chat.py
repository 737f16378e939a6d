"""Owns the chat: one transcript's rows, the buttons and editors that stand over them, and what pointer and keys do.

Knows no session: what is wanted of a row goes out as the name of a deed.
"""

import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QModelIndex, QPoint, QRect, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QKeyEvent, QKeySequence, QMouseEvent
from PySide6.QtWidgets import QWidget

from studio.language import _
from studio.ui.cards.content import Said
from studio.ui.play.row_bar import RowBar
from studio.ui.play.row_deeds import Deed
from studio.ui.play.row_editor import RowEditor
from studio.ui.play.row_list import RowList
from studio.ui.play.row_pictures import TroublePicture
from studio.ui.play.rows import Row, Trouble
from studio.ui.play.transcript import Transcript
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_8, SPACE_12, SPACE_16
from studio.ui.widgets import push_button

_FRAME_MS = 33
"""A row that is being written is drawn at most this often."""
Offers = Callable[[Row], tuple[Deed, ...]]


class ChatView(RowList):
    """The rows of one transcript. `wanted` carries a deed's name and the row it is for."""

    wanted = Signal(str, object)
    menu_wanted = Signal(object, QPoint)
    act_wanted = Signal()

    def __init__(self, theme: Theme, transcript: Transcript, offers: Offers) -> None:
        super().__init__(theme)
        self._transcript, self._offers = transcript, offers
        self._hovered: Row | None = None
        self._editing: tuple[Row, RowEditor, bool] | None = None
        self._stale: set[int] = set()
        self._by_key = False
        self._parts()
        self._clock = QTimer(self, interval=_FRAME_MS, singleShot=True)
        self._clock.timeout.connect(self._draw_stale)
        self.setAccessibleName(_("The play"))
        self.viewport().setMouseTracking(True)
        self.selectionModel().currentChanged.connect(self._moved)
        transcript.added, transcript.changed, transcript.removed = self._added, self._changed, self._removed
        transcript.renewed = self.show_all
        self.show_all()

    def _parts(self) -> None:
        self._foot, self._bar = RowBar(self.theme, framed=False), RowBar(self.theme, framed=True)
        self._button = push_button("", self.act_wanted.emit)
        self._button.hide()
        for part in (self._foot, self._bar, self._button):
            part.setParent(self.viewport())
        self._foot.wanted.connect(lambda name: self._do(name, self.last_row()))
        self._bar.wanted.connect(lambda name: self._do(name, self._hovered))
        self._foot.more.connect(lambda: self._more(self._foot, self.last_row()))
        self._bar.more.connect(lambda: self._more(self._bar, self._hovered))

    # What the transcript tells

    def show_all(self) -> None:
        """Shows the transcript anew, at the same place."""
        node, rows = self._current_node(), self._transcript.rows
        self._draw_stale()  # a row that stays may be one that changed
        self._hovered = self.chosen = None
        if rows != self.lay.rows:
            self.take(rows)
            self._find(node)
        if self._editing is not None and self._editing[0] not in rows:
            self.end_edit()

    def _added(self, number: int) -> None:
        self.add(self._transcript.rows[number])

    def _removed(self, number: int) -> None:
        self._stale = {one for one in self._stale if one < number}
        self.remove(number)

    def _changed(self, number: int) -> None:
        self._stale.add(number)
        if not self._clock.isActive():
            self._clock.start()

    @Slot()
    def _draw_stale(self) -> None:
        began = time.perf_counter()
        for number in self._stale:
            if number < len(self.lay.rows):
                self.lay.changed(number)
                self.items.changed(number)
        self._stale.clear()
        self.settle()
        spent = 1000 * (time.perf_counter() - began)
        self._clock.setInterval(max(_FRAME_MS, min(500, round(8 * spent))))  # a long text is drawn less often

    # What stands over the rows

    def place_parts(self) -> None:
        """Places buttons and editor by the rows that they belong to."""
        self._place_foot()
        self._place_bar()
        self._place_button()
        self._place_editor()

    def last_row(self) -> Row | None:
        """The reply that stands last."""
        return next((row for row in reversed(self.lay.rows) if row.last), None)

    def _body(self, row: Row) -> QRect | None:
        """Where the bubble or card of a row is in the viewport."""
        if row not in self.lay.rows:
            return None
        number = self.lay.rows.index(row)
        picture = self.lay.picture(number)
        if picture is None:
            return None
        return picture.body.translated(self.left, self.lay.heights.top(number) - self.verticalOffset())

    def _place_foot(self) -> None:
        row = self.last_row()
        body = self._body(row) if row is not None else None
        edited = self._editing is not None and self._editing[0] is row
        self._foot.setVisible(body is not None and not edited)
        if row is not None and body is not None:
            self._foot.offer(self._offers(row), version=(row.version, row.versions), mark=row.mark)
            self._foot.move(body.left() - 2, body.bottom() + 2)

    def _place_bar(self) -> None:
        row = self._hovered
        body = self._body(row) if row is not None and not row.last and row.node is not None else None
        self._bar.setVisible(body is not None and self._editing is None)
        if row is not None and body is not None:
            self._bar.offer(self._offers(row), version=(row.version, row.versions), mark=row.mark)
            self._bar.move(self._beside(body))
            self._bar.raise_()

    def _beside(self, body: QRect) -> QPoint:
        """Where the bar has room beside a bubble, else over its upper edge."""
        wide, right = self._bar.width(), body.right() + SPACE_8
        if right + wide <= self.viewport().width() - SPACE_8:
            return QPoint(right, body.top())
        if body.left() - SPACE_8 - wide >= SPACE_8:
            return QPoint(body.left() - SPACE_8 - wide, body.top())
        return QPoint(max(SPACE_4, body.right() - wide), body.top() - self._bar.height() + SPACE_12)

    def _place_button(self) -> None:
        last = self.lay.rows[-1] if self.lay.rows else None
        picture = self.lay.picture(len(self.lay.rows) - 1) if last is not None else None
        wanted = last is not None and isinstance(last.content, Trouble) and bool(last.content.action)
        self._button.setVisible(wanted and isinstance(picture, TroublePicture))
        if last is None or not isinstance(last.content, Trouble) or not isinstance(picture, TroublePicture):
            return
        self._button.setText(last.content.action)
        self._button.setAccessibleName(last.content.action)
        body = self._body(last)
        assert body is not None
        self._button.resize(picture.button, self.theme.px(30))
        self._button.move(body.right() - picture.button - SPACE_12, body.center().y() - self._button.height() // 2)

    def _place_editor(self) -> None:
        if self._editing is None or self._editing[0] not in self.lay.rows:
            return
        row, editor, beneath = self._editing
        place = self.visualRect(self.items.index(self.lay.rows.index(row)))
        editor.setGeometry(place.adjusted(0, place.height() - editor.height(), 0, 0) if beneath else place)

    # Writing in a row's place

    def open_editor(self, row: Row, editor: RowEditor, *, beneath: bool = False) -> None:
        """Shows an editor in a row's place, or beneath it."""
        self.end_edit()
        self._editing = (row, editor, beneath)
        editor.setParent(self.viewport())
        editor.left.connect(self.end_edit)
        editor.grown.connect(self._edit_grown)
        self._edit_grown()
        editor.show()
        self.scrollTo(self.items.index(self.lay.rows.index(row)))
        self.settle()
        editor.field.setFocus()

    @Slot()
    def _edit_grown(self) -> None:
        if self._editing is not None:
            row, editor, beneath = self._editing
            editor.resize(self.lay.width, editor.wanted_height())
            self.widen(row, editor.height(), beneath=beneath)

    @Slot()
    def end_edit(self) -> None:
        """Takes the editor away."""
        if self._editing is None:
            return
        editor = self._editing[1]
        self._editing = None
        editor.hide()
        editor.deleteLater()
        self.widen(None)
        self.setFocus()

    @property
    def editing(self) -> RowEditor | None:
        """The editor that is open."""
        return self._editing[1] if self._editing is not None else None

    # Pointer and keys

    def _do(self, name: str, row: Row | None) -> None:
        if row is not None:
            self.wanted.emit(name, row)

    def _more(self, bar: QWidget, row: Row | None) -> None:
        if row is not None:
            self.menu_wanted.emit(row, bar.mapToGlobal(QPoint(0, bar.height())))

    def focus_last(self) -> None:
        """Goes to the reply that stands last, by key."""
        self.setFocus()
        row = self.last_row()
        if row is not None:
            self._find((row.node or 0, row.place))
            self.scrollTo(self.currentIndex())

    def show_node(self, node: int) -> None:
        """Goes to what a turn or step is shown by, or to the next before it that is shown."""
        numbers = [number for number, row in enumerate(self.lay.rows) if row.node is not None and row.node <= node]
        exact = next((number for number in numbers if self.lay.rows[number].node == node), None)
        number = exact if exact is not None else numbers[-1] if numbers else None
        if number is not None:
            self.setCurrentIndex(self.items.index(number))
            self.scrollTo(self.currentIndex())

    def current_row(self) -> Row | None:
        """The row that the keys are for."""
        number = self.currentIndex().row()
        return self.lay.rows[number] if 0 <= number < len(self.lay.rows) else None

    def stretch(self) -> tuple[int, int] | None:
        """First and last turn of the rows that are chosen, where several are."""
        numbers = sorted(index.row() for index in self.selectedIndexes())
        nodes = [node for number in numbers if (node := self.lay.rows[number].node) is not None]
        return (nodes[0], nodes[-1]) if len(set(nodes)) > 1 else None

    def _current_node(self) -> tuple[int, int] | None:
        row = self.current_row()
        return (row.node, row.place) if row is not None and row.node is not None else None

    def _find(self, node: tuple[int, int] | None) -> None:
        """Chooses the row of a turn again."""
        number = next((n for n, row in enumerate(self.lay.rows) if (row.node, row.place) == node), -1)
        if number >= 0:
            self.setCurrentIndex(self.items.index(number))

    def _row_at(self, place: QPoint) -> Row | None:
        index = self.indexAt(place)
        return self.lay.rows[index.row()] if index.isValid() else None

    def _letter_at(self, row: Row, place: QPoint) -> int:
        body, number = self._body(row), self.lay.rows.index(row)
        picture = self.lay.picture(number)
        if body is None or picture is None or not picture.selectable:
            return -1
        return picture.letter_at(place - QPoint(self.left, self.lay.heights.top(number) - self.verticalOffset()))

    def mousePressEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """Chooses a row, and begins to select its text."""
        super().mousePressEvent(event)
        place = event.position().toPoint()
        row = self._row_at(place)
        self.chosen = None
        if row is not None and event.button() == Qt.MouseButton.LeftButton:
            at = self._letter_at(row, place)
            self.chosen = (row, at, at) if at >= 0 else None
        self.viewport().update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """Selects text while the button is held; else shows what can be done here."""
        place = event.position().toPoint()
        if event.buttons() & Qt.MouseButton.LeftButton and self.chosen is not None:
            held, begin, _end = self.chosen
            self.chosen = (held, begin, max(0, self._letter_at(held, place)))
            self.viewport().update()
            return
        row = self._row_at(place)
        if row is not self._hovered and not self._bar.geometry().contains(place):
            self._hovered = row
            self._place_bar()
        over = row is not None and isinstance(row.content, Said)
        self.viewport().setCursor(Qt.CursorShape.IBeamCursor if over else Qt.CursorShape.ArrowCursor)

    def leaveEvent(self, event: QEvent) -> None:  # Qt's name
        """Takes the bar away with the pointer."""
        if not self._bar.underMouse():
            self._hovered = None
            self._place_bar()

    @Slot(QModelIndex, QModelIndex)
    def _moved(self, now: QModelIndex, _before: QModelIndex) -> None:
        if now.isValid() and self._by_key:
            self._hovered = self.lay.rows[now.row()]
            self.scrollTo(now)
            self._place_bar()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # Qt's name
        """All that can be done with a row."""
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        row = self.current_row() if by_key else self._row_at(event.pos())
        if row is not None:
            place = self.visualRect(self.items.index(self.lay.rows.index(row))).topLeft()
            at = self.viewport().mapToGlobal(place + QPoint(SPACE_16, SPACE_16)) if by_key else event.globalPos()
            self.menu_wanted.emit(row, at)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # Qt's name
        """The keys of the deeds hold for the row that is chosen; the others are a list's."""
        pressed = QKeySequence(event.keyCombination()).toString(QKeySequence.SequenceFormat.PortableText)
        row = self.current_row()
        if pressed == "Ctrl+C" and self._copy_chosen():
            return
        for deed in self._offers(row) if row is not None else ():
            if pressed in deed.keys:
                self.wanted.emit(deed.name, row)
                return
        self._by_key = True
        super().keyPressEvent(event)
        self._by_key = False

    def _copy_chosen(self) -> bool:
        text = self.chosen_text()
        if text:
            QGuiApplication.clipboard().setText(text)
        return bool(text)

    def chosen_text(self) -> str:
        """What of a row's text is selected."""
        if self.chosen is None or self.chosen[0] not in self.lay.rows:
            return ""
        row, begin, end = self.chosen
        picture = self.lay.picture(self.lay.rows.index(row))
        return picture.chosen_text((begin, end)) if picture is not None and begin != end else ""
