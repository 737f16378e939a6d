"""Owns who writes a draft's lines: what a writer is asked, and a GGUF as a writer; knows no scenario and no rule."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from studio.chat import Message
from studio.chat.messages import ASSISTANT, SYSTEM, USER
from studio.inference.asking import encoded
from studio.inference.engine import Engine
from studio.inference.errors import GrammarRefused
from studio.inference.sampling import Sampling


class Voice(StrEnum):
    """Whose line is to be written."""

    PLAYER = "player"
    NARRATOR = "narrator"


@dataclass(frozen=True, slots=True)
class Asked:
    """One line to write: what the writer is told, whose line it is, and the seed of the choice.

    `examples` are what was asked and answered before, to show what is meant.
    """

    system: str
    words: str
    voice: Voice
    seed: int
    max_tokens: int = 70
    examples: tuple[tuple[str, str], ...] = ()

    @property
    def messages(self) -> tuple[Message, ...]:
        """All that the writer is told, as a chat."""
        shown = (
            message for words, line in self.examples for message in (Message(USER, words), Message(ASSISTANT, line))
        )
        return Message(SYSTEM, self.system), *shown, Message(USER, self.words)


class Writer(Protocol):
    """Something that writes a line. Raises what keeps it from writing at all."""

    @property
    def name(self) -> str:
        """How the writer is called."""

    async def write(self, asked: Asked) -> str:
        """The line as it came."""


_GRAMMAR = r"""root ::= first (" " sentence)? (" " sentence)?
first ::= {opening} body end
sentence ::= [A-Z] body end
body ::= [^\x00-\x1f\[\]<>{{}}*#_|.!?:0-9]+
end ::= [.!?]
"""
_OPENINGS = {Voice.PLAYER: '"I "', Voice.NARRATOR: "[A-HJ-Z]"}


@dataclass(frozen=True, slots=True)
class LocalWriter:
    """A loaded model; what it writes is held to plain sentences without marks and numbers."""

    engine: Engine
    temperature: float = 0.7

    @property
    def name(self) -> str:
        """The model's name."""
        return self.engine.card.name

    async def write(self, asked: Asked) -> str:
        """The line; raises NoTemplate, and what the engine raises."""
        prompt = (await encoded(self.engine.tokenise, self.engine.card.chat, [(asked.messages, "")]))[0][0]
        try:
            return (await self.engine.generate(prompt, self._sampling(asked, held=True))).text
        except GrammarRefused:  # a vocabulary without a token that fits
            return (await self.engine.generate(prompt, self._sampling(asked, held=False))).text

    def _sampling(self, asked: Asked, *, held: bool) -> Sampling:
        grammar = _GRAMMAR.format(opening=_OPENINGS[asked.voice]) if held else None
        return Sampling(
            max_tokens=asked.max_tokens,
            temperature=self.temperature,
            repeat_penalty=1.1,
            seed=asked.seed,
            grammar=grammar,
        )


_LABEL = re.compile(r"\A\W{0,3}(?:DM|GM|Dungeon Master|Narrator|Player|User|Assistant)\W{0,3}:\s*", re.IGNORECASE)
_MARKS = re.compile(r"[\[<{].*|[*#|`_]+", re.DOTALL)
_SENTENCE = re.compile(r"[^.!?]*[.!?]+[\"”’']?")
_MOST_SENTENCES, _LONGEST = 3, 400


def cleaned(text: str) -> str:
    """A line without labels, marks, calls and sentences with digits, cut after a whole one; it may be empty."""
    first = next((line for line in text.strip().splitlines() if line.strip()), "")
    plain = " ".join(_MARKS.sub("", _LABEL.sub("", first)).split())
    if plain[:1] in '"“' and plain[-1:] in '"”' and plain[1:-1].count(plain[-1:]) == 0:
        plain = plain[1:-1]
    kept = ""
    for sentence in _SENTENCE.findall(plain)[:_MOST_SENTENCES]:
        if len(kept) + len(sentence) <= _LONGEST and not any(mark.isdigit() for mark in sentence):
            kept += sentence
    return kept.strip() if any(mark.isalpha() for mark in kept) else ""
