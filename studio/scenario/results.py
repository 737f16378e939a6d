"""Owns the line of a TOOLCALL turn: `stealth: 13 + 6(skill) = *19*`; knows neither dice nor sheets."""

import re
from dataclasses import dataclass

_LINE = re.compile(
    r"(?P<skill>[A-Za-z][A-Za-z0-9_' -]{0,60}?)[ \t]{0,8}:[ \t]{0,8}(?P<natural>[0-9]{1,6})"
    r"(?P<parts>(?:[ \t]{0,8}[+-][ \t]{0,8}[0-9]{1,6}\([^()\r\n]{1,60}\)){0,20})"
    r"[ \t]{0,8}=[ \t]{0,8}\*(?P<total>-?[0-9]{1,6})\*\Z"
)
_PART = re.compile(r"([+-])[ \t]{0,8}([0-9]{1,6})\(([^()\r\n]{1,60})\)")
_LIMIT = 2000


@dataclass(frozen=True, slots=True)
class ResultLine:
    """One roll as written: the kept die, what was added, and the total that the line claims."""

    skill: str
    natural: int
    parts: tuple[tuple[int, str], ...]
    total: int

    @property
    def true_total(self) -> int:
        """What the die and the parts add up to."""
        return self.natural + sum(value for value, _source in self.parts)


def read_result(text: str) -> ResultLine | None:
    """The result that a TOOLCALL turn's content says, or None where it is not in that form."""
    match = _LINE.match(text.strip()) if len(text) <= _LIMIT else None
    if match is None:
        return None
    parts = tuple((int(f"{sign}{value}"), source) for sign, value, source in _PART.findall(match["parts"]))
    return ResultLine(match["skill"], int(match["natural"]), parts, int(match["total"]))
