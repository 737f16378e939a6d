"""The tree that d20's parser gives."""

class Node: ...

class Expression(Node):
    roll: Node

class Literal(Node):
    value: int | float

class Parenthetical(Node):
    value: Node

class UnOp(Node):
    op: str
    value: Node

class BinOp(Node):
    op: str
    left: Node
    right: Node

class SetSelector:
    cat: str | None
    num: int

class SetOperator:
    op: str
    sels: list[SetSelector]

class Dice(Node):
    num: int
    size: int | str

class OperatedSet(Node):
    value: Node
    operations: tuple[SetOperator, ...]

class OperatedDice(OperatedSet):
    value: Dice
