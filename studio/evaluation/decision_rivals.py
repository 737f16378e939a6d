"""Owns who a model that decides is measured beside: a rule of words, always the same decision, its base with help.

They learn from what a model is trained on: the training side of the data set, or the files to `learn` from.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from studio.chat import Message
from studio.dataset.rows import Row
from studio.dataset.sources.snapshot import REASONING
from studio.evaluation.answer_paths import at, canonical, without
from studio.evaluation.decision_cases import Decision, DecisionSettings, asked_of, cases_of, json_of, training_of
from studio.evaluation.foretelling import Foretelling
from studio.evaluation.kind import Part, Place
from studio.evaluation.rivals import COMMONEST, KEYWORD, Prompting, Rival
from studio.evaluation.rules_of_thumb import Always, identity_of, said
from studio.inference.engine import Ask, Generation
from studio.language import N_, _

TITLE = N_("its base with instructions, examples and the form of an answer")
_EXAMPLES = 5
_ROOM = 6000
"""Signs that the examples may have together: a prompt may hold a whole game, and the question is to fit, too."""
_SHOWN = 60

JSON_GRAMMAR = r"""root ::= object | array
value ::= object | array | string | number | ( "true" | "false" | "null" ) ws
object ::= "{" ws ( string ":" ws value ( "," ws string ":" ws value )* )? "}" ws
array ::= "[" ws ( value ( "," ws value )* )? "]" ws
string ::= "\"" ( [^"\\\x7F\x00-\x1F] | "\\" ( ["\\bfnrt/] | "u" hex hex hex hex ) )* "\"" ws
hex ::= [0-9a-fA-F]
number ::= "-"? ( "0" | [1-9] [0-9]* ) ( "." [0-9]+ )? ( [eE] [-+]? [0-9]+ )? ws
ws ::= ( " " | "\n" [ \t]{0,20} )?
"""
"""Any object or list of JSON, in GBNF."""


@dataclass(frozen=True, slots=True)
class DecisionRule:
    """By the word of the question that foretells a decision most surely. `answers` has a whole answer for each."""

    foretelling: Foretelling[str]
    answers: Mapping[str, str]

    @property
    def identity(self) -> str:
        """The SHA-256 of the rule."""
        return identity_of(["decision", *self.foretelling.as_json(), sorted(self.answers.items())])

    async def answer_many(self, asks: Sequence[Ask]) -> list[Generation]:
        """The decision that each question's words foretell."""
        found = (self.foretelling.told("", ask.messages[-1].content) for ask in asks)
        return [said(self.answers.get(key or "", "")) for key in found]


def rivals(part: Part, place: Place) -> Sequence[Rival]:
    """The rules of a part; none where there is nothing to learn from."""
    settings = cast(DecisionSettings, part.settings)
    rows = [row for row in training_of(settings, place, cases_of(part, place)) if len(row.messages) > 1]
    if not rows:
        return ()
    keys = [_decided(row.answer, settings) for row in rows]
    answers = _answers(rows, keys)
    seen = [("", row.messages[-2].content, key) for row, key in zip(rows, keys, strict=True)]
    rule = DecisionRule(Foretelling.learnt(seen), answers)
    key = _first(Counter(keys))
    usual = Always(answers[key])
    words = " ".join((_action(key) if settings.action else usual.text).split())
    short = words if len(words) <= _SHOWN else words[: _SHOWN - 1] + "…"
    return (
        Rival(KEYWORD, _("a keyword rule"), rule.identity, rule),
        Rival(COMMONEST, _("always “{text}”").format(text=short), usual.identity, usual),
    )


def _decided(answer: str, settings: DecisionSettings) -> str:
    """What a decision comes down to, in a form in which decisions are counted."""
    value = json_of(answer)
    if not isinstance(value, dict | list):
        return answer.strip().casefold().partition("\n")[0]
    return json.dumps(canonical(at(without(value, REASONING), settings.action)), ensure_ascii=False)


def _action(key: str) -> str:
    """The action of a decision as people read it."""
    values = json_of(key)
    return ", ".join(str(json_of(one) or one) for one in values) if isinstance(values, list) else key


def _answers(rows: Sequence[Row], keys: Sequence[str]) -> dict[str, str]:
    """The commonest wording of each decision."""
    wordings: dict[str, Counter[str]] = {}
    for row, key in zip(rows, keys, strict=True):
        wordings.setdefault(key, Counter())[row.answer] += 1
    return {key: _first(counts) for key, counts in wordings.items()}


def _first(counts: Counter[str]) -> str:
    return min(counts, key=lambda one: (-counts[one], one))


def prompting(part: Part, place: Place) -> Prompting:
    """How a base is helped to decide: what an answer is, decisions that a model may learn from, and JSON's grammar."""
    settings = cast(DecisionSettings, part.settings)
    cases = cases_of(part, place)
    structured = {case.messages for case in cases if isinstance(json_of(case.wanted), dict | list)}
    shown = tuple(_shown(training_of(settings, place, cases), settings))

    def change(ask: Ask) -> Ask:
        held = ask.messages in structured
        system, *play = ask.messages if ask.messages[0].role == "system" else (Message("system", ""), *ask.messages)
        told = _instructions(cases[0], structured=held)
        first = Message("system", f"{system.content}\n\n{told}".strip())
        return replace(ask, messages=(first, *shown, *play), grammar=JSON_GRAMMAR if held else ask.grammar)

    forms = [_instructions(cases[0], structured=held) for held in (True, False)]
    return Prompting(TITLE, identity_of([forms, [one.content for one in shown], JSON_GRAMMAR]), change)


def _instructions(case: Decision, *, structured: bool) -> str:
    """What an answer is to be, for a model that was never shown one."""
    if not structured:
        return "Answer with the decision alone, in one line."
    told = ["Answer with the decision alone, as one JSON value and without a word around it."]
    if case.schema is not None:
        told.append(f"It keeps to this JSON schema: {json.dumps(case.schema, ensure_ascii=False)}")
    if case.settings.legal:
        orders, legal = case.settings.orders, case.settings.legal
        told.append(f"`{orders}` of it may only have values that the state lists in `{legal}`.")
    return "\n".join(told)


def _shown(rows: Sequence[Row], settings: DecisionSettings) -> list[Message]:
    """The shortest example of each of up to five different decisions, while there is room, as turns before the play."""
    messages: list[Message] = []
    taken: set[str] = set()
    room = _ROOM
    for row in sorted(rows, key=lambda row: (len(row.prompt) + len(row.answer), row.key)):
        asked = [one for one in asked_of(row, settings) if one.role != "system"]
        key, size = _decided(row.answer, settings), sum(len(one.content) for one in asked) + len(row.answer)
        if key in taken or size > room or len(taken) == _EXAMPLES:
            continue
        taken.add(key)
        room -= size
        messages += [*(Message(one.role, one.content) for one in asked), Message("assistant", row.answer)]
    return messages
