"""Owns playing a written scenario through again, turn by turn; who acts and what a call comes to, the rules say.

What is seen goes out as `Seen`, and always stands in the turn that was stepped over. Knows neither severities nor
titles; those are in `story`.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from studio.lint.diagnostics import Reading, Seen
from studio.lint.rolls import rolled
from studio.lint.sheets import called
from studio.lint.state import Rulebook, State, rules_of
from studio.lint.telling import told
from studio.rules.party import Party
from studio.scenario import Speaker, Turn

__all__ = ["Replay", "Seen", "State"]

MOST_SHEETS, MOST_SKILLS = 100, 1000
"""A larger party is not replayed: no game has one, and each call looks the sheets through."""


@dataclass(frozen=True, slots=True)
class Replay:
    """The replay of one scenario."""

    book: Rulebook

    @classmethod
    def of(cls, reading: Reading) -> "Replay":
        """The replay of the scenario that is read."""
        return cls(Rulebook(reading.cast, reading.tools, rules_of(reading.vocabulary)))

    def start(self) -> State:
        """The state before the first turn."""
        members = self.book.cast.party
        if len(members) > MOST_SHEETS or sum(len(one.skills) for one in members) > MOST_SKILLS:
            members = ()
        return State(Party.of(members))

    def step(self, state: State, turn: Turn) -> tuple[State, tuple[Seen, ...]]:
        """The state after a turn, and what is wrong in it."""
        return _STEPS[turn.speaker](self.book, state, turn)

    def over(self, turns: Iterable[Turn]) -> Iterator[Seen]:
        """What is wrong in the turns, from the first on."""
        state = self.start()
        for turn in turns:
            state, seen = self.step(state, turn)
            yield from seen


def _narrated(book: Rulebook, state: State, turn: Turn) -> tuple[State, tuple[Seen, ...]]:
    """A DM turn: it says how the rolls before it went, then calls."""
    tells = state.due or state.faces or turn.content.startswith("*")  # an outcome word begins so
    seen = list(told(book, state, turn)) if tells else []
    state = called(book, state, turn, seen)
    return state, tuple(seen)


def _asked(book: Rulebook, state: State, turn: Turn) -> tuple[State, tuple[Seen, ...]]:
    """A User turn: nothing is due after it."""
    return State(state.party, peace=state.peace), ()


_STEPS: dict[Speaker, Callable[[Rulebook, State, Turn], tuple[State, tuple[Seen, ...]]]] = {
    Speaker.DM: _narrated,
    Speaker.TOOLCALL: rolled,
    Speaker.USER: _asked,
}
