"""Owns the list of scenarios by type: filter, search, badges; knows neither files nor checks."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    QSortFilterProxyModel,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QFont, QKeyEvent, QKeySequence, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QComboBox,
    QLineEdit,
    QMenu,
    QStackedWidget,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from studio.language import N_, _
from studio.ui.theme import Theme
from studio.ui.theme.tokens import SIZE_SMALL, SPACE_4, SPACE_8
from studio.ui.widgets import EmptyPlace
from studio.workspace import Surveyed

TYPES = {
    "combat": N_("Combat"),
    "roleplay": N_("Roleplay"),
    "exploration": N_("Exploration"),
    "mixed": N_("Mixed"),
}
_ENTRY = Qt.ItemDataRole.UserRole
_TYPE = Qt.ItemDataRole.UserRole + 1
_PATH = Qt.ItemDataRole.UserRole + 2


class _Filter(QSortFilterProxyModel):
    """Lets scenarios through that hold every word, of the chosen type; a type stays while one of its files does."""

    def __init__(self) -> None:
        super().__init__()
        self._words: list[str] = []
        self._type = ""
        self._only_problems = False
        self.setSortRole(Qt.ItemDataRole.DisplayRole)
        self.setSortCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)

    def narrow(self, text: str, scenario_type: str, only_problems: bool) -> None:
        """Changes what gets through."""
        self.beginFilterChange()
        self._words = text.casefold().split()
        self._type = scenario_type
        self._only_problems = only_problems
        self.endFilterChange()

    def filterAcceptsRow(self, row: int, parent: QModelIndex | QPersistentModelIndex) -> bool:
        """Whether a row is shown."""
        index = self.sourceModel().index(row, 0, parent)
        if not parent.isValid():
            kind = index.data(_TYPE)
            rows = range(self.sourceModel().rowCount(index))
            return (not self._type or kind == self._type) and any(self.filterAcceptsRow(r, index) for r in rows)
        entry = index.data(_ENTRY)
        if self._only_problems and not (entry.unreadable or entry.diagnostics):
            return False
        hay = " ".join((entry.title, entry.path.stem, *entry.tags)).casefold()
        return all(word in hay for word in self._words)

    def lessThan(self, left: QModelIndex | QPersistentModelIndex, right: QModelIndex | QPersistentModelIndex) -> bool:
        """Types in their own order, files by title."""
        one, other = left.data(_TYPE), right.data(_TYPE)
        if left.parent().isValid() or one == other:
            return str(left.data()).casefold() < str(right.data()).casefold()
        order = list(TYPES)
        places = [order.index(kind) if kind in order else len(order) for kind in (one, other)]
        return places[0] < places[1]


class _Rows(QStyledItemDelegate):
    """Draws a type with its count, a scenario with its problems."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """One line."""
        return QSize(0, self._theme.px(28))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draws one row."""
        box: QRect = option.rect
        state = option.state
        theme = self._theme
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(box, theme.tint("accent", 0.2, "panel"))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(box, theme.tint("text", 0.05, "panel"))
        entry = index.data(_ENTRY)
        if entry is None:
            self._draw_type(painter, box, index)
        else:
            self._draw_entry(painter, box, entry)

    def _draw_type(self, painter: QPainter, box: QRect, index: QModelIndex | QPersistentModelIndex) -> None:
        theme, kind = self._theme, str(index.data(_TYPE))
        edge = theme.px(16)
        name = kind if kind in TYPES else "other"
        theme.icon(name, "muted").paint(painter, box.left() + SPACE_4, box.center().y() - edge // 2, edge, edge)
        words = box.adjusted(SPACE_4 + edge + SPACE_8, 0, -SPACE_8, 0)
        painter.setPen(theme.colour("text"))
        painter.setFont(theme.text_font(weight=QFont.Weight.DemiBold))
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, str(index.data()))
        painter.setPen(theme.colour("muted"))
        painter.setFont(theme.text_font(SIZE_SMALL))
        count = str(index.model().rowCount(index))
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, count)

    def _draw_entry(self, painter: QPainter, box: QRect, entry: Surveyed) -> None:
        theme = self._theme
        words = box.adjusted(theme.px(10), 0, -SPACE_8, 0)
        worst, count = _badge(entry)
        if worst:
            words.setRight(words.right() - self._draw_badge(painter, words, worst, count))
        if entry.held_out:
            edge = theme.px(13)
            top = box.center().y() - edge // 2
            theme.icon("held-out", "muted").paint(painter, words.right() - edge, top, edge, edge)
            words.setRight(words.right() - edge - SPACE_4)
        painter.setPen(theme.colour("secondary"))
        painter.setFont(theme.text_font())
        text = painter.fontMetrics().elidedText(entry.title, Qt.TextElideMode.ElideRight, words.width())
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, text)

    def _draw_badge(self, painter: QPainter, box: QRect, worst: str, count: str) -> int:
        theme = self._theme
        painter.setFont(theme.text_font(SIZE_SMALL - 1))
        width = max(theme.px(18), painter.fontMetrics().horizontalAdvance(count) + theme.px(10))
        height = theme.px(16)
        pill = QRect(box.right() - width, box.center().y() - height // 2 + 1, width, height)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.tint(worst, 0.18, "panel"))
        painter.drawRoundedRect(pill, height / 2, height / 2)
        painter.setPen(theme.colour(worst))
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, count)
        return width + SPACE_4


def _badge(entry: Surveyed) -> tuple[str, str]:
    """The worst severity of a scenario and the count that its badge shows; hints have none."""
    if entry.unreadable is not None:
        return "error", "!"
    errors, warnings = entry.count("error"), entry.count("warning")
    if errors:
        return "error", str(errors + warnings)
    return ("warning", str(warnings)) if warnings else ("", "")


class ScenarioTree(QWidget):
    """The scenarios of the workspace; `chosen` and the wishes carry a path, `move_wanted` a folder too."""

    chosen = Signal(object)
    wanted_new = Signal()
    rename_wanted = Signal(object)
    delete_wanted = Signal(object)
    move_wanted = Signal(object, object)
    history_wanted = Signal(object)
    undo_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._items: dict[Path, QStandardItem] = {}
        self._groups: dict[str, QStandardItem] = {}
        self._model = QStandardItemModel(self)
        self._filter = _Filter()
        self._filter.setSourceModel(self._model)
        self._filter.sort(0)
        self.search = QLineEdit()
        self.search.setPlaceholderText(_("Search scenarios"))
        self.search.setAccessibleName(_("Search scenarios"))
        self.search.setClearButtonEnabled(True)
        self.kinds = QComboBox()
        self.kinds.setAccessibleName(_("Which scenarios are listed"))
        self._fill_kinds()
        self.view = self._make_view()
        self._stack = QStackedWidget()
        self._stack.addWidget(self.view)
        empty = EmptyPlace(
            theme,
            "write",
            _("No scenario yet"),
            _("A scenario is a short play: what a player says, what the narrator answers, what is rolled."),
            _("Write a scenario"),
            self.wanted_new.emit,
        )
        self._stack.addWidget(empty)
        self._stack.addWidget(EmptyPlace(theme, "search", _("Nothing found"), _("No scenario fits the search.")))
        self._lay_out()
        self.search.textChanged.connect(self._narrow)
        self.kinds.currentIndexChanged.connect(self._narrow)

    def _lay_out(self) -> None:
        self.setProperty("kind", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setMinimumWidth(180)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, SPACE_8, 0, 0)
        layout.setSpacing(SPACE_8)
        head = QVBoxLayout()
        head.setContentsMargins(SPACE_8, 0, SPACE_8, 0)
        head.setSpacing(SPACE_8)
        head.addWidget(self.search)
        head.addWidget(self.kinds)
        layout.addLayout(head)
        layout.addWidget(self._stack, 1)

    def _fill_kinds(self) -> None:
        self.kinds.addItem(_("All types"), "")
        for kind, word in TYPES.items():
            self.kinds.addItem(_(word), kind)
        self.kinds.insertSeparator(self.kinds.count())
        self.kinds.addItem(_("With problems"), "!")

    def _make_view(self) -> QTreeView:
        view = QTreeView()
        view.setModel(self._filter)
        view.setItemDelegate(_Rows(self._theme))
        view.setHeaderHidden(True)
        view.setAccessibleName(_("Scenarios"))
        view.setEditTriggers(QTreeView.EditTrigger.NoEditTriggers)
        view.setIndentation(self._theme.px(18))
        view.setMouseTracking(True)
        view.setUniformRowHeights(True)
        view.clicked.connect(self._choose)
        view.activated.connect(self._choose)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._open_menu)
        view.installEventFilter(self)
        return view

    def show_entries(self, entries: list[Surveyed]) -> None:
        """Takes in scenarios that are new or changed."""
        for entry in entries:
            item = self._items.get(entry.path)
            if item is not None and item.data(_TYPE) != entry.scenario_type:
                self.forget(entry.path)
                item = None
            if item is None:
                item = QStandardItem()
                item.setEditable(False)
                self._items[entry.path] = item
                item.setData(entry.scenario_type, _TYPE)
                self._set(item, entry)
                self._group(entry.scenario_type).appendRow(item)
            else:
                self._set(item, entry)
        self._narrow()

    def forget(self, path: Path) -> None:
        """Drops a scenario that is gone."""
        item = self._items.pop(path, None)
        if item is not None:
            item.parent().removeRow(item.row())

    @property
    def paths(self) -> tuple[Path, ...]:
        """The scenarios that are listed, shown or not."""
        return tuple(self._items)

    def mark(self, path: Path | None) -> None:
        """Selects the scenario that is being edited."""
        item = self._items.get(path) if path is not None else None
        index = self._filter.mapFromSource(item.index()) if item is not None else QModelIndex()
        self.view.setCurrentIndex(index)

    @staticmethod
    def _set(item: QStandardItem, entry: Surveyed) -> None:
        item.setText(entry.title)
        item.setData(entry, _ENTRY)
        item.setData(entry.path, _PATH)
        notes = [str(entry.path), entry.unreadable or "", _("Held out of training") if entry.held_out else ""]
        item.setToolTip("\n".join(note for note in notes if note))

    def _group(self, kind: str) -> QStandardItem:
        group = self._groups.get(kind)
        if group is None:
            group = QStandardItem(_(TYPES[kind]) if kind in TYPES else kind)
            group.setData(kind, _TYPE)
            group.setEditable(False)
            self._groups[kind] = group
            self._model.appendRow(group)
        return group

    @Slot()
    def _narrow(self) -> None:
        kind = str(self.kinds.currentData() or "")
        self._filter.narrow(self.search.text(), "" if kind == "!" else kind, kind == "!")
        self.view.expandAll()
        empty, nothing = not self._items, self._filter.rowCount() == 0
        self._stack.setCurrentIndex(1 if empty else 2 if nothing else 0)

    # -- what can be done with a file -----------------------------------------------------------------

    @property
    def selected(self) -> Path | None:
        """The scenario that is selected."""
        path = self.view.currentIndex().data(_PATH)
        return path if isinstance(path, Path) else None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Delete, F2 and undo, while the list has the keys."""
        if watched is self.view and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            path = self.selected
            if event.matches(QKeySequence.StandardKey.Undo):
                self.undo_wanted.emit()
                return True
            if path is not None and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
                self.delete_wanted.emit(path)
                return True
            if path is not None and event.key() == Qt.Key.Key_F2:
                self.rename_wanted.emit(path)
                return True
        return super().eventFilter(watched, event)

    @Slot(QPoint)
    def _open_menu(self, place: QPoint) -> None:
        path = self.view.indexAt(place).data(_PATH)
        menu = self.menu(path if isinstance(path, Path) else None)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.view.viewport().mapToGlobal(place))

    def menu(self, path: Path | None) -> QMenu:
        """What can be done with a scenario, or with none."""
        menu = QMenu(self)

        def add(icon_name: str, words: str, run: Callable[[], object], shortcut: str = "") -> None:
            action = menu.addAction(self._theme.icon(icon_name), words, lambda: run())
            if shortcut:
                action.setShortcut(shortcut)

        if path is not None:
            add("file", _("Open"), lambda: self.chosen.emit(path))
            add("clock", _("History…"), lambda: self.history_wanted.emit(path))
            menu.addSeparator()
            add("write", _("Rename…"), lambda: self.rename_wanted.emit(path), "F2")
            menu.addMenu(self._folders_menu(menu, path))
            add("trash", _("Move to the bin"), lambda: self.delete_wanted.emit(path), "Del")
            menu.addSeparator()
        add("add", _("New scenario…"), self.wanted_new.emit)
        add("undo", _("Undo the last change to a file"), self.undo_wanted.emit, "Ctrl+Z")
        return menu

    def _folders_menu(self, menu: QMenu, path: Path) -> QMenu:
        """The folders that a scenario could be moved to: those of the types, and every other that holds one."""
        made = QMenu(_("Move to"), menu)
        made.setIcon(self._theme.icon("folder"))
        known = {path.parent.parent / kind for kind in TYPES} if path.parent.name in TYPES else set()
        for folder in sorted(({other.parent for other in self._items} | known) - {path.parent}):
            words = _(TYPES[folder.name]) if folder.name in TYPES else folder.name
            made.addAction(words, partial(self.move_wanted.emit, path, folder))
        return made

    @Slot(QModelIndex)
    def _choose(self, index: QModelIndex) -> None:
        path = index.data(_PATH)
        if isinstance(path, Path):
            self.chosen.emit(path)
