"""Owns finding forms of sentences from `resources/audit/forms.yaml` in what is told; knows no check.

A list of phrases finds what it was told of. A form says how such a sentence is built and so reaches further. It is
tried only where a word stands without which it cannot be.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from studio.dataset.audit.phrases import Words
from studio.dataset.audit.wordlists import FOLDER, lists
from studio.files import read_text
from studio.resources import resource
from studio.scenario.tables import SAFE

LISTED = (
    ("chatter", "strong"), ("chatter", "weak"), ("hedging", "strong"), ("hedging", "weak"),
    ("refusal", "anywhere"), ("refusal", "first"), ("narrator", "voice"),
)  # fmt: skip
"""All lists of forms: what they are of, and how they count."""

_PART = re.compile(r"\{([a-z]\w*)\}")


@dataclass(frozen=True, slots=True)
class Form:
    """One form: of `needs` a word must be there, and of `beside` where it has any, and the piece of text `mark`."""

    needs: frozenset[str]
    regex: re.Pattern[str]
    beside: frozenset[str] = frozenset()
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Forms:
    """The forms of one list, by each word that they need, and all words that are asked for."""

    every: tuple[Form, ...]
    by_word: Mapping[str, tuple[int, ...]]
    words: frozenset[str]

    @classmethod
    def of(cls, every: tuple[Form, ...]) -> "Forms":
        """These forms in this order."""
        by_word: dict[str, list[int]] = {}
        for number, form in enumerate(every):
            for word in form.needs:
                by_word.setdefault(word, []).append(number)
        words = frozenset(by_word).union(*(form.beside for form in every))
        return cls(every, {word: tuple(numbers) for word, numbers in by_word.items()}, words)

    def among(self, text: str, words: Words) -> Iterator[re.Match[str]]:
        """The first place of each form in a text as `Sight.told_plain` is, of which these are the words."""
        known = self.words & words.known
        for number in sorted({number for word in known for number in self.by_word.get(word, ())}):
            form = self.every[number]
            if form.mark in text and not (form.beside and form.beside.isdisjoint(known)):
                match = form.regex.search(text)
                if match is not None:
                    yield match


@cache
def forms(name: str, part: str) -> Forms:
    """One list of forms, ready to be looked for."""
    values = _values()
    parts = {**values["parts"], "senses": f"(?:{'|'.join(lists('narrator')['senses'])})"}
    return Forms.of(tuple(_form(entry, parts) for entry in values[name][part]))


@cache
def _values() -> Mapping[str, Any]:
    values = yaml.load(read_text(resource(FOLDER) / "forms.yaml"), SAFE)
    assert isinstance(values, dict)
    return values


def _form(entry: Mapping[str, Any], parts: Mapping[str, str]) -> Form:
    pattern = _PART.sub(lambda match: parts[match[1]], entry["form"])
    beside = frozenset(map(str, entry.get("with", ())))
    return Form(
        frozenset(map(str, entry["needs"])), re.compile(rf"(?<!\w)(?:{pattern})"), beside, entry.get("mark", "")
    )
