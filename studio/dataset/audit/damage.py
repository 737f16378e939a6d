"""Owns the check for text that was read in the wrong encoding, or was never made into text again."""

import html.entities
import re
from collections.abc import Iterator
from functools import lru_cache

from studio.dataset.audit.sight import Found, Sight

_FOREIGN = re.compile(r"[^\x00-\x7f]{2,400}")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u2060\ufeff\ufffe\ufff0-\uffff\ud800-\udfff]")
_ENTITY = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]{1,30}|#\d{1,7}|#[xX][0-9a-fA-F]{1,6});")
_ESCAPE = re.compile(r"\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|=E2=80=[0-9A-F]{2}|=C3=[0-9A-F]{2}|%E2%80%[0-9A-F]{2}")
_QUESTION = re.compile(r"\b[A-Za-z]{1,20}\?(?:t|s|re|ll|ve|d|m)\b")
_SEQUENCE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_USUAL = (("\xa0", "\xff"), ("\u0152", "\u017f"), ("\u2010", "\u2044"), ("\u20ac", "\u20ac"), ("\u2122", "\u2122"),
          ("\u2190", "\u21ff"), ("\u2600", "\u27bf"), ("\ufe0f", "\ufe0f"), ("\U0001f000", "\U0001faff"))  # fmt: skip
_CYRILLIC = ("\u0400", "\u04ff")
_WRONGLY = (("cp1252", (*_USUAL, _CYRILLIC)), ("mac_roman", _USUAL), ("cp437", _USUAL), ("cp1251", _USUAL))
"""Encodings that UTF-8 is read as by mistake, and the letters that then were meant."""


def encoding(sight: Sight, limit: float) -> Found | None:
    """How many places are damaged, and the first of them."""
    said = (sight.text, sight.prompt, sight.talk.rejected or "")
    places = next(filter(None, (list(_places(text)) for text in said)), None) or _in_system(sight.system)
    return Found(len(places), places[0]) if len(places) >= limit else None


@lru_cache(maxsize=64)
def _in_system(system: str) -> list[str]:
    """The same in SYSTEM, which many rows share."""
    return list(_places(system))


def _places(text: str) -> Iterator[str]:
    yield from (_named(match.group()) for match in _CONTROL.finditer(text))
    if not text.isascii():
        yield from (run for run in _FOREIGN.findall(text) if _misread(run))
    if "&" in text:
        yield from (one for one in _ENTITY.findall(text) if one[1] == "#" or one[1:] in html.entities.html5)
    if "\\" in text or "=" in text or "%E2" in text:
        yield from _ESCAPE.findall(text)
    if "?" in text:
        yield from (match.group() for match in _QUESTION.finditer(text))


def _named(letter: str) -> str:
    return f"U+{ord(letter):04X}"


def _misread(run: str) -> bool:
    """Whether some of the characters are what becomes of UTF-8 read as another encoding."""
    for wrongly, likely in _WRONGLY:
        data = b"".join(_byte(letter, wrongly) for letter in run)
        for match in _SEQUENCE.findall(data):
            letter = match.decode("utf-8", "replace")
            if any(first <= letter <= last for first, last in likely):
                return True
    return False


def _byte(letter: str, wrongly: str) -> bytes:
    """The letter's byte; NUL, which no run holds, where the encoding has none."""
    try:
        return letter.encode(wrongly)
    except UnicodeEncodeError:
        return bytes([ord(letter)]) if 0x80 <= ord(letter) <= 0x9F else b"\x00"
