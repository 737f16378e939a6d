"""Owns rolling dice: an expression is read in `expression`, a generator that is passed in rolls it."""

import random
from dataclasses import dataclass

from studio.language import _
from studio.rules.errors import BadDice

MOST_DICE = 1000
"""More dice than this in one expression are refused."""

LONGEST = 200
"""Characters of the longest expression."""


@dataclass(frozen=True, slots=True)
class Die:
    """One die as it fell; `kept` is false when a selector dropped it."""

    size: int
    face: int
    kept: bool = True


@dataclass(frozen=True, slots=True)
class Rolled:
    """The outcome of an expression: its total and every die in order."""

    expression: str
    total: int
    dice: tuple[Die, ...]

    @property
    def natural(self) -> int:
        """The sum of the dice that count, without modifiers."""
        return sum(die.face for die in self.dice if die.kept)


def roll(expression: str, rng: random.Random) -> Rolled:
    """Rolls an expression such as `1d20+5` or `2d20kh1`; raises BadDice.

    Knows sums, differences, products, whole quotients, brackets, and keeping or dropping the highest or
    lowest dice (`kh`, `kl`, `ph`, `pl`), which is what the shipped rules use.
    """
    if len(expression) > LONGEST:
        raise BadDice(expression=expression[:20] + "…", reason=_("it has more than {n} characters").format(n=LONGEST))
    from studio.rules.expression import evaluate  # its grammar takes a tenth of a second to load

    dice: list[Die] = []
    return Rolled(expression, evaluate(expression, rng, dice), tuple(dice))
