"""Owns the value of one character card, of the versions 1, 2 and 3; knows neither files nor scenarios.

A card is JSON that others made and others will read: every value that Lorewright does not know is kept as it came.
Source: the character card specifications V1, V2 (`chara_card_v2`) and V3 (`chara_card_v3`).
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass

FIELDS = ("name", "description", "personality", "scenario", "first_mes", "mes_example")
"""The fields that every version has, all of them text."""

_TEXTS = (*FIELDS, "creator_notes", "system_prompt", "post_history_instructions", "creator", "character_version")
_LISTS = ("alternate_greetings", "tags")
SPECS = {2: ("chara_card_v2", "2.0"), 3: ("chara_card_v3", "3.0")}
OURS = "lorewright"
"""The key of our own part under `extensions`."""


@dataclass(frozen=True, slots=True)
class Card:
    """One card. `raw` is the whole JSON value and is never changed; what is missing reads as empty."""

    raw: Mapping[str, object]

    @property
    def version(self) -> int:
        """1, 2 or 3."""
        spec = self.raw.get("spec")
        nested = isinstance(self.raw.get("data"), dict)
        return next((number for number, (name, _full) in SPECS.items() if nested and spec == name), 2 if nested else 1)

    @property
    def data(self) -> Mapping[str, object]:
        """Where the fields stand: inside `data`, or for version 1 at the top."""
        inner = self.raw.get("data")
        return inner if isinstance(inner, dict) else self.raw

    def text(self, field: str) -> str:
        """A field that is text, empty where it is missing or something else."""
        value = self.data.get(field)
        return value if isinstance(value, str) else ""

    def texts(self, field: str) -> tuple[str, ...]:
        """A field that is a list of texts."""
        value = self.data.get(field)
        return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()

    @property
    def name(self) -> str:
        """The character's name, on one line."""
        return " ".join(self.text("name").split())

    @property
    def ours(self) -> Mapping[str, object]:
        """What Lorewright once wrote into the card."""
        extensions = self.data.get("extensions")
        value = extensions.get(OURS) if isinstance(extensions, dict) else None
        return value if isinstance(value, dict) else {}

    @property
    def lore(self) -> tuple[str, ...]:
        """The entries of the card's book that always hold, in order."""
        book = self.data.get("character_book")
        entries = book.get("entries") if isinstance(book, dict) else None
        found = [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
        constant = [entry for entry in found if entry.get("constant") is True and entry.get("enabled") is not False]
        return tuple(content for entry in constant if isinstance(content := entry.get("content"), str) and content)

    def changed(self, values: Mapping[str, object], ours: Mapping[str, object] | None = None) -> "Card":
        """The card with these fields as given; all else stays. Version 1 becomes version 2, as its readers expect."""
        data = {**_blank(), **copy.deepcopy(dict(self.data)), **values}
        if ours is not None:
            extensions = data["extensions"] if isinstance(data["extensions"], dict) else {}
            data["extensions"] = {**extensions, OURS: dict(ours)}
        if self.version == 1:
            spec, number = SPECS[2]
            return Card({"spec": spec, "spec_version": number, "data": data})
        top = copy.deepcopy(dict(self.raw))
        top |= {field: values[field] for field in FIELDS if field in values and field in top}
        return Card({**top, "data": data})

    def as_version(self, version: int) -> "Card":
        """The card under another version's name, for the readers that know only that one."""
        if self.version == 1:
            return self.changed({})
        spec, number = SPECS[version]
        return Card({**self.raw, "spec": spec, "spec_version": number})


def blank_card() -> Card:
    """A card of version 2 that says nothing."""
    spec, number = SPECS[2]
    return Card({"spec": spec, "spec_version": number, "data": _blank()})


def _blank() -> dict[str, object]:
    """Every field that version 2 demands, empty."""
    return {**dict.fromkeys(_TEXTS, ""), **{name: [] for name in _LISTS}, "extensions": {}}
