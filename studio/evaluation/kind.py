"""Owns what a kind of measuring is: its settings in a suite, its cases, how an engine is measured on them, its figures.

Knows no file of results and no other kind; `kinds` is the table of them all.
"""

import math
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol, Self

import pydantic

from studio.evaluation.rivals import RIVALS, Prompting, Rival, no_prompting, no_rivals
from studio.files import inside
from studio.rules import Rules
from studio.scenario.game import Game

Parts = tuple[float, float]
"""What a case adds to the upper and the lower half of a figure; figures are ratios of sums over cases."""

SCENARIO = "scenario"
"""The group whose cases hang together: they are resampled together. A case without it stands alone."""


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What came of one case. `right` is None where nothing is right or wrong, as in measuring speed.

    `scores` are numbers of a kind's own; `expected` and `got` are for people; `groups` says what the case belongs to
    (`scenario`, `type`…); `detail` holds plain JSON values. Nothing of it depends on the clock, but for speed itself.
    """

    id: str
    kind: str
    right: bool | None
    scores: dict[str, float] = field(default_factory=dict)
    expected: str = ""
    got: str = ""
    groups: dict[str, str] = field(default_factory=dict)
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def cluster(self) -> str:
        """What it is resampled with."""
        return self.groups.get(SCENARIO, self.id)

    def as_json(self) -> dict[str, Any]:
        """Plain values, as they stand in a file of results."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        """The result that `as_json` wrote; raises KeyError, TypeError or ValueError for anything else."""
        right = told["right"]
        if not (right is None or isinstance(right, bool)):
            raise TypeError(right)
        scores = {str(name): float(value) for name, value in dict(told["scores"]).items()}
        if not all(map(math.isfinite, scores.values())):
            raise ValueError(scores)
        groups = {str(name): str(value) for name, value in dict(told["groups"]).items()}
        texts = [str(told[name]) for name in ("id", "kind", "expected", "got")]
        return cls(texts[0], texts[1], right, scores, texts[2], texts[3], groups, dict(told["detail"]))


class Case(Protocol):
    """What every kind's case has; `group` names what is asked together, such as the turns of a scenario.

    `digest` changes with whatever decides what is asked or what is right: a suite's version is made of it.
    """

    @property
    def id(self) -> str:
        """Its name, once in a part."""

    @property
    def group(self) -> str:
        """What is asked together with it."""

    @property
    def digest(self) -> str:
        """The SHA-256 of what it asks and expects."""


class PartSettings(pydantic.BaseModel):
    """What a part of a suite says beside its kind and name; a kind has its own."""

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a suite: a kind by its name, with its settings."""

    kind: str
    settings: PartSettings
    name: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a suite's paths start: `root` is the workspace's folder (or that of the samples), `game` what is played.

    `scenarios` is where the scenarios lie, held-out ones and those that were trained on.
    """

    root: Path
    scenarios: Path
    game: Game

    @property
    def rules(self) -> Rules:
        """The rules of the game."""
        return Rules.of(self.game.words)

    def path(self, given: Path) -> Path:
        """Where a path of a suite points; raises OutsideFolder where it leads out of the workspace."""
        return inside(self.root, given.as_posix())


@dataclass(frozen=True, slots=True)
class Context:
    """What measuring needs beside the engine: the place, the seed of all dice and draws, and who hears (done, of)."""

    place: Place
    seed: int = 0
    told: Callable[[int, int], None] | None = None


@dataclass(frozen=True, slots=True)
class Ratio:
    """A figure: the sum of the upper halves over the sum of the lower ones. `less` where less of it is better.

    `unit` is how it is shown: `share` (per cent), or the word after a number (`s`, `tokens/s`, `MiB`).
    """

    name: str
    title: str
    parts: Callable[[CaseResult], Parts]
    unit: str = "share"
    less: bool = False


@dataclass(frozen=True, slots=True)
class Grouping:
    """Figures for each value of something: the `values` of a case, and what it adds to a value's figures."""

    what: str
    title: str
    values: Callable[[CaseResult], Iterable[str]]
    ratios: tuple[tuple[str, str, Callable[[CaseResult, str], Parts]], ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of measuring. `main` is the figure (a name of `ratios`) by which models are compared.

    - `cases(part, place)`: all cases, always in the same order; those of a group stand together.
    - `measure(engine, cases, context)`: a result a case, in any order; a kind with rivals uses `answer_many` alone. It
      gets whole groups, so that what is asked together is the same whether or not a run was interrupted; results of
      cases that are kept already are thrown away.
    - `ratios` empty: the share of right cases and the mean of each score serve.
    - `groupings`: figures by value beside those by `CaseResult.groups`, which come by themselves.
    - `rivals(part, place)`: rules that need no model. `prompting(part, place)`: how the base is helped. `without` says
      why a rival of RIVALS has no meaning for this kind, by its name; `notes` what else is to be known of them.
    """

    name: str
    title: str
    settings: type[PartSettings]
    cases: Callable[[Part, Place], Sequence[Any]]
    measure: Callable[[Any, Sequence[Any], Context], AsyncIterator[CaseResult]]
    main: str = "right"
    ratios: tuple[Ratio, ...] = ()
    groupings: tuple[Grouping, ...] = ()
    rivals: Callable[[Part, Place], Sequence[Rival]] = no_rivals
    prompting: Callable[[Part, Place], Prompting | None] = no_prompting
    without: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def beside(self) -> tuple[str, ...]:
        """The rivals that it has."""
        return tuple(name for name in RIVALS if name not in self.without)
