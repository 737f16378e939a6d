"""Owns the words of `resources/trust.yaml`, ready to be looked for in a narrator's turn; judges none."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache

import yaml

from studio.dataset.audit.phrases import Phrases
from studio.dataset.audit.sight import QUOTE, plain, told
from studio.files import read_text
from studio.resources import resource
from studio.scenario.tables import SAFE

YOU = "you"


@cache
def listed() -> Mapping[str, Sequence[str]]:
    """The lists by their names."""
    values = yaml.load(read_text(resource("trust.yaml")), SAFE)
    return {str(name): tuple(str(one) for one in entries) for name, entries in values.items()}


@cache
def phrases(name: str) -> Phrases:
    """A list of words, ready to be looked for."""
    return Phrases(listed()[name])


@lru_cache(maxsize=1024)
def patterns(name: str, who: str = YOU) -> tuple[re.Pattern[str], ...]:
    """A list of patterns with a character's name in it."""
    named = re.escape(plain(who))
    return tuple(re.compile(one.replace("{who}", named)) for one in listed()[name])


def found(name: str, text: str, who: str = YOU) -> Iterator[re.Match[str]]:
    """Where the patterns of a list stand in a text that `narrated` made."""
    for pattern in patterns(name, who):
        yield from pattern.finditer(text)


def narrated(text: str) -> str:
    """What is told in a turn, in lower case: without calls, and without what anybody says aloud."""
    return " ".join(plain(told(text)).replace(QUOTE, " … ").split())


def acting(names: Iterable[str]) -> str:
    """A pattern of who does something, for what only the living do."""
    known = "|".join(re.escape(plain(name)) for name in names)
    return rf"\b(?:the )?(?:{known}) (?:\w+ly )?(?:{'|'.join(listed()['living-acts'])})\b"
