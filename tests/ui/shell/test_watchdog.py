import time

from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from studio.ui.shell.watchdog import Watchdog


def test_a_stall_is_recorded_with_the_place_that_made_it(qtbot: QtBot) -> None:
    watchdog = Watchdog(0.05)
    watchdog.start()
    try:
        QTimer.singleShot(0, hold_the_thread)
        qtbot.waitUntil(lambda: any("hold_the_thread" in stall.stack for stall in watchdog.stalls), timeout=3000)
        assert watchdog.worst >= 0.25
    finally:
        watchdog.stop()


def test_stopping_ends_the_thread(qtbot: QtBot) -> None:
    watchdog = Watchdog()
    watchdog.start()
    watchdog.stop()
    assert not watchdog._thread.is_alive()


def hold_the_thread() -> None:
    time.sleep(0.3)
