"""Owns playing golden transcripts again: where a model first says something else than was recorded, in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from studio.errors import LorewrightError
from studio.language import N_, _
from studio.publishing.golden import Golden, Step, Transcript
from studio.publishing.recording import RecordingEngine, told
from studio.scenario.game import Game


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a replay first left a transcript: the reply's number from 1, what differs, and how."""

    transcript: str
    step: int
    what: str
    sentence: str


async def replay(golden: Golden, engine: RecordingEngine, game: Game) -> list[Difference]:
    """Plays every transcript again; the first difference of each that has one."""
    found = []
    for transcript in golden.transcripts:
        again = await told(transcript, golden, engine, game)
        different = await _difference(transcript, again, engine)
        if different is not None:
            found.append(different)
    return found


async def _difference(wanted: Transcript, found: Transcript, engine: RecordingEngine) -> Difference | None:
    for number, (one, other) in enumerate(zip(wanted.steps, found.steps, strict=False), start=1):
        for what in ("prompt_ids", "expected_ids", "calls", "results"):
            if getattr(one, what) != getattr(other, what):
                return Difference(wanted.title, number, what, await _sentence(one, other, what, number, engine))
    if len(wanted.steps) != len(found.steps):
        counts = len(wanted.steps), len(found.steps)
        text = _("{wanted} replies were recorded and {found} came").format(wanted=counts[0], found=counts[1])
        return Difference(wanted.title, min(counts) + 1, "steps", text)
    return None


_TOKENS = {
    "prompt_ids": N_(
        "the prompt of reply {number} differs at token {place}: “{wanted}” was recorded, here it is “{found}”"
    ),
    "expected_ids": N_(
        "reply {number} differs at token {place}: “{wanted}” was recorded, here the model says “{found}”; the two "
        "likeliest stood {gap} apart, and another processor rounds otherwise"
    ),
}
_VALUES = {
    "calls": N_("the calls of reply {number} differ: {wanted} were recorded, here {found}"),
    "results": N_("the results of reply {number} differ: {wanted} were recorded, here {found}"),
}


async def _sentence(one: Step, other: Step, what: str, number: int, engine: RecordingEngine) -> str:
    wanted, found = getattr(one, what), getattr(other, what)
    if what in _VALUES:
        return _(_VALUES[what]).format(number=number, wanted=list(wanted), found=list(found))
    pairs = enumerate(zip(wanted, found, strict=False))
    place = next((at for at, (a, b) in pairs if a != b), min(len(wanted), len(found)))
    texts = [await _text(ids[place : place + 1], engine) for ids in (wanted, found)]
    gap = one.gaps[place] if what == "expected_ids" and place < len(one.gaps) else None
    return _(_TOKENS[what]).format(number=number, place=place + 1, wanted=texts[0], found=texts[1], gap=gap)


async def _text(ids: Sequence[int], engine: RecordingEngine) -> str:
    if not ids:
        return _("the end")
    try:
        return str((await engine.worker.call("decode", ids=list(ids)))["text"])
    except LorewrightError:
        return str(ids[0])
