"""Owns the log as the window shows it; knows nothing of who writes it."""

import logging
from datetime import datetime

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QPlainTextEdit, QVBoxLayout, QWidget

from studio.language import _
from studio.ui.theme import Theme

_LINES = 5000


class LogRelay(QObject):
    """Carries log lines from any thread to the GUI thread."""

    written = Signal(str)


class WindowLog(logging.Handler):
    """A log handler whose lines arrive as a signal of `relay`."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.relay = LogRelay()

    def emit(self, record: logging.LogRecord) -> None:
        """Hands one record on."""
        moment = datetime.fromtimestamp(record.created).strftime("%H:%M:%S")
        level = "" if record.levelno < logging.WARNING else f"{record.levelname.lower()}: "
        try:
            self.relay.written.emit(f"{moment}  {level}{record.getMessage()}")
        except RuntimeError:  # the window is gone already; the file log still has the line
            self.setLevel(logging.CRITICAL + 1)


class LogPanel(QWidget):
    """The last lines of the log."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._text = QPlainTextEdit()
        self._text.setReadOnly(True)
        self._text.setMaximumBlockCount(_LINES)
        self._text.setAccessibleName(_("Log"))
        self._text.setPlaceholderText(_("What the studio and its workers report appears here."))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._text)
        theme.changed.connect(self._restyle)
        self._restyle()

    @Slot(str)
    def add(self, line: str) -> None:
        """Adds a line, and stays at the end where the view was at the end."""
        self._text.appendPlainText(line)

    @Slot()
    def _restyle(self) -> None:
        self._text.setFont(self._theme.mono_font(12))
        self._text.document().setDocumentMargin(self._theme.px(8))
