"""Owns the canon of a game: what its texts may not say, must say, and in which range a number lies.

It looks at any text: a row of a data set, or what a model answered. How rules are written stands in `canon_file.py`.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from studio.dataset.audit.phrases import Phrases, Words, words_of
from studio.dataset.audit.sight import LONG, Sight, excerpt
from studio.dataset.verdicts import Decision, Reason
from studio.language import _

Scope = Literal["answer", "prompt", "row"]
CODE = "canon:"

_GROUPED = r"\d{1,3}(?:[,.’' \u00a0\u202f]\d{3}){1,6}(?!\d)"
_NUMBER = re.compile(
    rf"(?<![\w.,])(?P<whole>{_GROUPED}|\d{{1,18}})(?P<rest>[.,]\d{{1,9}})?"
    r"(?P<unit> ?(?:k|thousand|m|mil|million|bn|billion)\b)?(?!\w)",
    re.IGNORECASE,
)
_UNITS = {"": 1, "k": 1e3, "thousand": 1e3, "m": 1e6, "mil": 1e6, "million": 1e6, "bn": 1e9, "billion": 1e9}
_MANY = 200


@dataclass(frozen=True, slots=True)
class InRange:
    """Numbers at most `within` words from one of `near` lie from `low` to `high`; those below `least` mean others."""

    near: tuple[str, ...]
    low: float
    high: float
    within: int = 8
    least: float = 0.0


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: where one of `when` is mentioned (always, where there is none), the rest must hold.

    `must` needs one of its phrases. A forbidden one that stands at most `unless_within` words behind one of `unless`
    (“never”, “do not pair it with”) is allowed. `ask` are questions that an evaluation puts to a model; what their
    answers must mention binds no other text that does not mention one of `when`.
    """

    name: str
    when: tuple[str, ...] = ()
    must_not: tuple[str, ...] = ()
    must: tuple[str, ...] = ()
    number: InRange | None = None
    unless: tuple[str, ...] = ()
    unless_within: int = 6
    scope: Scope = "answer"
    action: Decision = Decision.BIN
    reason: str = ""
    ask: tuple[str, ...] = ()


@dataclass(frozen=True)
class Canon:
    """Rules, and the other names of things by their name."""

    rules: tuple[Rule, ...] = ()
    aliases: Mapping[str, tuple[str, ...]] | None = None

    def without(self, off: Collection[str]) -> "Canon":
        """The canon without the rules of some codes (`canon:NAME`)."""
        return Canon(tuple(rule for rule in self.rules if f"{CODE}{rule.name}" not in off), self.aliases)

    def answering(self, name: str) -> "Canon":
        """What binds the answer to a question of the rule `name`: that rule always, the others as ever."""
        direct = (replace(rule, when=(), ask=(), scope="answer") if rule.name == name else rule for rule in self.rules)
        return Canon(tuple(direct), self.aliases)

    def check_text(self, text: str, *, scope: Scope = "answer") -> tuple[Reason, ...]:
        """What a text breaks, by the rules of a scope; rules for whole rows are held against an answer, too."""
        asked = [
            one for one in self._ready if one.rule.scope == scope or (scope == "answer" and one.rule.scope == "row")
        ]
        return tuple(self._broken(asked, text, Words.of(text)))

    def check(self, sight: Sight) -> tuple[Reason, ...]:
        """What a row breaks."""
        if not self.rules:
            return ()
        return tuple(reason for scope, ready in self._by_scope.items() for reason in self._at(scope, ready, sight))

    def _at(self, scope: Scope, ready: Sequence["_Ready"], sight: Sight) -> Iterator[Reason]:
        text = {"answer": sight.text, "prompt": sight.prompt, "row": sight.whole}[scope]
        yield from self._broken(ready, text, sight.words if scope == "answer" and len(text) <= LONG else Words.of(text))

    @cached_property
    def _ready(self) -> tuple["_Ready", ...]:
        bound = (replace(rule, must=()) if rule.ask and not rule.when else rule for rule in self.rules)
        return tuple(
            _Ready(rule, self.aliases or {}) for rule in bound if rule.must or rule.must_not or rule.number is not None
        )

    @cached_property
    def _by_scope(self) -> Mapping[Scope, Sequence["_Ready"]]:
        scopes: dict[Scope, list[_Ready]] = {}
        for one in self._ready:
            scopes.setdefault(one.rule.scope, []).append(one)
        return scopes

    @staticmethod
    def _broken(asked: Iterable["_Ready"], text: str, words: Words) -> Iterator[Reason]:
        for one in asked:
            reason = one.broken(text, words)
            if reason is not None:
                yield reason


class _Ready:
    """A rule with its phrases ready to be looked for."""

    def __init__(self, rule: Rule, aliases: Mapping[str, tuple[str, ...]]) -> None:
        self.rule = rule
        same = _same(aliases)
        self._when = _phrases(rule.when, same)
        self._must_not = _phrases(rule.must_not, same)
        self._must = _phrases(rule.must, same)
        self._unless = Phrases(rule.unless)
        self._near = _near(_all_names(rule.number.near, same)) if rule.number else None

    def broken(self, text: str, words: Words) -> Reason | None:
        """The reason, where the text breaks the rule."""
        mentioned = ""
        if self.rule.when:
            mentioned = self._when.first(words)
            if not mentioned:
                return None
        return self._forbidden(words, mentioned) or self._absent(words, mentioned) or self._off(text)

    def _forbidden(self, words: Words, mentioned: str) -> Reason | None:
        if not self.rule.must_not:
            return None
        allowed = [at for at, _phrase in self._unless.among(words)] if self.rule.unless else []
        for at, phrase in self._must_not.among(words):
            if not any(0 < at - other <= self.rule.unless_within for other in allowed):
                told = _("It mentions “{phrase}” with “{when}”.") if mentioned else _("It mentions “{phrase}”.")
                return self._reason(told.format(phrase=phrase, when=mentioned))
        return None

    def _absent(self, words: Words, mentioned: str) -> Reason | None:
        if not self.rule.must or self._must.first(words):
            return None
        wanted = _(" or ").join(f"“{one}”" for one in self.rule.must)
        told = _("It mentions “{when}” and not {wanted}.") if mentioned else _("It does not mention {wanted}.")
        return self._reason(told.format(when=mentioned, wanted=wanted))

    def _off(self, text: str) -> Reason | None:
        number = self.rule.number
        if number is None or self._near is None:
            return None
        places = [match.span() for match in self._near.finditer(text)][:_MANY]
        for start, end, value in numbers(text) if places else ():
            if value < number.least or number.low <= value <= number.high:
                continue
            if any(_between(text, place, (start, end)) <= number.within for place in places):
                told = _("It says {value} near “{near}”, and {low:g} to {high:g} is right.")
                near = text[places[0][0] : places[0][1]]
                said = told.format(value=text[start:end].strip(), near=excerpt(near), low=number.low, high=number.high)
                return self._reason(said, value, number.high if value > number.high else number.low)
        return None

    def _reason(self, told: str, value: float | None = None, limit: float | None = None) -> Reason:
        sentence = f"{told} {self.rule.reason}".strip()
        return Reason(f"{CODE}{self.rule.name}", sentence, self.rule.action, value, limit)


def numbers(text: str) -> Iterator[tuple[int, int, float]]:
    """Where numbers stand, and what they say: `27k`, `27,000`, `27 000`, `27.5k`, `1.2 million`."""
    for match in _NUMBER.finditer(text):
        whole, rest = match["whole"], match["rest"] or ""
        unit = (match["unit"] or "").strip().lower()
        if unit and not rest and whole.count(".") == 1 and not re.search(r"[^\d.]", whole):
            value = float(whole)  # 1.250k: a point before a unit is no separator
        else:
            value = float(re.sub(r"\D", "", whole) + rest.replace(",", "."))
        yield match.start(), match.end(), value * _UNITS[unit]


def _between(text: str, one: tuple[int, int], other: tuple[int, int]) -> int:
    """How many words stand between two places; none where they overlap."""
    first, second = sorted((one, other))
    gap = text[first[1] : second[0]]
    return len(gap.split()) if len(gap) < 1000 else _MANY


def _same(aliases: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """All names of a thing, by each of them."""
    names: dict[str, tuple[str, ...]] = {}
    for name, others in aliases.items():
        for one in (name, *others):
            names[" ".join(words_of(one))] = (name, *others)
    return names


def _all_names(phrases: Iterable[str], same: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(name for phrase in phrases for name in same.get(" ".join(words_of(phrase)), (phrase,)))


def _phrases(phrases: Iterable[str], same: Mapping[str, tuple[str, ...]]) -> Phrases:
    return Phrases(_all_names(phrases, same))


def _near(phrases: Iterable[str]) -> re.Pattern[str]:
    said = "|".join(r"\W{1,3}".join(map(re.escape, words_of(phrase))) for phrase in phrases)
    return re.compile(rf"(?<!\w)(?:{said})(?!\w)", re.IGNORECASE)
