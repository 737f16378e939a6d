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
from studio.play.records import Tip, Undo
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
            self._close_step(listen)
            node = self._turn("User", text, speaker="" if speaker == self.scenario.player else speaker)
            self._record(node)
            listen(TurnAdded(node))
            await self._narrate(listen)

    async def narrate(self, listen: Listener) -> None:
        """The narrator's turns, with the rolls between them, until it is the player's turn again."""
        with self._at_work():
            self._begin()
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
        """The narrator's turns and the results of their calls, until it is the player's turn or the loop is stopped."""
        self._tell_results(listen)
        fresh = self.state().loop.over
        while True:
            await self._reply(listen, fresh=fresh)
            if not self.state().waiting:
                return
            self._tell_results(listen)
            loop, fresh = self.state().loop, False
            if loop.over:
                name, words = loop.alike or ("", ())
                listen(Stopped(len(loop.calls), " ".join([name, *words])))
                return

    def _stand(self, generation: "Generation", opening: str, listen: Listener, *, fresh: bool) -> int:
        """Adds what the narrator wrote behind `opening` as its turn; returns the turn's number."""
        written = clean(opening + generation.text).strip()
        text = self.story.told(self.state(), written)
        node = self._turn(
            "DM",
            text,
            ids=(*generation.opened, *generation.ids) or None if text == written else None,
            forced=opening,
            model=self._writer,
            fresh=fresh,
            stop=stop_of(generation),
        )
        self._record(node)
        listen(TurnAdded(node, generation))
        for deed in self.state().deeds:
            listen(deed)
        return node.id


def stop_of(generation: "Generation") -> str:
    """Why a model ended, where not by itself; `nothing` where it said nothing at all."""
    if not generation.text.strip():
        return "nothing"
    return "" if generation.stop == "end" else generation.stop
