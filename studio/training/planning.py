"""Owns how many steps a run takes, what learning rate each has and which examples it sees; measures nothing itself."""

import math
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from studio.training.errors import NoTimeToTrain

RESERVE = 0.14
"""The part of the time allowed that no plan uses: a machine is never as quick throughout as when it was measured."""


MOST_UNASKED_MINUTES = 240.0
"""The longest that a slower processor may take in another's place where no time was set."""


@dataclass(frozen=True, slots=True)
class Timing:
    """What was measured before the start, in seconds: `spent` so far, a training `token`, a `pause` for samples and
    validation, `ending`, what saving will take, `first`, how much more a token takes the first time it is seen, and
    `kept`, what checkpoints and the looks that come with them take a step on the average."""

    spent: float
    token: float
    pause: float
    ending: float
    first: float = 0.0
    kept: float = 0.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How long a run is: steps, the seconds they will take, and how often the data is seen."""

    steps: int
    seconds: float
    epochs: float


def plan(
    lengths: Sequence[int], *, batch: int, epochs: float, minutes: float | None, timing: Timing, pause_every: int
) -> Plan:
    """The most steps that fit both `epochs` and `minutes` (measured from the start of the job)."""
    wanted = max(1, math.ceil(len(lengths) * epochs / batch))
    tokens = batch * sum(lengths) / len(lengths)
    a_step, newness = timing.token * tokens + timing.kept, timing.first * sum(lengths)
    steps = wanted
    if minutes is not None:
        left = 60 * minutes * (1 - RESERVE) - timing.spent - timing.pause - timing.ending
        a_step_and_pauses = a_step + timing.pause / pause_every
        within_one_epoch = left / (a_step_and_pauses + timing.first * tokens)
        steps = min(wanted, int(max(within_one_epoch, (left - newness) / a_step_and_pauses)))
        if steps < 1:
            needed = (timing.spent + timing.ending + timing.pause + a_step + timing.first * tokens) / 60
            needed /= 1 - RESERVE  # or it could tell less than what is allowed, and refuse all the same
            raise NoTimeToTrain(needed=f"{needed:.1f}", allowed=f"{minutes:g}")
    pauses = 1 + steps // pause_every
    seconds = steps * a_step + min(newness, steps * timing.first * tokens) + pauses * timing.pause + timing.ending
    return Plan(steps, seconds, steps * batch / len(lengths))


def worth_it(found: Plan, lengths: Sequence[int], *, batch: int, minutes: float | None, timing: Timing) -> None:
    """Raises NoTimeToTrain where a plan is too slow to stand in for a quicker one.

    Every example must be seen once within the time allowed, or within a few hours where none was set.
    """
    once = timing.spent + timing.pause + timing.ending + (timing.token + timing.first) * sum(lengths)
    allowed = minutes if minutes is not None else MOST_UNASKED_MINUTES
    needed = max(once, found.seconds + timing.spent if minutes is None else 0.0) / 60
    if needed > allowed or found.steps * batch < len(lengths):
        raise NoTimeToTrain(needed=f"{needed:.1f}", allowed=f"{allowed:g}")


def learning_rate(step: int, steps: int, peak: float, warmup: float) -> float:
    """The rate of a step (from 0): a straight climb over the first `warmup` part, then half a cosine down to 3%."""
    climb = max(1, round(warmup * steps))
    if step < climb:
        return peak * (step + 1) / climb
    turn = (step - climb) / max(1, steps - climb)
    return peak * (0.03 + 0.97 * 0.5 * (1 + math.cos(math.pi * turn)))


def batches(count: int, size: int, seed: int, weights: Sequence[float] | None = None) -> Iterator[tuple[int, ...]]:
    """Indices of the examples of each step, for ever: every example once an epoch, each epoch shuffled anew.

    With `weights` an epoch has as many draws, and an example stands in it in proportion to its weight.
    """
    order = random.Random(seed)
    waiting: list[int] = []
    even = weights is None or len(set(weights)) < 2
    while True:
        while len(waiting) < size:
            waiting.extend(_epoch(count, order) if even or weights is None else _drawn(weights, order))
        yield tuple(waiting[:size])
        del waiting[:size]


def _epoch(count: int, order: random.Random) -> list[int]:
    epoch = list(range(count))
    order.shuffle(epoch)
    return epoch


def _drawn(weights: Sequence[float], order: random.Random) -> list[int]:
    from studio.dataset.weighting import draws  # needs Arrow, which training from scenarios does without

    return draws(weights, order.getrandbits(32))


def passes(sources: Sequence[str], seen: Sequence[int]) -> dict[str, float]:
    """How often the examples of each source were seen on the average, `seen` being how often each was."""
    whole, times = Counter(sources), Counter[str]()
    for source, often in zip(sources, seen, strict=True):
        times[source] += often
    return {source: round(times[source] / count, 3) for source, count in sorted(whole.items())}
