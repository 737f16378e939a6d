"""Whoever looks elsewhere is told that a job has ended."""

import stat
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QSystemTrayIcon, QWidget
from pytestqt.qtbot import QtBot

from studio.ui.jobs import Job, JobState
from studio.ui.notify import Notifier
from studio.ui.start import Studio


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A desktop without a tray, whose program writes down what it was asked to show."""
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", staticmethod(lambda: False))
    told = tmp_path / "told"
    path = tmp_path / "notify-send"
    path.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {told}.part\nmv {told}.part {told}\n', encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return told


def test_the_desktop_s_program_is_asked_where_there_is_no_tray(qtbot: QtBot, program: Path) -> None:
    assert Notifier().tell("Training finished", "-tavern: <b>1.2</b>")
    qtbot.waitUntil(program.is_file, timeout=20_000)
    assert program.read_text(encoding="utf-8").splitlines()[-2:] == [
        "Training finished",
        "-tavern: &lt;b&gt;1.2&lt;/b&gt;",
    ]


def test_where_there_is_neither_nobody_is_told(
    qtbot: QtBot, program: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    assert not Notifier().tell("Training finished", "tavern")


def test_a_tray_is_used_and_a_window_in_view_needs_nothing(
    qtbot: QtBot, program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[tuple[object, ...]] = []
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", staticmethod(lambda: True))
    monkeypatch.setattr(QSystemTrayIcon, "showMessage", lambda _tray, *words: shown.append(words[:2]))
    assert Notifier().tell("Training finished", "tavern") and shown == [("Training finished", "tavern")]
    window = QWidget()
    qtbot.addWidget(window)
    monkeypatch.setattr(QApplication, "activeWindow", staticmethod(lambda: window))
    assert not Notifier().tell("Training finished", "tavern") and len(shown) == 1 and not program.exists()


def test_the_window_tells_of_a_job_that_ended_but_not_of_one_that_was_stopped(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(Notifier, "tell", lambda _notifier, _title, text: told.append(text))
    jobs = studio.window.context.jobs
    jobs.put(Job("a", "Training tavern", JobState.DONE))
    jobs.put(Job("b", "Training weir", JobState.CANCELLED))
    assert told == ["Training tavern is done."]
