"""Owns the tree of turns and steps: events are folded into it one by one, and taken back exactly.

Knows no file and no rule.

Every change is kept as the cells that it wrote, with what stood there before: undoing writes that back, so that
the tree is always what the events that are not undone come to.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from studio.play.records import (
    Ballot,
    Correct,
    Delete,
    Edit,
    Event,
    Insert,
    Mark,
    Model,
    Node,
    Rate,
    Redo,
    Summary,
    Tip,
    Undo,
    Verdict,
)

_TIP = "tip"


class BadEvent(ValueError):
    """An event that cannot follow those before it; a session's file is damaged there."""


class _Cell(NamedTuple):
    """One cell that a change wrote: the table, the key, what stood there and what stands there now (None: nothing)."""

    table: dict[Any, Any]
    key: object
    before: object
    after: object


@dataclass(slots=True)
class Done:
    """What came of one wish: its events, and the cells that they wrote."""

    op: int
    events: list[Event] = field(default_factory=list)
    cells: list[_Cell] = field(default_factory=list)

    @property
    def untold(self) -> bool:
        """Whether a person did something that the narrator tells, and nothing was told of it yet."""
        nodes = [event for event in self.events if isinstance(event, Node)]
        steps = any(one.kind == "act" or (one.kind == "throw" and one.tell) for one in nodes)
        return steps and all(one.kind != "User" and (one.kind != "DM" or one.ruled) for one in nodes)

    @property
    def looked(self) -> bool:
        """Whether nothing but the tip was moved."""
        return all(isinstance(event, Tip) for event in self.events)


class Tree:
    """The turns, which of them is the tip, and what people said of them. Changed by `apply` alone."""

    def __init__(self) -> None:
        self.nodes: dict[int, Node] = {}
        self.marks: dict[int, Verdict] = {}
        self.corrections: dict[int, str] = {}
        self.earlier: dict[int, str] = {}
        self.summaries: dict[int, str] = {}
        self.ratings: Rate | None = None
        self.ballots: list[Ballot] = []
        self.model: Model | None = None
        self.last_id = 0
        self.last_op = 0
        self._children: dict[int | None, tuple[int, ...]] = {}
        self._tips: dict[str, int] = {}
        self._done: list[Done] = []
        self._undone: list[Done] = []
        self._cells: list[_Cell] = []
        self.version = 0
        self._path: tuple[int, int | None, tuple[Node, ...]] = (0, None, ())

    @classmethod
    def of(cls, events: Sequence[Event]) -> "Tree":
        """The tree that events come to; raises BadEvent."""
        tree = cls()
        for event in events:
            tree.apply(event)
        return tree

    @property
    def tip(self) -> int | None:
        """The turn that the next one follows; None at the beginning."""
        return self._tips.get(_TIP)

    @property
    def to_undo(self) -> Done | None:
        """What `undo` would take back."""
        return self._done[-1] if self._done else None

    @property
    def to_redo(self) -> Done | None:
        """What `redo` would do again."""
        return self._undone[-1] if self._undone else None

    def children(self, node: int | None) -> tuple[int, ...]:
        """The turns that follow a turn, in the order in which they came about."""
        return self._children.get(node, ())

    def siblings(self, node: int) -> tuple[int, ...]:
        """The turns that follow the same turn, this one among them, in the order in which they came about."""
        above = self.nodes[node].parent
        beside = self.children(above)
        if beside == (node,) and (above is None or self.nodes[above].is_turn):
            return beside  # nearly always, and asked of every turn that is shown
        while above is not None and not self.nodes[above].is_turn:
            above = self.nodes[above].parent
        return tuple(sorted({node, *self.followers(above)}))

    def followers(self, node: int | None) -> tuple[int, ...]:
        """The turns that follow a turn, whatever steps lie between, in the order in which they came about."""
        found, waiting = list[int](), list(self.children(node))
        while waiting:
            one = waiting.pop()
            if self.nodes[one].is_turn:
                found.append(one)
            else:
                waiting += self.children(one)
        return tuple(sorted(found))

    def path(self, tip: int | None) -> tuple[Node, ...]:
        """The turns from the first to `tip`."""
        version, known, found = self._path
        if (version, known) == (self.version, tip):
            return found
        found = tuple(reversed([*self.upwards(tip)]))
        self._path = self.version, tip, found
        return found

    def upwards(self, node: int | None) -> Iterator[Node]:
        """A turn and those before it, back to the first."""
        while node is not None:
            found = self.nodes[node]
            yield found
            node = found.parent

    def leaf(self, node: int) -> int:
        """The last turn beneath a turn, by the newest branch."""
        while below := self.children(node):
            node = below[-1]
        return node

    def beneath(self, nodes: Sequence[int]) -> Iterator[int]:
        """These turns and all that follow them."""
        waiting = list(nodes)
        while waiting:
            node = waiting.pop()
            yield node
            waiting += self.children(node)

    def results_of(self, node: int) -> Iterator[int]:
        """The TOOLCALL turns right beneath a turn, in all branches, and the blow that its call was.

        Of a step all that the rules wrote for it.
        """
        if self.nodes[node].kind in ("User", "TOOLCALL", "hand"):
            return
        step, waiting = not self.nodes[node].is_turn, list(self.children(node))
        while waiting:
            one = waiting.pop()
            found = self.nodes[one]
            if found.kind == "TOOLCALL" or (found.ruled if step else found.cause == "call"):
                yield one
                waiting += self.children(one)

    def apply(self, event: Event) -> frozenset[int]:
        """Folds an event in; which turns are no longer what they were. Raises BadEvent, with the tree unchanged."""
        self.check(event)
        self.version += 1
        self.last_op = max(self.last_op, event.op)
        match event:
            case Undo():
                done = self._done.pop()
                self._undone.append(done)
                return self._written(_Cell(c.table, c.key, c.after, c.before) for c in reversed(done.cells))
            case Redo():
                done = self._undone.pop()
                self._done.append(done)
                return self._written(done.cells)
            case Rate():
                self.ratings = event
            case Ballot():
                self.ballots.append(event)
            case Model():
                self.model = event
            case _:
                return self._change(event)
        return frozenset()

    def _change(self, event: Event) -> frozenset[int]:
        self._cells = []
        self._fold(event)
        if event.op:
            if not self._done or self._done[-1].op != event.op:
                self._done.append(Done(event.op))
            self._done[-1].events.append(event)
            self._done[-1].cells += self._cells
            self._undone.clear()
        return frozenset(key for table, key, _b, _a in self._cells if table is self.nodes and isinstance(key, int))

    def _written(self, cells: Iterator[_Cell] | Sequence[_Cell]) -> frozenset[int]:
        touched = set()
        for table, key, _before, after in cells:
            _set(table, key, after)
            if table is self.nodes and isinstance(key, int):
                touched.add(key)
        return frozenset(touched)

    def check(self, event: Event) -> None:
        """Raises BadEvent where an event cannot follow those before it."""
        match event:
            case Node():
                self._check_new(event)
            case Insert():
                self._check_new(event.turn)
            case Tip(node=int() as node):
                self._check_known(node)
            case Edit() | Delete() | Mark() | Correct() | Summary() | Ballot():
                self._check_known(event.node)
            case Undo() if not self._done:
                raise BadEvent("nothing to undo")
            case Redo() if not self._undone:
                raise BadEvent("nothing to redo")
            case _:
                pass

    def _check_new(self, node: Node) -> None:
        if node.id <= self.last_id or (node.parent is not None and node.parent not in self.nodes):
            raise BadEvent(f"turn {node.id} cannot follow {node.parent}")

    def _check_known(self, node: int) -> None:
        if node not in self.nodes:
            raise BadEvent(f"there is no turn {node}")

    def _put(self, table: dict[Any, Any], key: object, value: object) -> None:
        self._cells.append(_Cell(table, key, table.get(key), value))
        _set(table, key, value)

    def _fold(self, event: Event) -> None:
        match event:
            case Node():
                self._stand(event)
                self._put(self._tips, _TIP, event.id)
            case Tip():
                self._put(self._tips, _TIP, event.node)
            case Edit():
                self._edit(event)
            case Insert():
                self._insert(event.turn)
            case Delete():
                self._delete(event.node)
            case Mark():
                self._put(self.marks, event.node, event.verdict)
            case Correct():
                self._put(self.corrections, event.node, event.text)
            case Summary():
                self._put(self.summaries, event.node, event.text)
            case _:  # the others change no cell
                pass

    def _edit(self, event: Edit) -> None:
        """A turn says something else; what it said before a person changed it is kept, until it says that again."""
        node = self.nodes[event.node]
        changed = {"text": event.text, "ids": event.ids, "stop": event.stop}
        self._put(self.nodes, event.node, node.model_copy(update=changed))
        if node.kind in ("User", "DM") and not event.longer:
            first = self.earlier.get(event.node, node.text)
            self._put(self.earlier, event.node, first if first != event.text else None)

    def _stand(self, node: Node) -> None:
        self.last_id = max(self.last_id, node.id)
        self._put(self.nodes, node.id, node)
        self._put(self._children, node.parent, (*self.children(node.parent), node.id))

    def _insert(self, node: Node) -> None:
        below, at_tip = self.children(node.parent), self.tip == node.parent
        self._put(self._children, node.parent, ())
        self._stand(node)
        self._move(below, node.id)
        if at_tip:
            self._put(self._tips, _TIP, node.id)

    def _delete(self, node: int) -> None:
        above = self.nodes[node].parent
        gone = [node, *self.results_of(node)]
        left = [one for each in gone for one in self.children(each) if one not in gone]
        self._put(self._children, above, tuple(one for one in self.children(above) if one != node))
        for one in gone:
            self._put(self._children, one, None)
            self._put(self.nodes, one, None)
        self._move(left, above)
        if self.tip in gone:
            self._put(self._tips, _TIP, above)

    def _move(self, nodes: Sequence[int], above: int | None) -> None:
        """Puts turns beneath another, in the order in which they came about."""
        for one in nodes:
            self._put(self.nodes, one, self.nodes[one].model_copy(update={"parent": above}))
        self._put(self._children, above, tuple(sorted({*self.children(above), *nodes})))


def _set(table: dict[Any, Any], key: object, value: object) -> None:
    if value is None:
        table.pop(key, None)
    else:
        table[key] = value
