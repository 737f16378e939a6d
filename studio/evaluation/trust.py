"""Owns the kind `trust`: a held-out scenario's player plays on what the model itself wrote, and every turn is judged.

The player's lines come from the scenario; all between them is the model's: its calls are carried out by the rules, and
its own words are what it goes on from. What can be wrong with a turn is `trust_checks`' matter.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from itertools import groupby
from typing import cast

import pydantic

from studio.evaluation.held_out import cases_in
from studio.evaluation.kind import CaseResult, Context, Grouping, Kind, Part, Parts, Place, Ratio
from studio.evaluation.multi_turn import Reply, play
from studio.evaluation.rivals import COMMONEST, KEYWORD, Answering, Rival
from studio.evaluation.rules_of_thumb import Always
from studio.evaluation.too_long import REFUSALS, is_too_long
from studio.evaluation.tool_call_kind import ToolCallSettings, base_prompting, exchanges_by_scenario, training_of
from studio.evaluation.trust_checks import (
    ACTS,
    FAMILIES,
    GENRE,
    LEAKS,
    REPEATS,
    ROLL,
    RULES,
    SHEET,
    SILENT,
    Fault,
    Heard,
    faults,
)
from studio.evaluation.trust_talks import Line, Talk
from studio.language import N_, _

NAME = "trust"
_SHOWN = 6
"""Words of a long title that are shown."""

_TOGETHER = 4
"""Talks that are played at once; what is asked together decides what an engine reads once."""


class TrustSettings(ToolCallSettings):
    """What is played, as for tool calls, and how many of the player's lines of each scenario."""

    turns: int = pydantic.Field(6, ge=1, le=8)


def _cases(part: Part, place: Place) -> Sequence[Line]:
    settings = cast(TrustSettings, part.settings)
    talks = [tuple(found[: settings.turns]) for found in exchanges_by_scenario(settings, place) if found]
    return [
        Line(talk, number, str(at // _TOGETHER), settings.tokens, settings.grammar)
        for at, talk in enumerate(talks)
        for number in range(len(talk))
    ]


async def _measure(engine: Answering, cases: Sequence[Line], context: Context) -> AsyncIterator[CaseResult]:
    done = 0
    for _group, together in groupby(cases, key=lambda case: case.group):
        talks = [Talk.begun(tuple(lines)) for _name, lines in groupby(together, key=lambda case: case.exchange.group)]
        for number in range(max(len(talk.lines) for talk in talks)):
            going = [talk for talk in talks if number < len(talk.lines)]
            replies = await _answers(engine, [talk for talk in going if not talk.ended], number, context)
            for talk in going:
                line = talk.lines[number]
                if talk.ended:
                    yield _unheard(line, talk.ended, number)
                else:
                    yield result_of(line, talk.heard(number, replies[line.id], context.place.game), number)
            done += len(going)
            if context.told is not None:
                context.told(done, len(cases))


async def _answers(engine: Answering, talks: Sequence[Talk], number: int, context: Context) -> dict[str, list[Reply]]:
    """What the model answers to the line of that number in each talk; one that has grown too long is ended."""
    if not talks:
        return {}
    exchanges = [talk.exchange(number) for talk in talks]
    line = talks[0].lines[number]
    try:
        return await play(engine, exchanges, context, line.tokens, held=line.grammar)
    except REFUSALS as error:
        if not is_too_long(error):
            raise
        if len(talks) == 1:
            talks[0].ended = str(error)
            return {}
    found: dict[str, list[Reply]] = {}
    for talk in talks:  # one too long is refused with all that were asked beside it
        found |= await _answers(engine, [talk], number, context)
    return found


def result_of(line: Line, turns: Sequence[Heard], number: int) -> CaseResult:
    """The result of a player's line: the faults of all turns that it was answered with, by family."""
    found = [faults(turn) for turn in turns]
    families = {fault.family for each in found for fault in each}
    sentences = [fault.sentence for each in found for fault in each]
    texts = " → ".join(" ".join(turn.reply.text.split()) for turn in turns)
    return CaseResult(
        id=line.id,
        kind=NAME,
        right=not families,
        scores={"ended": 0.0, **{family: float(family in families) for family in FAMILIES}},
        expected=_("turns without a fault"),
        got=f"{' '.join(sentences)} — {texts}" if sentences else texts,
        groups={"scenario": line.exchange.group, "type": line.exchange.scenario_type},
        detail={
            "line": line.exchange.line,
            "number": number + 1,
            "faults": sentences,
            "turns": [_told(turn, each) for turn, each in zip(turns, found, strict=True)],
        },
    )


def _told(turn: Heard, found: Sequence[Fault]) -> dict[str, object]:
    told = [{"family": fault.family, "sentence": fault.sentence} for fault in found]
    return {"reply": turn.reply.text, "results": list(turn.reply.results), "faults": told}


def _unheard(line: Line, why: str, number: int) -> CaseResult:
    """The result of a line that the model could not be asked any more: nothing is right or wrong of it."""
    groups = {"scenario": line.exchange.group, "type": line.exchange.scenario_type}
    detail = {"line": line.exchange.line, "number": number + 1, "faults": [], "turns": []}
    return CaseResult(line.id, NAME, None, {"ended": 1.0}, _("turns without a fault"), why, groups, detail)


def _right(result: CaseResult) -> Parts:
    return (0.0, 0.0) if result.right is None else (float(result.right), 1.0)


def _share(score: str) -> Callable[[CaseResult], Parts]:
    return lambda result: (result.scores[score], 1.0) if score in result.scores else (0.0, 0.0)


def _stage(result: CaseResult) -> Iterator[str]:
    """Which of the player's lines it is, two and two."""
    first = (int(result.detail["number"]) - 1) // 2 * 2 + 1
    yield f"{first}–{first + 1}"


def _right_at(result: CaseResult, stage: str) -> Parts:
    return _right(result) if stage in _stage(result) else (0.0, 0.0)


_TITLES = {
    ACTS: N_("acts or speaks for the player"),
    ROLL: N_("goes against a roll, or makes one up"),
    SHEET: N_("goes against a sheet"),
    RULES: N_("calls what the rules refuse"),
    GENRE: N_("leaves its genre"),
    LEAKS: N_("reads SYSTEM or marks out"),
    REPEATS: N_("says things again"),
    SILENT: N_("says nothing, or refuses"),
    "ended": N_("too long to read on, said so"),
}

_NO_RULE = N_("A rule of words decides on calls and tells nothing, so there would be nothing to trust.")


def _rivals(part: Part, place: Place) -> Sequence[Rival]:
    """A narrator who says one sound thing for ever: the middle one by length of those that make no call."""
    turns = sorted(
        {case.reference for case in cases_in(training_of(part, place), place.rules, place.game.tools)
         if not case.expected and not case.opening},
        key=lambda text: (len(text), text),
    )  # fmt: skip
    if not turns:
        return ()
    rule = Always(turns[len(turns) // 2])
    beginning = " ".join(rule.text.split()[:_SHOWN])
    return (Rival(COMMONEST, _("always “{text} …”").format(text=beginning), rule.identity, rule),)


TRUST = Kind(
    name=NAME,
    title=N_("Player trust"),
    settings=TrustSettings,
    cases=_cases,
    measure=_measure,
    ratios=(
        Ratio("right", N_("answers without a fault"), _right),
        *(Ratio(name, title, _share(name), less=True) for name, title in _TITLES.items()),
    ),
    groupings=(
        Grouping(
            "lines",
            N_("the player's lines, from the first on"),
            _stage,
            (("right", N_("answers without a fault"), _right_at),),
        ),
    ),
    rivals=_rivals,
    prompting=base_prompting,
    without={KEYWORD: _NO_RULE},
)
