"""Owns what drafts are made from (`resources/drafting.yaml`); knows no model and writes nothing."""

from collections.abc import Mapping
from functools import cache
from typing import Annotated

import pydantic
import yaml

from studio.files import read_text
from studio.resources import resource


class _Part(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")


class Foe(_Part):
    """An enemy as its sheet says it."""

    name: str
    class_name: str = pydantic.Field(alias="class")
    level: int
    health: int
    skills: dict[str, int]
    gear: tuple[str, ...]


class Setting(_Part):
    """Where a draft plays, who is met there in a fight, and what is to be had."""

    title: str
    world: str
    location: str
    foe: Foe
    gift: str


class Beat(_Part):
    """What one exchange is about: the player's line and the narrator's."""

    player: str = ""
    narrator: str


class Draught(_Part):
    """What heals, and by how much."""

    item: str
    heals: int


class Anyone(_Part):
    """A class that is not known."""

    health: int
    gear: tuple[str, ...]
    modifier: int


class Example(_Part):
    """A line as it should be, and what it was asked with."""

    story: str
    deed: str
    line: str


class Asking(_Part):
    """What the writer is told, with examples by voice; `never` is what a line must not speak of."""

    system: str
    player: str
    narrator: str
    examples: Mapping[str, tuple[Example, ...]]
    never: tuple[str, ...]


class Plain(_Part):
    """What stands where a model wrote nothing that could be used."""

    player: Annotated[tuple[str, ...], pydantic.Field(min_length=1)]
    narrator: Annotated[tuple[str, ...], pydantic.Field(min_length=1)]


class Stock(_Part):
    """All of the file."""

    role: str
    missed: int
    draught: Draught
    anyone: Anyone
    settings: Mapping[str, tuple[Setting, ...]]
    skills: Mapping[str, str]
    beats: Mapping[str, Beat]
    asked: Asking
    plain: Plain


@cache
def stock() -> Stock:
    """What ships with the studio."""
    return Stock.model_validate(yaml.safe_load(read_text(resource("drafting.yaml"))))
