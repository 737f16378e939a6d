"""Owns the sheets while a game is played: values that change only by making new ones, each change told."""

from collections.abc import Callable, Iterable, Mapping, Sequence
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
    experience: tuple[int, int] | None = None

    @classmethod
    def of(cls, character: Character) -> "Sheet":
        """The sheet as the scenario gives it."""
        return cls(character, character.health, character.inventory, character.level, (), character.experience)

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
        return Sheet(self.character, health, self.inventory, self.level, self.conditions, self.experience)

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
        return Sheet(self.character, self.health, inventory, self.level, self.conditions, self.experience)

    def count(self, item: str) -> int:
        """How many of an item are carried."""
        wanted = plain_name(item)
        return sum(entry.count for entry in self.inventory if plain_name(entry.name) == wanted)

    def with_condition(self, condition: str, *, off: bool) -> "Sheet":
        """In a condition, or out of it."""
        others = tuple(name for name in self.conditions if plain_name(name) != plain_name(condition))
        conditions = others if off else (*others, plain_name(condition))
        return Sheet(self.character, self.health, self.inventory, self.level, conditions, self.experience)

    def with_experience(self, gain: int, levels: Sequence[int]) -> "Sheet":
        """So much experience more, and the levels that it reaches; `levels` are the totals at which one is reached.

        Past the last of them experience stays where it is, so it is never above the total that the sheet shows.
        """
        if self.experience is None or self.experience[1] <= 0 or gain <= 0:
            return self
        (now, most), level = self.experience, self.level or 0
        total = now + gain
        while total >= most:
            beyond = next((reached for reached in levels if reached > most), None)
            level += beyond is not None or now < most
            total, most = (min(total, most), most) if beyond is None else (total, beyond)
            if beyond is None:
                break
        reached = level if level != (self.level or 0) else self.level
        return Sheet(self.character, self.health, self.inventory, reached, self.conditions, (total, most))

    def told(self, name: str) -> str:
        """A field as a change tells it."""
        return _VIEWS[name](self)

    def changes(self, after: "Sheet") -> tuple[Change, ...]:
        """What differs on the sheet afterwards."""
        fields = [name for name in _VIEWS if getattr(self, name) != getattr(after, name)]
        views = ((name, self.told(name), after.told(name)) for name in fields)
        return tuple(Change(self.name, name, before, now) for name, before, now in views if before != now)


def _pair(pair: tuple[int, int] | None) -> str:
    return f"{pair[0]}/{pair[1]}" if pair else ""


_VIEWS: dict[str, Callable[[Sheet], str]] = {
    "health": lambda sheet: _pair(sheet.health),
    "inventory": lambda sheet: ", ".join(f"{i.name} x{i.count}" if i.count > 1 else i.name for i in sheet.inventory),
    "conditions": lambda sheet: ", ".join(sheet.conditions),
    "level": lambda sheet: str(sheet.level or ""),
    "experience": lambda sheet: _pair(sheet.experience),
}


@dataclass(frozen=True, slots=True)
class Lasting:
    """A condition that ends by itself: after so many more turns of the one in it."""

    who: str
    condition: str
    left: int


@dataclass(frozen=True, slots=True)
class Combat:
    """A fight: who acts in which order, by initiative, highest first; `turn` is the place of the one who acts now.

    `done` counts what the one who acts has done this turn; `out` names who has left the fight, or given up.
    """

    order: tuple[tuple[str, int], ...]
    round: int = 1
    turn: int = 0
    done: int = 0
    out: tuple[str, ...] = ()
    lasting: tuple[Lasting, ...] = ()

    @property
    def whose(self) -> str | None:
        """Who acts now."""
        return self.order[self.turn][0] if self.turn < len(self.order) else None


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
            Sheet(other.character, one.health, one.inventory, one.level, one.conditions, one.experience)
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
