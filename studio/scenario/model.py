"""Owns the values of a parsed scenario; knows neither how they are read nor how they are checked.

Spans are half-open offsets in code points of the scenario's text.
"""

from dataclasses import dataclass, field, fields, make_dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

C = TypeVar("C", bound=type)


def light(cls: C) -> C:
    """A frozen data class that is as cheap to make as one that is not; hundreds are made of a text.

    That nobody changes a value is left to the type checker: asking at run time makes each three times as dear.
    """
    plain = make_dataclass(cls.__name__, [(one.name, one.type, one) for one in fields(cls)], repr=False, eq=False)
    cls.__init__ = plain.__init__  # type: ignore[misc]  # the same arguments
    del cls.__setattr__, cls.__delattr__
    return cls


@light
@dataclass(frozen=True, slots=True)
class Span:
    """A half-open stretch of the text, in code points."""

    start: int
    end: int


@lru_cache(maxsize=4096)
def plain_name(name: str) -> str:
    """A name as it is compared: lower case, `_` as a space, single spaces."""
    return " ".join(name.replace("_", " ").lower().split())


def _plain_tag(tag: str) -> str:
    return plain_name(tag.replace("-", " "))


class Speaker(StrEnum):
    """Who a turn belongs to, in the spelling of its tag."""

    USER = "User"
    DM = "DM"
    TOOLCALL = "TOOLCALL"


@light
@dataclass(frozen=True, slots=True)
class Item:
    """One entry of an inventory."""

    name: str
    count: int = 1


@light
@dataclass(frozen=True, slots=True)
class Character:
    """One member of the party as the sheet says it; what the sheet does not say is None or empty.

    `field_spans` has the stretch of each value's text by the field's name (`health`), of an unknown line
    as `other.KEY`, and of the name of each skill as `skills.NAME`.
    """

    name: str
    kind: str | None = None
    class_name: str | None = None
    level: int | None = None
    health: tuple[int, int] | None = None
    experience: tuple[int, int] | None = None
    inventory: tuple[Item, ...] = ()
    spells: tuple[str, ...] = ()
    skills: dict[str, int] = field(default_factory=dict)
    other: dict[str, str] = field(default_factory=dict)
    span: Span = Span(0, 0)
    field_spans: dict[str, Span] = field(default_factory=dict)

    def modifier(self, skill: str) -> int | None:
        """The listed modifier of a skill (case-free, `_` equals a space), or None where the sheet lists none."""
        wanted = plain_name(skill)
        return next((value for name, value in self.skills.items() if plain_name(name) == wanted), None)


@dataclass(frozen=True, slots=True)
class SystemContext:
    """The SYSTEM block: the four sections and the party, `content` as it stands between the tags.

    `section_spans` has the stretch of each section's text, by its name in lower case.
    """

    content: str
    role: str | None
    world: str | None
    location: str | None
    party: tuple[Character, ...]
    span: Span
    content_span: Span
    section_spans: dict[str, Span] = field(default_factory=dict)


@light
@dataclass(frozen=True, slots=True)
class ToolCall:
    """One `[name: arguments]` of a DM turn.

    `name` is in the spelling of the tool table (lower case, one space between words), or as written where
    there is no such tool. `arguments` are the values in the tool's order, as strings: for a roll the skill as
    written (trimmed), for the others target first: (target, number), (target, item) or (target, item, count),
    (target, condition) or (target, condition, "off"). `advantage` is "adv", "dis" or None. `result` is the
    content of the TOOLCALL turn that answers it, or None. `problem` says what is wrong with the arguments, or None.
    """

    name: str
    arguments: tuple[str, ...]
    actor: str | None
    dc: int | None
    advantage: str | None
    text: str
    span: Span
    result: str | None = None
    problem: str | None = None


@light
@dataclass(frozen=True, slots=True)
class Turn:
    """One block after SYSTEM. `line` counts from 1; `content` is stripped, `content_span` is where it stands."""

    index: int
    speaker: Speaker
    content: str
    line: int
    span: Span
    content_span: Span
    tool_calls: tuple[ToolCall, ...] = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    """A parsed scenario: what could be understood of the text, also where there are errors."""

    text: str
    path: Path | None
    scenario_type: str | None
    metadata: dict[str, object]
    system: SystemContext | None
    turns: tuple[Turn, ...]

    @property
    def held_out(self) -> bool:
        """Whether the file's tags keep it out of training."""
        return self.is_tagged("held-out")

    def is_tagged(self, tag: str) -> bool:
        """Whether a tag is among the file's: also as `Held_Out`, for too much hangs on it."""
        tags = self.metadata.get("tags")
        return isinstance(tags, list) and any(_plain_tag(str(one)) == _plain_tag(tag) for one in tags)

    @property
    def player(self) -> str | None:
        """The character who acts unless a call says otherwise."""
        name = self.metadata.get("player")
        return name if isinstance(name, str) else None
