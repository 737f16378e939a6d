"""Owns whether there is enough of a skill or tool: how often it must occur before a model calls it right.

The numbers come from learning curves that were measured on the starter model; `resources/learning_curves.yaml` has the
measured points, what was fitted to them and how sure that is. Measures nothing itself.
"""

import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Self

import pydantic
import yaml

from studio.errors import InputError
from studio.files import read_text
from studio.language import N_, _, plural
from studio.resources import resource

FILE = "learning_curves.yaml"


class BadCurves(InputError):
    """The file of learning curves cannot be used."""

    sentence = N_("{path} has no learning curves ({reason}). Measure them again with benchmarks/learning_curve.py.")


class _Shape(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")


class Point(_Shape):
    """One measured point: after a training in which a skill or tool occurred so often, `right` of `of` held-out calls
    of it were right. `scenarios` is how many were trained on."""

    scenarios: int
    what: str
    value: str
    occurrences: int = pydantic.Field(ge=0)
    right: int = pydantic.Field(ge=0)
    of: int = pydantic.Field(gt=0)


class Fit(_Shape):
    """What was fitted to the points: the share of right calls after n occurrences is top * (1 - exp(-n / scale)).

    `enough` is where that reaches `Curves.share` of `top`; `low` and `high` are how far it may as well lie elsewhere,
    `high` None where the points set no bound.
    """

    top: float = pydantic.Field(gt=0, le=1)
    scale: float = pydantic.Field(gt=0)
    enough: int = pydantic.Field(ge=1)
    low: int = pydantic.Field(ge=1)
    high: int | None = None
    cases: int = pydantic.Field(ge=1)

    @pydantic.model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low <= self.enough <= (self.high if self.high is not None else self.enough):
            raise ValueError(_("`low`, `enough` and `high` are not in order"))
        return self

    def right(self, occurrences: int) -> float:
        """The share of right calls that is expected after so many occurrences."""
        return self.top * (1 - math.exp(-occurrences / self.scale))


class Curves(_Shape):
    """Learning curves by what is learnt (`skill`, `tool`). `measured` says how: command, model, machine, day."""

    share: float = pydantic.Field(0.8, gt=0, lt=1)
    measured: dict[str, str] = pydantic.Field(default_factory=dict)
    fits: dict[str, Fit] = pydantic.Field(default_factory=dict)
    points: tuple[Point, ...] = ()

    @classmethod
    @cache
    def shipped(cls) -> "Curves":
        """What was measured on the starter model."""
        return read_curves(resource(FILE))

    def fit(self, what: str) -> Fit | None:
        """The curve of a skill or tool, None where none was measured."""
        return self.fits.get(what)


def read_curves(path: Path) -> Curves:
    """The curves in a file; raises BadCurves, or the errors of reading a file."""
    try:
        return Curves.model_validate(yaml.safe_load(read_text(path)) or {})
    except yaml.YAMLError as error:
        raise BadCurves(path=path, reason=str(error).splitlines()[0]) from error
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise BadCurves(path=path, reason=f"{where}: {first['msg']}") from error


@dataclass(frozen=True, slots=True)
class Missing:
    """How many more are wanted: `about`, and from `low` to `high` as far as is known (None: nobody knows)."""

    about: int
    low: int
    high: int | None


def missing(have: int, fit: Fit) -> Missing:
    """How many more a curve asks for."""
    high = None if fit.high is None else max(0, fit.high - have)
    return Missing(max(0, fit.enough - have), max(0, fit.low - have), high)


def in_words(name: str, more: Missing) -> str:
    """Whether there is enough of something; `name` says what there is, such as `3 persuasion checks`."""
    if more.about == 0:
        return _enough(name, more)
    if more.high is None:
        text = _("{name}: about {about} more, or many more: the measured curve still rises there.")
        return text.format(name=name, about=more.about)
    if more.low == more.about == more.high:
        return _("{name}: about {about} more.").format(name=name, about=more.about)
    text = _("{name}: about {about} more ({low} to {high}).")
    return text.format(name=name, about=more.about, low=more.low, high=more.high)


def _enough(name: str, more: Missing) -> str:
    if more.high == 0:
        return _("{name}: enough.").format(name=name)
    if more.high is None:
        return _("{name}: about enough; more may help, since the measured curve still rises there.").format(name=name)
    rest = plural("up to {count} more may help", "up to {count} more may help", more.high)
    return _("{name}: about enough; {rest}.").format(name=name, rest=rest)


def how_many(what: str, value: str, have: int) -> str:
    """What there is, in words: `3 persuasion checks`."""
    one, many = _NAMES.get(what, _OTHER)
    return plural(one, many, have).replace("{value}", _(_VALUES.get((what, value), value)))


_VALUES = {("outcome", "success"): N_("successful"), ("outcome", "failure"): N_("failed")}
_NAMES = {
    "type": (N_("{count} scenario of type {{value}}"), N_("{count} scenarios of type {{value}}")),
    "tool": (N_("{count} call of {{value}}"), N_("{count} calls of {{value}}")),
    "skill": (N_("{count} {{value}} check"), N_("{count} {{value}} checks")),
    "dc": (N_("{count} check with DC {{value}}"), N_("{count} checks with DC {{value}}")),
    "outcome": (N_("{count} {{value}} check"), N_("{count} {{value}} checks")),
    "class": (N_("{count} scenario with a {{value}}"), N_("{count} scenarios with a {{value}}")),
    "level": (N_("{count} scenario of level {{value}}"), N_("{count} scenarios of level {{value}}")),
    "length": (N_("{count} example of {{value}} words"), N_("{count} examples of {{value}} words")),
    "turns": (N_("{count} example of {{value}} answers"), N_("{count} examples of {{value}} answers")),
}
_OTHER = (N_("{count} example of {{value}}"), N_("{count} examples of {{value}}"))
