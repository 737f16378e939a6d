"""Owns the pieces that are written with one word: their table, and how one is filled in; knows no editor."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from studio.errors import InputError, LorewrightError, PathMissing
from studio.files import read_text
from studio.language import N_, _
from studio.resources import resource
from studio.scenario.blocks import TAGS
from studio.scenario.model import Span
from studio.scenario.tables import Unreadable, table_of

FILE = "snippets.yaml"
"""The name of a workspace's own table, beside its marker."""

PLACES = ("start", "outside", "front", *TAGS)
"""Where a snippet may be offered: at the start of a file, between blocks, in front matter, in a block."""

NAMES = {
    "PLAYER": "player",
    "ENEMY": "enemy",
    "SKILL": "stealth",
    "MODIFIED": "",
    "TOTAL": "13",
    "OUTCOME": "*SUCCESS*",
    "DAMAGE": "4",
}
"""What a body may have filled in, and what stands there where nothing is known."""

_KEYS = {"trigger", "about", "where", "body"}
_LONGEST, _MOST = 8000, 500
_TRIGGER = re.compile(r"[^\W\d_]{1,24}\Z")
_NAME = re.compile(r"(?<!\\)\$([A-Z]{2,16})")
_LIMIT = 1024 * 1024
_TOKEN = re.compile(
    r"\\(?P<plain>[\\$}|,])"
    r"|\$\{(?P<number>[0-9]{1,2})(?::(?P<words>(?:[^\\}]|\\.){0,400})|\|(?P<choices>(?:[^\\|}]|\\.){1,400})\|)?\}"
    r"|\$(?P<bare>[0-9]{1,2})"
    r"|\$(?P<name>[A-Z]{2,16})",
    re.DOTALL,
)


class BadSnippets(InputError):
    """A table of snippets that cannot be used."""

    sentence = N_("{path} is not a table of snippets ({reason}). Compare it with the one that ships with Lorewright.")


@dataclass(frozen=True, slots=True)
class Stop:
    """A place that Tab goes to: where it stands in the text, what stands there again elsewhere, and the choices."""

    number: int
    span: Span
    again: tuple[Span, ...] = ()
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Expansion:
    """The text of a snippet, and its stops in the order in which Tab visits them; the last is where the cursor ends."""

    text: str
    stops: tuple[Stop, ...]


@dataclass(frozen=True, slots=True)
class Snippet:
    """One piece: the word that brings it, what it is, where it is offered, and its body."""

    name: str
    trigger: str
    about: str
    where: tuple[str, ...]
    body: str

    def expand(self, values: Mapping[str, str] | None = None, newline: str = "\n") -> Expansion:
        """The text with the values filled in; one that is not given is as in NAMES."""
        filler = _Filler(values or {}, newline)
        filler.write(self.body)
        return filler.done()


class _Filler:
    """One pass over a body."""

    def __init__(self, values: Mapping[str, str], newline: str) -> None:
        self._values = values
        self._newline = newline
        self._parts: list[str] = []
        self._length = 0
        self._spans: dict[int, list[Span]] = {}
        self._words: dict[int, str] = {}
        self._choices: dict[int, tuple[str, ...]] = {}

    def write(self, body: str, depth: int = 0) -> None:
        """Writes a body, or the words of a stop."""
        place = 0
        for match in _TOKEN.finditer(body):
            self._put(body[place : match.start()])
            place = match.end()
            if match["plain"]:
                self._put(match["plain"])
            elif match["name"]:
                self._put(self._values.get(match["name"], NAMES.get(match["name"], "")))
            elif depth:
                self._put(match[0])
            else:
                self._stop(match)
        self._put(body[place:])

    def _put(self, words: str) -> None:
        words = words.replace("\n", self._newline)
        self._parts.append(words)
        self._length += len(words)

    def _stop(self, match: re.Match[str]) -> None:
        number, start = int(match["number"] or match["bare"]), self._length
        if match["choices"]:
            self._choices[number] = tuple(part.replace("\\", "") for part in re.split(r"(?<!\\),", match["choices"]))
            self._put(self._choices[number][0])
        elif match["words"] is not None:
            self.write(match["words"], depth=1)
        else:
            self._put(self._words.get(number, ""))
        self._spans.setdefault(number, []).append(Span(start, self._length))
        self._words.setdefault(number, "".join(self._parts)[start:])

    def done(self) -> Expansion:
        """What came of it; the end of the text is the last stop where the body names none."""
        self._spans.setdefault(0, [Span(self._length, self._length)])
        order = sorted(self._spans, key=lambda number: (number == 0, number))
        stops = (
            Stop(one, self._spans[one][0], tuple(self._spans[one][1:]), self._choices.get(one, ())) for one in order
        )
        return Expansion("".join(self._parts), tuple(stops))


@dataclass(frozen=True, slots=True)
class Snippets:
    """A table of snippets by name; `troubles` says which file of a workspace could not be used."""

    table: Mapping[str, Snippet]
    troubles: tuple[BadSnippets, ...] = field(default=())

    @classmethod
    @cache
    def shipped(cls) -> "Snippets":
        """The table that comes with the studio."""
        return cls.load(resource(FILE))

    @classmethod
    def load(cls, path: Path) -> "Snippets":
        """The table in a YAML file; raises BadSnippets, or the errors of reading a file."""
        text = read_text(path, _LIMIT)
        try:
            raw = table_of(text)
        except Unreadable as error:
            raise BadSnippets(path=path, reason=str(error)) from error
        if not isinstance(raw, Mapping | None) or len(raw or ()) > _MOST:
            raise BadSnippets(path=path, reason=_("it is not a table of at most {most} names").format(most=_MOST))
        for name, entry in (raw or {}).items():
            for reason in _troubles(entry):
                raise BadSnippets(path=path, reason=f"{name}: {reason}")
        return cls({str(name): _snippet(str(name), entry) for name, entry in (raw or {}).items()})

    @classmethod
    def of(cls, folder: Path) -> "Snippets":
        """The shipped snippets with those of a folder over them; a damaged file is told and left out."""
        try:
            own = cls.load(folder / FILE)
        except PathMissing:
            return cls.shipped()
        except LorewrightError as error:
            known = error if isinstance(error, BadSnippets) else BadSnippets(path=folder / FILE, reason=str(error))
            return cls(cls.shipped().table, (known,))
        return cls({**cls.shipped().table, **own.table})

    def within(self, place: str | None, begun: str = "") -> tuple[Snippet, ...]:
        """Those that are offered in a block (None for between blocks) and whose word goes on from what was begun."""
        where, wanted = place or "outside", begun.lower()
        return tuple(one for one in self.table.values() if where in one.where and one.trigger.startswith(wanted))


def _snippet(name: str, entry: Mapping[str, object]) -> Snippet:
    where = entry["where"]
    places = tuple(map(str, where)) if isinstance(where, list) else (str(where),)
    return Snippet(name, str(entry["trigger"]).lower(), str(entry["about"]), places, str(entry["body"]))


def _troubles(entry: object) -> Iterator[str]:
    """What is wrong with an entry, nothing where it can be used."""
    if not isinstance(entry, Mapping) or set(entry) != _KEYS:
        yield _("it needs the keys trigger, about, where and body, and no other")
        return
    where = entry["where"] if isinstance(entry["where"], list) else [entry["where"]]
    unknown = next((place for place in where if place not in PLACES), None)
    if unknown is not None or not where:
        yield _("“{place}” is no place; there are {known}").format(place=unknown, known=", ".join(PLACES))
    if not isinstance(entry["trigger"], str) or not _TRIGGER.match(entry["trigger"]):
        yield _("the trigger is one word of letters")
    if not isinstance(entry["body"], str) or not entry["body"] or len(entry["body"]) > _LONGEST:
        yield _("the body is a text of at most {most} characters").format(most=_LONGEST)
    elif stray := next((name for name in _NAME.findall(entry["body"]) if name not in NAMES), None):
        yield _("“${name}” is filled in by nothing; there are {known}").format(name=stray, known=", ".join(NAMES))
