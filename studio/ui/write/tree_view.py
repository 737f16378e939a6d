"""Owns dragging a row of the scenario tree onto another; knows not what a drop means.

What is dragged is our own: no other place takes it, and what comes from elsewhere is left to the window.
"""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QMimeData, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QDrag, QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QTreeView

from studio.ui.write.tree_rows import PATH, Rows

KIND = "application/x-lorewright-scenario"

FolderAt = Callable[[QModelIndex, Path], Path | None]
"""The folder into which a file goes that is dropped on a row; None where it cannot, or is there already."""


class TreeView(QTreeView):
    """A tree whose files can be dragged; `dropped` carries a file and the folder it is to go to."""

    dropped = Signal(object, object)

    def __init__(self, rows: Rows, folder_at: FolderAt) -> None:
        super().__init__()
        self._rows = rows
        self._folder_at = folder_at
        self.setItemDelegate(rows)
        self.setDragEnabled(True)
        self.setAcceptDrops(True)
        self.setDropIndicatorShown(False)
        self.setDragDropMode(QTreeView.DragDropMode.DragDrop)

    def startDrag(self, actions: Qt.DropAction) -> None:
        """Takes the file of the row along."""
        data = dragged(self.currentIndex())
        if data is not None:
            drag = QDrag(self)
            drag.setMimeData(data)
            drag.exec(Qt.DropAction.MoveAction)
            self._aim(None)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Takes what came from a tree."""
        if event.mimeData().hasFormat(KIND):
            event.acceptProposedAction()
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Shows where the file would go."""
        super().dragMoveEvent(event)  # scrolls at the edges
        index = self.indexAt(event.position().toPoint())
        if self._goal(event, index) is None:
            self._aim(None)
            event.ignore()
        else:
            self._aim(index)
            event.setDropAction(Qt.DropAction.MoveAction)
            event.accept()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Shows no goal any more."""
        super().dragLeaveEvent(event)
        self._aim(None)

    def dropEvent(self, event: QDropEvent) -> None:
        """Tells where the file is to go."""
        goal = self._goal(event, self.indexAt(event.position().toPoint()))
        self._aim(None)
        if goal is None:
            event.ignore()
            return
        event.setDropAction(Qt.DropAction.MoveAction)
        event.accept()
        self.dropped.emit(*goal)

    def _goal(self, event: QDropEvent, index: QModelIndex) -> tuple[Path, Path] | None:
        path = Path(bytes(event.mimeData().data(KIND).data()).decode("utf-8", "surrogateescape"))
        folder = self._folder_at(index, path) if index.isValid() and event.mimeData().hasFormat(KIND) else None
        return (path, folder) if folder is not None else None

    def _aim(self, index: QModelIndex | None) -> None:
        self._rows.target = QPersistentModelIndex(index) if index is not None else None
        self.viewport().update()


def dragged(index: QModelIndex) -> QMimeData | None:
    """What is dragged of a row; None where it is no file."""
    path = index.data(PATH)
    if not isinstance(path, Path):
        return None
    data = QMimeData()
    data.setData(KIND, str(path).encode("utf-8", "surrogateescape"))
    return data
