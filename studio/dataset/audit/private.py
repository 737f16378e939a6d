"""Owns the checks for what belongs to somebody: addresses, numbers and names to reach a person by, and keys."""

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import pairwise

from studio.dataset.audit.sight import Found, Side, Sight
from studio.dataset.audit.wordlists import Pattern, patterns

_SHOWN = 4
_CALL_WORDS = re.compile(
    r"(?i)\b(?:call|phone|tel|telephone|text|mobile|cell|whatsapp|number|ring|reach|sms|contact)\b"
)
_NEAR = 40
_GROUPS = re.compile(r"\d{1,20}")
_DATE = re.compile(r"\d{4}[-/. ][01]?\d[-/. ][0-3]?\d(?!\d)|[0-3]?\d[-/. ][01]?\d[-/. ]\d{4}(?![\d-])")
_NO_HANDLES = frozenset({"everyone", "here", "dataclass", "property", "staticmethod", "override", "param", "return"})
_KEY_LENGTH = 20


def contact(sight: Sight, limit: float) -> Found | None:
    """Mail, telephone, card and street numbers, and names by which somebody can be written to."""
    return _first("contact", sight, limit)


def secret(sight: Sight, limit: float) -> Found | None:
    """Keys, tokens and passwords, by their form or by how little order there is in them."""
    return _first("secret", sight, limit)


def _first(family: str, sight: Sight, limit: float) -> Found | None:
    for side in sight.sides:
        found = _in(family, side, limit)
        if found is not None:
            return found
    return _in_system(family, sight.system, limit) if sight.system else None


@lru_cache(maxsize=256)
def _in_system(family: str, system: str, limit: float) -> Found | None:
    """The same in SYSTEM, which is learnt from, too, and which many rows share."""
    return _in(family, Side.of(system), limit)


def _in(family: str, side: Side, limit: float) -> Found | None:
    for pattern in patterns(family):
        if not pattern.fits(side.text, side.lowered, side.longest):
            continue
        for match in pattern.regex.finditer(side.text):
            found = match.groupdict().get("value") or match.group()
            if not pattern.check or _CHECKS[pattern.check](found, match, limit):
                value = _order(found) if pattern.check in ("entropy", "mixed") else None
                return Found(value, _told(pattern, found))
    return None


def _told(pattern: Pattern, found: str) -> str:
    """What it is, and its beginning; a report is no place to repeat it whole."""
    return f"{pattern.what} “{found[:_SHOWN]}…”"


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the others, as on payment cards."""
    total = 0
    for at, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if at % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _card(found: str, match: re.Match[str], limit: float) -> bool:
    digits = re.sub(r"\D", "", found)
    return 13 <= len(digits) <= 19 and len(set(digits)) > 2 and luhn(digits)


def _telephone(found: str, match: re.Match[str], limit: float) -> bool:
    """Nine to fifteen digits, written as one writes a number or with a word beside that says so."""
    groups = _GROUPS.findall(found)
    count = sum(map(len, groups))
    if not 7 <= count <= 15 or _DATE.match(found):
        return False
    if found[0] == "+" and count >= 9:
        return True
    before = match.string[max(0, match.start() - _NEAR) : match.start()]
    if _CALL_WORDS.search(before):
        return len(groups) == 1 or max(map(len, groups)) >= 3
    if count < 9:
        return False
    return (found[0] in "(0" and len(groups) > 1) or _by_three(found, groups)


def _by_three(found: str, groups: list[str]) -> bool:
    """555-013-4477 and the like, one mark throughout."""
    marks = set(re.findall(r"\D{1,4}", found.strip("()")))
    return [len(group) for group in groups[-3:]] == [3, 3, 4] and bool(marks) and marks <= {"-", ".", " ", ") "}


def _order(text: str) -> float:
    """Bits for each character, from how often each comes."""
    count = len(text)
    return -sum(n / count * math.log2(n / count) for n in Counter(text).values()) if text else 0.0


def _kind(letter: str) -> int:
    return 0 if letter.islower() else 1 if letter.isupper() else 2 if letter.isdigit() else 3


def _entropy(found: str, match: re.Match[str], limit: float) -> bool:
    """Capitals, small letters and digits in no order; or hex digits without a word in it."""
    digits = sum(letter.isdigit() for letter in found)
    if digits < 2 or _order(found) < limit:
        return False
    if all(letter in "0123456789abcdef" for letter in found.lower()):
        return len(found) >= 32 and digits >= len(found) / 4
    changes = sum(_kind(a) != _kind(b) for a, b in pairwise(found))
    return {0, 1, 2} <= {_kind(letter) for letter in found} and changes >= len(found) * 0.35


def _mixed(found: str, match: re.Match[str], limit: float) -> bool:
    """Letters with digits or marks among them, as a password that somebody was given; a mere word is none."""
    kinds = {_kind(letter) for letter in found.rstrip(".!?)")}
    letters = bool(kinds & {0, 1})
    long = len(found) < _KEY_LENGTH or _order(found) >= limit
    return letters and 2 in kinds and long and not found.startswith(("http", "www.", "[", "<", "{", "$"))


def _handle(found: str, match: re.Match[str], limit: float) -> bool:
    return found[1:].lower().rstrip(".") not in _NO_HANDLES


_CHECKS: Mapping[str, Callable[[str, re.Match[str], float], bool]] = {
    "luhn": _card,
    "phone": _telephone,
    "entropy": _entropy,
    "mixed": _mixed,
    "handle": _handle,
}
