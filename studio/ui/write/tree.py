"""Owns the list of scenarios by type: filter, search, badges; knows neither files nor checks."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPoint,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QKeyEvent, QKeySequence, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QComboBox,
    QLineEdit,
    QMenu,
    QStackedWidget,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from studio.language import _
from studio.ui.theme import Theme
from studio.ui.theme.tokens import SPACE_8
from studio.ui.widgets import EmptyPlace
from studio.ui.write.tree_rows import ENTRY, PATH, TYPE, TYPES, Filter, Rows
from studio.ui.write.tree_view import TreeView
from studio.workspace import Surveyed


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
        self._filter = Filter()
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

    def _make_view(self) -> TreeView:
        view = TreeView(Rows(self._theme), self.folder_at)
        view.setModel(self._filter)
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
        view.dropped.connect(self.move_wanted)
        view.installEventFilter(self)
        return view

    def show_entries(self, entries: list[Surveyed]) -> None:
        """Takes in scenarios that are new or changed."""
        for entry in entries:
            item = self._items.get(entry.path)
            if item is not None and item.data(TYPE) != entry.scenario_type:
                self.forget(entry.path)
                item = None
            if item is None:
                item = QStandardItem()
                item.setEditable(False)
                self._items[entry.path] = item
                item.setData(entry.scenario_type, TYPE)
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
        item.setData(entry, ENTRY)
        item.setData(entry.path, PATH)
        notes = [str(entry.path), entry.unreadable or "", _("Held out of training") if entry.held_out else ""]
        item.setToolTip("\n".join(note for note in notes if note))

    def _group(self, kind: str) -> QStandardItem:
        group = self._groups.get(kind)
        if group is None:
            group = QStandardItem(_(TYPES[kind]) if kind in TYPES else kind)
            group.setData(kind, TYPE)
            group.setEditable(False)
            group.setDragEnabled(False)
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
        path = self.view.currentIndex().data(PATH)
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
        path = self.view.indexAt(place).data(PATH)
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
        """The folders that a scenario could be moved to."""
        made = QMenu(_("Move to"), menu)
        made.setIcon(self._theme.icon("folder"))
        for folder in self._folders_for(path):
            words = _(TYPES[folder.name]) if folder.name in TYPES else folder.name
            made.addAction(words, partial(self.move_wanted.emit, path, folder))
        return made

    def _folders_for(self, path: Path) -> list[Path]:
        """Where a scenario could go: the folders of the types, and every other that holds one."""
        known = {path.parent.parent / kind for kind in TYPES} if path.parent.name in TYPES else set()
        return sorted(({other.parent for other in self._items} | known) - {path.parent})

    def folder_at(self, index: QModelIndex, path: Path) -> Path | None:
        """The folder into which a scenario goes that is dropped on a row: that of the file, or of the type, there."""
        other = index.data(PATH)
        if isinstance(other, Path):
            return other.parent if other.parent != path.parent else None
        return next((folder for folder in self._folders_for(path) if folder.name == index.data(TYPE)), None)

    @Slot(QModelIndex)
    def _choose(self, index: QModelIndex) -> None:
        path = index.data(PATH)
        if isinstance(path, Path):
            self.chosen.emit(path)
