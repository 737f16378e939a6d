"""Owns a play with the model of a pack: what the model is shown, and its answers.

All else is the studio's own: turns, dice, sheets, fights, taking back (`studio/` beside this file is a copy of those of
its modules that this needs). A die belongs to its place in the story, as there.
"""

import json
import random
from dataclasses import dataclass, field
from threading import Event
from typing import Any

from studio.errors import Cancelled, LorewrightError
from studio.play.book import clean
from studio.play.dialogue import Dialogue
from studio.play.events import Listener, Wrote
from studio.play.fitting import ContextFull, cuts, system_text
from studio.play.records import Node, SessionHeader, as_line
from studio.rules.recorded import read, rules_of
from studio.scenario import parse
from studio.scenario.tools import Tool, ToolTable

AGAIN = 0.8
"""The temperature of another try where the usual one is 0, which would only say the same."""


class ModelFailed(LorewrightError):
    """The model's library gave up in the midst of an answer."""

    sentence = "The model could not answer ({reason}). What was said stands: try again, or say it otherwise."


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model wrote behind an opening; `stop` says why it ended where not by itself."""

    text: str
    opened: tuple[int, ...]
    ids: tuple[int, ...]
    stop: str


class Kept:
    """The lines of the play as the studio's session file has them, in memory."""

    def __init__(self, header: SessionHeader) -> None:
        self.lines = [_line(header)]

    def add(self, event: Any) -> None:
        """One more event."""
        self.lines.append(_line(event))

    def close(self) -> None:
        """Nothing is open."""


def _line(record: Any) -> str:
    return json.dumps(as_line(record), ensure_ascii=False, separators=(",", ":"))


@dataclass(slots=True, kw_only=True)
class Play(Dialogue):
    """A play of one scene. `pack` is the pack's own client, with its model in memory."""

    pack: Any
    scene: dict[str, str]
    temperature: float = 0.8
    stopped: Event = field(default_factory=Event)

    async def _reply(self, listen: Listener, *, fresh: bool) -> None:
        """One turn of the narrator; what it wrote until it was stopped is kept, and Cancelled goes on."""
        opening = self.state().opening
        prompt = self._prompt(opening)
        if opening:
            listen(Wrote(opening))
        answer = self._written(prompt, opening, listen)
        if answer.stop != "stopped" or clean(opening + answer.text).strip():
            self._stand(answer, opening, listen, fresh=fresh)  # type: ignore[arg-type]  # what of an answer is used
        if answer.stop == "stopped":
            raise Cancelled

    def _written(self, prompt: list[int], opening: str, listen: Listener) -> Answer:
        most, (temperature, seed) = self._most, self._drawn()
        try:
            ids = self.pack.write(
                prompt,
                self.party.names,
                most,
                temperature=temperature,
                seed=seed,
                tell=lambda text: listen(Wrote(text)),
                going=lambda: not self.stopped.is_set(),
            )
        except (RuntimeError, ValueError) as error:
            raise ModelFailed(reason=error) from error
        stop = "stopped" if self.stopped.is_set() else "length" if len(ids) >= most else "end"
        opened = self.pack.tokens(opening, special=False) if opening else []
        return Answer(self.pack.text(ids), tuple(opened), tuple(ids), stop)

    def _drawn(self) -> tuple[float, int]:
        """Temperature and seed of the next answer: each place of the story and each try there has its own."""
        tried = sum(self.nodes[one].kind == "DM" for one in self.tree.children(self.tip))
        seed = random.Random(f"{self.seed}/{self.state().place}/{tried}").getrandbits(31)  # words, not secrets
        return (AGAIN if self.temperature == 0 and tried else self.temperature), seed

    @property
    def _context(self) -> int:
        return int(self.pack.about["settings"]["context"])

    @property
    def _most(self) -> int:
        """Tokens of the longest answer, which the context keeps free."""
        return max(1, min(int(self.pack.most), self._context // 2))

    def _prompt(self, opening: str) -> list[int]:
        """What the model reads; where that is too much, without the oldest turns. Raises ContextFull."""
        path, room, ids = self.path(), self._context - self._most, list[int]()
        for cut in cuts(path, room):
            ids = self.pack.prompt(self._messages(path, cut), opening)
            if len(ids) <= room:
                return ids
        raise ContextFull(needed=len(ids) + self._most, context=self._context)

    def _messages(self, path: tuple[Node, ...], cut: int) -> list[tuple[Any, ...]]:
        """SYSTEM and the turns from `cut` on, neighbours of one role joined; what the model wrote with its ids."""
        party = self._state(path[cut].parent).party if cut else None
        system = system_text(self.scenario, party)
        found: list[tuple[Any, ...]] = [("system", system)] if system is not None else []
        for node in path[cut:]:
            role = "assistant" if node.kind == "DM" else "user"
            text = self.pack.loop["result"].format(line=node.text) if node.kind == "TOOLCALL" else node.content
            if found and found[-1][0] == role:
                found[-1] = (role, f"{found[-1][1]}\n\n{text}")
            else:
                found.append((role, text, node.ids))
        return found

    @property
    def owes(self) -> bool:
        """Whether the narrator's turn is due, or something that was done is still to be told."""
        return self.due or self.state().telling is not None

    async def goes_on(self, listen: Listener) -> None:
        """What the narrator owes."""
        if self.owes:
            await self.narrate(listen)

    def as_session(self) -> str:
        """The play as a session file of the studio."""
        assert isinstance(self.file, Kept)
        return "\n".join(self.file.lines) + "\n"


def begin(pack: Any, told: dict[str, Any], scene: int, seed: int, temperature: float) -> Play:
    """A new play of one of the pack's scenes, by the rules and tools that the pack was made with."""
    chosen = told["scenes"][scene]
    tools = ToolTable({tool.name: tool for tool in (read(Tool, values) for values in told["tools"])})
    header = SessionHeader(
        scenario=chosen["scenario"],
        model=told["model"],
        name=pack.about["name"],
        seed=seed,
        rules=told["rules"],
        tools=told["tools"],
    )
    return Play(
        scenario=parse(header.scenario, tools=tools).scenario,
        header=header,
        rules=rules_of(told["rules"]),
        tools=tools,
        file=Kept(header),  # type: ignore[arg-type]  # it takes events as a session's file does
        pack=pack,
        scene=chosen,
        temperature=temperature,
    )
