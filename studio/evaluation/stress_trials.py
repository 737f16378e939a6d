"""Owns the trials of the kind `stress` as their file has them. Sends nothing."""

from pathlib import Path
from typing import Annotated, Any, Literal

import pydantic
import yaml

from studio.errors import InputError, PathMissing
from studio.files import read_text
from studio.language import N_, _
from studio.scenario.tables import SAFE


class BadTrials(InputError):
    """A file of trials has mistakes."""

    sentence = N_("{path} cannot be used as trials. {mistakes}")


class Trial(pydantic.BaseModel):
    """One thing that is sent; `resources/stress.yaml` says what the fields mean."""

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")

    name: str = pydantic.Field(pattern=r"^[\w-]{1,60}$")
    kind: Literal["empty", "long", "language", "tags", "orders", "sheet"]
    line: str
    fill: int = pydantic.Field(0, ge=0, le=1_000_000)
    system: str = ""
    must_not: tuple[str, ...] = ()
    no_call: str = ""

    @property
    def said(self) -> str:
        """The whole line, of at most `fill` characters where it is filled."""
        return (self.line * (self.fill // max(1, len(self.line)) + 1))[: self.fill] if self.fill else self.line


class _File(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    system: str
    trials: Annotated[tuple[Trial, ...], pydantic.Field(min_length=1)]


def read_trials(path: Path) -> list[tuple[Trial, str]]:
    """Every trial with its SYSTEM; raises PathMissing, BadTrials with all mistakes, or what reading raises."""
    if not path.exists():
        raise PathMissing(path=path)
    try:
        values: Any = yaml.load(read_text(path), SAFE)
        file = _File.model_validate(values)
    except (yaml.YAMLError, RecursionError) as error:
        told = _("It is not YAML ({reason}).").format(reason=" ".join(str(error).split()))
        raise BadTrials(path=path, mistakes=told) from error
    except pydantic.ValidationError as error:
        raise BadTrials(path=path, mistakes=_told(error)) from error
    names = [trial.name for trial in file.trials]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadTrials(path=path, mistakes=_("Several trials are called {names}.").format(names=", ".join(twice)))
    return [(trial, trial.system or file.system) for trial in file.trials]


def _told(error: pydantic.ValidationError) -> str:
    return " ".join(f"{'.'.join(map(str, row['loc']))}: {row['msg']}." for row in error.errors())
