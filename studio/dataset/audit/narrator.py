"""Owns the checks of a narrator who takes the player's part: speaks for them, decides for them, writes their turn."""

import re
from functools import cache, lru_cache

from studio.dataset.audit.forms import forms
from studio.dataset.audit.sight import QUOTE, Found, Sight, excerpt
from studio.dataset.audit.wordlists import lists

_NAME = re.compile(r"(?m)^## {0,3}([^\n#]{1,60})\n{1,3}[-*] {0,3}Player Character", re.IGNORECASE)
_TAG = re.compile(r"</?(?:User|Player)>", re.IGNORECASE)
_BEFORE = 24


def player_line(sight: Sight, limit: float) -> Found | None:
    """A line in an answer that is the player's turn."""
    if ":" not in sight.text and "<" not in sight.text:
        return None
    match = _TAG.search(sight.text) or (_lines(_players(sight.system)).search(sight.text) if sight.is_play else None)
    return Found(what=excerpt(sight.text[match.start() :])) if match else None


def player_voice(sight: Sight, limit: float) -> Found | None:
    """How often the player is given words or a decision of their own."""
    if not sight.is_play:
        return None
    told = sight.told
    found = []
    if QUOTE in told:
        found = [match.group() for match in _speech(_players(sight.system)).finditer(told)]
    found += [match.group() for match in _choice().finditer(told) if not _supposed(told, match.start())]
    if not found:
        formed = forms("narrator", "voice").among(sight.told_plain, sight.told_words)
        found = [match.group() for match in formed if not _supposed(sight.told_plain, match.start())]
    return Found(len(found), excerpt(found[0])) if found and len(found) >= limit else None


@lru_cache(maxsize=256)
def _players(system: str) -> tuple[str, ...]:
    """The names of player characters on the sheets."""
    return tuple(name.strip() for name in _NAME.findall(system))


@lru_cache(maxsize=256)
def _lines(names: tuple[str, ...]) -> re.Pattern[str]:
    words = "|".join(map(re.escape, (*lists("narrator")["lines"], *names)))
    return re.compile(rf"(?im)^[ *]{{0,8}}(?:{words})(?: \([^()\n]{{1,40}}\))?\*{{0,2}}:\*{{0,2}}(?=[ \n])")


def _thirds(verb: str) -> str:
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return f"{verb[:-1]}ies"
    return f"{verb}es" if verb.endswith(("s", "sh", "ch", "x")) else f"{verb}s"


@lru_cache(maxsize=256)
def _speech(names: tuple[str, ...]) -> re.Pattern[str]:
    """“You say,” before or after a quotation, and the same of the player's character by name."""
    verbs = lists("narrator")["speech"]
    you = rf"you (?:\w{{2,14}}ly )?(?:{'|'.join(verbs)})"
    after = rf"you (?:\w{{2,14}}ly )?(?!(?:{'|'.join(lists('narrator')['senses'])})\b)[a-z]{{2,14}}"
    by_name = ""
    if names:
        known = "|".join(map(re.escape, names))
        by_name = rf"|(?:{known}) (?:\w{{2,14}}ly )?(?:{'|'.join(map(_thirds, verbs))})"
    before = rf"\b(?:{you}{by_name})(?: [\w'’]{{1,20}}){{0,12}}[,:]? {{0,2}}{QUOTE}"
    return re.compile(rf"{QUOTE} {{0,2}}(?:{after}{by_name})\b|{before}", re.IGNORECASE)


@cache
def _choice() -> re.Pattern[str]:
    said = lists("narrator")
    verbs, links, mind = ("|".join(said[part]) for part in ("choice", "links", "mind"))
    made = "make up your mind|have made (?:your choice|up your mind)"
    chosen = rf"(?:{verbs}) (?:\w{{2,14}}ly )?(?:{links})|{mind}|{made}"
    return re.compile(rf"\byou (?:\w{{2,14}}ly )?(?:{chosen})\b", re.IGNORECASE)


def _supposed(text: str, at: int) -> bool:
    """Whether the choice is only spoken of: “if you decide to”."""
    before = text[max(0, at - _BEFORE) : at].lower().split()
    return bool(before) and before[-1].strip(",;") in lists("narrator")["if"]
