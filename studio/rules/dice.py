"""Owns rolling dice: `d20` reads the expression, a generator that is passed in rolls it."""

import random
from collections.abc import Callable
from dataclasses import dataclass

import d20
from d20 import diceast as tree

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
    dice: list[Die] = []
    try:
        total = _value(d20.parse(expression).roll, rng, dice, expression)
    except d20.RollSyntaxError as error:
        raise BadDice(expression=expression, reason=_("it is not dice notation")) from error
    except ZeroDivisionError as error:
        raise BadDice(expression=expression, reason=_("it divides by zero")) from error
    return Rolled(expression, total, tuple(dice))


_OPERATIONS: dict[str, Callable[[int, int], int]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a // b,
    "//": lambda a, b: a // b,
}


def _value(node: object, rng: random.Random, dice: list[Die], expression: str) -> int:
    match node:
        case tree.Literal() if isinstance(node.value, int):
            return node.value
        case tree.Parenthetical():
            return _value(node.value, rng, dice, expression)
        case tree.UnOp():
            value = _value(node.value, rng, dice, expression)
            return -value if node.op == "-" else value
        case tree.BinOp() if node.op in _OPERATIONS:
            left = _value(node.left, rng, dice, expression)
            return _OPERATIONS[node.op](left, _value(node.right, rng, dice, expression))
        case tree.Dice():
            return _thrown(node, (), rng, dice, expression)
        case tree.OperatedDice():
            return _thrown(node.value, node.operations, rng, dice, expression)
    raise BadDice(expression=expression, reason=_("it uses a sign that these rules do not know"))


def _thrown(
    node: tree.Dice, operations: tuple[tree.SetOperator, ...], rng: random.Random, dice: list[Die], expression: str
) -> int:
    size = node.size
    if not isinstance(size, int) or size < 1 or len(dice) + node.num > MOST_DICE:
        raise BadDice(expression=expression, reason=_("at most {n} dice of one or more sides").format(n=MOST_DICE))
    faces = [rng.randint(1, size) for _ in range(node.num)]
    kept = set(range(len(faces)))
    for operation in operations:
        kept = _keep(faces, kept, operation, expression)
    dice.extend(Die(size, face, i in kept) for i, face in enumerate(faces))
    return sum(faces[i] for i in kept)


def _keep(faces: list[int], kept: set[int], operation: tree.SetOperator, expression: str) -> set[int]:
    if operation.op not in ("k", "p") or any(selector.cat not in ("h", "l") for selector in operation.sels):
        raise BadDice(expression=expression, reason=_("it uses a sign that these rules do not know"))
    chosen: set[int] = set()
    for selector in operation.sels:
        order = sorted(kept, key=lambda i: faces[i], reverse=selector.cat == "h")
        chosen.update(order[: selector.num])
    return chosen if operation.op == "k" else kept - chosen
