"""Owns the talks that player trust is measured on: a scenario's player on what the model itself wrote, line by line."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from studio.chat import Message
from studio.evaluation.circles import ROUND
from studio.evaluation.exchanges import Exchange, Step
from studio.evaluation.multi_turn import Reply
from studio.evaluation.skills import strange_skills
from studio.evaluation.trust_checks import AGAIN, Heard
from studio.evaluation.trust_words import listed
from studio.rules import Party, Rules
from studio.rules.resolve import Outcome, outcome_word
from studio.scenario.game import Game

_STRANGE = "strange skills are faults"
"""Stands for what is looked for without words of a list, so that a suite's version changes with it."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the player's in a talk: the `number`th of `talk`, whose exchanges are the scenario's own."""

    talk: tuple[Exchange, ...]
    number: int
    group: str
    tokens: int
    grammar: bool

    @property
    def exchange(self) -> Exchange:
        """Where the scenario has it."""
        return self.talk[self.number]

    @property
    def id(self) -> str:
        """Its scenario and the turn in which the player speaks."""
        return self.exchange.id

    @property
    def digest(self) -> str:
        """The SHA-256 of what it asks and what is looked for."""
        first = self.talk[0]
        spoken = [[message.role, message.content] for message in first.steps[0].before]
        told = [spoken, [one.line for one in self.talk[: self.number + 1]], first.names, first.player, self.tokens,
                self.grammar, AGAIN, ROUND, _STRANGE, dict(listed())]  # fmt: skip
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(slots=True)
class Talk:
    """How far a talk has come: the chat, the sheets, what was said. `ended` says why it cannot go on."""

    lines: tuple[Line, ...]
    chat: tuple[Message, ...]
    party: Party
    system: str
    said: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()
    ended: str = ""

    @classmethod
    def begun(cls, lines: tuple[Line, ...]) -> "Talk":
        """A talk before the player's first line."""
        first = lines[0].talk[0].steps[0]
        system = next((one.content for one in first.before if one.role == "system"), "")
        return cls(lines, first.before, first.party, system)

    def exchange(self, number: int) -> Exchange:
        """The player's line of that number behind all that the model has answered so far."""
        own = self.lines[number].exchange
        chat = self.chat if number == 0 else (*self.chat, Message("user", own.line))
        return replace(own, steps=(Step(chat, "", (), "", (), self.party),))

    def heard(self, number: int, replies: Sequence[Reply], game: Game) -> list[Heard]:
        """Each turn with what it is held against; the talk goes on behind them."""
        line = self.lines[number].exchange
        rules = Rules.of(game.words)
        words = (rules.outcomes.success, rules.outcomes.failure)
        self.said += (line.line,)
        self.chat = self.exchange(number).steps[0].before
        found: list[Heard] = []
        last: Reply | None = None
        for reply in replies:
            word = next((one for one in Outcome if reply.opening and outcome_word(one, rules) == reply.opening), None)
            strange = tuple(strange_skills(reply.got, self.party, game))
            found.append(
                Heard(
                    reply, self.system, self.said, self.earlier, self.party, line.player, word, last, words, strange
                )
            )  # fmt: skip
            results = (Message("user", f"<TOOLCALL>{result}</TOOLCALL>") for result in reply.results)
            own = reply.message or Message("assistant", reply.text)
            self.chat = (*self.chat, own, *results)
            self.earlier, self.party, last = (*self.earlier, found[-1].body), reply.party, reply
        return found
