"""Owns what a row looks like as JSON lines of other programs: `messages`, ShareGPT, Alpaca; knows no file.

A row that a format holds only in parts becomes several records, each with what was said before; one that it can't hold
at all raises NotHeld. What is not learnt keeps the weight 0.
"""

from collections.abc import Callable, Sequence

from studio.chat.messages import ASSISTANT, SYSTEM, USER, Message
from studio.dataset.rows import Kind, Row
from studio.errors import InputError
from studio.language import N_, _

Record = dict[str, object]

_SHAREGPT = {SYSTEM: "system", USER: "human", ASSISTANT: "gpt"}


class NotHeld(InputError):
    """A row has no form in a format."""

    sentence = N_("{reason}")


def as_messages(row: Row) -> list[Record]:
    """The row for OpenAI's fine-tuning, TRL and most others; preferences as TRL reads them."""
    if row.kind is Kind.PREFERENCE:
        before, chosen, rejected = _compared(row)
        return [
            {
                "prompt": [_message(one) for one in before],
                "chosen": [{"role": ASSISTANT, "content": chosen}],
                "rejected": [{"role": ASSISTANT, "content": rejected}],
            }
        ]
    return [{"messages": [_message(one) for one in row.messages]}]


def _message(one: Message) -> Record:
    said: Record = {"role": one.role, "content": one.content}
    return said | {"weight": 0} if one.role == ASSISTANT and not one.trained else said


def as_sharegpt(row: Row) -> list[Record]:
    """The row for Axolotl, LLaMA-Factory and their like."""
    if row.kind is Kind.PREFERENCE:
        before, chosen, rejected = _compared(row)
        return [
            {
                "conversations": [_said(one) for one in before],
                "chosen": {"from": "gpt", "value": chosen},
                "rejected": {"from": "gpt", "value": rejected},
            }
        ]
    return [{"conversations": [_said(one) for one in row.messages]}]


def _said(one: Message) -> Record:
    said: Record = {"from": _SHAREGPT.get(one.role, one.role), "value": one.content}
    return said | {"weight": 0} if one.role == ASSISTANT and not one.trained else said


def as_alpaca(row: Row) -> list[Record]:
    """A record for each answer that is learnt, with what was said before as its `history`."""
    if row.kind is Kind.PREFERENCE:
        before, chosen, rejected = _compared(row)
        return [_asked(before) | {"chosen": chosen, "rejected": rejected}]
    return [
        _asked(row.messages[:place]) | {"output": one.content}
        for place, one in enumerate(row.messages)
        if one.role == ASSISTANT and one.trained
    ]


def _asked(before: Sequence[Message]) -> Record:
    """What stands before an answer: SYSTEM, the pairs of earlier questions and answers, the question."""
    opening = before[0].content if before and before[0].role == SYSTEM else ""
    said = before[1:] if before and before[0].role == SYSTEM else before
    wanted = [USER if place % 2 == 0 else ASSISTANT for place in range(len(said))]
    if not said or len(said) % 2 == 0 or [one.role for one in said] != wanted:
        raise NotHeld(reason=_("Alpaca holds questions and answers in turn, and these messages are in another order."))
    record: Record = {"instruction": said[-1].content, "input": ""}
    if opening:
        record["system"] = opening
    if len(said) > 1:
        record["history"] = [[said[at].content, said[at + 1].content] for at in range(0, len(said) - 1, 2)]
    return record


def _compared(row: Row) -> tuple[tuple[Message, ...], str, str]:
    """What stands before both answers, and the answers."""
    if row.rejected is None:
        raise NotHeld(reason=_("It is a preference without a worse answer."))
    return row.messages[:-1], row.answer, row.rejected


FORMS: dict[str, Callable[[Row], list[Record]]] = {
    "messages": as_messages,
    "sharegpt": as_sharegpt,
    "alpaca": as_alpaca,
}
"""The formats of JSON lines."""
