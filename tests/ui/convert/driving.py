"""How tests drive the Convert tab: waiting for its work, and dropping a file on it."""

import asyncio
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from studio.ui.convert.tab import ConvertTab


async def quiet(tab: ConvertTab, turns: int = 6000) -> None:
    """Until nothing is under way."""
    await asyncio.sleep(0.15)  # the wishes settle first
    for _turn in range(turns):
        if not (tab.errands.busy or tab.desk.busy):
            return
        await asyncio.sleep(0.02)
    pytest.fail(f"still busy: {tab.desk.busy=} {tab.desk.error=}")


def drop(tab: ConvertTab, path: Path) -> QDropEvent:
    """Drags a file or a folder to the tab and lets it go there; what is not taken when it comes is not dropped."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    where, keys, button = QPointF(400, 300), Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
    coming = QDragEnterEvent(where.toPoint(), Qt.DropAction.CopyAction, data, button, keys)
    QApplication.sendEvent(tab, coming)
    event = QDropEvent(where, Qt.DropAction.CopyAction, data, button, keys)
    event.ignore()
    if coming.isAccepted():
        QApplication.sendEvent(tab, event)
    return event
