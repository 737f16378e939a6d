"""Owns the game that a folder plays: its own tools and rules where it has such, else the shipped ones.

Knows neither workspaces nor how the rules are carried out. A damaged file is told once and the shipped ones serve.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from studio.errors import LorewrightError, PathMissing
from studio.language import N_, _
from studio.scenario.own_tools import read_own_tools
from studio.scenario.snippets import Snippets
from studio.scenario.tables import Unreadable, read_table
from studio.scenario.tools import BadToolTable, ToolTable
from studio.scenario.vocabulary import BadRules, Vocabulary

TOOLS_FILE, RULES_FILE = "tools.yaml", "rules.yaml"


class OwnToolsDamaged(BadToolTable):
    """A workspace's table of tools that cannot be used."""

    sentence = N_("{path} cannot be used: {reason} Until it is mended, the tools that ship with Lorewright serve.")


class OwnRulesDamaged(BadRules):
    """A workspace's rules that cannot be used."""

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
            troubles.append(OwnRulesDamaged(path=folder / RULES_FILE, reason=_reason(error)))
        snippets = Snippets.of(folder)
        troubles += snippets.troubles
        if snippets is shipped.snippets and tools is shipped.tools and words is shipped.words and not troubles:
            return shipped
        return cls(tools, words, snippets, tuple(troubles))


def read_own_rules(path: Path, shipped: Vocabulary) -> Vocabulary:
    """The shipped words with those of a file over them; raises BadRules, or the errors of reading a file."""
    try:
        raw = read_table(path)
    except Unreadable as error:
        raise BadRules(path=path, reason=str(error)) from error
    if raw is None:
        return shipped
    if not isinstance(raw, Mapping):
        raise BadRules(path=path, reason=_("it is not a table of keys"))
    return shipped.over(raw, path)


def _reason(error: LorewrightError) -> str:
    """Why, as a sentence of its own."""
    reason = str(error.fields.get("reason") or error)
    return reason if reason.endswith((".", "?", "!")) else f"{reason}."
