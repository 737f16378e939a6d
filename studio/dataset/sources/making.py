"""Owns making a row of a record whose shape is known; knows no file and no way in which a shape is recognised."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from studio.chat.messages import ASSISTANT, SYSTEM, USER, Message
from studio.dataset.facts import facts_in
from studio.dataset.rows import Kind, Place, Row
from studio.dataset.sources import shapes
from studio.dataset.sources.shapes import Record, Shaped
from studio.dataset.sources.snapshot import decision
from studio.dataset.sources.talk import Talk, talk
from studio.dataset.sources.texts import bad, text_of
from studio.language import _
from studio.rules import Rules
from studio.scenario.tools import ToolTable


@dataclass(frozen=True, slots=True)
class Made:
    """A row, and what is to be told of it though nothing of it is missing; `tail` counts messages cut off its end."""

    row: Row
    tail: int = 0


@dataclass(frozen=True, slots=True)
class Origin:
    """What the rows of one file have in common: the source's name, the game's tools, and the switches of snapshots."""

    source: str
    tools: ToolTable
    rules: Rules
    reasoning: bool = True
    min_score: float | None = None


_CALLS = ("tool_calls", "function_call")


def row_of(record: Record, shaped: Shaped, place: Place, origin: Origin) -> Made:
    """The row of a record; raises BadRecord, or BelowScore of a snapshot."""
    beside = next((name for name in _CALLS if record.get(name)), None)
    if beside is not None:  # which of its answers makes them is not said, and none may be lost
        raise bad("tool-call", _("It has `{name}` beside its answer; put them into the message."), name=beside)
    return _MAKERS[shaped.shape](_Columns(record, shaped.columns), place, origin)


@dataclass(frozen=True, slots=True)
class _Columns:
    """A record by our names."""

    record: Record
    names: Mapping[str, str]

    def get(self, ours: str) -> object:
        """The value of a column; None where the record has none."""
        name = self.names.get(ours)
        return None if name is None else self.record[name]

    def text(self, ours: str) -> str:
        """The text of a column, empty where there is none."""
        value = self.get(ours)
        return "" if value is None else text_of(value, f"`{self.names[ours]}`").strip()


def _of_talk(columns: _Columns, place: Place, origin: Origin) -> Made:
    told = talk(_items(columns.get("messages")), origin.tools)
    opening = _opening(columns)
    messages, tail = _ended((*opening, *told.messages))
    if len(opening) == 1 and len(messages) > 1 and messages[1].role == SYSTEM:
        messages = (replace(opening[0], content=f"{opening[0].content}\n\n{messages[1].content}"), *messages[2:])
    rejected = columns.get("rejected")
    if isinstance(rejected, str):  # a flag of that name is none
        kind, worse = Kind.PREFERENCE, text_of(rejected, "`rejected`").strip()
    else:
        kind, worse = Kind.CHAT, None
    return Made(_row(kind, Talk(messages, told.others), place, origin, worse), tail)


def _items(value: object) -> object:
    """Messages, also where a table of text holds them as JSON."""
    if isinstance(value, str):
        import json

        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return None
    return value


def _opening(columns: _Columns) -> tuple[Message, ...]:
    """The system message of columns beside the talk: its text, and the tools that it may call."""
    parts = [columns.text("system"), _specification(columns.get("tools"))]
    content = "\n\n".join(part for part in parts if part)
    return (Message(SYSTEM, content),) if content else ()


def _specification(tools: object) -> str:
    import json

    if not tools:
        return ""
    text = tools if isinstance(tools, str) else json.dumps(tools, ensure_ascii=False, default=str)
    return text_of(_("Tools: {tools}").format(tools=text), "`tools`")


def _ended(messages: tuple[Message, ...]) -> tuple[tuple[Message, ...], int]:
    """The messages up to the last answer, and how many stood after it; raises BadRecord where none is learnt."""
    last = max((place for place, one in enumerate(messages) if one.role == ASSISTANT), default=-1)
    if last < 0:
        raise bad("no-answer", _("It has no answer: no message is by the assistant."))
    if not any(one.trained for one in messages):
        raise bad("no-answer", _("None of its answers is to be learnt: each has the weight 0."))
    return messages[: last + 1], len(messages) - last - 1


def _of_pair(columns: _Columns, place: Place, origin: Origin) -> Made:
    prompt = columns.get("prompt")
    if isinstance(prompt, Sequence) and not isinstance(prompt, str):
        before = talk(prompt, origin.tools, learnt=False).messages
    else:
        asked = "\n\n".join(part for part in (columns.text("prompt"), columns.text("context")) if part)
        before = (*_history(columns.get("history")), Message(USER, asked))
    answer, others = _answer(columns.get("completion"), columns.names["completion"], origin)
    spoken = (*_opening(columns), *before, Message(ASSISTANT, answer, None, trained=True))
    return Made(_row(Kind.PAIR, Talk(spoken, others), place, origin))


def _history(value: object) -> tuple[Message, ...]:
    """What was said before, as pairs of a question and an answer."""
    if value is None or value == "":
        return ()
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise bad("history", _("Its `history` is no list of pairs."))
    said: list[Message] = []
    for pair in value:
        if not isinstance(pair, Sequence) or isinstance(pair, str) or len(pair) != 2:
            raise bad("history", _("Its `history` is no list of pairs."))
        said += [Message(role, text_of(text, "`history`").strip()) for role, text in zip(_PAIR, pair, strict=True)]
    return tuple(said)


_PAIR = (USER, ASSISTANT)


def _answer(value: object, name: str, origin: Origin) -> tuple[str, tuple[str, ...]]:
    """An answer as text or as a list of one message, and the tools it calls that the game does not know."""
    if isinstance(value, str):
        return text_of(value, f"`{name}`").strip(), ()
    if isinstance(value, Mapping):
        value = [value]
    if isinstance(value, Sequence) and value and isinstance(value[0], Mapping):
        told = talk(value, origin.tools)
        if len(told.messages) != 1 or told.messages[0].role != ASSISTANT:
            raise bad("answer", _("`{name}` is more than one answer of the assistant."), name=name)
        return told.messages[0].content, told.others
    return text_of(value, f"`{name}`").strip(), ()


def _of_preference(columns: _Columns, place: Place, origin: Origin) -> Made:
    chosen, rejected = columns.get("chosen"), columns.get("rejected")
    if _is_talk(chosen) and _is_talk(rejected):
        before, better, worse = _parted(_listed(chosen), _listed(rejected))
    else:
        before, better, worse = (), chosen, rejected
    answer, others = _answer(better, columns.names["chosen"], origin)
    bad_answer = _answer(worse, columns.names["rejected"], origin)[0]
    opening = [*_opening(columns), *_history(columns.get("history")), *_asked(columns, origin)]
    if before:
        said = talk(before, origin.tools, learnt=False).messages
        opening = [*opening, *said] if not opening or opening[-1].role != USER else opening
    if not any(one.role == USER for one in opening):
        raise bad("columns", _("It has two answers and no prompt; `prompt` is expected, or talks that begin alike."))
    spoken = (*opening, Message(ASSISTANT, answer, None, trained=True))
    return Made(_row(Kind.PREFERENCE, Talk(spoken, others), place, origin, bad_answer))


def _asked(columns: _Columns, origin: Origin) -> tuple[Message, ...]:
    prompt = columns.get("prompt")
    if prompt is None:
        return ()
    if _is_talk(prompt):
        return talk(_listed(prompt), origin.tools, learnt=False).messages
    asked = "\n\n".join(part for part in (columns.text("prompt"), columns.text("context")) if part)
    return (Message(USER, asked),)


def _is_talk(value: object) -> bool:
    return isinstance(value, Mapping) or (
        isinstance(value, Sequence) and not isinstance(value, str) and bool(value) and isinstance(value[0], Mapping)
    )


def _listed(value: object) -> Sequence[object]:
    return value if isinstance(value, Sequence) else [value]


def _parted(chosen: Sequence[object], rejected: Sequence[object]) -> tuple[Sequence[object], object, object]:
    """What both talks begin with, and the one answer of each; raises BadRecord where they part earlier."""
    if len(chosen) != len(rejected) or list(chosen[:-1]) != list(rejected[:-1]):
        raise bad("preference", _("Its two talks differ in more than their last answer, so they can't be compared."))
    return chosen[:-1], [chosen[-1]], [rejected[-1]]


def _of_snapshot(columns: _Columns, place: Place, origin: Origin) -> Made:
    return Made(decision(columns.record, place, origin.source, origin.reasoning, origin.min_score))


_MAKERS: dict[str, Callable[[_Columns, Place, Origin], Made]] = {
    shapes.MESSAGES: _of_talk,
    shapes.SHAREGPT: _of_talk,
    shapes.INSTRUCTION: _of_pair,
    shapes.COMPLETION: _of_pair,
    shapes.PREFERENCE: _of_preference,
    shapes.SNAPSHOTS: _of_snapshot,
}


def _numbered(messages: Sequence[Message]) -> tuple[Message, ...]:
    """The messages with their places as turns; raises BadRecord where two in a row have one role."""
    made: list[Message] = []
    role, turn = "", 0
    for one in messages:
        if one.role == role:
            raise bad("roles", _("Two messages in a row are by the same role ({role})."), role=role)
        role = one.role
        if role == SYSTEM:
            made.append(one)
        else:
            made.append(Message(role, one.content, turn, one.trained))
            turn += 1
    return tuple(made)


def _row(kind: Kind, told: Talk, place: Place, origin: Origin, rejected: str | None = None) -> Row:
    """The row; alone in its group, by what it says, so that equal rows stay together."""
    messages = _numbered(told.messages)
    facts: Mapping[str, tuple[str, ...]] = {}
    if any(one.trained and "[" in one.content for one in messages):
        facts = facts_in(messages, origin.rules, origin.tools)
    called = (*facts.get("tool", ()), *told.others)
    if told.others:
        facts = {**facts, "tool": called}
    group = Row(kind, "", place, messages, "", rejected).key
    return Row(kind, origin.source, place, messages, group, rejected, len(called), facts=facts)
