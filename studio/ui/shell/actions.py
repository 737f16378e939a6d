"""Owns the shortcuts of the window's commands; knows no command."""

import logging

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from studio.ui.commands import Command

_log = logging.getLogger(__name__)


class Actions:
    """Actions of a window: the ones that always hold, and groups of which one holds at a time."""

    def __init__(self, window: QWidget) -> None:
        self._window = window
        self._groups: dict[str, list[tuple[Command, QAction]]] = {}
        self._current = ""

    def add(self, group: str, commands: list[Command]) -> None:
        """Adds commands; those of the group "" always hold."""
        for command in commands:
            action = QAction(command.title, self._window)
            if command.shortcut:
                action.setShortcut(QKeySequence(command.shortcut))
            action.setEnabled(group in ("", self._current))
            action.triggered.connect(lambda _checked=False, command=command: run(command))
            self._window.addAction(action)
            self._groups.setdefault(group, []).append((command, action))

    def choose(self, group: str) -> None:
        """Lets the commands of one group hold, and no other group's."""
        self._current = group
        for name, pairs in self._groups.items():
            for _command, action in pairs:
                action.setEnabled(name in ("", group))

    def commands(self) -> list[Command]:
        """The commands that hold now, the current group's first."""
        chosen = [pair[0] for pair in self._groups.get(self._current, [])] if self._current else []
        return chosen + [pair[0] for pair in self._groups.get("", [])]


def run(command: Command) -> None:
    """Runs a command where it can run now."""
    if command.ready():
        _log.debug("command %s", command.name)
        command.run()
