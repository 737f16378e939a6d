"""Owns what bubbles and cards show, as values. Knows no Qt, no session and no text of a file."""

import re
from dataclasses import dataclass
from enum import StrEnum

from studio.rules import Outcome
from studio.scenario.model import Character


class Voice(StrEnum):
    """Who says it."""

    PLAYER = "player"
    NARRATOR = "narrator"


@dataclass(slots=True)
class Said:
    """A bubble. `outcome` is the word that the rules opened it with; `open` while it is being written.

    `calls` are the stretches of the text that are shown as chips; `name` stands above where the speaker is named.
    """

    voice: Voice
    text: str = ""
    outcome: Outcome | None = None
    open: bool = False
    broken: bool = False
    name: str = ""
    calls: tuple[str, ...] = ()

    @property
    def prose(self) -> str:
        """The text without its calls."""
        text = self.text
        for call in self.calls:
            text = text.replace(call, "", 1)
        return re.sub(r"\n{3,}", "\n\n", text).strip() if self.calls else text


@dataclass(frozen=True, slots=True)
class Throw:
    """A roll: every die and whether it was kept, what was added and from where, the total and how it went."""

    skill: str
    actor: str
    faces: tuple[tuple[int, bool], ...]
    parts: tuple[tuple[int, str], ...]
    total: int
    dc: int | None = None
    outcome: Outcome | None = None
    advantage: str | None = None

    @property
    def natural(self) -> int:
        """What the kept dice show."""
        return sum(face for face, kept in self.faces if kept)

    @property
    def sum(self) -> str:
        """The arithmetic, for people: `13 + 5`; several parts are told apart by their sources."""
        added = [part for part in self.parts if part[0]]
        told = [
            f" {'−' if value < 0 else '+'} {abs(value)}" + (f" ({source})" if len(added) > 1 else "")
            for value, source in added
        ]
        return str(self.natural) + "".join(told)


@dataclass(frozen=True, slots=True)
class SheetCard:
    """One character. Pairs are (now, most); `changed` names the fields that the last turn touched."""

    name: str
    about: str
    level: int | None
    health: tuple[int, int] | None
    experience: tuple[int, int] | None
    inventory: tuple[str, ...]
    spells: tuple[str, ...]
    skills: tuple[str, ...]
    other: tuple[tuple[str, str], ...]
    conditions: tuple[str, ...] = ()
    player: bool = False
    changed: frozenset[str] = frozenset()

    @classmethod
    def of(cls, character: Character) -> "SheetCard":
        """The card of a sheet as the scenario gives it."""
        return cls(
            name=character.name,
            about=" · ".join(filter(None, (character.class_name, character.kind))),
            level=character.level,
            health=character.health,
            experience=character.experience,
            inventory=tuple(_carried(item.name, item.count) for item in character.inventory),
            spells=character.spells,
            skills=tuple(f"{name.strip()} {_signed(value)}" for name, value in character.skills.items()),
            other=tuple(character.other.items()),
        )

    @property
    def down(self) -> bool:
        """Whether no health is left."""
        return self.health is not None and self.health[0] == 0


def _carried(name: str, count: int) -> str:
    return f"{name} ×{count}" if count > 1 else name


def _signed(value: int) -> str:
    return f"{value:+d}".replace("-", "−")
