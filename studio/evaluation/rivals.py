"""Owns the rivals that need no training: the commonest call, the nearest training line, and a prompted base."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from studio.chat import Message
from studio.evaluation.toolcalls import Calls, Case, Verdict

_WORD = re.compile(r"[^\W\d_]+")


def commonest(training: Sequence[Case], cases: Sequence[Case], *, calling: bool) -> tuple[Calls, list[Verdict]]:
    """Always the commonest list of calls of the training turns; with `calling`, the commonest that is not empty."""
    counts = Counter(case.expected for case in training if case.expected or not calling)
    answer = counts.most_common(1)[0][0]
    return answer, [Verdict(case, "", answer, 0) for case in cases]


@dataclass(slots=True)
class NearestLine:
    """Answers with the calls that followed the most similar User turn of the training part (TF-IDF, cosine).

    Only turns in the same place count: after a User turn, after a success, after a failure, after another result.
    """

    training: Sequence[Case]
    _rarity: dict[str, float] = field(default_factory=dict)
    _vectors: list[dict[str, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        words = [set(_words(case.user)) for case in self.training]
        seen = Counter(word for line in words for word in line)
        self._rarity = {word: math.log((1 + len(words)) / (1 + n)) + 1 for word, n in seen.items()}
        self._vectors = [self._vector(case.user) for case in self.training]

    def answer(self, case: Case) -> Verdict:
        """The verdict on the nearest turn's calls."""
        vector, place = self._vector(case.user), _place(case)
        best, calls = -1.0, Calls()
        for other, row in zip(self.training, self._vectors, strict=True):
            if _place(other) == place:
                likeness = sum(weight * row.get(word, 0.0) for word, weight in vector.items())
                if likeness > best:
                    best, calls = likeness, other.expected
        return Verdict(case, "", calls, 0)

    def _vector(self, text: str) -> dict[str, float]:
        counts = Counter(_words(text))
        weights = {word: n * self._rarity.get(word, 0.0) for word, n in counts.items()}
        length = math.sqrt(sum(weight**2 for weight in weights.values())) or 1.0
        return {word: weight / length for word, weight in weights.items()}


def _words(text: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(text)]


def _place(case: Case) -> tuple[str, str]:
    last = case.messages[-1].content if case.messages else ""
    return ("result" if last.endswith("</TOOLCALL>") else "line", case.opening)


INSTRUCTIONS = """Run the game with tools in square brackets, each alone on a line at the end of your reply:
[roll: SKILL] when the player's action could fail, [damage: NAME N], [heal: NAME N], [give: NAME ITEM],
[take: NAME ITEM], [condition: NAME CONDITION], [level up: NAME], [begin combat], [end combat].
After a roll wait for its result. Where nothing is at stake, reply without a tool."""


def prompted(case: Case, examples: Sequence[Case]) -> Case:
    """The case with instructions and examples put before it, for a base that was not trained."""
    system, *play = case.messages
    told = Message(system.role, f"{system.content}\n\n# Tools\n{INSTRUCTIONS}")
    shown = [
        m for example in examples for m in (Message("user", example.user), Message("assistant", example.reference))
    ]
    return Case(
        scenario=case.scenario,
        path=case.path,
        turn=case.turn,
        messages=(told, *shown, *play),
        opening=case.opening,
        names=case.names,
        player=case.player,
        expected=case.expected,
        reference=case.reference,
        user=case.user,
    )


def five_examples(training: Sequence[Case]) -> list[Case]:
    """Five training turns after a User line, of different calls and one without, the shortest of each kind."""
    chosen: dict[str, Case] = {}
    for case in sorted(training, key=lambda case: len(case.user) + len(case.reference)):
        if case.messages and not case.messages[-1].content.endswith("</TOOLCALL>"):
            kind = case.expected[0][0] if case.expected else ""
            chosen.setdefault(kind, case)
    wanted = ["roll", "", "take", "give", "condition", "heal", "begin combat"]
    return [chosen[kind] for kind in wanted if kind in chosen][:5]
