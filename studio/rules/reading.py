"""Owns reading rules from a file that people wrote; knows nothing of play."""

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from studio.files import read_text
from studio.rules.errors import BadRules
from studio.rules.table import Outcomes, Rules


class _Outcomes(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    success: str
    failure: str


class _Rules(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    die: int = Field(ge=2, le=1000)
    default_dc: int = Field(ge=1)
    uncontested: tuple[str, ...]
    skills: tuple[str, ...]
    conditions: tuple[str, ...]
    outcomes: _Outcomes


def read_rules(path: Path) -> Rules:
    """The rules in a YAML file; raises BadRules, or the errors of reading a file."""
    text = read_text(path)
    try:
        read = _Rules.model_validate(yaml.safe_load(text))
    except (yaml.YAMLError, ValidationError, RecursionError) as error:
        raise BadRules(path=path, reason=_reason(error)) from error
    outcomes = Outcomes(read.outcomes.success, read.outcomes.failure)
    return Rules(read.die, read.default_dc, read.uncontested, read.skills, read.conditions, outcomes)


def _reason(error: Exception) -> str:
    """The first thing that is wrong, with its place."""
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return ": ".join(filter(None, (".".join(map(str, first["loc"])), first["msg"])))
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f"line {error.problem_mark.line + 1}: {error.problem}"
    return str(error).splitlines()[0]
