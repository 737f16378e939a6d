"""Owns the kind `tool-calls`: a suite's settings for it, its cases, and a result for each exchange that is played."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import cast

import pydantic

from studio.evaluation.call_figures import GROUPINGS, RATIOS, ROLL
from studio.evaluation.call_matching import Judged, in_brackets, judged
from studio.evaluation.exchanges import Exchange, exchanges_in
from studio.evaluation.held_out import NothingHeldOut, Split, cases_in
from studio.evaluation.kind import CaseResult, Context, Kind, Part, PartSettings, Place
from studio.evaluation.measure import REPLY_TOKENS
from studio.evaluation.multi_turn import Reply, play
from studio.evaluation.prompting import five_examples, prompting
from studio.evaluation.rivals import COMMONEST, KEYWORD, Answering, Forbearing, Prompting, Rival
from studio.evaluation.rules_of_thumb import Commonest, KeywordRule
from studio.evaluation.toolcalls import Calls
from studio.language import N_, _
from studio.scenario.tools import ToolTable

NAME = "tool-calls"


class ToolCallSettings(PartSettings):
    """What is played: the scenarios by their paths from the workspace's folder, all that are held out where none is
    named; the most tokens that a turn of the model may have; and whether `grammar` holds its calls to their form."""

    scenarios: tuple[Path, ...] = pydantic.Field((), json_schema_extra={"takes": N_("a list of scenarios' paths")})
    tokens: int = pydantic.Field(REPLY_TOKENS, ge=1, le=2000)
    grammar: bool = False


@dataclass(frozen=True, slots=True)
class ToolCallCase:
    """An exchange, how long a turn may be, and whether a grammar holds it."""

    exchange: Exchange
    tokens: int
    grammar: bool = False

    @property
    def id(self) -> str:
        """Its scenario and the turn in which the player speaks."""
        return self.exchange.id

    @property
    def group(self) -> str:
        """Its scenario."""
        return self.exchange.group

    @property
    def digest(self) -> str:
        """The SHA-256 of what it asks and expects."""
        return f"{self.tokens}:{self.exchange.digest}"


def scenarios_of(settings: ToolCallSettings, place: Place) -> list[Path]:
    """The scenarios that are played; raises NothingHeldOut where none is named and none is held out."""
    if settings.scenarios:
        return [place.path(path) for path in settings.scenarios]
    held = list(Split.of(place.scenarios).held_out)
    if not held:
        raise NothingHeldOut(folder=place.scenarios)
    return held


def exchanges_by_scenario(settings: ToolCallSettings, place: Place) -> Iterator[list[Exchange]]:
    """The exchanges of each scenario that is played; raises NothingHeldOut and the errors of reading one."""
    root = place.root.resolve()
    for path in scenarios_of(settings, place):
        whole = path.resolve()
        told = whole.relative_to(root).as_posix() if whole.is_relative_to(root) else path.name
        yield exchanges_in(path, told, place.rules, place.game.tools)


def _cases(part: Part, place: Place) -> Sequence[ToolCallCase]:
    settings = cast(ToolCallSettings, part.settings)
    return [
        ToolCallCase(exchange, settings.tokens, settings.grammar)
        for exchanges in exchanges_by_scenario(settings, place)
        for exchange in exchanges
    ]


async def _measure(engine: Answering, cases: Sequence[ToolCallCase], context: Context) -> AsyncIterator[CaseResult]:
    done = 0
    for _group, together in groupby(cases, key=lambda case: case.group):
        part = list(together)
        exchanges = [case.exchange for case in part]
        replies = await play(Forbearing(engine), exchanges, context, part[0].tokens, held=part[0].grammar)
        for case in part:
            yield result_of(case.exchange, replies[case.id], context.place.game.tools)
        done += len(part)
        if context.told is not None:
            context.told(done, len(cases))


def result_of(exchange: Exchange, replies: Sequence[Reply], table: ToolTable) -> CaseResult:
    """The result of an exchange that was played."""
    by_step = {reply.step: reply for reply in replies if reply.step is not None}
    steps = [by_step[number] for number in range(len(exchange.steps))]
    due = [step.expected for step in exchange.steps]
    found = judged(due, replies)
    right = [_right(reply, calls) for reply, calls in zip(steps, due, strict=True)]
    return CaseResult(
        id=exchange.id,
        kind=NAME,
        right=all(right),
        scores=_scores(due, right, replies),
        expected=_written(due),
        got=_written([reply.got for reply in steps], [reply.malformed for reply in steps]),
        groups={"scenario": exchange.group, "type": exchange.scenario_type},
        detail=_detail(exchange, replies, [_told(one, table) for one in found]),
    )


def _right(reply: Reply, due: Calls) -> bool:
    return reply.got == due and not reply.malformed


def _scores(due: Sequence[Calls], right: Sequence[bool], replies: Sequence[Reply]) -> dict[str, float]:
    called = [bool(calls) for calls in due]
    return {
        "turns": len(due),
        "turns_right": sum(right),
        "due": sum(called),
        "due_right": sum(one and two for one, two in zip(called, right, strict=True)),
        "none_due": called.count(False),
        "none_due_right": sum(two and not one for one, two in zip(called, right, strict=True)),
        "played": sum(reply.played for reply in replies if reply.step is not None),
        "astray": sum(reply.step is None for reply in replies),
        "carried": sum(len(reply.got) for reply in replies),
        "refused": sum(len(reply.refused) for reply in replies),
    }


def _told(one: Judged, table: ToolTable) -> dict[str, object]:
    """A judged call; one of a game's own tool that rolls says so, since its name does not."""
    call = one.expected or one.got
    found = table.get(call[0]) if call is not None else None
    rolls = found is not None and found.name != ROLL and found.arguments[:1] == ("skill",)
    return {**one.as_json(), "rolls": True} if rolls else one.as_json()


def _detail(exchange: Exchange, replies: Sequence[Reply], found: Sequence[dict[str, object]]) -> dict[str, object]:
    return {
        "line": exchange.line,
        "calls": list(found),
        "turns": [
            {
                "step": reply.step,
                "played": reply.played,
                "reply": reply.text,
                "reference": exchange.steps[reply.step].reference if reply.step is not None else None,
                "results": list(reply.results),
                "refused": list(reply.refused),
            }
            for reply in replies
        ],
    }


def _written(turns: Sequence[Calls], malformed: Sequence[Sequence[str]] = ()) -> str:
    """The calls of each turn, as a person reads them."""
    told = []
    for number, calls in enumerate(turns):
        words = [in_brackets(calls), *(malformed[number] if malformed else ())]
        told.append(" ".join(word for word in words if word) or _("no call"))
    return " → ".join(told)


def training_of(part: Part, place: Place) -> list[Path]:
    """The scenarios that are learnt from: those that are not held out, but for any that are played here."""
    settings = part.settings
    played = (
        {path.resolve() for path in scenarios_of(settings, place)} if isinstance(settings, ToolCallSettings) else {}
    )
    return [path for path in Split.of(place.scenarios).training if path.resolve() not in played]


def _rivals(part: Part, place: Place) -> Sequence[Rival]:
    training = [
        exchange
        for path in training_of(part, place)
        for exchange in exchanges_in(path, path.name, place.rules, place.game.tools)
    ]
    if not training:
        return ()
    keyword, commonest = KeywordRule.learnt(training), Commonest.learnt(training)
    always = _("always {call}").format(call=in_brackets(commonest.calls) or _("no call"))
    return (
        Rival(KEYWORD, _("a keyword rule"), keyword.identity, keyword),
        Rival(COMMONEST, always, commonest.identity, commonest),
    )


def base_prompting(part: Part, place: Place) -> Prompting:
    """How an untrained base is helped to play: with the game's tools, and examples that a model may learn from."""
    training = cases_in(training_of(part, place), place.rules, place.game.tools)
    return prompting(place.game, five_examples(training))


TOOL_CALLS = Kind(
    name=NAME,
    title=N_("Tool calls"),
    settings=ToolCallSettings,
    cases=_cases,
    measure=_measure,
    main="f1",
    ratios=RATIOS,
    groupings=GROUPINGS,
    rivals=_rivals,
    prompting=base_prompting,
)
