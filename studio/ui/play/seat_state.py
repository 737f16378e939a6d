"""Owns what a seat is doing and the figures it tells. Knows no engine and no Qt."""

from dataclasses import dataclass
from enum import StrEnum

from studio.errors import InputError
from studio.language import N_


class SeatState(StrEnum):
    """What a seat is doing."""

    EMPTY = "empty"
    LOADING = "loading"
    READY = "ready"
    WRITING = "writing"
    WAITING = "waiting"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Speed:
    """The figures of the last generation and of the whole: always in sight."""

    tokens_per_second: float | None = None
    first_token_seconds: float | None = None
    context_used: int | None = 0
    context: int = 0
    left_out: int = 0


class NoSession(InputError):
    """Something is to be changed in a session and none is open."""

    sentence = N_("There is no play yet. Choose a scenario and a model, or open a session that was kept.")
