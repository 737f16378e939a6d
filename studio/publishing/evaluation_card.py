"""Owns the evaluation card of a pack: how good the model is, as it was measured, and for people; measures nothing."""

from collections.abc import Sequence

from studio.jobs.protocol import Fields
from studio.publishing.candidate import Candidate
from studio.publishing.version import Card

_NOT_MEASURED = "Nothing was measured of this model: it was packed without having been published."


def card_of(candidate: Candidate, tools: Sequence[str], published: Card | None) -> Fields:
    """What is known: the scores and gates of a published version, else that nothing was measured."""
    common: Fields = {
        "format": 1,
        "base": candidate.base_name,
        "quantisation": candidate.quantisation,
        "data": candidate.data,
        "tools": list(tools),
    }
    if published is None:
        return {**common, "measured": False, "scores": {}, "gates": []}
    return {
        **common,
        "measured": bool(published.scores or published.gates),
        "published": published.published,
        "scores": published.scores,
        "gates": list(published.gates),
    }


def as_markdown(name: str, card: Fields) -> str:
    """The card to read."""
    tools = card.get("tools")
    lines = [
        f"# {name}",
        "",
        f"- Base: {card.get('base') or 'not known'}",
        f"- Packed as: {card.get('quantisation') or 'not known'}",
        f"- Learnt from: {card.get('data') or 'not known'}",
        f"- Tools: {', '.join(map(str, tools)) if isinstance(tools, list) else ''}",
        "",
    ]
    if not card.get("measured"):
        return "\n".join([*lines, _NOT_MEASURED, ""])
    return "\n".join([*lines, *_gates(card.get("gates")), *_scores(card.get("scores"))])


def _gates(rows: object) -> list[str]:
    if not isinstance(rows, list) or not rows:
        return []
    found = ["## Gates", ""]
    for row in rows:
        passed = "passed" if row.get("passed") else "failed"
        found.append(f"- {row.get('gate')}: {passed}")
        found += [f"  - {reason}" for reason in row.get("reasons", ())]
    return [*found, ""]


def _scores(scores: object) -> list[str]:
    if not isinstance(scores, dict) or not scores:
        return []
    return ["## Scores", "", *(f"- {name}: {_figure(value)}" for name, value in scores.items()), ""]


def _figure(value: object) -> str:
    if isinstance(value, dict) and "value" in value:
        low, high = value.get("low"), value.get("high")
        between = f" ({_number(low)} to {_number(high)})" if low is not None and high is not None else ""
        return f"{_number(value['value'])}{between}"
    return _number(value)


def _number(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)
