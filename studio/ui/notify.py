"""Owns telling somebody who looks elsewhere that a job has ended: by an icon in the desktop's tray, else by the program
that the desktop has for it; where there is neither, nobody is told. No sound is made."""

import html
import shutil

from PySide6.QtCore import QObject, QProcess
from PySide6.QtWidgets import QApplication, QSystemTrayIcon

_MS = 10_000
_PROGRAM = "notify-send"
"""For desktops without a tray, such as GNOME. Python's QtDBus cannot say the unsigned number that the service wants."""


class Notifier(QObject):
    """Tells a title and a text once, unless one of our windows is looked at."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tray: QSystemTrayIcon | None = None

    def tell(self, title: str, text: str) -> bool:
        """Whether it was told; what is in view already needs no notification."""
        if QApplication.activeWindow() is not None:
            return False
        return self._by_tray(title, text) or self._by_program(title, text)

    def _by_tray(self, title: str, text: str) -> bool:
        if not QSystemTrayIcon.isSystemTrayAvailable() or not QSystemTrayIcon.supportsMessages():
            return False
        if self._tray is None:
            self._tray = QSystemTrayIcon(QApplication.windowIcon(), self)
            self._tray.messageClicked.connect(self._tray.hide)
        self._tray.show()
        self._tray.showMessage(title, text, QApplication.windowIcon(), _MS)
        return True

    def _by_program(self, title: str, text: str) -> bool:
        """The program shows the text as markup, so that a run's name must not be read as some."""
        program = shutil.which(_PROGRAM)
        if program is None:
            return False
        words = ["--app-name=Lorewright", f"--expire-time={_MS}", "--", title, html.escape(text, quote=False)]
        started, _pid = QProcess.startDetached(program, words)
        return started
