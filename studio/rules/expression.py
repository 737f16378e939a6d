"""Owns the reading and the value of a dice expression: sums, products, brackets, dice, and which of them are kept.

    sum     = product (("+" | "-") product)*
    product = signed (("*" | "//" | "/") signed)*
    signed  = ("+" | "-") signed | "(" sum ")" | dice | number
    dice    = [number] "d" number (("k" | "p") ("h" | "l") number)*

Neighbours of one letter count together: `4d6kh1kl1` keeps the highest and the lowest.
"""

import random
import re
from collections.abc import Iterable, Sequence
from itertools import groupby

from studio.language import _
from studio.rules.dice import MOST_DICE, Die
from studio.rules.errors import BadDice

_WORD = re.compile(
    r"[ \t\f\r\n]*(?:(?P<dice>[0-9]*d[0-9]+(?:[kp][hl][0-9]+)*)|(?P<number>[0-9]+)|(?P<sign>//|[-+*/()]))"
)
_DICE = re.compile(r"([0-9]*)d([0-9]+)(.*)")
_KEPT = re.compile(r"([kp])([hl])([0-9]+)")


def evaluate(expression: str, rng: random.Random, dice: list[Die]) -> int:
    """The total of an expression, each die that fell added to `dice`; raises BadDice."""
    return _Reader(expression, rng, dice).total()


class _Reader:
    """Reads an expression from left to right; the dice fall as they are met."""

    def __init__(self, expression: str, rng: random.Random, dice: list[Die]) -> None:
        self._expression, self._rng, self._dice = expression, rng, dice
        self._words = self._split(expression.rstrip(" \t\f\r\n"))
        self._at = 0

    def _split(self, text: str) -> list[str]:
        """The words; it is refused before a die falls."""
        words, at = list[str](), 0
        while at < len(text):
            match = _WORD.match(text, at)
            if match is None:
                raise self._bad(_("it is not dice notation"))
            words.append(match[0].lstrip())
            at = match.end()
        return words

    def _bad(self, reason: str) -> BadDice:
        return BadDice(expression=self._expression, reason=reason)

    def _take(self, *signs: str) -> str:
        """The next word where it is one of some signs, else nothing."""
        word = self._words[self._at] if self._at < len(self._words) else ""
        if word not in signs:
            return ""
        self._at += 1
        return word

    def total(self) -> int:
        """The value of all of it."""
        value = self._sum()
        if self._at < len(self._words):
            raise self._bad(_("it is not dice notation"))
        return value

    def _sum(self) -> int:
        value = self._product()
        while sign := self._take("+", "-"):
            other = self._product()
            value = value + other if sign == "+" else value - other
        return value

    def _product(self) -> int:
        value = self._signed()
        while sign := self._take("*", "/", "//"):
            other = self._signed()
            if sign != "*" and not other:
                raise self._bad(_("it divides by zero"))
            value = value * other if sign == "*" else value // other
        return value

    def _signed(self) -> int:
        if sign := self._take("+", "-"):
            value = self._signed()
            return -value if sign == "-" else value
        if self._take("("):
            value = self._sum()
            if not self._take(")"):
                raise self._bad(_("it is not dice notation"))
            return value
        word = self._words[self._at] if self._at < len(self._words) else ""
        if not word[:1].isdigit() and not word.startswith("d"):
            raise self._bad(_("it is not dice notation"))
        self._at += 1
        return self._thrown(word) if "d" in word else int(word)

    def _thrown(self, word: str) -> int:
        match = _DICE.fullmatch(word)
        assert match is not None
        count, size = int(match[1] or 1), int(match[2])
        if size < 1 or len(self._dice) + count > MOST_DICE:
            raise self._bad(_("at most {n} dice of one or more sides").format(n=MOST_DICE))
        faces = [self._rng.randint(1, size) for _ in range(count)]
        kept = set(range(count))
        for how, told in groupby(_KEPT.findall(match[3]), key=lambda one: str(one[0])):
            chosen = {place for _how, end, number in told for place in _ends(faces, kept, end, int(number))}
            kept = chosen if how == "k" else kept - chosen
        self._dice.extend(Die(size, face, place in kept) for place, face in enumerate(faces))
        return sum(faces[place] for place in kept)


def _ends(faces: Sequence[int], among: Iterable[int], end: str, number: int) -> list[int]:
    """The places of the highest or lowest of some faces."""
    return sorted(among, key=lambda place: faces[place], reverse=end == "h")[:number]
