"""Owns drawing pictures of every tab with real content, without a display; knows no tab's inside."""

import asyncio
import os
import sys
import tempfile
from pathlib import Path

import qasync
from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QApplication

from studio.errors import NotSaved, PathMissing
from studio.files import save_atomic
from studio.language import _
from studio.ui.start import Studio
from studio.ui.tabs import Tab
from studio.ui.theme import Appearance, Theme

SIZES = ((1280, 800), (2560, 1440))
_SETTLE_SECONDS = 0.4
_MOST_SECONDS = 600.0


def draw(folder: Path, workspace: Path | None, run: Path | None, sizes: tuple[tuple[int, int], ...] = SIZES) -> int:
    """Draws each tab in both themes into `folder` as `TAB-THEME-WIDTH.png`, its other views as `TAB-VIEW-…`.

    Returns the exit code.

    Raises PathMissing where `run` is no folder, and NotSaved where a picture cannot be written.
    """
    if run is not None and not run.is_dir():
        raise PathMissing(path=run)
    if folder.exists() and not folder.is_dir():
        raise NotSaved(path=folder, reason=_("a file of that name is there"))
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    application.setQuitOnLastWindowClosed(False)  # the window closes before the loop ends
    loop = qasync.QEventLoop(application)
    asyncio.set_event_loop(loop)
    with loop, tempfile.TemporaryDirectory() as private:
        loop.run_until_complete(_draw(folder, workspace or Path(private) / "Lorewright", Path(private), run, sizes))
    return 0


async def _draw(
    folder: Path, workspace: Path, private: Path, run: Path | None, sizes: tuple[tuple[int, int], ...]
) -> None:
    studio = Studio.build(workspace, private / "config", Theme(Appearance.DARK))
    try:
        await _draw_all(studio, folder, run, sizes)
    finally:
        studio.window.close()
        await asyncio.sleep(_SETTLE_SECONDS)
        studio.close()


async def _draw_all(studio: Studio, folder: Path, run: Path | None, sizes: tuple[tuple[int, int], ...]) -> None:
    window = studio.window
    window.show()
    for name, tab in window.tabs.items():
        window.go_to(name)
        tab.show_sample(run)
        await _quiet(tab)
        await _draw_one(studio, folder, name, sizes)
        for view in tab.views:
            tab.show_view(view, run)
            await _quiet(tab)
            await _draw_one(studio, folder, f"{name}-{view}", sizes)


async def _draw_one(studio: Studio, folder: Path, name: str, sizes: tuple[tuple[int, int], ...]) -> None:
    """What is shown now, in every size and both themes."""
    window, theme = studio.window, studio.context.theme
    for width, height in sizes:
        window.resize(width, height)
        for appearance in (Appearance.DARK, Appearance.LIGHT):
            theme.choose(appearance)
            await asyncio.sleep(_SETTLE_SECONDS)
            save_atomic(folder / f"{name}-{appearance.value}-{width}.png", _png(window.grab()))


def _png(picture: QPixmap) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    picture.save(buffer, "PNG")
    return bytes(buffer.data().data())


async def _quiet(tab: Tab) -> None:
    """Waits until a tab shows all it has to show."""
    for _turn in range(round(_MOST_SECONDS / _SETTLE_SECONDS)):
        await asyncio.sleep(_SETTLE_SECONDS)
        if not tab.busy:
            return
