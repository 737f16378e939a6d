"""Owns counting the tokens of the scenario at hand off the GUI thread, for the model chosen; knows no widget.

Models are opened once while their file stays the same. What was counted of a turn is remembered by its text.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from studio.chat.counting import Count, Token, TokenCounter, words_in
from studio.errors import LorewrightError
from studio.gguf.chat_side import chat_side
from studio.scenario import Scenario
from studio.ui.background import Background

_REST_MS, _SLOW_MS = 350, 40
_MOST_MODELS = 3


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted of one text: words always, tokens where the model can be read, else why not."""

    words: int
    count: Count | None = None
    context: int | None = None
    trouble: str = ""
    took_ms: float = 0.0
    held_out: bool = False


@dataclass(slots=True)
class _Shelf:
    """The counters of the models used last; lives on the working thread."""

    counters: dict[tuple[Path, int, int], tuple[TokenCounter, int | None]] = field(default_factory=dict)

    def counter(self, path: Path) -> tuple[TokenCounter, int | None]:
        """The counter of a model and its context; raises our errors, or OSError."""
        state = path.stat()
        key = (path, state.st_mtime_ns, state.st_size)
        if key not in self.counters:
            side = chat_side(path)
            while len(self.counters) >= _MOST_MODELS:
                self.counters.pop(next(iter(self.counters)))
            self.counters[key] = (TokenCounter(side.template, side.tokeniser), side.context)
        return self.counters[key]


class TokenCounts(QObject):
    """`counted` carries what was found, None where there is no scenario; `shown` the tokens of a turn."""

    counted = Signal(object)
    shown = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._background = Background("tokens")
        self._shelf = _Shelf()
        self._model: Path | None = None
        self._scenario: Scenario | None = None
        self._slow = False
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self._count)

    @property
    def busy(self) -> bool:
        """Whether an answer is still to come."""
        return self._rest.isActive() or self._background.busy

    def use(self, model: Path | None) -> None:
        """Counts for another model."""
        self._model = model
        self._count()

    def follow(self, scenario: Scenario | None, *, now: bool = False) -> None:
        """Counts another text, a moment after the last change; at once where another text came to the front."""
        if scenario is self._scenario:
            return
        self._scenario = scenario
        if now or scenario is None:
            self._count()
        elif self._slow or not self._rest.isActive():  # a long text waits for a pause: counting it takes the cores
            self._rest.start()

    def show(self, index: int | None) -> None:
        """Asks for the tokens of a turn (None: of SYSTEM)."""
        scenario, model, shelf = self._scenario, self._model, self._shelf
        if scenario is None or model is None:
            self.shown.emit(())
            return

        def work() -> object:
            try:
                return shelf.counter(model)[0].tokens(scenario, index)
            except (LorewrightError, OSError):
                return ()  # the count has said why

        self._background.ask("show", work, self.shown.emit)

    def close(self) -> None:
        """Ends the thread."""
        self._rest.stop()
        self._background.close()

    def do(self, key: str, work: Callable[[], object], answer: Callable[[object], object]) -> None:
        """Does other work about models on the same thread."""
        self._background.ask(key, work, answer)

    @Slot()
    def _count(self) -> None:
        self._rest.stop()
        scenario, model, shelf = self._scenario, self._model, self._shelf
        if scenario is None:
            self.counted.emit(None)
            return
        self._background.ask("count", lambda: counted(scenario, model, shelf), self._tell)

    def _tell(self, found: object) -> None:
        assert isinstance(found, Counted)
        self._slow = found.took_ms > _SLOW_MS
        self._rest.setInterval(max(_REST_MS, round(6 * found.took_ms)))
        self.counted.emit(found)


def counted(scenario: Scenario, model: Path | None, shelf: _Shelf) -> Counted:
    """What a scenario comes to for a model; never raises for what is wrong with the model's file."""
    words = words_in(scenario)
    if model is None:
        return Counted(words)
    try:
        counter, context = shelf.counter(model)
        began = time.monotonic()
        count = counter.count(scenario)
        took = 1000 * (time.monotonic() - began)
        return Counted(words, count, context, took_ms=took, held_out=scenario.held_out)
    except LorewrightError as error:
        return Counted(words, trouble=str(error))
    except OSError as error:
        return Counted(words, trouble=error.strerror or str(error))


__all__ = ["Count", "Counted", "Token", "TokenCounts"]
