"""Owns what a page can ask of a play, and telling it what comes of that. Knows no page and no address."""

import threading
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from shown import shown, shown_turn, table
from story import Play

from studio.play.events import Changed, Listener, PlayEvent, Stopped, Wrote
from studio.rules import HandChange, Throw
from studio.rules.combat import Deed

Begin = Callable[[int, int], Play]
Tell = Callable[..., None]
Doing = Callable[[Listener], Awaitable[None]]


def stopped(event: Stopped) -> str:
    """Why the narrator was stopped."""
    return f"Stopped after {event.acts} acts of the fight." if event.acts else f"Stopped after {event.calls} calls."


class Wrong(Exception):
    """What a page asked that cannot be done; the sentence says why."""


class Busy(Wrong):
    """Something else is being done."""


class Table:
    """The play that the page shows. One answer is written at a time."""

    def __init__(self, begin: Begin, titles: list[str], scene: int, seed: int) -> None:
        self.begin, self.titles, self.lock = begin, titles, threading.Lock()
        self.start(scene, seed)

    def start(self, scene: int, seed: int) -> None:
        """A new play."""
        self.scene, self.play = scene, self.begin(scene, seed)

    def as_json(self) -> dict[str, Any]:
        """What the page shows."""
        return {**shown(self.play), "scenes": self.titles, "scene": self.scene}

    def listener(self, tell: Tell) -> Listener:
        """Hears the play and tells the page: words as they come, turns and steps once they stand."""
        known = {node.id for node in self.play.steps()}

        def hear(event: PlayEvent) -> None:
            if isinstance(event, Wrote):
                tell("wrote", text=event.text)
                return
            if isinstance(event, Stopped):
                tell("note", text=stopped(event))
            elif isinstance(event, Changed):
                tell("state", **self.as_json())
                known.update(node.id for node in self.play.steps())
            for node in self.play.steps():
                if node.id not in known and (turn := shown_turn(self.play, node)) is not None:
                    tell("turn", **turn)
                known.add(node.id)
            tell("table", **table(self.play))

        return hear

    # -- what a page can ask for; each gives what is then done, which tells a listener

    def say(self, asked: dict[str, Any]) -> Doing:
        """A line of the player."""
        line = asked.get("line")
        if not isinstance(line, str) or not line.strip():
            raise Wrong("Say something first.")
        return partial(self.play.say, line)

    def retry(self, _asked: dict[str, Any]) -> Doing:
        """The narrator's last turn once more."""
        return self.play.retry

    def go(self, _asked: dict[str, Any]) -> Doing:
        """What is due: after a stop the narrator's turn, or a fight that is to go on."""
        return self.play.goes_on

    def act(self, asked: dict[str, Any]) -> Doing:
        """Something that is done in a fight; where nothing is named, what the rules choose."""
        deed = Deed.of(asked["deed"]) if "deed" in asked else None

        async def done(listen: Listener) -> None:
            self.play.act_by_rules(listen) if deed is None else self.play.act(deed, listen)
            if deed is None or deed.kind not in ("begin", "next"):
                await self.play.goes_on(listen)

        return done

    def throw(self, asked: dict[str, Any]) -> Doing:
        """Dice; of a skill's the narrator is told."""
        wanted = Throw.of(asked.get("throw"))

        async def done(listen: Listener) -> None:
            self.play.throw(wanted, listen, tell=bool(wanted.skill.strip()))
            if wanted.skill.strip():
                await self.play.goes_on(listen)

        return done

    def hand(self, asked: dict[str, Any]) -> Doing:
        """A sheet changed by hand."""
        return self._at_once(partial(self.play.hand, HandChange.of(asked.get("change"))))

    def undo(self, _asked: dict[str, Any]) -> Doing:
        """What was done last is taken back."""
        return self._at_once(self.play.undo)

    def redo(self, _asked: dict[str, Any]) -> Doing:
        """What was taken back last is done again."""
        return self._at_once(self.play.redo)

    def anew(self, asked: dict[str, Any]) -> Doing:
        """Another play."""
        scene, seed = asked.get("scene", self.scene), asked.get("seed", 1)
        if type(scene) is not int or type(seed) is not int or not 0 <= scene < len(self.titles):
            raise Wrong("There is no such scene.")
        return self._at_once(partial(self.start, scene, seed))

    @staticmethod
    def _at_once(change: Callable[[], Any]) -> Doing:
        async def done(_listen: Listener) -> None:
            change()

        return done


DEEDS = {
    "/say": Table.say,
    "/retry": Table.retry,
    "/go": Table.go,
    "/act": Table.act,
    "/throw": Table.throw,
    "/hand": Table.hand,
    "/undo": Table.undo,
    "/redo": Table.redo,
    "/begin": Table.anew,
}
"""What a page can ask for, by its path."""
