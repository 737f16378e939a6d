"""Owns the usual shapes of records: which one a record has, by its columns, and the sentence that tells people.

Knows no file, and not how a record becomes a row.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from studio.dataset.sources.texts import BadRecord, bad
from studio.language import N_, _

Record = Mapping[str, object]

MESSAGES, SHAREGPT, INSTRUCTION = "messages", "sharegpt", "instruction"
COMPLETION, PREFERENCE, SNAPSHOTS = "prompt-completion", "preference", "snapshots"

_TALKS = ("messages", "conversations", "conversation", "dialogue", "dialog", "chat")
_ANSWERS = ("output", "response", "answer", "completion", "assistant")
_SYSTEM = ("system", "system_prompt")

COLUMNS: dict[str, dict[str, tuple[str, ...]]] = {
    SNAPSHOTS: {"state": ("game_state",), "decision": ("expert_decision",)},
    PREFERENCE: {
        "prompt": ("prompt", "question", "instruction", *_TALKS),
        "context": ("input",),
        "chosen": ("chosen",),
        "rejected": ("rejected",),
        "system": _SYSTEM,
        "history": ("history",),
    },
    MESSAGES: {
        "messages": _TALKS,
        "system": _SYSTEM,
        "tools": ("tools", "functions"),
        "rejected": ("rejected",),
    },
    SHAREGPT: {"messages": _TALKS, "system": _SYSTEM, "tools": ("tools", "functions")},
    COMPLETION: {"prompt": ("prompt",), "completion": ("completion", *_ANSWERS), "system": _SYSTEM},
    INSTRUCTION: {
        "prompt": ("instruction", "question", "query", "input"),
        "context": ("input", "context"),
        "completion": _ANSWERS,
        "system": _SYSTEM,
        "history": ("history",),
    },
}
"""By shape, our names for the columns and the names that they go by elsewhere; the first that a record has counts."""

_NEEDED = {
    SNAPSHOTS: ("state", "decision"),
    PREFERENCE: ("chosen", "rejected"),
    MESSAGES: ("messages",),
    SHAREGPT: ("messages",),
    COMPLETION: ("prompt", "completion"),
    INSTRUCTION: ("prompt", "completion"),
}

NAMES = {
    SNAPSHOTS: N_("game snapshots"),
    PREFERENCE: N_("preference pairs"),
    MESSAGES: N_("talks as `messages`"),
    SHAREGPT: N_("talks in the shape of ShareGPT"),
    COMPLETION: N_("prompts and completions"),
    INSTRUCTION: N_("instructions and responses (Alpaca)"),
}
"""What the shapes are called before people."""

_WHAT = {
    "messages": N_("the talk"),
    "prompt": N_("the prompt"),
    "context": N_("what the prompt is about"),
    "completion": N_("the answer"),
    "chosen": N_("the better answer"),
    "rejected": N_("the worse one"),
    "system": N_("the system text"),
    "history": N_("what was said before"),
    "tools": N_("the tools"),
    "state": N_("the state of the game"),
    "decision": N_("the decision"),
}


@dataclass(frozen=True, slots=True)
class Shaped:
    """The shape of one record, and by our names the columns that it has."""

    shape: str
    columns: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a file turned out to be: the most frequent shape, its columns by our names, and how often each shape is."""

    shape: str
    columns: Mapping[str, str]
    sentence: str
    counts: Mapping[str, int]


def recognise(records: Sequence[Record], names: Mapping[str, str] | None = None, shape: str = "auto") -> Recognised:
    """What some records are; `names` are columns that a person named. Raises BadRecord where none has a known shape."""
    tally, refused = Tally(), None
    for record in records:
        try:
            tally.add(shape_of(record, names or {}, shape), record)
        except BadRecord as error:
            refused = refused or error
    found = tally.recognised()
    if found is None:
        raise refused or bad("empty", _("There is no record in it."))
    return found


@dataclass(slots=True)
class Tally:
    """What the records of a file were so far, and the columns of the first of each shape."""

    counts: Counter[str] = field(default_factory=Counter)
    _first: dict[str, tuple[Shaped, tuple[str, ...]]] = field(default_factory=dict)

    def add(self, shaped: Shaped, record: Record) -> None:
        """Counts a record."""
        self.counts[shaped.shape] += 1
        if shaped.shape not in self._first:
            self._first[shaped.shape] = (shaped, tuple(record))

    def recognised(self) -> Recognised | None:
        """What the file is; None where no record had a shape."""
        if not self.counts:
            return None
        found, names = self._first[self.counts.most_common(1)[0][0]]
        return Recognised(found.shape, found.columns, _sentence(found, names, self.counts), dict(self.counts))


def shape_of(record: Record, names: Mapping[str, str], shape: str = "auto") -> Shaped:
    """The shape of one record; raises BadRecord where it has none, or not the one that is asked for."""
    has = tuple(name for name, value in record.items() if value is not None)
    for tried in _possible(has, tuple(names.items()), shape):
        if shape == tried.shape or _TESTS[tried.shape](record, tried.columns):
            return tried
    raise bad("columns", _missing(record, names, shape))


@lru_cache(maxsize=512)
def _possible(has: tuple[str, ...], names: tuple[tuple[str, str], ...], shape: str) -> tuple[Shaped, ...]:
    """The shapes that a record with these columns may have, in the order in which they are tried."""
    tried = [Shaped(one, _columns(has, one, dict(names))) for one in _TESTS if shape in ("auto", one)]
    return tuple(one for one in tried if all(need in one.columns for need in _NEEDED[one.shape]))


def _columns(has: Sequence[str], shape: str, names: Mapping[str, str]) -> dict[str, str]:
    """Which of the columns are those of a shape, by our names; each is used once."""
    found: dict[str, str] = {}
    for ours, theirs in COLUMNS[shape].items():
        wanted = (names[ours],) if ours in names else theirs
        name = next((one for one in wanted if one in has and one not in found.values()), None)
        if name is not None:
            found[ours] = name
    return found


def _always(_record: Record, _columns: Mapping[str, str]) -> bool:
    return True


def _spoken(record: Record, columns: Mapping[str, str]) -> str:
    """Which of the two shapes of talks a record has, by its first message."""
    items = record[columns["messages"]]
    first = items[0] if isinstance(items, Sequence) and items and not isinstance(items, str) else None
    return SHAREGPT if isinstance(first, Mapping) and "from" in first and "role" not in first else MESSAGES


_TESTS: dict[str, Callable[[Record, Mapping[str, str]], bool]] = {
    SNAPSHOTS: _always,
    PREFERENCE: _always,
    SHAREGPT: lambda record, columns: _spoken(record, columns) == SHAREGPT,
    MESSAGES: _always,
    COMPLETION: _always,
    INSTRUCTION: _always,
}
"""The shapes in the order in which they are tried, each with what must hold beside its columns."""


def _missing(record: Record, names: Mapping[str, str], shape: str) -> str:
    has = ", ".join(f"`{name}`" for name, value in record.items() if value is not None) or _("none")
    if shape != "auto":
        wanted = _wanted(shape, names)
        sentence = _("It has the columns {has}, and {shape} need {wanted}. Name them under `columns` if they differ.")
        return sentence.format(has=has, shape=_(NAMES[shape]), wanted=wanted)
    known = "; ".join(_wanted(one, names) for one in (MESSAGES, INSTRUCTION, COMPLETION, PREFERENCE))
    sentence = _("It has the columns {has}, and one of these is expected: {known}. Name them under `columns`.")
    return sentence.format(has=has, known=known)


def _wanted(shape: str, names: Mapping[str, str]) -> str:
    columns = COLUMNS[shape]
    return " + ".join(f"`{names.get(need, columns[need][0])}`" for need in _NEEDED[shape])


def _sentence(found: Shaped, names: Sequence[str], counts: Counter[str]) -> str:
    told = ", ".join(f"`{name}`: {_(_WHAT[ours])}" for ours, name in found.columns.items())
    unused = [f"`{name}`" for name in names if name not in found.columns.values()]
    left = _(" Not used: {names}.").format(names=", ".join(unused)) if unused else ""
    return f"{mixture(counts)} ({told}).{left}"


def mixture(counts: Mapping[str, int]) -> str:
    """The shapes in a file, in words."""
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    if len(ordered) == 1:
        name = _(NAMES[ordered[0][0]])
        return name[0].upper() + name[1:]
    parts = ", ".join(f"{count} × {_(NAMES[shape])}" for shape, count in ordered)
    return _("A mixture: {parts}").format(parts=parts)
