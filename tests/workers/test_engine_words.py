"""How an answer's tokens are told: the first at once, those of a moment together, none twice and none forgotten."""

import pytest

from studio.workers import _engine_requests
from studio.workers._engine_requests import Words


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
    assert told_of(clock, 0.5, 0.01, 0.01, 0.01, 0.01) == [([0], "a"), ([1, 2, 3], "bcd"), ([4], "e")]


def test_slow_tokens_are_told_one_by_one(clock: Clock) -> None:
    assert told_of(clock, 0.03, 0.03, 0.2) == [([0], "a"), ([1], "b"), ([2], "c")]


def test_an_answer_of_nothing_tells_nothing(clock: Clock) -> None:
    assert told_of(clock) == []
