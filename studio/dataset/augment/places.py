"""Owns swapping a place for an equivalent one: a tavern for an inn, a town for another; changes no person.

Only a place that is named in one way everywhere is swapped: a common noun that is part of no name and no compound, or
a proper name of one word that stands where places stand.
"""

import random
import re
from collections.abc import Iterator

from studio.dataset.augment.parents import Made, Parent
from studio.dataset.augment.tables import Equivalents, equivalents
from studio.language import _
from studio.scenario.edits import applied
from studio.scenario.model import Span
from studio.scenario.problems import Edit
from studio.scenario.renaming import BadName, CharacterNameTaken, NameKind, names_in, rename_edits

_ARTICLE = re.compile(r"\b(a|an)([ \t]+|[ \t]*\n[ \t]*)\Z", re.IGNORECASE)
_SENTENCE_ENDS = '.!?:\n\r"“”—['
_VOWELS = "aeiou"
_COMPOUND = re.compile(r"-|[ \t]+(?:keeper|house|man|woman|folk|master)\b")


def swap_place(parent: Parent, rng: random.Random) -> Made | None:
    """The scenario with one place as another of its sort."""
    found = [*_nouns(parent), *_proper(parent)]
    if not found:
        return None
    old, others = rng.choice(found)
    new = rng.choice(others)
    text = _with_noun(parent, old, new) if old.islower() else _with_name(parent, old, new)
    return None if text is None else Made(text, _("{old} → {new}").format(old=old, new=new))


def _nouns(parent: Parent) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The common nouns that can be swapped, each with what may stand for it."""
    system = parent.scenario.system
    start = system.span.start if system is not None else 0  # a tag of that name alone is no place
    plain = parent.text.lower()
    for group in equivalents().nouns:
        present = [noun for noun in group if noun[:-1] in plain and _pattern(noun).search(parent.text, start)]
        if len(present) == 1 and _is_plain(parent, present[0]):
            yield present[0], tuple(noun for noun in group if noun != present[0])


def _pattern(noun: str) -> re.Pattern[str]:
    """A noun and its plural, in any case."""
    ending = rf"{noun[:-1]}(?:y|ies)" if _turns(noun) else rf"{noun}s?"
    return re.compile(rf"(?<!\w){ending.replace(' ', '[ ]')}(?!\w)", re.IGNORECASE)


def _turns(noun: str) -> bool:
    """Whether a plural is one of `library`: `libraries`."""
    return noun.endswith("y") and noun[-2] not in _VOWELS


def _is_plain(parent: Parent, noun: str) -> bool:
    """Whether every place of a noun is the noun and no part of a name or a compound."""
    text = parent.text
    for match in _pattern(noun).finditer(text):
        before, after = text[max(0, match.start() - 1) : match.start()], text[match.end() : match.end() + 20]
        capital = match[0][:1].isupper() and not _opens(text, match.start())
        if before == "-" or _COMPOUND.match(after) or capital or match[0].isupper():
            return False
    return True


def _opens(text: str, place: int) -> bool:
    """Whether a sentence begins at a place."""
    while place and text[place - 1] in " \t":
        place -= 1
    return place == 0 or text[place - 1] in _SENTENCE_ENDS


def _with_noun(parent: Parent, old: str, new: str) -> str | None:
    edits = []
    for match in _pattern(old).finditer(parent.text):
        plural = match[0].lower() != old
        word = (f"{new[:-1]}ies" if _turns(new) else f"{new}s") if plural else new
        word = word[:1].upper() + word[1:] if match[0][0].isupper() else word
        edits.append(Edit(Span(*match.span()), word))
        if (article := _ARTICLE.search(parent.text, max(0, match.start() - 6), match.start())) and not plural:
            fitting = "an" if new[0] in _VOWELS else "a"
            fitting = fitting.capitalize() if article[1][0].isupper() else fitting
            edits.append(Edit(Span(*article.span(1)), fitting))
    return applied(parent.text, edits)


def _proper(parent: Parent) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The proper names of one word that can be swapped."""
    table = equivalents()
    free = tuple(name for name in table.names if name.lower() not in parent.present)
    for name in names_in(parent.parsed):
        if name.kind is NameKind.PLACE and free and _is_place(parent.text, name.text, table):
            yield name.text, free


def _is_place(text: str, name: str, table: Equivalents) -> bool:
    """Whether a name stands only where places stand, and in no longer name."""
    if not re.fullmatch(r"[^\W\d_]{3,}", name) or re.search(rf"(?<!\w){name.lower()}s?(?!\w)", text):
        return False
    places = 0
    for match in re.finditer(rf"(?<!\w){name}(?!\w)", text):
        ahead = re.search(r"([^\W\d_]+)[ \t\r\n]+\Z", text[max(0, match.start() - 30) : match.start()])
        after = re.match(r"(?:['’]s)?[ \t]+([^\W\d_]+)", text[match.end() : match.end() + 30])
        if (after and after[1][0].isupper()) or text[match.end() : match.end() + 1] == "-":
            return False
        said = ahead[1].lower() if ahead else ""
        places += said in table.within
        if said not in table.within | table.before and not _opens(text, match.start()):
            return False
    return places > 0


def _with_name(parent: Parent, old: str, new: str) -> str | None:
    try:
        return applied(parent.text, rename_edits(parent.parsed, old, new))
    except (BadName, CharacterNameTaken):
        return None
