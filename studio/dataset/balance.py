"""Owns `resources/balance.yaml`: the bands in which numbers are counted, what is aimed at, what fits together.

Counts nothing itself.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Annotated

import pydantic
import yaml

from studio.files import read_text
from studio.resources import resource

Wish = Annotated[int, pydantic.Field(ge=0)] | Annotated[str, pydantic.Field(pattern=r"^(enough|[0-9]{1,2}%)$")]
"""A count, a share of all that is counted there, or as often as the learning curves say."""


@dataclass(frozen=True, slots=True)
class Bands:
    """Numbers in bands; `lows` are the lowest of each, the last is open. What lies below the first belongs to it."""

    lows: tuple[int, ...]

    def of(self, number: int) -> str:
        """The name of the band in which a number lies."""
        return _names(self.lows)[max(0, bisect_right(self.lows, number) - 1)]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all bands, such as `10-12`, `4` and `19+`, in order."""
        return _names(self.lows)

    def bounds(self, name: str) -> tuple[int, int | None] | None:
        """The lowest and the highest number of a band, None for an open end; None where there is no such band."""
        if name not in self.names:
            return None
        at = self.names.index(name)
        return self.lows[at], self.lows[at + 1] - 1 if at + 1 < len(self.lows) else None


@cache
def _names(lows: tuple[int, ...]) -> tuple[str, ...]:
    closed = (str(low) if low + 1 == after else f"{low}-{after - 1}" for low, after in pairwise(lows))
    return *closed, f"{lows[-1]}+"


class _Shape(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")


class Home(_Shape):
    """What is at home in scenarios of a type."""

    skills: tuple[str, ...]
    tools: tuple[str, ...]


class Putting(_Shape):
    """How what is missing is put together: at most so many checks and other calls, and what is at home where."""

    checks: int = pydantic.Field(ge=1)
    calls: int = pydantic.Field(ge=0)
    fits: dict[str, Home]

    def fit(self, scenario_type: str, value: str) -> bool:
        """Whether a skill or tool is at home in scenarios of a type."""
        homes = [name for name, home in self.fits.items() if value in home.skills or value in home.tools]
        return not homes or scenario_type in homes or scenario_type not in self.fits

    def skills(self, scenario_type: str) -> tuple[str, ...]:
        """The skills that are at home in scenarios of a type; of a type that is not listed, those of all."""
        home = self.fits.get(scenario_type)
        listed = [home] if home is not None else self.fits.values()
        return tuple(dict.fromkeys(skill for one in listed for skill in one.skills))


class Balance(_Shape):
    """All of the file."""

    bands: dict[str, tuple[int, ...]]
    targets: dict[str, dict[str, Wish]]
    to_write: Putting

    def banded(self, what: str) -> Bands | None:
        """The bands in which something is counted, None where it is counted value by value."""
        lows = self.bands.get(what)
        return Bands(lows) if lows else None


@cache
def shipped_balance() -> Balance:
    """What ships with the studio."""
    values: Mapping[str, object] = yaml.safe_load(read_text(resource("balance.yaml")))
    return Balance.model_validate(values)
