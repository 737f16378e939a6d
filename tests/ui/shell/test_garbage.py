"""When garbage is looked for: not in what was just imported, and else as before."""

import gc
import sys
import types
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from studio.ui.shell.garbage import GarbageTimer


class Knot:
    """Something that holds itself."""

    def __init__(self) -> None:
        self.own = self


@pytest.fixture
def timer(qapp: QApplication) -> Iterator[GarbageTimer]:
    made = GarbageTimer()
    made.start()
    made._timer.stop()  # rounds are made by hand
    yield made
    made.stop()


def knots(timer: GarbageTimer) -> "weakref.ref[Knot]":
    """Many unreachable knots, and one round."""
    many = [Knot() for _one in range(2 * gc.get_threshold()[0])]
    last = weakref.ref(many[-1])
    del many
    timer.collect()
    return last


def test_what_was_imported_is_not_looked_through(timer: GarbageTimer, monkeypatch: pytest.MonkeyPatch) -> None:
    before = gc.get_freeze_count()
    for number in range(30):
        monkeypatch.setitem(sys.modules, f"a_large_library_{number}", types.ModuleType("part"))
    assert knots(timer)() is not None and gc.get_freeze_count() > before
    assert knots(timer)() is None, "the round after it is one as ever"


def test_without_an_import_a_round_frees_what_nobody_holds(timer: GarbageTimer) -> None:
    assert knots(timer)() is None
