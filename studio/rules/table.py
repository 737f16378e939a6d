"""Owns the numbers and words that the game is played by, read from data."""

from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from studio.files import read_text
from studio.resources import resource
from studio.rules.errors import BadRules


class Outcomes(BaseModel):
    """The words that open the turn after a check."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    success: str
    failure: str


class Rules(BaseModel):
    """The die, the usual DC, which skills and conditions there are, and which rolls have no DC."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    die: int = Field(ge=2, le=1000)
    default_dc: int = Field(ge=1)
    uncontested: tuple[str, ...]
    skills: tuple[str, ...]
    conditions: tuple[str, ...]
    outcomes: Outcomes

    @classmethod
    def load(cls, path: Path) -> "Rules":
        """The rules in a YAML file; raises BadRules, or the errors of reading a file."""
        text = read_text(path)
        try:
            return cls.model_validate(yaml.safe_load(text))
        except (yaml.YAMLError, ValidationError, RecursionError) as error:
            raise BadRules(path=path, reason=_reason(error)) from error

    @classmethod
    @cache
    def shipped(cls) -> "Rules":
        """The rules that come with the studio."""
        return cls.load(resource("rules.yaml"))


def _reason(error: Exception) -> str:
    """The first thing that is wrong, with its place."""
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return ": ".join(filter(None, (".".join(map(str, first["loc"])), first["msg"])))
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f"line {error.problem_mark.line + 1}: {error.problem}"
    return str(error).splitlines()[0]
