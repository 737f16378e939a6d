"""Owns how many examples go through a run's model at once now, and how a request asks for fewer; knows no worker."""

import contextlib

from studio.errors import LorewrightError
from studio.jobs.protocol import Fields
from studio.jobs.runs import Run
from studio.training.config import read_config
from studio.training.fitting import halves


def in_force(run: Run, fields: Fields, rows: int | None) -> tuple[int, int]:
    """The examples in a row (`rows`, where it is known) and in a whole step, by the run's settings or the request's."""
    size, times = _settled(run, fields)
    return rows or size, size * times


def _settled(run: Run, fields: Fields) -> tuple[int, int]:
    with contextlib.suppress(LorewrightError):
        values = run.config()
        size, times = values.get("batch_size"), values.get("gradient_accumulation_steps")
        if isinstance(size, int) and isinstance(times, int):
            return size, times
    with contextlib.suppress(LorewrightError):
        given = fields.get("config")
        config = read_config(given if isinstance(given, dict) else {})
        return config.batch_size, config.gradient_accumulation_steps
    return 1, 1


def next_rows(rows: int, whole: int) -> int:
    """At most half as many, so that a step still is `whole`; 1 stays 1."""
    return next(halves(rows, whole), rows)


def with_rows(run: Run, fields: Fields, rows: int | None, *, resume: bool) -> Fields:
    """The request, with rows of that size where that was decided; what a step learns from stays the same."""
    if resume:
        return {**fields, "resume": True} if rows is None else {**fields, "resume": True, "batch_size": rows}
    given = fields.get("config")
    if rows is None or not isinstance(given, dict):
        return fields
    _size, whole = in_force(run, fields, rows)
    return {**fields, "config": {**given, "batch_size": rows, "gradient_accumulation_steps": whole // rows}}
