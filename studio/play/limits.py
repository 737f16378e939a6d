"""Owns how far a narrator may go before it is the player's turn again; knows no rule of the game."""

from collections import Counter
from dataclasses import dataclass

from studio.language import _
from studio.scenario.calls import normalise
from studio.scenario.model import ToolCall

MOST_CALLS = 8
"""Calls a turn of the player may lead to before the narrator is stopped."""

MOST_ALIKE = 3
"""How often one and the same call may be among them."""

MOST_ACTS = 40
"""Acts of a fight that may follow a line of the player before it is theirs again, whoever is to act."""

_Form = tuple[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Loop:
    """The calls that were carried out since the player's last line, in the form in which they are compared."""

    calls: tuple[_Form, ...] = ()

    @property
    def alike(self) -> _Form | None:
        """The call that was carried out too often, if there is one."""
        found = Counter(self.calls).most_common(1)
        return found[0][0] if found and found[0][1] >= MOST_ALIKE else None

    @property
    def over(self) -> bool:
        """Whether no further call is carried out and the narrator is stopped."""
        return len(self.calls) >= MOST_CALLS or self.alike is not None

    @property
    def reason(self) -> str:
        """Why no further call is carried out."""
        if len(self.calls) >= MOST_CALLS:
            return _("{n} calls a turn are the most").format(n=MOST_CALLS)
        return _("the same call {n} times a turn is the most").format(n=MOST_ALIKE)

    def carried(self, call: ToolCall) -> "Loop":
        """The loop after one more call."""
        return Loop((*self.calls, normalise(call)))
