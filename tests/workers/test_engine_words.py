"""How an answer's tokens are told: the first at once, those of a moment together, none twice and none forgotten."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from studio.errors import Cancelled
from studio.workers import _engine_requests
from studio.workers._engine_requests import EngineRequests, Words


class Clock:
    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(_engine_requests, "time", clock)
    return clock


def told_of(clock: Clock, *gaps: float) -> list[tuple[list[int], str]]:
    """What is told of tokens that come after such times."""
    told: list[tuple[list[int], str]] = []

    def emit(event: str, ids: list[int], text: str) -> None:
        assert event == "token"
        told.append((ids, text))

    words = Words(emit)
    for token, gap in enumerate(gaps):
        clock.now += gap
        words.add(token, "abcdefgh"[token])
    words.tell()
    words.tell()
    return told


def test_fast_tokens_are_told_together(clock: Clock) -> None:
    assert told_of(clock, 0.0, 0.01, 0.01, 0.01, 0.01) == [([0], "a"), ([1, 2, 3], "bcd"), ([4], "e")]


def test_slow_tokens_are_told_one_by_one(clock: Clock) -> None:
    assert told_of(clock, 0.0, 0.03, 0.2) == [([0], "a"), ([1], "b"), ([2], "c")]


def test_an_answer_of_nothing_tells_nothing(clock: Clock) -> None:
    assert told_of(clock) == []


class Stopped:
    """A model that is stopped after its third token, and the request that it answers."""

    vocabulary = 100
    fields: dict[str, object] = {}  # noqa: RUF012  # nothing is put into it

    def __init__(self) -> None:
        self.cancelled = threading.Event()
        self.told: list[int] = []

    @contextlib.contextmanager
    def stoppable(self, _cancelled: threading.Event) -> Iterator[None]:
        yield

    def generate(self, _ids: list[int], _sampling: object, on_token: Callable[[int], None], *_more: object) -> None:
        for token in (7, 8, 9):
            on_token(token)
        raise Cancelled

    def stream(self) -> "Stopped":
        return self

    def add(self, token: int) -> str:
        return f" {token}"

    def get(self, name: str, _kind: type) -> Any:
        return [1, 2] if name == "ids" else {}

    def check(self) -> None:
        """Nobody stops it here."""

    def emit(self, event: str, ids: list[int], text: str) -> None:
        assert event == "token" and text == "".join(f" {token}" for token in ids)
        self.told += ids


def test_what_is_pending_is_told_before_a_stop_ends(clock: Clock) -> None:
    stopped = Stopped()
    worker = EngineRequests[Any](lambda *_more: [])
    worker._model = stopped
    with pytest.raises(Cancelled):
        worker.generate(stopped)  # type: ignore[arg-type]
    assert stopped.told == [7, 8, 9]
