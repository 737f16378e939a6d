"""Owns judging many rows: what was judged before is remembered, a worker that dies is started again, and stopping at
any time keeps what was judged.

Where judgements lie stands in `judgements.py`. Knows neither heuristics nor people.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from studio.dataset.audit.judge import AnswerCut, Judgement, judge_row, verdict_of
from studio.dataset.audit.judgements import JudgeCache
from studio.dataset.audit.rubric import Rubric
from studio.dataset.problems import RowProblem
from studio.dataset.rows import Row
from studio.dataset.verdicts import Verdict
from studio.errors import Cancelled, LorewrightError, WorkerError
from studio.inference.engine import Engine
from studio.inference.errors import DecodeFailed

CONTEXT = 4096
"""Tokens of the context that a judge is loaded with, where it has so many: longer rows are shortened."""
MOST_DEATHS = 3
"""Rows in a row on which the worker may die twice; then it is not the rows."""
_LOOK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a judging is: `done` of `of` rows, `remembered` of them judged before, `missing` left without a verdict.

    Of `prompt_tokens` read so far `reused` stood in the cache. `seconds_left` is None until a row was judged.
    """

    done: int
    of: int
    remembered: int = 0
    missing: int = 0
    prompt_tokens: int = 0
    reused: int = 0
    seconds_left: float | None = None


class Seat:
    """A judge's place: the model is loaded when it is first asked, and anew after its worker died."""

    def __init__(self, load: Callable[[], Awaitable[Engine]]) -> None:
        self._load = load
        self._engine: Engine | None = None

    async def engine(self) -> Engine:
        """The loaded model; raises what loading raises."""
        if self._engine is None:
            self._engine = await self._load()
        return self._engine

    async def leave(self) -> None:
        """Ends the worker, whatever state it is in; the next question loads it anew."""
        engine, self._engine = self._engine, None
        if engine is not None:
            with contextlib.suppress(LorewrightError):
                await engine.close()


@dataclass(frozen=True, slots=True)
class Way:
    """How a row is judged: by a rubric, and where the judgements by it lie."""

    rubric: Rubric
    cache: JudgeCache


async def judged(
    rows: Sequence[Row],
    seat: Seat,
    ways: Way | Sequence[Way],
    *,
    bin_below: float = 0.5,
    told: Callable[[Standing], None] = lambda _standing: None,
    stopped: Callable[[], bool] = lambda: False,
) -> AsyncIterator[Verdict | RowProblem]:
    """A verdict for each row in order, or the problem that kept it from one; equal rows are judged once.

    `ways` is one for all rows, or one each. Raises Cancelled when `stopped` says so, with all that was judged kept; and
    the last error where the worker dies on row after row.
    """
    bench = _Bench(seat, stopped)
    each = [ways] * len(rows) if isinstance(ways, Way) else ways
    keys = [row.key for row in rows]
    new = {key for key, way in zip(keys, each, strict=True) if key not in way.cache}
    tally = _Tally(of=len(rows), to_judge=len(new))
    for key, row, way in zip(keys, rows, each, strict=True):
        found: Judgement | RowProblem | None = way.cache.get(key)
        if found is not None:
            tally.remembered += 1
            tally.done += 1
        else:
            found = await bench.judge(row, way)
            tally.count(found)
        told(tally.standing())
        yield verdict_of(found, way.rubric, bin_below) if isinstance(found, Judgement) else found


@dataclass(slots=True)
class _Tally:
    """Counts for a Standing."""

    of: int
    to_judge: int
    done: int = 0
    remembered: int = 0
    missing: int = 0
    asked: int = 0
    prompt_tokens: int = 0
    reused: int = 0
    began: float = field(default_factory=time.monotonic)
    first: float | None = None

    def count(self, found: Judgement | RowProblem) -> None:
        """Notes what came of one row."""
        self.done += 1
        self.asked += 1
        if self.first is None:
            self.first = time.monotonic()
        if isinstance(found, Judgement):
            self.prompt_tokens += found.prompt_tokens
            self.reused += found.reused
        else:
            self.missing += 1

    def standing(self) -> Standing:
        """How far it is."""
        left = max(self.to_judge - self.asked, 0)
        seconds = self._seconds_a_row() * left if self.asked else None
        return Standing(self.done, self.of, self.remembered, self.missing, self.prompt_tokens, self.reused, seconds)

    def _seconds_a_row(self) -> float:
        """From the second row on without the first, before which the model was loaded."""
        if self.first is None or self.asked < 2:
            return (time.monotonic() - self.began) / max(self.asked, 1)
        return (time.monotonic() - self.first) / (self.asked - 1)


@dataclass(slots=True)
class _Bench:
    """Judges row by row; a row on which the worker died is tried once more."""

    seat: Seat
    stopped: Callable[[], bool]
    deaths: int = 0

    async def judge(self, row: Row, way: Way) -> Judgement | RowProblem:
        """The judgement, remembered; or why there is none."""
        try:
            found = await self._tried(row, way.rubric)
        except AnswerCut as error:
            return _problem(row, "judge-cut", error)
        except (WorkerError, DecodeFailed) as error:
            self.deaths += 1
            if self.deaths >= MOST_DEATHS:
                raise
            return _problem(row, "judge-died", error)
        self.deaths = 0
        way.cache.keep(found)
        return found

    async def _tried(self, row: Row, rubric: Rubric) -> Judgement:
        try:
            return await self._asked(row, rubric)
        except (WorkerError, DecodeFailed):
            await self.seat.leave()
        try:
            return await self._asked(row, rubric)
        except (WorkerError, DecodeFailed):
            await self.seat.leave()
            raise

    async def _asked(self, row: Row, rubric: Rubric) -> Judgement:
        if self.stopped():
            raise Cancelled
        engine = await self.seat.engine()
        return await _stoppable(engine, judge_row(engine, rubric, row), self.stopped)


async def _stoppable(engine: Engine, asked: Awaitable[Judgement], stopped: Callable[[], bool]) -> Judgement:
    """Waits for an answer and looks meanwhile whether it is still wanted; raises Cancelled where it is not."""
    task = asyncio.ensure_future(asked)
    try:
        while not (await asyncio.wait({task}, timeout=_LOOK_SECONDS))[0]:
            if stopped():
                await engine.stop()
        return task.result()
    finally:
        task.cancel()


def _problem(row: Row, code: str, error: LorewrightError) -> RowProblem:
    """A row without a verdict: it is kept where the heuristics keep it, and told as a warning."""
    return RowProblem(row.source, row.place, code, str(error), error=False)
