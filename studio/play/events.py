"""Owns what a session tells those who listen while it plays; knows no window and no file."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from studio.play.records import Node
from studio.rules import Act, Resolution
from studio.scenario.model import ToolCall

if TYPE_CHECKING:
    from studio.inference.protocol import Generation


@dataclass(frozen=True, slots=True)
class Wrote:
    """A stretch of the narrator's text, as it comes."""

    text: str


@dataclass(frozen=True, slots=True)
class Phase:
    """What the model is doing; of a prompt that is read, how many tokens of how many (0 where nobody knows)."""

    name: Literal["loading", "reading", "writing"]
    read: int = 0
    of: int = 0


@dataclass(frozen=True, slots=True)
class TurnAdded:
    """A turn that now stands; `generation` for the narrator's, `resolution` for a roll's result."""

    node: Node
    generation: "Generation | None" = None
    resolution: Resolution | None = None


@dataclass(frozen=True, slots=True)
class Applied:
    """A call that was carried out."""

    resolution: Resolution


@dataclass(frozen=True, slots=True)
class Refused:
    """A call that is not carried out, and why: it stays text. `past` the limit of calls, else against the sheets."""

    call: ToolCall
    reason: str
    past: bool = False


@dataclass(frozen=True, slots=True)
class Malformed:
    """A call that is not written as its tool wants it, and what is wrong: it stays text, marked and counted."""

    call: ToolCall
    reason: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """A call that the narrator wrote and that is taken out of its turn, and why; it is no fault of the model's."""

    call: ToolCall
    reason: str


@dataclass(frozen=True, slots=True)
class Acted:
    """An act of a fight that no person wished for now stands, with its dice: a call asked for it, or the order did."""

    node: Node
    act: Act


@dataclass(frozen=True, slots=True)
class Stopped:
    """The narrator was stopped after so many calls in a turn; `alike` is the one that came again and again.

    `acts`: a fight was stopped after so many acts of the rules.
    """

    calls: int
    alike: str = ""
    acts: int = 0


@dataclass(frozen=True, slots=True)
class Changed:
    """The tree is another one than what was told so far: whatever shows it must be drawn anew."""


@dataclass(frozen=True, slots=True)
class Advised:
    """Another model would serve better: for its faulty calls, its speed or the memory it needs."""

    kind: Literal["faults", "speed", "memory"]
    sentence: str


Deed = Applied | Refused | Malformed
"""What came of one call."""

PlayEvent = Wrote | Phase | TurnAdded | Applied | Refused | Malformed | Dropped | Acted | Stopped | Changed | Advised
Listener = Callable[[PlayEvent], None]
