"""Owns the kind `corrections`: replies that a person corrected in play, asked again of a model.

A case is right where the reply makes the calls of the corrected one, in order and none besides, and is not the very
reply that was rejected. How well it is written is nobody's figure here. Cases are lines of `suites/regressions.jsonl`.
"""

import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pydantic

from studio.chat import Message, joined
from studio.chat.messages import ASSISTANT
from studio.errors import InputError
from studio.evaluation.call_matching import in_brackets
from studio.evaluation.kind import CaseResult, Context, Kind, Part, Parts, PartSettings, Place, Ratio
from studio.evaluation.rivals import COMMONEST, KEYWORD, Answering
from studio.evaluation.tool_call_kind import base_prompting
from studio.evaluation.toolcalls import Calls, calls_in
from studio.inference.protocol import Ask
from studio.inference.tool_grammar import grammar
from studio.language import N_, _
from studio.play.corrections import Correction, read_corrections
from studio.play.regressions import CASES

NAME = "corrections"
_TOGETHER = 16


class NothingCorrected(InputError):
    """A part of a suite points to no correction."""

    sentence = N_(
        "There is no correction to ask again in {where}. In Play, correct a reply and keep it as a case for Evaluate,"
        " or name a file of corrections."
    )


class CorrectionDamaged(InputError):
    """A line of a file of corrections is none, so that a case would be missing."""

    sentence = N_("Line {line} of {path} is no correction. Remove or mend it; a case that is left out can't fail.")


class CorrectedSettings(PartSettings):
    """Where corrections are (`files` by their paths from the workspace's folder), the most tokens of a reply, and
    whether `grammar` holds its calls to their form."""

    files: tuple[Path, ...] = pydantic.Field((Path(CASES),), json_schema_extra={"takes": N_("a list of files' paths")})
    tokens: int = pydantic.Field(200, ge=1, le=2000)
    grammar: bool = False


@dataclass(frozen=True, slots=True)
class Corrected:
    """One corrected reply: the chat before it, what the rules put first, and the calls that are due."""

    id: str
    correction: Correction
    expected: Calls
    settings: CorrectedSettings

    @property
    def group(self) -> str:
        """The session that it comes from."""
        return self.correction.session or self.id

    @property
    def names(self) -> tuple[str, ...]:
        """Who is on the sheets."""
        return tuple(self.correction.state)

    @property
    def ask(self) -> Ask:
        """What is asked, without a grammar."""
        spoken = joined(Message(one.role, one.content) for one in self.correction.messages)
        return Ask(spoken, self.correction.opening, self.settings.tokens)

    @property
    def digest(self) -> str:
        """The SHA-256 of what it asks and expects."""
        told = self.correction.model_dump_json(include={"messages", "opening", "chosen", "rejected", "player", "state"})
        settings = f"{self.settings.tokens}:{self.settings.grammar}"
        return hashlib.sha256(f"{settings}:{self.expected}:{told}".encode("utf-8", "surrogatepass")).hexdigest()


def _cases(part: Part, place: Place) -> Sequence[Corrected]:
    settings = cast(CorrectedSettings, part.settings)
    found: dict[str, Corrected] = {}
    for given in settings.files:
        path = place.path(given)
        read = read_corrections(path)
        if read.damaged:
            raise CorrectionDamaged(path=path, line=read.damaged[0])
        for one in read.corrections:
            name = f"{one.session or path.stem}#{one.turn}"
            due = calls_in(one.chosen, tuple(one.state), place.game.tools, one.player)[0]
            found[name] = Corrected(name, one, due, settings)  # a reply that was corrected again counts as it is now
    if not found:
        raise NothingCorrected(where=", ".join(one.as_posix() for one in settings.files))
    return sorted(found.values(), key=lambda case: case.group)  # stays in order within a group


async def _measure(engine: Answering, cases: Sequence[Corrected], context: Context) -> AsyncIterator[CaseResult]:
    game = context.place.game
    for start in range(0, len(cases), _TOGETHER):
        part = cases[start : start + _TOGETHER]
        asks = [
            Ask(one.ask.messages, one.ask.opening, one.ask.max_tokens, grammar(game.tools, game.words, one.names))
            if one.settings.grammar
            else one.ask
            for one in part
        ]
        answers = await engine.answer_many(asks)
        for case, ask, answer in zip(part, asks, answers, strict=True):
            yield result_of(case, answer.as_message(ask).content, context.place)
        if context.told is not None:
            context.told(start + len(part), len(cases))


def result_of(case: Corrected, reply: str, place: Place) -> CaseResult:
    """The result of a reply, the rules' opening in it."""
    got, malformed = calls_in(reply, case.names, place.game.tools, case.correction.player)
    calls = got == case.expected and not malformed
    again = _words(reply) == _words(case.correction.rejected)
    return CaseResult(
        id=case.id,
        kind=NAME,
        right=calls and not again,
        scores={"calls": float(calls), "again": float(again), "malformed": float(malformed)},
        expected=in_brackets(case.expected) or _("no call"),
        got=in_brackets(got) or _("no call"),
        groups={"scenario": case.group},
        detail={
            "line": next((one.content for one in reversed(case.correction.messages) if one.role != ASSISTANT), ""),
            "reply": reply,
            "chosen": case.correction.chosen,
            "rejected": case.correction.rejected,
        },
    )


def _words(text: str) -> list[str]:
    return text.lower().split()


def _right(result: CaseResult) -> Parts:
    return float(bool(result.right)), 1.0


CORRECTED = Kind(
    name=NAME,
    title=N_("Corrected replies"),
    settings=CorrectedSettings,
    cases=_cases,
    measure=_measure,
    main="right",
    ratios=(
        Ratio("right", N_("right now"), _right),
        Ratio("calls", N_("makes the calls of the correction"), lambda one: (one.scores["calls"], 1.0)),
        Ratio("again", N_("says what was rejected again"), lambda one: (one.scores["again"], 1.0), less=True),
        Ratio("malformed", N_("malformed calls a reply"), lambda one: (one.scores["malformed"], 1.0), "", less=True),
    ),
    prompting=base_prompting,
    without={
        KEYWORD: N_("What was corrected is no pattern that a rule could know."),
        COMMONEST: N_("Each case was corrected for itself; there is no commonest answer among them."),
    },
)
