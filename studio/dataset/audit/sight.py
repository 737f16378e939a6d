"""Owns a row as the checks look at it: its parts, its words and its prose, each made once; judges nothing."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from studio.chat.messages import ASSISTANT, SYSTEM
from studio.dataset.audit.lazy import lazy
from studio.dataset.audit.phrases import Words, words_of
from studio.dataset.rows import Kind, Row

QUOTE = "❝"
"""Stands in `told` for what somebody says there."""

LONG = 400_000
"""Characters of a text past which only its beginning and end are split into words."""

_SPEECH = re.compile(r'"[^"\n]*"|“[^”“\n]*”|«[^«»\n]*»')
_CALL = re.compile(r"\[[^\[\]\n]{0,200}\]")
_EXCERPT = 60


@dataclass(frozen=True, slots=True)
class Talk:
    """What a row says, without where it comes from; small enough to be sent to another process.

    `messages` are role, content and whether it is trained on.
    """

    kind: Kind
    messages: tuple[tuple[str, str, bool], ...]
    rejected: str | None = None

    @property
    def size(self) -> int:
        """How many characters it has."""
        return sum(len(content) for _role, content, _trained in self.messages)

    @classmethod
    def of(cls, row: Row) -> "Talk":
        """What a row says."""
        return cls(row.kind, tuple((one.role, one.content, one.trained) for one in row.messages), row.rejected)


class Side(NamedTuple):
    """A text as it stands and in lower case, and how long its longest word is."""

    text: str
    lowered: str
    longest: int

    @classmethod
    def of(cls, text: str) -> "Side":
        """What is known of a text."""
        return cls(text, text.lower(), max(map(len, text.split()), default=0))


class Sight:
    """A row's text in the forms that checks ask for."""

    def __init__(self, talk: Talk) -> None:
        self.kind = talk.kind
        self.talk = talk

    @lazy
    def answers(self) -> tuple[str, ...]:
        """What is learnt, message by message; of a row that trains on nothing its last message."""
        trained = tuple(content for _role, content, is_trained in self.talk.messages if is_trained)
        return trained or tuple(content for _role, content, _trained in self.talk.messages[-1:])

    @lazy
    def text(self) -> str:
        """All that is learnt."""
        return "\n\n".join(self.answers)

    @lazy
    def system(self) -> str:
        """What stands in SYSTEM."""
        return "\n\n".join(content for role, content, _trained in self.talk.messages if role == SYSTEM)

    @lazy
    def prompt(self) -> str:
        """What the other side says."""
        said = (content for role, content, trained in self.talk.messages if role != SYSTEM and not trained)
        return "\n\n".join(said) if any(one[2] for one in self.talk.messages) else self._before_last

    @property
    def _before_last(self) -> str:
        return "\n\n".join(content for role, content, _trained in self.talk.messages[:-1] if role != SYSTEM)

    @lazy
    def sides(self) -> tuple[Side, ...]:
        """What is learnt, what the other side says, and the rejected answer where there is one; SYSTEM is apart."""
        rejected = () if self.talk.rejected is None else (self.talk.rejected,)
        return tuple(map(Side.of, (self.text, self.prompt, *rejected)))

    @lazy
    def whole(self) -> str:
        """All of the talk but SYSTEM, in its order, and the rejected answer."""
        said = [content for role, content, _trained in self.talk.messages if role != SYSTEM]
        return "\n\n".join(said if self.talk.rejected is None else [*said, self.talk.rejected])

    @lazy
    def words_by_message(self) -> tuple[list[str], ...]:
        """The words of each message; of a very long one those of its beginning and its end."""
        return tuple(
            _words_of_system(content) if role == SYSTEM else words_of(sampled(content))
            for role, content, _trained in self.talk.messages
        )

    @lazy
    def words(self) -> Words:
        """The words of what is learnt."""
        said = zip(self.talk.messages, self.words_by_message, strict=True)
        trained = [words for (_role, _content, is_trained), words in said if is_trained]
        return Words(chain.from_iterable(trained or self.words_by_message[-1:]))

    @lazy
    def told(self) -> str:
        """What is learnt, as `told` makes it."""
        return told(self.text)

    @lazy
    def told_plain(self) -> str:
        """What is told, as forms are written; of a very long text the beginning and the end."""
        return plain(sampled(self.told))

    @lazy
    def told_words(self) -> Words:
        """The words of `told`."""
        return self.words if self.told == self.text else Words.of(sampled(self.told))

    @lazy
    def is_play(self) -> bool:
        """Whether somebody narrates a game here, rather than answering a question."""
        return self.kind in (Kind.SCENARIO, Kind.PLAY) or _acts(self.talk)


@lru_cache(maxsize=64)
def _words_of_system(text: str) -> list[str]:
    """The words of SYSTEM, which many rows share; nobody changes them."""
    return words_of(sampled(text))


_ACTS = re.compile(r"\[(?:roll|damage|heal|give|take|condition|begin|end)\b[^\[\]\n]{0,100}\]", re.IGNORECASE)
_ROLE = re.compile(r"\b(?:(?i:dungeon master|game master|narrator|storyteller)|DM|GM)\b")
_MOVES = re.compile(r"\s{0,20}(?:\"[^\"\n]{0,300}\"\s{0,4})?(?:I|We)(?:['’](?:ll|m|d|ve|re))? [a-z]")


def _acts(talk: Talk) -> bool:
    """A narrator in SYSTEM, a tool call, or a player who says what they do."""
    last = ""
    for role, content, trained in talk.messages:
        if role == SYSTEM and _ROLE.search(content):
            return True
        if (trained or role == ASSISTANT) and "[" in content and _ACTS.search(content):
            return True
        if role not in (SYSTEM, ASSISTANT):
            last = content
    return bool(_MOVES.match(last)) and not last.rstrip().endswith("?")


def told(text: str) -> str:
    """A text without tool calls, and with QUOTE for all that somebody says in it."""
    return _SPEECH.sub(QUOTE, _CALL.sub(" ", text) if "[" in text else text)


def plain(text: str) -> str:
    """A text in lower case and with straight apostrophes."""
    return text.lower().replace("’", "'")


def sampled(text: str) -> str:
    """A text, or of a very long one the beginning and the end, so that what is made of it stays small."""
    return text if len(text) <= LONG else f"{text[: LONG // 2]} {text[-LONG // 2 :]}"


def excerpt(text: str) -> str:
    """A piece of a text, short and on one line, for a sentence."""
    flat = " ".join(text[: 4 * _EXCERPT].split())
    return flat if len(flat) <= _EXCERPT else flat[: _EXCERPT - 1] + "…"


@dataclass(frozen=True, slots=True)
class Found:
    """What a check saw: the measured value, and what of the text it was."""

    value: float | None = None
    what: str = ""


Look = Callable[[Sight, float], Found | None]
"""A check's work: what it sees in a row against its limit, or None where all is well."""
