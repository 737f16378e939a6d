"""Owns the sheets while a game is played: values that change only by making new ones, each change told."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from studio.scenario.model import Character, Item, light, plain_name


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one sheet before and after; `who` is empty for the table as a whole."""

    who: str
    field: str
    before: str
    after: str


@light
@dataclass(frozen=True, slots=True)
class Sheet:
    """A character as the game stands: the sheet of the scenario and what has changed since."""

    character: Character
    health: tuple[int, int] | None
    inventory: tuple[Item, ...]
    level: int | None
    conditions: tuple[str, ...] = ()

    @classmethod
    def of(cls, character: Character) -> "Sheet":
        """The sheet as the scenario gives it."""
        return cls(character, character.health, character.inventory, character.level)

    @property
    def name(self) -> str:
        """The character's name."""
        return self.character.name

    def modifier(self, skill: str) -> int | None:
        """The listed modifier of a skill, or None."""
        return self.character.modifier(skill)

    def with_health(self, change: int) -> "Sheet":
        """Health moved by `change`, kept between zero and the maximum, or what it was above that."""
        if self.health is None:
            return self
        now, most = self.health
        health = max(0, min(max(now, most), now + change)), most
        return Sheet(self.character, health, self.inventory, self.level, self.conditions)

    def with_item(self, item: str, count: int) -> "Sheet":
        """`count` more (or fewer) of an item; what falls to zero leaves the inventory."""
        wanted = plain_name(item)
        at = next((i for i, entry in enumerate(self.inventory) if plain_name(entry.name) == wanted), None)
        if at is None:
            return self._with((*self.inventory, Item(item, count))) if count > 0 else self
        left = self.count(item) + count  # entries that name one thing twice become one
        others = [entry for entry in self.inventory if plain_name(entry.name) != wanted]
        if left > 0:
            others.insert(at, Item(self.inventory[at].name, left))
        return self._with(tuple(others))

    def _with(self, inventory: tuple[Item, ...]) -> "Sheet":
        return Sheet(self.character, self.health, inventory, self.level, self.conditions)

    def count(self, item: str) -> int:
        """How many of an item are carried."""
        wanted = plain_name(item)
        return sum(entry.count for entry in self.inventory if plain_name(entry.name) == wanted)

    def with_condition(self, condition: str, *, off: bool) -> "Sheet":
        """In a condition, or out of it."""
        others = tuple(name for name in self.conditions if plain_name(name) != plain_name(condition))
        conditions = others if off else (*others, plain_name(condition))
        return Sheet(self.character, self.health, self.inventory, self.level, conditions)


@dataclass(frozen=True, slots=True)
class Combat:
    """A fight: who acts in which order, by initiative, highest first."""

    order: tuple[tuple[str, int], ...]


@light
@dataclass(frozen=True, slots=True)
class Party:
    """All sheets, the initiative rolled so far, and the fight if there is one."""

    sheets: tuple[Sheet, ...]
    initiative: Mapping[str, int] = field(default_factory=dict)
    combat: Combat | None = None

    @classmethod
    def of(cls, characters: Iterable[Character]) -> "Party":
        """The party as the scenario's SYSTEM gives it."""
        return cls(tuple(Sheet.of(character) for character in characters))

    def seated(self, members: Sequence[Sheet]) -> "Party":
        """The same party of other characters, one for one; what has changed on each sheet since stays."""
        sheets = tuple(
            Sheet(other.character, one.health, one.inventory, one.level, one.conditions)
            for one, other in zip(self.sheets, members, strict=True)
        )
        return Party(sheets, self.initiative, self.combat)

    @property
    def names(self) -> tuple[str, ...]:
        """The names on the sheets."""
        return tuple(sheet.name for sheet in self.sheets)

    def find(self, name: str) -> Sheet | None:
        """The sheet with that name, case-free."""
        wanted = plain_name(name)
        for sheet in self.sheets:
            if plain_name(sheet.character.name) == wanted:
                return sheet
        return None

    def with_sheet(self, sheet: Sheet) -> "Party":
        """The party with this sheet in place of the first of the same name, the one that `find` gives."""
        name = plain_name(sheet.character.name)
        at = next(i for i, old in enumerate(self.sheets) if plain_name(old.character.name) == name)
        return Party((*self.sheets[:at], sheet, *self.sheets[at + 1 :]), self.initiative, self.combat)

    def best_at(self, skill: str) -> Sheet | None:
        """The member with the highest listed modifier; the first of equals; None where nobody lists it."""
        listed = [(value, sheet) for sheet in self.sheets if (value := sheet.modifier(skill)) is not None]
        return max(listed, key=lambda entry: entry[0])[1] if listed else None
