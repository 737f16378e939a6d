"""Messages outlive nothing: a window that is deleted unclosed takes those that are up along."""

import subprocess
import sys
from pathlib import Path

import pytest

DELETED = """
import sys
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QWidget
from studio.ui.context import Toast
from studio.ui.shell import toasts
from studio.ui.theme import Appearance, Theme

class Window(QWidget):
    pass

if sys.argv[1] == "unchecked":
    toasts.isValid = lambda _widget: True
application = QApplication(["window", "-platform", "offscreen"])
window = Window()
stack = toasts.ToastStack(Theme(Appearance.DARK), window, QWidget(window))
window.show()
stack.add(Toast("It failed.", "error"))
application.processEvents()
window.deleteLater()
application.sendPostedEvents(None, QEvent.Type.DeferredDelete)
print("alive")
"""


@pytest.mark.parametrize(("how", "alive"), [("checked", True), ("unchecked", False)])
def test_a_window_is_deleted_while_a_message_is_up(root: Path, how: str, alive: bool) -> None:
    """Its last Hide comes when the window is gone already; who asks it for its size then takes the process along."""
    child = [sys.executable, "-c", DELETED, how]
    ended = subprocess.run(child, cwd=root, capture_output=True, text=True, timeout=120)
    assert ("alive" in ended.stdout) is alive, ended.stderr
