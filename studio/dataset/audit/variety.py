"""Owns writing the prose of a row in British or in American spelling; judges nothing.

Only prose is touched: no tool call, code, address, tag or heading, no line of a sheet, and no name, be it one of the
row's (of the party, of what it carries, of its facts) or a word with a capital inside a sentence.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Literal

import yaml

from studio.chat.messages import SYSTEM
from studio.dataset.audit.wordlists import FOLDER
from studio.dataset.rows import Row
from studio.files import read_text
from studio.resources import resource
from studio.scenario.tables import SAFE

Variety = Literal["british", "american"]

_SHIELDED = re.compile(
    r"```.*?(?:```|\Z)|`[^`\n]*`|\[[^\[\]\n]*\]|<TOOLCALL>.*?(?:</TOOLCALL>|\Z)|<[^<>\n]{0,200}>", re.DOTALL
)
_TOKEN = re.compile(r"\S+")
_WORD = re.compile(r"(?<![^\W_])[A-Za-z]+(?![^\W_])")
_WORDS = re.compile(r"[a-z]+")
_NO_PROSE = re.compile(r"[/\\@#=_{}<>|~^]|\w\.\w")
_ENDS = ".!?:;…\n"
_OPENS = "\"'“‘«(*_—–-"
_SHEET_NAME = re.compile(r"(?m)^#{1,6} {0,3}([^\n]{1,80})$")
_SHEET_LIST = re.compile(r"(?mi)^[-*] {0,3}(?:inventory|spells|skills|class)\s{0,3}:([^\n]{1,2000})$")


@dataclass(frozen=True, slots=True)
class Settled:
    """A row in one spelling, and how many words were changed."""

    row: Row
    changes: int


def settled(row: Row, variety: Variety) -> Row:
    """The row with its prose in the spelling of a variety; the same row where nothing is to be changed."""
    return settle(row, variety).row


def settle(row: Row, variety: Variety) -> Settled:
    """The row in the spelling of a variety, and how many words that changed."""
    names = _names(row)
    total = 0
    spoken = []
    for message in row.messages:
        content, count = settle_text(message.content, variety, names, sheet=message.role == SYSTEM)
        # Ids that a model generated are those of the old text.
        spoken.append(replace(message, content=content, ids=None) if count else message)
        total += count
    rejected, count = settle_text(row.rejected, variety, names) if row.rejected else (row.rejected, 0)
    total += count
    return Settled(replace(row, messages=tuple(spoken), rejected=rejected) if total else row, total)


def settle_text(text: str, variety: Variety, names: Iterable[str] = (), *, sheet: bool = False) -> tuple[str, int]:
    """A text in the spelling of a variety, and how many words were changed; `names` stay as they are.

    In a `sheet` only lines of prose are touched: no heading and no entry of a list.
    """
    wrong = table(variety)
    if not wrong.keys() & set(_WORDS.findall(text.lower())):
        return text, 0
    if sheet:
        lines = [_line(line, wrong, names) for line in text.split("\n")]
        return "\n".join(line for line, _count in lines), sum(count for _line, count in lines)
    parts = [_prose(part, before, wrong) if is_prose else (part, 0) for part, before, is_prose in _parts(text, names)]
    return "".join(part for part, _count in parts), sum(count for _part, count in parts)


def _line(line: str, wrong: Mapping[str, str], names: Iterable[str]) -> tuple[str, int]:
    if line.lstrip()[:1] in ("#", "-", "*", "|"):
        return line, 0
    parts = [_prose(part, before, wrong) if is_prose else (part, 0) for part, before, is_prose in _parts(line, names)]
    return "".join(part for part, _count in parts), sum(count for _part, count in parts)


@cache
def table(variety: Variety) -> Mapping[str, str]:
    """What is written otherwise in a variety, and how it is written there; lower case."""
    pairs = dict(_pairs())
    return {american: british for british, american in pairs.items()} if variety == "british" else pairs


def _pairs() -> Iterator[tuple[str, str]]:
    values = yaml.load(read_text(resource(FOLDER) / "spelling.yaml"), SAFE)
    for family in values["families"].values():
        for ending in family["endings"]:
            british, american = ending.split("/")
            for stem in family["stems"]:
                yield stem + british, stem + american
    yield from values["words"].items()


def _names(row: Row) -> tuple[str, ...]:
    """What is called something in a row: the party, what it carries and casts, and what its facts name."""
    names = [value for values in row.facts.values() for value in values]
    for message in row.messages:
        if message.role == SYSTEM:
            names.extend(_sheet_names(message.content))
    return tuple(dict.fromkeys(names))


@lru_cache(maxsize=64)
def _sheet_names(system: str) -> tuple[str, ...]:
    listed = [part for entry in _SHEET_LIST.findall(system) for part in entry.split(",")]
    items = [re.sub(r" x ?\d{1,6}$", "", part.strip()) for part in listed]
    return tuple(name for name in (*_SHEET_NAME.findall(system), *items) if name.strip())


def _parts(text: str, names: Iterable[str]) -> Iterator[tuple[str, str, bool]]:
    """The text in parts, each with what stands before it on the page, and whether it is prose."""
    named = _named(tuple(names))
    at = 0
    for start, end in _spans(text, named):
        if start > at:
            yield text[at:start], text[max(0, at - 40) : at], True
        yield text[start:end], "", False
        at = end
    if at < len(text):
        yield text[at:], text[max(0, at - 40) : at], True


def _spans(text: str, named: re.Pattern[str] | None) -> list[tuple[int, int]]:
    """Where the text is no prose, in order and apart."""
    found = [match.span() for match in _SHIELDED.finditer(text)]
    if named is not None:
        found = sorted([*found, *(match.span() for match in named.finditer(text))])
    apart: list[tuple[int, int]] = []
    for start, end in found:
        if apart and start < apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return apart


@lru_cache(maxsize=256)
def _named(names: tuple[str, ...]) -> re.Pattern[str] | None:
    """The names that hold a word of the table; the others need no care."""
    known = table("british").keys() | table("american").keys()
    tender = sorted({name for name in names if known & set(_WORDS.findall(name.lower()))}, key=len, reverse=True)
    if not tender:
        return None
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, tender))})(?!\w)", re.IGNORECASE)


def _prose(text: str, before: str, wrong: Mapping[str, str]) -> tuple[str, int]:
    count = 0

    def token(match: re.Match[str]) -> str:
        nonlocal count
        said = match.group()
        if _NO_PROSE.search(said):
            return said
        changed, made = _changed(match, before, wrong)
        count += made
        return changed

    return _TOKEN.sub(token, text), count


def _changed(token: re.Match[str], before: str, wrong: Mapping[str, str]) -> tuple[str, int]:
    """One token in the other spelling, and how many words of it changed."""
    count = 0

    def word(match: re.Match[str]) -> str:
        nonlocal count
        said = match.group()
        right = wrong.get(said.lower())
        if right is None or (said[0].isupper() and not said.isupper() and not _opens(token, match, before)):
            return said
        count += 1
        return right.upper() if said.isupper() and len(said) > 1 else right.capitalize() if said[0].isupper() else right

    return _WORD.sub(word, token.group()), count


def _opens(token: re.Match[str], word: re.Match[str], before: str) -> bool:
    """Whether a word with a capital opens a sentence, so that it need not be a name; two in a row are one."""
    text = token.string
    behind = text[token.end() : token.end() + 2].strip()
    if behind[:1].isupper() and token.group()[-1:].isalpha():
        return False
    if word.start():
        return token.group()[: word.start()].strip(_OPENS) == "" or token.group()[word.start() - 1] in _ENDS
    ahead = (before + text[: token.start()])[-40:].rstrip(" \t")
    return not ahead or ahead.rstrip(_OPENS + ")”’»]")[-1:] in ("", *_ENDS) or ahead[-1] == "\n"
