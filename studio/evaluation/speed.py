"""Owns the kind `speed`: how fast a model is here, and what memory it takes, by how long the text before it is.

The only kind whose figures hang on the clock and on what else the machine does: they hold for where they were measured.
"""

import hashlib
import json
import platform
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, cast

import pydantic

from studio.amounts import MB
from studio.evaluation.kind import CaseResult, Context, Grouping, Kind, Part, Parts, PartSettings, Place, Ratio
from studio.evaluation.rivals import RIVALS
from studio.inference.errors import ContextTooSmall, NotOffered
from studio.inference.protocol import Engine, Pace
from studio.language import N_, _

NAME = "speed"
_WARMING = 16
"""Tokens that are read before anything counts, so that the file's pages are in memory."""


class SpeedSettings(PartSettings):
    """Of how many tokens the texts are that are read, how many tokens are written after them, and how often each."""

    lengths: tuple[Annotated[int, pydantic.Field(ge=1, le=1 << 20)], ...] = pydantic.Field(
        (512, 2048), min_length=1, json_schema_extra={"takes": N_("a list of numbers of tokens")}
    )
    tokens: int = pydantic.Field(32, ge=2, le=2000)
    rounds: int = pydantic.Field(2, ge=1, le=20)


@dataclass(frozen=True, slots=True)
class Distance:
    """One text that is read, and so many tokens written after it, for the `number`th time. `last` at the longest."""

    length: int
    tokens: int
    number: int
    last: bool

    @property
    def id(self) -> str:
        """Its length, and the how-manieth it is."""
        return f"{self.length}/{self.number}"

    @property
    def group(self) -> str:
        """All are measured one after the other, so that all are measured again where one is missing."""
        return NAME

    @property
    def digest(self) -> str:
        """The SHA-256 of what is measured."""
        return hashlib.sha256(json.dumps([self.length, self.tokens, self.number]).encode()).hexdigest()


def _cases(part: Part, _place: Place) -> Sequence[Distance]:
    settings = cast(SpeedSettings, part.settings)
    lengths = sorted(set(settings.lengths))
    return [
        Distance(length, settings.tokens, number, length == lengths[-1])
        for length in lengths
        for number in range(1, settings.rounds + 1)
    ]


async def _measure(engine: Engine, cases: Sequence[Distance], context: Context) -> AsyncIterator[CaseResult]:
    warm = False
    for done, case in enumerate(cases, 1):
        try:
            if not warm:
                await engine.pace(_WARMING, 2)
                warm = True
            if case.length + case.tokens > engine.card.context:
                raise ContextTooSmall(needed=case.length + case.tokens, context=engine.card.context)
            yield result_of(case, await engine.pace(case.length, case.tokens))
        except (ContextTooSmall, NotOffered) as error:
            yield CaseResult(case.id, NAME, None, got=str(error), detail=_detail(case))
        if context.told is not None:
            context.told(done, len(cases))


def result_of(case: Distance, pace: Pace) -> CaseResult:
    """The result of a measurement."""
    told = _("{reading:.0f} tokens a second read, {writing:.1f} written")
    return CaseResult(
        id=case.id,
        kind=NAME,
        right=None,
        scores={
            "load": pace.load_seconds,
            "first_token": pace.first_token_seconds,
            "prompt": pace.prompt_tokens_per_second,
            "generation": pace.tokens_per_second,
            **({"peak": pace.peak / MB} if pace.peak else {}),
        },
        got=told.format(reading=pace.prompt_tokens_per_second, writing=pace.tokens_per_second),
        detail=_detail(case),
    )


def _detail(case: Distance) -> dict[str, object]:
    return {"length": case.length, "last": case.last, "machine": f"{platform.system()} {platform.machine()}"}


def _score(name: str) -> Callable[[CaseResult], Parts]:
    return lambda result: (result.scores[name], 1.0) if name in result.scores else (0.0, 0.0)


def _most(result: CaseResult) -> Parts:
    """The most memory is that at the longest text; shorter ones take less."""
    return _score("peak")(result) if result.detail.get("last") else (0.0, 0.0)


def _at(name: str) -> Callable[[CaseResult, str], Parts]:
    score = _score(name)
    return lambda result, value: score(result) if _length(result) == value else (0.0, 0.0)


def _length(result: CaseResult) -> str:
    return _("{count:>6} tokens").format(count=result.detail["length"])


def _lengths(result: CaseResult) -> Iterator[str]:
    if result.scores:
        yield _length(result)


_LOAD, _FIRST, _PROMPT, _WRITING, _PEAK = (
    N_("loading"), N_("to the first token"), N_("reading"), N_("writing"), N_("memory at the most"),
)  # fmt: skip
_FAST = N_("tokens/s")

_NO_RIVAL = N_("A base is as fast as what was made of it, and a rule takes no time, so no rival is measured.")

SPEED = Kind(
    name=NAME,
    title=N_("Speed"),
    settings=SpeedSettings,
    cases=_cases,
    measure=_measure,
    main="generation",
    ratios=(
        Ratio("generation", _WRITING, _score("generation"), _FAST),
        Ratio("prompt", _PROMPT, _score("prompt"), _FAST),
        Ratio("first_token", _FIRST, _score("first_token"), "s", less=True),
        Ratio("load", _LOAD, _score("load"), "s", less=True),
        Ratio("peak", _PEAK, _most, "MiB", less=True),
    ),
    groupings=(
        Grouping(
            "length",
            N_("length of the text before"),
            _lengths,
            (
                ("generation", _WRITING, _at("generation")),
                ("prompt", _PROMPT, _at("prompt")),
                ("first_token", _FIRST, _at("first_token")),
                ("peak", _PEAK, _at("peak")),
            ),
        ),
    ),
    without=dict.fromkeys(RIVALS, _NO_RIVAL),
)
