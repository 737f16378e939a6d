"""Work on the thread: the last question of a key is answered, and none to one who is gone."""

import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.ui.background import Background

LONG = 30_000


@pytest.fixture
def background(qapp: QApplication) -> Iterator[Background]:
    made = Background("test")
    yield made
    made.close()


@pytest.fixture
def gate(background: Background) -> threading.Event:
    """The thread waits at it before it does anything else."""
    made = threading.Event()
    background.ask("gate", lambda: made.wait(30), lambda _waited: None)
    return made


def done(qtbot: QtBot, background: Background) -> None:
    """Waits until all that was asked so far was answered or dropped."""
    heard: list[object] = []
    background.ask("last", lambda: 1, heard.append)
    qtbot.waitUntil(lambda: bool(heard), timeout=LONG)


def test_a_newer_question_takes_the_place_of_one_that_waits(
    qtbot: QtBot, background: Background, gate: threading.Event
) -> None:
    heard: list[object] = []
    background.ask("key", lambda: "old", heard.append)
    background.ask("key", lambda: "new", heard.append)
    gate.set()
    done(qtbot, background)
    assert heard == ["new"]


def test_who_was_dropped_hears_nothing_and_others_do(
    qtbot: QtBot, background: Background, gate: threading.Event
) -> None:
    heard: list[object] = []
    one, other = object(), object()
    for owner in (one, other):
        background.ask((owner, "a"), lambda: "a", lambda word, who=owner: heard.append((who, word)))
        background.ask(owner, lambda: "b", lambda word, who=owner: heard.append((who, word)))
    background.drop(one)
    gate.set()
    done(qtbot, background)
    assert heard == [(other, "a"), (other, "b")]
    background.ask(one, lambda: "c", heard.append)
    done(qtbot, background)
    assert heard[2:] == ["c"], "who asks again is answered again"


def test_an_answer_that_is_on_its_way_already_is_dropped(qtbot: QtBot, background: Background) -> None:
    heard: list[object] = []
    worked = threading.Event()
    owner = object()
    background.ask(owner, lambda: worked.set(), heard.append)
    assert worked.wait(30)
    background.drop(owner)
    done(qtbot, background)
    assert heard == [] and not background.busy


def test_whom_qt_deleted_is_not_answered(qtbot: QtBot, background: Background, gate: threading.Event) -> None:
    heard: list[object] = []
    owner = QObject()
    background.ask((owner, "names"), lambda: 1, lambda _answer: heard.append(owner.objectName()))
    owner.deleteLater()
    QApplication.sendPostedEvents(owner, QEvent.Type.DeferredDelete)
    gate.set()
    done(qtbot, background)
    assert heard == [] and not background.busy
