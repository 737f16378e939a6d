"""Owns reading the audit's word lists and patterns in `resources/audit/`; knows no check."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from studio.dataset.audit.phrases import Phrases
from studio.files import read_text
from studio.resources import resource
from studio.scenario.tables import SAFE

FOLDER = "audit"


@cache
def lists(name: str) -> Mapping[str, Sequence[str]]:
    """The lists of a file by their names."""
    values = yaml.load(read_text(resource(FOLDER) / f"{name}.yaml"), SAFE)
    assert isinstance(values, dict)
    return {str(key): tuple(str(one) for one in entries) for key, entries in values.items()}


@cache
def phrases(name: str, part: str) -> Phrases:
    """One list of a file, ready to be looked for."""
    return Phrases(lists(name)[part])


@dataclass(frozen=True, slots=True)
class Pattern:
    """One pattern: what it finds, without what it is not tried, and what else is asked of a match."""

    what: str
    regex: re.Pattern[str]
    needs: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    long: int = 0
    check: str = ""

    def fits(self, text: str, lowered: str, longest: int) -> bool:
        """Whether it is worth trying on a text, of which the lower case and the longest word's length are known."""
        if longest < self.long or (self.needs and not any(piece in text for piece in self.needs)):
            return False
        return not self.says or any(piece in lowered for piece in self.says)


@cache
def patterns(family: str) -> tuple[Pattern, ...]:
    """The patterns of a family, in their order."""
    values = yaml.load(read_text(resource(FOLDER) / "patterns.yaml"), SAFE)
    return tuple(_pattern(what, entry) for what, entry in values[family].items())


def _pattern(what: str, entry: Mapping[str, Any]) -> Pattern:
    needs, says = tuple(entry.get("needs", ())), tuple(entry.get("says", ()))
    return Pattern(what, re.compile(entry["pattern"]), needs, says, entry.get("long", 0), entry.get("check", ""))
