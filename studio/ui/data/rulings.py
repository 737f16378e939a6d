"""Owns a person's verdicts as they are given in the window: recorded off its thread, and each can be undone."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from studio.dataset.description import Authority
from studio.dataset.verdicts import Decision, Verdict
from studio.errors import LorewrightError
from studio.language import _, plural
from studio.ui.background import Background
from studio.ui.context import Context
from studio.ui.data import shelf
from studio.ui.data.shelf import Ruled
from studio.ui.data.words import DECISIONS

if TYPE_CHECKING:
    import pyarrow as pa

Say = Callable[[Decision | None], object]


class _Ruling(QUndoCommand):
    """One verdict on some rows."""

    def __init__(self, title: str, decision: Decision, say: Say) -> None:
        super().__init__(title)
        self._decision, self._say = decision, say

    def redo(self) -> None:
        self._say(self._decision)

    def undo(self) -> None:
        self._say(None)


class Rulings(QObject):
    """What was decided here since the table was made. `ruled` tells that something was; `by_key` is all of it."""

    ruled = Signal()

    def __init__(self, context: Context, undo: QUndoStack, background: Background) -> None:
        super().__init__()
        self._context = context
        self._undo = undo
        self._background = background
        self._number = 0
        self.by_key: dict[str, Ruled] = {}

    @property
    def counting(self) -> dict[str, Verdict]:
        """The verdicts that count now, by row key."""
        return {key: one.counts for key, one in self.by_key.items()}

    def forget(self) -> None:
        """Another table is shown, which knows all that was said."""
        self.by_key.clear()

    def rule(self, table: "pa.Table", places: Sequence[int], authority: Authority, decision: Decision) -> None:
        """Records a decision on rows of a table."""
        word = _(DECISIONS[decision.value])
        title = plural("{{word}} {count} example", "{{word}} {count} examples", len(places)).format(word=word)

        def say(what: Decision | None) -> None:
            self._ask(table, places, authority, what)

        self._undo.push(_Ruling(title, decision, say))

    def _ask(self, table: "pa.Table", places: Sequence[int], authority: Authority, decision: Decision | None) -> None:
        root = self._context.workspace.root
        self._number += 1
        self._background.ask(
            (self, self._number),
            lambda: _tried(lambda: shelf.rule(root, table, places, authority, decision)),
            self._take,
        )

    def _take(self, answer: object) -> None:
        if isinstance(answer, LorewrightError):
            self._context.toast(str(answer), "error")
            return
        assert isinstance(answer, dict)
        self.by_key.update(answer)
        self.ruled.emit()


def _tried(work: Callable[[], object]) -> object:
    """What the work gives, or the error that a person can mend."""
    try:
        return work()
    except LorewrightError as error:
        return error
