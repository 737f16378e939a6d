"""Owns the player's line and all that follows until it is theirs again: the narrator's turns and the results between.

Whoever answers is given: a session asks its engine, the friend's player the model of its pack. Knows neither.
"""

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from studio.errors import InputError
from studio.language import N_
from studio.play.book import NarratorBusy, clean
from studio.play.events import Changed, Listener, Stopped, TurnAdded
from studio.play.limits import MOST_ACTS
from studio.play.records import Tip, Undo
from studio.play.state import ends_what_is_told
from studio.play.steps import Steps

if TYPE_CHECKING:
    from studio.inference.protocol import Generation


class NotNarrated(InputError):
    """What should be tried again or continued is no turn of the narrator's."""

    sentence = N_("Only a turn of the narrator's can be tried again or continued. Choose one.")


class Dialogue(Steps):
    """A session in which somebody answers the player."""

    __slots__ = ()

    async def _reply(self, listen: Listener, *, fresh: bool) -> None:
        """One turn of the narrator; `fresh`: its calls are counted anew."""
        raise NotImplementedError

    @contextlib.contextmanager
    def _at_work(self) -> Iterator[None]:
        """While the narrator is asked, nothing else may change the session; raises NarratorBusy."""
        if self._busy:
            raise NarratorBusy
        self._busy = True
        try:
            yield
        finally:
            self._busy = False

    async def say(self, text: str, listen: Listener, speaker: str = "") -> None:
        """The player's line, or that of somebody else at the table, and all that follows until it is their turn."""
        with self._at_work():
            self._begin()
            self._tell_step(listen)
            try:
                await self._order_first(listen)
            finally:  # also where that was stopped, the line was said
                self._close_step(listen)
                node = self._turn("User", text, speaker="" if speaker == self.scenario.player else speaker)
                self._record(node)
                listen(TurnAdded(node))
            await self._narrate(listen)

    async def narrate(self, listen: Listener) -> None:
        """The narrator's turns, with the rolls between them, until it is the player's turn again."""
        with self._at_work():
            self._begin()
            last = self.tree.to_undo
            if last is not None and last.untold and not self.can_redo:
                self._op = last.op  # an act and its telling are taken back as one
            if [node.kind for node in self.path()[-1:]] == ["User"]:
                await self._order_first(listen)  # the line was said into somebody's turn that was stopped
            await self._narrate(listen)

    async def retry(self, listen: Listener, node: int | None = None) -> None:
        """Another version of a turn of the narrator's (the last one when None); the old one stays beside it."""
        with self._at_work():
            again = self._narrated(node)
            self._begin()
            self._record(Tip(node=self.nodes[again].parent))
            listen(Changed())
            try:
                await self._narrate(listen)
            finally:
                if self.tip == self.nodes[again].parent:  # nothing came of it
                    self._record(Undo())
                    listen(Changed())

    def _narrated(self, node: int | None) -> int:
        """The turn of the narrator's that is meant; raises NotNarrated."""
        chosen = self.path()[::-1] if node is None else (self.nodes[node],)
        found = next((one.id for one in chosen if one.kind == "DM"), None)
        if found is None:
            raise NotNarrated
        return found

    async def _narrate(self, listen: Listener) -> None:
        """The narrator's turn, and all that follows it until it is the player's turn or the loop is stopped."""
        fresh = self.state().loop.over
        acts = self._settle(listen)
        if not acts or self._untold:
            await self._reply(listen, fresh=fresh)
            await self._follow(listen, acts)

    async def _follow(self, listen: Listener, acts: int) -> None:
        """What the rules do, and the narrator's telling of it, until a person is to act."""
        while True:
            acts += self._settle(listen, MOST_ACTS - acts)
            if acts >= MOST_ACTS and self.due:
                return listen(Stopped(0, acts=acts))
            if not self._untold:
                return None
            loop = self.state().loop
            if loop.over:
                name, words = loop.alike or ("", ())
                return listen(Stopped(len(loop.calls), " ".join([name, *words])))
            await self._reply(listen, fresh=False)

    async def _order_first(self, listen: Listener) -> None:
        """Before a player's line those act in a fight whose turn it is and whom nobody plays."""
        deed = self.story.next_deed(self.state(), self._dice("act"), ahead=True)
        if deed is not None and (self.state().telling is not None or not self._untold):
            self._act(deed, listen, cause="order")
            await self._follow(listen, 1)

    def _settle(self, listen: Listener, most: int = MOST_ACTS) -> int:
        """Adds results, strikes what was called for, and lets the fight go on where nothing is left to be told.

        Returns how many acts the order of the fight came to.
        """
        acts = 0
        while True:
            self._tell_step(listen)  # of one that a crash cut off
            self._tell_results(listen)
            state = self.state()
            deed = self.story.next_deed(state, self._dice("act")) if acts < most else None
            if state.blow is not None:
                self._act(state.blow.deed, listen, cause="call", dice=state.blow.dice)
            elif deed is not None and (not self._untold or ends_what_is_told("order", deed)):
                self._act(deed, listen, cause="order")
                acts += 1
            else:
                if acts and not self._untold:
                    self._close_step(listen)
                return acts

    @property
    def _untold(self) -> bool:
        """Whether a result stands that the narrator has not told."""
        path = self.path()
        return bool(path) and path[-1].kind == "TOOLCALL"

    def _stand(self, generation: "Generation", opening: str, listen: Listener, *, fresh: bool) -> int:
        """Adds what the narrator wrote behind `opening` as its turn; returns the turn's number."""
        gap = " " if opening and generation.text[:1].isalnum() else ""
        written = clean(opening + gap + generation.text).strip()
        ids = (*generation.opened, *generation.ids) or None if not gap else None
        stop = stop_of(generation)
        node = self._turn("DM", written, ids=ids, forced=opening, model=self._writer, fresh=fresh, stop=stop)
        spoken = self.story.spoken(self.state(), node)
        if spoken.text != written:
            node = node.model_copy(update={"text": spoken.text, "ids": None})
        self._record(node)
        listen(TurnAdded(node, generation))
        for event in (*spoken.dropped, *self.state().deeds):
            listen(event)
        return node.id


def stop_of(generation: "Generation") -> str:
    """Why a model ended, where not by itself; `nothing` where it said nothing at all."""
    if not generation.text.strip():
        return "nothing"
    return "" if generation.stop == "end" else generation.stop
