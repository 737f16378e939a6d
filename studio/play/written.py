"""Owns the turns of a session that no model writes: its scenario's, results, and what the rules tell of a step."""

from collections.abc import Sequence
from itertools import takewhile

from studio.play.book import Book
from studio.play.events import Listener, TurnAdded
from studio.play.records import Node
from studio.rules import Resolution
from studio.scenario.model import Speaker, Turn


class Written(Book):
    """A session to which scenario and rules add turns."""

    __slots__ = ()

    def tell(self, turns: Sequence[Turn], listen: Listener, *, told: bool = True) -> None:
        """Takes turns that are written already: their calls change the sheets and their results stand.

        Rolled is only what the last of them leaves unanswered. `told` is false where they were played elsewhere.
        """
        self._op = 0
        for number, turn in enumerate(turns):
            before, node = self.state(), self._turn(turn.speaker.value, turn.content, told=told)
            self._record(node)
            listen(TurnAdded(node, resolution=self.state().answered))
            if turn.speaker is Speaker.DM:
                after = takewhile(lambda one: one.speaker is Speaker.TOOLCALL, turns[number + 1 :])
                for deed in self.story.carried_out(before, node, [one.content for one in after]).deeds:
                    listen(deed)
        self._tell_results(listen)

    def follow(self, other: Book, steps: Sequence[Node]) -> None:
        """Takes turns and steps as they stand in another session of the same scenario, seed, rules and tools, so that
        the same holds after them."""
        self._op = 0
        for node in steps:
            place = {"id": self.tree.last_id + 1, "parent": self.tip, "ids": None}
            self._record(node.model_copy(update=place | {"model": node.model or other.header.model}))

    def _tell_results(self, listen: Listener) -> None:
        """Adds the results that no turn tells yet."""
        while waiting := self.state().waiting:
            self._add_result(waiting[0], listen)

    def _add_result(self, resolution: Resolution, listen: Listener) -> None:
        node = self._turn("TOOLCALL", resolution.line or "")
        self._record(node)
        listen(TurnAdded(node, resolution=resolution))

    def _tell_step(self, listen: Listener) -> None:
        """Adds what the rules write for a step as far as it is missing: what is asked for, and the results."""
        telling = self.state().telling
        if telling is None or not telling.lines:
            return
        if telling.asked and not self.steps()[-1].is_turn:
            self._stand_by_rule(telling.asked, listen)
        for line, _outcome in telling.lines:
            node = self._turn("TOOLCALL", line)
            self._record(node)
            listen(TurnAdded(node))

    def _close_step(self, listen: Listener) -> None:
        """Adds what a narrator's turn would have to say of a step where none is asked for."""
        state = self.state()
        telling = state.telling
        if telling is None or not (state.opening or telling.told):
            return
        told = state.opening if telling.brief and telling.brief in state.opening else ""
        words = told or " ".join(filter(None, (state.opening, telling.sentence)))
        self._stand_by_rule("\n\n".join(filter(None, (words, telling.told))), listen)

    def _stand_by_rule(self, text: str, listen: Listener) -> None:
        node = self._turn("DM", text, ruled=True)
        self._record(node)
        listen(TurnAdded(node))
