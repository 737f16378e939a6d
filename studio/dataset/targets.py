"""Owns what is missing: coverage held against targets, as gaps and in words, most needed first.

A target is a number by what is counted and value. A description names its own; where it names none, those that ship
serve, with the numbers of the learning curves. Counts nothing itself and puts nothing together (`to_write` does).
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from studio.dataset.balance import Balance, Wish, shipped_balance
from studio.dataset.coverage import WHATS, Coverage
from studio.dataset.enough import Curves, how_many, in_words, missing
from studio.dataset.rows import Kind
from studio.errors import InputError, did_you_mean
from studio.language import N_, _
from studio.rules import Outcome
from studio.scenario.game import Game
from studio.scenario.model import plain_name
from studio.scenario.parser import TYPES

Targets = Mapping[str, Mapping[str, int]]
"""How often each value is wanted, by what is counted."""

EACH = "each"
_OF_A_GAME = {Kind.SCENARIO, Kind.PLAY}


class BadTarget(InputError):
    """A target names nothing that is counted."""

    sentence = N_("targets.{what}: {known} are counted.{question}")


@dataclass(frozen=True, slots=True)
class Gap:
    """One value of which there is too little. `low` and `high` are how many more at least and at most, where a
    learning curve says; `high` None where it sets no bound or the target is a person's."""

    what: str
    value: str
    have: int
    want: int
    sentence: str
    low: int | None = None
    high: int | None = None

    @property
    def missing(self) -> int:
        """How many more are wanted."""
        return max(0, self.want - self.have)

    @property
    def need(self) -> float:
        """How much of what is wanted is missing, from 0 to 1."""
        return self.missing / self.want if self.want else 0.0

    def as_json(self) -> dict[str, object]:
        """The gap as plain values."""
        return {
            "what": self.what, "value": self.value, "have": self.have, "want": self.want, "missing": self.missing,
            "low": self.low, "high": self.high, "sentence": self.sentence,
        }  # fmt: skip


def targets_for(
    own: Targets, found: Coverage, curves: Curves, game: Game | None = None, balance: Balance | None = None
) -> dict[str, dict[str, int]]:
    """The targets of a description over those that ship, value by value; 0 takes one away. Raises BadTarget.

    `each` stands for every value that the game has and the line does not name.
    What ships aims at a game: a data set in which nobody plays has no such targets.
    """
    for what in own:
        _known(what)
    balance = balance if balance is not None else shipped_balance()
    values = _values(game if game is not None else Game.shipped())
    played = any(found.count("kind", kind) for kind in _OF_A_GAME) or bool(found.total("tool"))
    resolved: dict[str, dict[str, int]] = {}
    for what in dict.fromkeys([*(balance.targets if played else ()), *own]):
        wishes: dict[str, Wish] = {**balance.targets.get(what, {})} if played else {}
        wishes |= {_named(what, value, balance): number for value, number in own.get(what, {}).items()}
        resolved[what] = dict(_resolved(what, wishes, values.get(what, ()), found, curves))
    return resolved


def _known(what: str) -> None:
    if what not in WHATS:
        near = did_you_mean(what, WHATS)
        question = _(" Did you mean “{near}”?").format(near=near) if near else ""
        raise BadTarget(what=what, known=", ".join(WHATS), question=question)


def _named(what: str, value: str, balance: Balance) -> str:
    """A value as it is counted: a number in the place of a band stands for the band that it lies in."""
    bands = balance.banded(what)
    if bands is None or value in bands.names:
        return value if what == "source" else plain_name(value)
    return bands.of(int(value)) if value.isascii() and value.isdigit() else value


def _values(game: Game) -> dict[str, tuple[str, ...]]:
    """The values that a game has, also those that no row has yet."""
    return {
        "type": tuple(sorted(TYPES)),
        "tool": tuple(game.tools.tools),
        "skill": tuple(dict.fromkeys(map(plain_name, game.words.skills))),
        "outcome": tuple(one.value for one in Outcome),
    }


def _resolved(
    what: str, wishes: Mapping[str, Wish], values: tuple[str, ...], found: Coverage, curves: Curves
) -> Iterator[tuple[str, int]]:
    named = {value: wish for value, wish in wishes.items() if value != EACH}
    each = {value: wishes[EACH] for value in values if EACH in wishes and value not in named}
    for value, wish in {**named, **each}.items():
        number = _number(what, wish, found, curves)
        if number:
            yield value, number


def _number(what: str, wish: Wish, found: Coverage, curves: Curves) -> int | None:
    """A wish as a count; None where nothing was measured that could tell."""
    if isinstance(wish, int):
        return wish
    if wish == "enough":
        fit = curves.fit(what)
        return fit.enough if fit is not None else None
    return math.ceil(int(wish.removesuffix("%")) * found.total(what) / 100)


def gaps(found: Coverage, targets: Targets, curves: Curves) -> tuple[Gap, ...]:
    """All of which there is too little, most needed first: the largest part missing, then the largest number."""
    short = (_gap(what, value, found.count(what, value), want, curves) for what, value, want in _each(targets))
    order = {what: place for place, what in enumerate(WHATS)}
    return tuple(
        sorted((gap for gap in short if gap.missing), key=lambda g: (-g.need, -g.missing, order[g.what], g.value))
    )


def sentences(found: Coverage, targets: Targets, curves: Curves) -> tuple[str, ...]:
    """In words whether there is enough of everything that is aimed at."""
    return tuple(
        _gap(what, value, found.count(what, value), want, curves).sentence for what, value, want in _each(targets)
    )


def _each(targets: Targets) -> Iterator[tuple[str, str, int]]:
    for what, numbers in targets.items():
        for value, want in numbers.items():
            yield what, value, want


def _gap(what: str, value: str, have: int, want: int, curves: Curves) -> Gap:
    """What stands against one target. Only a number that comes from a curve is about so many, within a range."""
    name, fit = how_many(what, value, have), curves.fit(what)
    if fit is not None and want == fit.enough:
        more = missing(have, fit)
        return Gap(what, value, have, want, in_words(name, more), more.low, more.high)
    text = _("{name}: {more} more to reach {want}.") if have < want else _("{name}: enough.")
    return Gap(what, value, have, want, text.format(name=name, more=want - have, want=want))
