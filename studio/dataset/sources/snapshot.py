"""Owns what a snapshot of a turn of a game becomes: the state is asked, the expert's decision is answered.

The prompt is the same text for the same state, so that the game can build it when the model plays. Knows no file.
"""

import json
from collections.abc import Mapping
from typing import Any

from studio.chat.messages import ASSISTANT, SYSTEM, USER, Message
from studio.dataset.rows import Kind, Place, Row
from studio.dataset.sources.texts import bad, text_of
from studio.errors import InputError
from studio.language import N_, _

REASONING = "reasoning"
_SYSTEM = "You decide the turns of {house} in a game of strategy. Answer with one JSON object: {answer}."
_WITH, _WITHOUT = "your reasoning first, then your orders", "your orders"


class BelowScore(InputError):
    """A snapshot's outcome is under the score that is asked for; it is left out."""

    sentence = N_("Its turn was scored {score} and {least} is asked for, so it was left out.")


def asked(house: str, turn: object, state: Mapping[str, object], *, reasoning: bool = True) -> tuple[Message, Message]:
    """SYSTEM and the question for one state: what a game sends to the model to have a turn decided."""
    system = _SYSTEM.format(house=house, answer=_WITH if reasoning else _WITHOUT)
    said = f"House: {house}\nTurn: {turn}\nState: {compact(state)}"
    return Message(SYSTEM, system), Message(USER, said, 0)


def answered(decided: Mapping[str, object], *, reasoning: bool = True) -> str:
    """The decision whole, in each part the reasoning first; without `reasoning` none of it, also inside."""
    return compact(_ordered(decided, reasoning), sort=False)


def decision(record: Mapping[str, object], place: Place, source: str, reasoning: bool, least: float | None) -> Row:
    """The row of a snapshot; raises BadRecord or BelowScore."""
    state, decided = record["game_state"], record["expert_decision"]
    if not isinstance(state, Mapping) or not isinstance(decided, Mapping) or not decided:
        raise bad("snapshot", _("Its `game_state` and `expert_decision` are not both records with something in them."))
    if least is not None:
        _at_least(record, least)
    house = text_of(record.get("house") or state.get("house") or "your house", "`house`")
    turn = record.get("turn", state.get("turn", "?"))
    game = text_of(record["game_id"], "`game_id`") if record.get("game_id") is not None else place.path
    answer = answered(decided, reasoning=reasoning)
    if answer == "{}":
        raise bad("snapshot", _("Its decision is nothing but reasoning, which is to be left out."))
    spoken = (*asked(house, turn, state, reasoning=reasoning), Message(ASSISTANT, answer, 1, trained=True))
    for message in spoken:
        text_of(message.content, _("The snapshot"))
    return Row(Kind.DECISION, source, place, spoken, game, facts={"game": (game,), "type": ("decision",)})


def compact(value: object, *, sort: bool = True) -> str:
    """JSON without needless space; raises BadRecord of a number that JSON can't write."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=sort)
    except (ValueError, TypeError, RecursionError) as error:
        raise bad("snapshot", _("It can't be written as JSON ({why})."), why=error) from error


def _ordered(value: Any, reasoning: bool) -> Any:
    if isinstance(value, list):
        return [_ordered(one, reasoning) for one in value]
    if not isinstance(value, Mapping):
        return value
    first = {REASONING: value[REASONING]} if reasoning and REASONING in value else {}
    return first | {name: _ordered(one, reasoning) for name, one in value.items() if name != REASONING}


def _at_least(record: Mapping[str, object], least: float) -> None:
    outcome = record.get("outcome")
    score = outcome.get("turn_score") if isinstance(outcome, Mapping) else None
    if not isinstance(score, int | float) or isinstance(score, bool):
        raise bad("no-score", _("It has no `outcome.turn_score`, and only turns from a score on are asked for."))
    if score < least:
        raise BelowScore(score=score, least=least)
