"""Owns the game that a folder plays: its own tools and rules where it has such, else the shipped ones.

Knows neither workspaces nor how the rules are carried out. A damaged file is told once and the shipped ones serve.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from studio.errors import LorewrightError, PathMissing
from studio.files import read_text
from studio.language import N_, _
from studio.scenario.own_tools import read_own_tools
from studio.scenario.snippets import Snippets
from studio.scenario.tables import LIMIT, Unreadable, places_of, table_of
from studio.scenario.tools import BadToolTable, ToolTable
from studio.scenario.vocabulary import BadRules, Vocabulary, rules_troubles

TOOLS_FILE, RULES_FILE = "tools.yaml", "rules.yaml"
_MOST = 60
"""Mistakes that one sentence names; the rest are counted."""


class OwnToolsDamaged(BadToolTable):
    """A workspace's table of tools that cannot be used."""

    sentence = N_("{path} cannot be used: {reason} Until it is mended, the tools that ship with Lorewright serve.")


class OwnRulesDamaged(BadRules):
    """A workspace's rules that cannot be used; `mistakes` has a line and a sentence each."""

    sentence = N_("{path} cannot be used: {reason} Until it is mended, the rules that ship with Lorewright serve.")


@dataclass(frozen=True, slots=True)
class Game:
    """The tools to call, the words of the rules, and snippets; `troubles` says which file could not be used."""

    tools: ToolTable
    words: Vocabulary
    snippets: Snippets = field(default_factory=Snippets.shipped)
    troubles: tuple[LorewrightError, ...] = ()

    @classmethod
    @cache
    def shipped(cls) -> "Game":
        """The game that comes with the studio."""
        return cls(ToolTable.shipped(), Vocabulary.shipped())

    @classmethod
    def of(cls, folder: Path) -> "Game":
        """The game of a folder; never raises."""
        shipped = cls.shipped()
        tools, words, troubles = shipped.tools, shipped.words, list[LorewrightError]()
        try:
            tools = read_own_tools(folder / TOOLS_FILE, shipped.tools)
        except PathMissing:
            pass  # most folders have none
        except LorewrightError as error:
            troubles.append(OwnToolsDamaged(path=folder / TOOLS_FILE, reason=_reason(error)))
        try:
            words = read_own_rules(folder / RULES_FILE, shipped.words)
        except PathMissing:
            pass  # most folders have none
        except LorewrightError as error:
            mistakes = error.fields.get("mistakes", ())
            troubles.append(OwnRulesDamaged(path=folder / RULES_FILE, reason=_reason(error), mistakes=mistakes))
        snippets = Snippets.of(folder)
        troubles += snippets.troubles
        if snippets is shipped.snippets and tools is shipped.tools and words is shipped.words and not troubles:
            return shipped
        return cls(tools, words, snippets, tuple(troubles))


def read_own_rules(path: Path, shipped: Vocabulary) -> Vocabulary:
    """The shipped words with those of a file over them.

    Raises BadRules, which names all mistakes with their lines and has them as `mistakes`, or the errors of a file.
    """
    text = read_text(path, LIMIT)
    try:
        raw = table_of(text)
    except Unreadable as error:
        raise BadRules(path=path, reason=str(error)) from error
    if raw is None:
        return shipped
    if not isinstance(raw, Mapping):
        raise BadRules(path=path, reason=_("it is not a table of keys"))
    mistakes = mistakes_of(text, raw, shipped)
    if mistakes:
        raise BadRules(path=path, reason=_told(mistakes), mistakes=mistakes)
    return shipped.over(raw, path)


def mistakes_of(text: str, raw: Mapping[str, object], shipped: Vocabulary) -> tuple[tuple[int, str], ...]:
    """Every mistake in a text of rules: its line, from 1, and a sentence; in the order of the lines."""
    troubles = tuple(rules_troubles(raw, shipped))
    places, twice = places_of(text)
    found = {(_line(places, key), reason) for key, reason in troubles}
    found |= {(places[key], _("“{key}” stands twice; keep one.").format(key=key)) for key in twice}
    return tuple(sorted(found))


def _line(places: Mapping[str, int], key: str) -> int:
    """The line of a key, or of the nearest above it that has one."""
    while key and key not in places:
        key = key.rpartition(".")[0]
    return places.get(key, 1)


def _told(mistakes: Sequence[tuple[int, str]]) -> str:
    told = [_("Line {line}: {reason}").format(line=line, reason=reason) for line, reason in mistakes[:_MOST]]
    if len(mistakes) > _MOST:
        told.append(_("And {n} more.").format(n=len(mistakes) - _MOST))
    return " ".join(told)


def _reason(error: LorewrightError) -> str:
    """Why, as a sentence of its own."""
    reason = str(error.fields.get("reason") or error)
    return reason if reason.endswith((".", "?", "!")) else f"{reason}."
