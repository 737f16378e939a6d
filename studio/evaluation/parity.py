"""Owns what the parity gate judges: the steps from a model as trained to each of its files, and when a step holds.

Knows no model and no file; who measures stands in `workers/parity.py`, where the report is kept in `parity_file`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from studio.language import N_, _

LEAST_TOP1 = 0.995
MOST_DIVERGENCE = 0.001
MOST_RATIO = 1.2
MOST_DROP = 0.02
LEAST_POSITIONS = 2000
"""What the gate asks for. A quantisation that stays under MOST_DIVERGENCE needs no comparison with the base's, and is
judged where the narrator speaks."""

ALL, TRAINED_ON = "all", "trained"
"""Where two models are compared: at every position of the texts, and at those of what a narrator says."""

Kind = Literal["trained", "merged", "plain", "packed"]


@dataclass(frozen=True, slots=True)
class Nearness:
    """How near two models' predictions are: share of positions with the same likeliest token, mean KL in nats."""

    positions: int
    top1: float
    divergence: float


@dataclass(frozen=True, slots=True)
class TokenDifference:
    """Where a text first became other tokens: each side's (id, text) from `at`, a few before and after."""

    text: str
    at: int
    expected: tuple[tuple[int, str], ...]
    found: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """What two steps next to each other answered to one case that they answered differently."""

    scenario: str
    turn: int
    user: str
    expected: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Calls:
    """Tool calls of a step beside the step before: shares right, and the drop with its 95% interval.

    `differs` is the first case with other calls, `shown` the first whose text differs at all: that is never judged.
    """

    cases: int
    right: float
    before: float
    drop: float
    low: float
    high: float
    differs: Reply | None = None
    shown: Reply | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """Why a step does not hold: a code of SENTENCES with its values."""

    code: str
    values: Mapping[str, str | int | float]

    def __str__(self) -> str:
        try:
            return _(SENTENCES[self.code]).format_map(self.values)
        except (KeyError, ValueError):  # a report of another version, or one that somebody edited
            return self.code


SENTENCES = {
    "ids": N_("it reads “{text}” as other tokens from token {at} on"),
    "template": N_("its chat template cannot be used: {reason}"),
    "unreadable": N_("it cannot be measured: {reason}"),
    "changed": N_("{file} was changed or deleted since it was measured"),
    "few": N_("it was measured on {positions} held-out tokens, and {least} are asked for"),
    "top1": N_("its likeliest token is the same at {share:.4f} of the positions ({where}), and {least} is asked for"),
    "divergence": N_("its odds lie {divergence:.5f} nats apart ({where}), and at most {most} is allowed"),
    "ratio": N_(
        "its odds lie {divergence:.5f} nats apart ({where}), {ratio:.2f} times the {base:.5f} that the same packing "
        "costs the untuned base; at most {most} times is allowed"
    ),
    "calls": N_("it calls tools right in {right:.1%} of the cases, the step before in {before:.1%}"),
}


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured of one step; None is what was not or could not be.

    `ids` says whether prompts become the same tokens, `difference` where they first do not. `near` and `base` are by
    ALL and TRAINED_ON, the second of the untuned base in the same packing. `trouble` says why there is no more.
    """

    ids: bool | None = None
    difference: TokenDifference | None = None
    near: dict[str, Nearness] | None = None
    base: dict[str, Nearness] | None = None
    calls: Calls | None = None
    trouble: Finding | None = None


@dataclass(frozen=True, slots=True)
class ParityStep:
    """One step of the chain. `file` and `sha256` are of the model file that it is bound to, None where there is none.

    `against` names what it was held against, `note` says what is particular, as the precision of the model as trained.
    """

    name: str
    kind: Kind
    against: str
    measured: Measured
    findings: tuple[Finding, ...]
    file: str | None = None
    sha256: str | None = None
    note: str = ""

    @property
    def passed(self) -> bool:
        """Whether the step holds."""
        return not self.findings


@dataclass(frozen=True, slots=True)
class ParityReport:
    """The gate's result for one model: all steps in the order of the chain.

    `texts` and `positions` say what was read, `trained` how many of the positions a narrator says.
    """

    model: str
    source: str
    made: str
    texts: int
    positions: int
    trained: int
    steps: tuple[ParityStep, ...]
    format: int = 1

    @property
    def passed(self) -> bool:
        """Whether every step holds, and there is at least one file."""
        return all(step.passed for step in self.steps) and any(step.file for step in self.steps)

    def holds(self, file: str) -> bool:
        """Whether the chain holds up to that file, whatever is said of others."""
        way = [step for step in self.steps if step.kind != "packed" or step.file == file]
        return any(step.file == file for step in way) and all(step.passed for step in way)


def judged(kind: Kind, measured: Measured, positions: int, least: int = LEAST_POSITIONS) -> tuple[Finding, ...]:
    """What is wrong with a step; nothing where it holds. `positions` is how many tokens were read."""
    if measured.trouble is not None:
        return (measured.trouble,)
    found = [*_ids(measured), *_calls(measured.calls)]
    if kind == "trained":  # its own precision alone costs more than is asked; what it says is shown
        return tuple(found)
    if positions < least:
        found.append(Finding("few", {"positions": positions, "least": least}))
    for where, near in (measured.near or {}).items():
        if kind != "packed":
            found.extend(_plain(where, near))
        elif where == TRAINED_ON:  # what others say the model never writes: how it is packed there says little
            found.extend(_packed(where, near, measured.base))
    return tuple(found)


def _ids(measured: Measured) -> Iterator[Finding]:
    if measured.ids is False:
        first = measured.difference
        yield Finding("ids", {"text": first.text if first else "-", "at": first.at if first else 0})


def _plain(where: str, near: Nearness) -> Iterator[Finding]:
    place = where_word(where)
    if near.top1 < LEAST_TOP1:
        yield Finding("top1", {"share": near.top1, "least": LEAST_TOP1, "where": place})
    if not near.divergence <= MOST_DIVERGENCE:  # also where it is no number
        yield Finding("divergence", {"divergence": near.divergence, "most": MOST_DIVERGENCE, "where": place})


def _packed(where: str, near: Nearness, base: Mapping[str, Nearness] | None) -> Iterator[Finding]:
    if near.divergence <= MOST_DIVERGENCE:
        return
    usual = base[where].divergence if base is not None else 0.0
    if not near.divergence <= MOST_RATIO * usual:
        ratio = near.divergence / max(usual, 1e-9)
        values = {"divergence": near.divergence, "base": usual, "ratio": ratio, "most": MOST_RATIO}
        yield Finding("ratio", {**values, "where": where_word(where)})


def _calls(calls: Calls | None) -> Iterator[Finding]:
    """A drop counts when it is more than allowed and its interval says that it is none of chance."""
    if calls is not None and calls.drop > MOST_DROP and calls.low > 0:
        yield Finding("calls", {"right": calls.right, "before": calls.before})


_WHERE = {ALL: N_("all positions"), TRAINED_ON: N_("the narrator's words")}


def where_word(where: str) -> str:
    """The positions of that name for people."""
    return _(_WHERE.get(where, where))


def first_difference(
    name: str, expected: Sequence[int], found: Sequence[int], told: "dict[int, str] | Mapping[int, str]"
) -> TokenDifference | None:
    """Where two lists of ids part, with a few tokens around; `told` has the text of ids. None where they are alike."""
    if list(expected) == list(found):
        return None
    at = next((i for i, (a, b) in enumerate(zip(expected, found, strict=False)) if a != b), None)
    at = min(len(expected), len(found)) if at is None else at
    begin, end = max(0, at - _AROUND), at + _AROUND + 1
    sides = [tuple((one, told.get(one, "?")) for one in ids[begin:end]) for ids in (expected, found)]
    return TokenDifference(name, at, sides[0], sides[1])


_AROUND = 4
"""Tokens shown on either side of the first that differs."""
