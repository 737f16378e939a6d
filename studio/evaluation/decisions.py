"""Owns the kind `decisions`: what an expert decided, asked of a model, and what its answer is worth to a game.

A decision is JSON where the expert's is; else it is a line of text. Which are asked, `decision_cases` knows.
"""

import re
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import jsonschema

from studio.dataset.sources.snapshot import REASONING
from studio.evaluation.answer_paths import at, canonical, without
from studio.evaluation.decision_cases import NAME, Decision, DecisionSettings, cases_of, json_of
from studio.evaluation.decision_rivals import prompting, rivals
from studio.evaluation.kind import CaseResult, Context, Kind, Parts, Ratio
from studio.evaluation.rivals import UNREAD, Answering, Forbearing
from studio.inference.protocol import Ask
from studio.language import N_, _

_TOGETHER = 16
_LINE = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


async def _measure(engine: Answering, cases: Sequence[Decision], context: Context) -> AsyncIterator[CaseResult]:
    patient = Forbearing(engine)
    for start in range(0, len(cases), _TOGETHER):
        part = cases[start : start + _TOGETHER]
        answers = await patient.answer_many([Ask(one.messages, max_tokens=one.settings.tokens) for one in part])
        for case, answer in zip(part, answers, strict=True):
            yield result_of(case, answer.text if answer.stop != UNREAD else too_long())
        if context.told is not None:
            context.told(start + len(part), len(cases))


def result_of(case: Decision, answer: str) -> CaseResult:
    """The result of an answer: what is right of it, by name, in `scores`; what could not be asked is not there."""
    wanted, said = json_of(case.wanted), answer.strip()
    structured = isinstance(wanted, dict | list)
    scores = (
        _structured(case, wanted, json_of(said)) if structured else {"action": float(_same_line(case.wanted, said))}
    )
    return CaseResult(
        id=case.id,
        kind=NAME,
        right=scores["action"] == 1.0 and all(scores.get(name, 1.0) for name in ("json", "schema", "legal")),
        scores=scores,
        expected=case.wanted,
        got=said,
        groups={"scenario": case.group, "form": "JSON" if structured else _("a line")},
        detail={"prompt": case.messages[-1].content[:4000]},
    )


def too_long() -> str:
    """What stands for the answer to a case that is longer than the model can read: it decides nothing."""
    return _("(not asked: it is longer than the model can read)")


def _structured(case: Decision, wanted: Any, got: Any) -> dict[str, float]:
    settings = case.settings
    valid = isinstance(got, dict | list)
    scores = {"json": float(valid), "action": float(valid and _agrees(wanted, got, settings.action))}
    if case.schema is not None:
        scores["schema"] = float(valid and jsonschema.validators.validator_for(case.schema)(case.schema).is_valid(got))
    if case.legal is not None:
        orders = canonical(at(got, settings.orders)) if valid else []
        scores["legal"] = float(valid and set(orders) <= set(case.legal))
    if settings.priority and at(wanted, settings.priority):
        scores["priority"] = float(valid and _agrees(wanted, got, settings.priority))
    return scores


def _agrees(wanted: Any, got: Any, path: str) -> bool:
    one, other = (at(without(value, REASONING), path) for value in (wanted, got))
    return canonical(one) == canonical(other)


def _same_line(wanted: str, got: str) -> bool:
    """Whether the first line of an answer has the words of the expert's, or begins with them."""
    due, said = (_LINE.findall(text.strip().casefold().partition("\n")[0]) for text in (wanted, got))
    return bool(due) and said[: len(due)] == due


def _score(name: str) -> Callable[[CaseResult], Parts]:
    return lambda result: (result.scores[name], 1.0) if name in result.scores else (0.0, 0.0)


DECISIONS = Kind(
    name=NAME,
    title=N_("Decisions"),
    settings=DecisionSettings,
    cases=cases_of,
    measure=_measure,
    main="action",
    ratios=(
        Ratio("action", N_("decides as the expert"), _score("action")),
        Ratio("json", N_("valid JSON"), _score("json")),
        Ratio("schema", N_("keeps to the schema"), _score("schema")),
        Ratio("legal", N_("orders are legal"), _score("legal")),
        Ratio("priority", N_("priority agrees"), _score("priority")),
    ),
    rivals=rivals,
    prompting=prompting,
)
