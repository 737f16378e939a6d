"""Owns the glossary: technical words in two sentences each, for whoever meets one on screen; draws nothing."""

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import yaml

from studio.files import read_text
from studio.language import _
from studio.resources import resource

_TABLE = "glossary.yaml"
_WIDTH = 56
"""Letters of a line of what stands on hover: Qt breaks no lines in plain text there."""


@dataclass(frozen=True, slots=True)
class Term:
    """A word, two sentences on it, the settings of a training that it explains, and what else it is called on screen.

    `word`, `says` and `labels` are in the reader's language; `says` is broken into lines for a small box on hover.
    """

    key: str
    word: str
    says: str
    settings: tuple[str, ...]
    labels: tuple[str, ...]


@cache
def glossary() -> Mapping[str, Term]:
    """All terms by key."""
    table = yaml.safe_load(read_text(resource(_TABLE)))
    return {key: _term(key, row) for key, row in table.items()}


def _term(key: str, row: Mapping[str, object]) -> Term:
    labels, settings = row.get("labels") or [], row.get("settings") or []
    assert isinstance(labels, list) and isinstance(settings, list)
    told = tuple(_(str(label)) for label in labels)
    says = "\n".join(textwrap.wrap(_(str(row["says"])), _WIDTH))
    return Term(key, _(str(row["word"])), says, tuple(map(str, settings)), told)


def explained(key: str) -> str:
    """The two sentences of a term; a key that is none is our mistake (KeyError)."""
    return glossary()[key].says


def of_setting(name: str) -> Term | None:
    """The term that explains a setting of a training (`lora.rank`), or None."""
    return _by_setting().get(name)


def of_label(text: str) -> Term | None:
    """The term that explains a label on screen, or None."""
    return _by_label().get(text.strip(" :").casefold())


@cache
def _by_setting() -> Mapping[str, Term]:
    return {name: term for term in glossary().values() for name in term.settings}


@cache
def _by_label() -> Mapping[str, Term]:
    """Terms by label; the word itself counts too, and the first that has a label keeps it."""
    found: dict[str, Term] = {}
    for term in glossary().values():
        found.setdefault(term.word.casefold(), term)
    for term in glossary().values():
        for label in term.labels:
            found.setdefault(label.casefold(), term)
    return found
