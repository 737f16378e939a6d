"""Owns the numbers and words that the game is played by, read from data."""

from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

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

    die: int
    default_dc: int
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
        except (yaml.YAMLError, ValidationError) as error:
            raise BadRules(path=path, reason=str(error).splitlines()[0]) from error

    @classmethod
    @cache
    def shipped(cls) -> "Rules":
        """The rules that come with the studio."""
        return cls.load(resource("rules.yaml"))
