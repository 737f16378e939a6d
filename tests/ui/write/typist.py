"""A child process for test_killed.py: a window in which somebody types without a pause until the process is killed.

Arguments: workspace, scenario, `age` or `pause` (the rule by which unsaved text is kept), and a file to which the
time and the length of the text are written after every key. With `pause` it keeps what was typed once nothing more
was typed for a while, as a debounce does. It types at the head of the text, or behind the last of some words where
they are told too.
"""

import os
import sys
import time
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.ui.context import Context
from studio.ui.theme import Appearance, Theme
from studio.ui.write.safekeeping import Safekeeping
from studio.ui.write.tab import WriteTab
from studio.workspace import Settings, Workspace

PAUSE_MS = 1500


def keep_after_a_pause(safekeeping: Safekeeping) -> None:
    """The rule without an age: every key puts the keeping off."""
    safekeeping._soon.start(PAUSE_MS)


def main(workspace: Path, scenario: Path, rule: str, diary: Path, behind: str = "") -> int:
    application = QApplication([])
    theme = Theme(Appearance.DARK)
    theme.apply()
    if rule == "pause":
        Safekeeping.edited = keep_after_a_pause  # type: ignore[method-assign]  # the defence is taken away
    tab = WriteTab(Context(Workspace(workspace), Settings(workspace / "settings.json"), theme))
    tab.show()
    tab.open_path(scenario)
    page = tab.pages.current
    assert page is not None
    while not page.there:
        application.processEvents()
    place = page.editor.text().rindex(behind) + len(behind) if behind else 0
    page.editor.put_caret(place, place)
    written = os.open(diary, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    words = "the wolf waits at the ford "
    typed = 0

    def key() -> None:
        nonlocal typed
        QTest.keyClicks(page.editor, words[typed % len(words)])
        typed += 1
        os.write(written, f"{time.time():.4f} {typed}\n".encode())

    keys = QTimer()
    keys.setInterval(8)
    keys.timeout.connect(key)
    keys.start()
    return application.exec()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], Path(sys.argv[4]), *sys.argv[5:]))
