"""Owns the reading and the value of a dice expression: `d20` gives the tree, our generator the faces."""

import random
from collections.abc import Callable

import d20
from d20 import diceast as tree

from studio.language import _
from studio.rules.dice import MOST_DICE, Die
from studio.rules.errors import BadDice


def evaluate(expression: str, rng: random.Random, dice: list[Die]) -> int:
    """The total of an expression, each die that fell added to `dice`; raises BadDice."""
    try:
        return _value(d20.parse(expression).roll, rng, dice, expression)
    except d20.RollSyntaxError as error:
        raise BadDice(expression=expression, reason=_("it is not dice notation")) from error
    except ZeroDivisionError as error:
        raise BadDice(expression=expression, reason=_("it divides by zero")) from error


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
