"""Owns renaming a scenario's cast: who has a name of their own, and which other name fits; changes nothing else.

Those who are called by what they are (`Thorn Robber`, `the Heron`) keep it: the prose has other words for them too.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass

from studio.dataset.augment.parents import Made, Parent
from studio.dataset.augment.tables import Names, names
from studio.language import _
from studio.scenario import Character, Parsed
from studio.scenario.edits import applied
from studio.scenario.model import plain_name
from studio.scenario.renaming import BadName, CharacterNameTaken, rename_edits, word_edits

_WORD = re.compile(r"[^\W\d_a-zß-öø-ÿ][^\W\d_]+(?:['’-][^\W\d_]+)*\Z")
_NOT_A_NAME = r"\b(?:[Tt]he|[Aa]n?|[Tt]his|[Tt]hat|[Ee]very|[Ee]ach|House|Saint|[Ss]ome|[Nn]o)\s+{word}(?!\w)"
_HE, _SHE = re.compile(r"\b(?:he|him|his|himself)\b", re.IGNORECASE), re.compile(r"\b(?:she|hers?|herself)\b", re.I)
_SENTENCE = re.compile(r"[^.!?\n]+")
_MOST_WORDS = 3


@dataclass(frozen=True, slots=True)
class _Role:
    """A word that is somebody's name, and the group that another one is taken from."""

    word: str
    group: str


def rename_cast(parent: Parent, rng: random.Random) -> Made | None:
    """The scenario with other names for all who have one of their own."""
    table = names()
    chosen: dict[str, str] = {}
    parsed = parent.parsed
    for role in dict.fromkeys(_roles(parent, table)):
        new = _other(role, parent.present | {word.lower() for word in chosen.values()}, table, rng)
        renamed = _renamed(parent, parsed, role.word, new) if new and role.word not in chosen else None
        if new and renamed is not None:
            chosen[role.word], parsed = new, renamed
    if not chosen:
        return None
    pairs = ", ".join(f"{old} → {new}" for old, new in chosen.items())
    return Made(parsed.scenario.text, _("other names: {pairs}").format(pairs=pairs))


def _roles(parent: Parent, table: Names) -> Iterator[_Role]:
    for character in parent.scenario.system.party if parent.scenario.system else ():
        words = character.name.split()
        while words and words[0].lower().rstrip(".") in table.titles:
            words = words[1:]
        foe = "enemy" in (character.kind or "").lower()
        if not words or len(words) > _MOST_WORDS or (foe and len(words) > 1):
            continue
        proper = [word for word in words if word[:1].isupper()]
        if not all(_is_own(parent, word) for word in proper):
            continue
        for number, word in enumerate(proper):
            yield _Role(word, "family" if number else _group(parent, character, word, table))


def _is_own(parent: Parent, word: str) -> bool:
    """Whether a word is nothing but a name: no common word, nothing with an article, and never shortened."""
    told = parent.told
    if not _WORD.match(word) or re.search(rf"(?<!\w){re.escape(word.lower())}s?(?!\w)", told):
        return False
    if re.search(_NOT_A_NAME.format(word=re.escape(word)), parent.text):
        return False
    called = {name for one in parent.party.names for name in one.split()}
    return not any(_is_short_for(other, word) for other in parent.words - called if other.lower() not in parent.words)


def _is_short_for(one: str, other: str) -> bool:
    """Whether of two capitalised words one is how the other begins."""
    short, long = sorted((one, other), key=len)
    return len(short) > 2 and len(short) < len(long) and short[0].isupper() and long.startswith(short)


def _group(parent: Parent, character: Character, word: str, table: Names) -> str:
    """Which names fit: as the class or the sentences about someone say, else by the kind."""
    words = set(re.findall(r"[a-z]+", f"{character.kind} {character.class_name} {character.name}".lower()))
    for group, said in table.says.items():
        if words & said:
            return group
    he = she = 0
    for sentence in _SENTENCE.findall(parent.told):
        if sentence.lstrip('"“ ').startswith(word):  # what a sentence begins with, its pronouns mostly mean
            he += len(_HE.findall(sentence))
            she += len(_SHE.findall(sentence))
    if max(he, she) > 1 and not min(he, she) and not _is_player(parent, character):
        return "he" if he else "she"
    return "foe" if "enemy" in (character.kind or "").lower() else "any"


def _is_player(parent: Parent, character: Character) -> bool:
    return plain_name(parent.scenario.player or "") == plain_name(character.name)


def _other(role: _Role, present: frozenset[str], table: Names, rng: random.Random) -> str | None:
    """A name that stands nowhere in the text."""
    free = [name for name in table.groups[role.group] if name.lower() not in present]
    return rng.choice(free) if free else None


def _renamed(parent: Parent, parsed: Parsed, old: str, new: str) -> Parsed | None:
    """The text with a word of a name as another: in whole names first, then where it stands alone."""
    system = parsed.scenario.system
    holders = [one.name for one in (system.party if system else ()) if old in one.name.split()]
    try:
        for name in holders:
            whole = " ".join(new if word == old else word for word in name.split())
            parsed = parent.read(applied(parsed.scenario.text, rename_edits(parsed, name, whole)))
        if holders != [old]:
            parsed = parent.read(applied(parsed.scenario.text, word_edits(parsed, old, new)))
    except (BadName, CharacterNameTaken):
        return None
    return parsed
