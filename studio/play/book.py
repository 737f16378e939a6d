"""Owns a session's story: the log of events, the tree and the sheets they come to, going about in it, and undo.

Every change is an event, in the file before it holds. Undo and redo are events too. Knows no engine.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from studio.errors import InputError
from studio.language import N_
from studio.play.records import (
    Event,
    Node,
    Redo,
    SessionHeader,
    Tip,
    TurnKind,
    Undo,
)
from studio.play.state import State
from studio.play.story import Story
from studio.play.tree import Done, Tree
from studio.play.wishes import redone, undone
from studio.rules import Party, Rules
from studio.scenario.model import Scenario
from studio.scenario.tools import ToolTable

if TYPE_CHECKING:
    from studio.play.log import Damage, SessionFile

_HERE = -1
"""Stands for the tip, where a turn's parent may be None too."""


class NothingToUndo(InputError):
    """There is no change to take back, or none to do again."""

    sentence = N_("There is nothing that could be taken back or done again.")


class NarratorBusy(InputError):
    """Something else was asked while the narrator writes."""

    sentence = N_("The narrator is still writing. Stop that first, or wait for its end.")


@dataclass(slots=True, kw_only=True)
class Book:
    """A play of one scenario. Sheets, dice and tree are here; what a turn comes to is folded, never stored."""

    scenario: Scenario
    header: SessionHeader
    rules: Rules = field(default_factory=Rules.shipped)
    tools: ToolTable = field(default_factory=ToolTable.shipped)
    file: "SessionFile | None" = None
    tree: Tree = field(default_factory=Tree)
    damage: "Damage | None" = None
    _states: dict[int | None, State] = field(default_factory=dict)
    _op: int = 0
    _path: tuple[int, int | None, tuple[Node, ...]] = (-1, None, ())
    _busy: bool = False

    def __post_init__(self) -> None:
        members = self.scenario.system.party if self.scenario.system else ()
        self._states[None] = Story.start(members)

    @property
    def seed(self) -> int:
        """The seed of all dice."""
        return self.header.seed

    @property
    def story(self) -> Story:
        """The table it is played at."""
        return Story(self.scenario.player, self.rules, self.tools)

    @property
    def nodes(self) -> dict[int, Node]:
        """All turns by number."""
        return self.tree.nodes

    @property
    def tip(self) -> int | None:
        """The turn that the next one follows; None at the beginning."""
        return self.tree.tip

    @property
    def model(self) -> str:
        """The SHA-256 of the model that writes now."""
        return self.tree.model.model if self.tree.model is not None else self.header.model

    @property
    def model_name(self) -> str:
        """The name of the model that writes now."""
        return self.tree.model.name if self.tree.model is not None else self.header.name

    @property
    def _writer(self) -> str | None:
        """The model that writes, where it is not the header's."""
        return None if self.model == self.header.model else self.model

    @property
    def party(self) -> Party:
        """The sheets as they stand."""
        return self.state().party

    @property
    def due(self) -> bool:
        """Whether it is the narrator's turn."""
        path, state = self.path(), self.state()
        if state.telling is not None and state.telling.lines:
            return True
        if not path or path[-1].kind != "DM":
            return bool(path)
        return bool(state.waiting) or state.blow is not None or self.story.next_deed(state) is not None

    @property
    def told(self) -> frozenset[int]:
        """The turns that stand in the scenario."""
        return frozenset(number for number, node in self.nodes.items() if node.told)

    def path(self, tip: int | None = None) -> tuple[Node, ...]:
        """The turns from the first to `tip` (the current one when None)."""
        return self._turns(self.tip if tip is None else tip)

    def steps(self, tip: int | None = None) -> tuple[Node, ...]:
        """The turns with the steps between them, from the first to `tip` (the current one when None)."""
        return self.tree.path(self.tip if tip is None else tip)

    def _turns(self, tip: int | None) -> tuple[Node, ...]:
        """The turns from the first to `tip`; none where that is None."""
        version, known, found = self._path
        if (version, known) != (self.tree.version, tip):
            found = tuple(node for node in self.tree.path(tip) if node.is_turn)
            self._path = self.tree.version, tip, found
        return found

    def played(self) -> tuple[Node, ...]:
        """The turns of the current path that were played, not told."""
        return tuple(node for node in self.path() if not node.told)

    def state(self, node: int | None = None) -> State:
        """What holds after a turn (the current one when None)."""
        return self._state(self.tip if node is None else node)

    def before(self, node: int) -> State:
        """What held before a turn."""
        return self._state(self.nodes[node].parent)

    def _state(self, node: int | None) -> State:
        missing, at, story = list[Node](), node, self.story
        while at not in self._states:
            missing.append(self.nodes[cast(int, at)])
            at = missing[-1].parent
        state = self._states[at]
        for one in reversed(missing):
            state = self._states[one.id] = story.after(state, one)
        return state

    def siblings(self, node: int) -> tuple[int, ...]:
        """The versions of a turn, this one among them, in the order in which they came about."""
        return self.tree.siblings(node)

    def as_text(self) -> str:
        """The turns as a scenario, on top of the one that was played."""
        scenario = self.scenario
        end = scenario.system.span.end if scenario.system else 0
        turns = (f"<{node.kind}>{node.content}</{node.kind}>" for node in self.path())
        return "\n\n".join([scenario.text[:end], *turns]) + "\n"

    def show(self, node: int) -> None:
        """Goes to a version of a turn, and to the last turn beneath it."""
        self._go_to(self.tree.leaf(node))

    def back_to(self, node: int | None) -> None:
        """Goes back to a turn (None: to the beginning); what came after stays, and the next turn is beside it."""
        if node is not None and node not in self.nodes:
            raise KeyError(node)
        self._go_to(node)

    def _go_to(self, node: int | None) -> None:
        if node == self.tip:
            return
        self._wish()
        last = self.tree.to_undo
        if last is not None and last.looked and not self.can_redo:
            self._op = last.op  # looking around is taken back as one
        self._record(Tip(node=node))

    @property
    def can_undo(self) -> bool:
        """Whether there is something to take back."""
        return self.tree.to_undo is not None

    @property
    def can_redo(self) -> bool:
        """Whether there is something to do again."""
        return self.tree.to_redo is not None

    def undo(self) -> str:
        """Takes back what was done last; the sentence says what. Raises NothingToUndo."""
        self._wish()
        done = _there(self.tree.to_undo)
        self._record(Undo())
        return undone(done)

    def redo(self) -> str:
        """Does again what was taken back last; the sentence says what. Raises NothingToUndo."""
        self._wish()
        done = _there(self.tree.to_redo)
        self._record(Redo())
        return redone(done)

    def close(self) -> None:
        """Ends the file."""
        if self.file is not None:
            self.file.close()

    def _wish(self) -> None:
        """What a person does now is taken back together; raises NarratorBusy."""
        if self._busy:
            raise NarratorBusy
        self._begin()

    def _begin(self) -> None:
        """What is recorded from here on is taken back together."""
        self._op = self.tree.last_op + 1

    def _turn(self, kind: TurnKind, text: str, *, parent: int | None = _HERE, **more: object) -> Node:
        """A new turn, after the tip where no other is named."""
        above = self.tip if parent == _HERE else parent
        dice = f"{self.seed}/{self._state(above).place}" if kind == "DM" else None
        values = {"kind": kind, "id": self.tree.last_id + 1, "parent": above, "text": clean(text).strip()}
        return Node.model_validate(values | {"random": dice} | more)

    def _record(self, event: Event) -> None:
        """Writes an event down, then lets it hold; raises NotSaved, with nothing changed."""
        event = event.model_copy(update={"op": self._op})
        self.tree.check(event)
        if self.file is not None:
            self.file.add(event)
        for node in self.tree.beneath([*self.tree.apply(event)]):
            self._states.pop(node, None)


def clean(text: str) -> str:
    """A text that every reader of a file takes: halves of surrogate pairs become a question mark."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _there(done: Done | None) -> Done:
    if done is None:
        raise NothingToUndo
    return done
