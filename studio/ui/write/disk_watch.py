"""Owns noticing that files may have changed: the system's notes, and a look whenever the window gets the focus.

Knows neither pages nor what is done about a change.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, Qt, QTimer, Slot
from PySide6.QtGui import QGuiApplication

from studio.workspace.documents import is_missing

_SETTLE_MS = 150


class DiskWatch(QObject):
    """Calls `look` shortly after a followed file or its folder was touched; several notes become one look."""

    def __init__(self, look: Callable[[], object], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._paths: frozenset[Path] = frozenset()
        self._watcher = QFileSystemWatcher(self)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_SETTLE_MS)
        self._soon.timeout.connect(self._due)
        self._watcher.fileChanged.connect(self._soon.start)
        self._watcher.directoryChanged.connect(self._soon.start)
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication)
        application.applicationStateChanged.connect(self._state_changed)

    def follow(self, paths: Iterable[Path]) -> None:
        """Follows these files and their folders, and no others."""
        self._paths = frozenset(paths)
        wanted = {str(path) for path in self._paths} | {str(path.parent) for path in self._paths}
        watched = {*self._watcher.files(), *self._watcher.directories()}
        if watched - wanted:
            self._watcher.removePaths(sorted(watched - wanted))
        fresh = sorted(one for one in wanted - watched if not is_missing(Path(one)))
        if fresh:
            self._watcher.addPaths(fresh)

    def close(self) -> None:
        """Notices nothing any more."""
        self._soon.stop()
        self._soon.blockSignals(True)
        self.follow(())

    @Slot()
    def _due(self) -> None:
        self.follow(self._paths)  # a file that was put in the place of another has to be followed anew
        self._look()

    @Slot(Qt.ApplicationState)
    def _state_changed(self, state: Qt.ApplicationState) -> None:
        if state is Qt.ApplicationState.ApplicationActive:
            self._soon.start()
