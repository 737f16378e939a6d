"""Owns drawing pictures of every tab with real content, without a display; knows no tab's inside."""

import os
import sys
import tempfile
import time
from pathlib import Path

from PySide6.QtCore import QEventLoop
from PySide6.QtWidgets import QApplication

from studio.ui.start import Studio
from studio.ui.theme import Appearance, Theme

SIZES = ((1280, 800), (2560, 1440))
_SETTLE_SECONDS = 1.2


def draw(folder: Path, workspace: Path | None, run: Path | None) -> int:
    """Draws each tab in both themes into `folder` as `TAB-THEME-WIDTH.png`; returns the exit code."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as private:
        studio = Studio.build(
            workspace or Path(private) / "Lorewright", Path(private) / "config", Theme(Appearance.DARK)
        )
        try:
            _draw_all(application, studio, folder, run)
        finally:
            studio.window.close()
            studio.close()
    return 0


def _draw_all(application: QApplication, studio: Studio, folder: Path, run: Path | None) -> None:
    window, theme = studio.window, studio.context.theme
    window.show()
    for name, tab in window.tabs.items():
        window.go_to(name)
        tab.show_sample(run)
        for width, height in SIZES:
            window.resize(width, height)
            for appearance in (Appearance.DARK, Appearance.LIGHT):
                theme.choose(appearance)
                settle(application)
                window.grab().save(str(folder / f"{name}-{appearance.value}-{width}.png"))


def settle(application: QApplication, seconds: float = _SETTLE_SECONDS) -> None:
    """Lets the window do what it has to do."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        application.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
        time.sleep(0.005)
