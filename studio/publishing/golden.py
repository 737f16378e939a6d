"""Owns golden transcripts: what a model said at temperature 0, token by token, and playing it again to compare.

A transcript is a real session by the rules, so prompts, tokens, calls and results are those of play. Knows no file but
the one it reads and writes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

import numpy as np
import numpy.typing as npt
import pydantic

from studio.chat import Message, joined
from studio.errors import InputError, LorewrightError
from studio.files import read_text
from studio.inference.engine import Generation, LlamaEngine, ModelCard, Sampling
from studio.inference.protocol import OnRead, OnText
from studio.play.limits import MOST_CALLS
from studio.play.session import Session, open_session
from studio.inference.tool_grammar import grammar
from studio.inference.worked import card_of
from studio.jobs.process import WorkerProcess
from studio.language import N_, _
from studio.publishing.grammar import as_object
from studio.rules import Rules
from studio.scenario import load, parse
from studio.scenario.calls import find_calls
from studio.scenario.game import Game
from studio.scenario.model import Scenario, Speaker

CONTEXT, MOST_TOKENS, LINES, THREADS = 4096, 96, 2, 2
_LIMIT = 64 << 20


class GoldenDamaged(InputError):
    """A file of golden transcripts cannot be read."""

    sentence = N_("{path} is damaged, so the pack can't be checked by it. Get the pack again.")


class NothingToTell(InputError):
    """No scenario has a world and a player's line to make a transcript of."""

    sentence = N_("No scenario here has a SYSTEM and a line of the player's, so nothing could be recorded. Name one.")


class _Record(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(frozen=True)


class Said(_Record):
    """One message before a reply; `ids` are what the model itself had generated for it, to be sent back unchanged."""

    role: str
    content: str
    ids: tuple[int, ...] | None = None


class Step(_Record):
    """One reply: the prompt as messages and as ids, what the rules put first, and all that must come of it.

    `gaps` is by how much each token's logit stood above the next likeliest: small ones another processor may turn over.
    """

    messages: tuple[Said, ...]
    opening: str
    prompt_ids: tuple[int, ...]
    expected_ids: tuple[int, ...]
    gaps: tuple[float, ...]
    stop: str
    text: str
    calls: tuple[dict[str, object], ...]
    results: tuple[str, ...]


class Transcript(_Record):
    """A short play: the scenario that it is played on, the seed of its dice, the player's lines, every reply."""

    title: str
    scenario: str
    names: tuple[str, ...]
    player: str | None
    seed: int
    lines: tuple[str, ...]
    steps: tuple[Step, ...]


class Golden(_Record):
    """The transcripts of a model, and the settings under which it said so.

    Threads and batch are among them, since llama.cpp adds up in another order where they differ; all on the CPU.
    """

    format: Literal[1] = 1
    context: int = pydantic.Field(gt=0, le=1 << 20)
    batch: Literal[512] = 512
    threads: int = pydantic.Field(gt=0, le=64)
    flash_attention: bool = True
    temperature: float = 0.0
    grammar: bool = True
    max_tokens: int = pydantic.Field(gt=0, le=4096)
    most_calls: int = MOST_CALLS
    transcripts: tuple[Transcript, ...]

    @classmethod
    def read(cls, path: Path) -> Self:
        """The transcripts in a file; raises GoldenDamaged or the errors of reading one."""
        try:
            return cls.model_validate_json(read_text(path, _LIMIT))
        except pydantic.ValidationError as error:
            raise GoldenDamaged(path=path) from error


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a replay first left a transcript: the reply's number from 1, what differs, and how."""

    transcript: str
    step: int
    what: str
    sentence: str


@dataclass(frozen=True, slots=True)
class _Heard:
    """One reply as the engine gave it."""

    messages: tuple[Message, ...]
    prompt: tuple[int, ...]
    generation: Generation


class RecordingEngine(LlamaEngine):
    """The engine of a GGUF, which keeps every prompt of a session and what it said."""

    def __init__(self, worker: WorkerProcess, card: ModelCard) -> None:
        super().__init__(worker, card)
        self.session: Session | None = None
        self.heard: list[_Heard] = []

    async def generate(
        self, prompt: Sequence[int], sampling: Sampling, on_text: OnText | None = None, on_read: OnRead | None = None
    ) -> Generation:
        """Continues the prompt, and keeps both."""
        said = self.session.messages() if self.session is not None else ()
        found = await super().generate(prompt, sampling, on_text, on_read)
        self.heard.append(_Heard(joined(said), tuple(prompt), found))
        return found


async def open_recording(
    model: Path, adapter: Path | None, context: int = CONTEXT, threads: int = THREADS
) -> RecordingEngine:
    """A model loaded for recording; raises what loading raises."""
    worker, fields = await RecordingEngine.started(
        "llama",
        model.stem,
        path=str(model),
        context=context,
        gpu_layers=0,
        adapter=str(adapter) if adapter is not None else None,
        sequences=2,
        threads=threads,
    )
    return RecordingEngine(worker, card_of(model, fields, kind="gguf"))


async def record(
    engine: RecordingEngine, scenarios: Sequence[Path], game: Game, max_tokens: int = MOST_TOKENS, lines: int = LINES
) -> Golden:
    """Plays the beginning of each scenario with its own player's lines; raises NothingToTell."""
    golden = Golden(context=engine.card.context, threads=THREADS, max_tokens=max_tokens, transcripts=())
    told = []
    for number, path in enumerate(scenarios):
        blank = _blank(load(path, tools=game.tools).scenario, path.stem, seed=number + 1, lines=lines)
        if blank is not None:
            told.append(await _with_gaps(await _told(blank, golden, engine, game), engine))
    if not told:
        raise NothingToTell
    return golden.model_copy(update={"transcripts": tuple(told)})


async def replay(golden: Golden, engine: RecordingEngine, game: Game) -> list[Difference]:
    """Plays every transcript again; the first difference of each that has one."""
    found = []
    for transcript in golden.transcripts:
        again = await _told(transcript, golden, engine, game)
        different = await _difference(transcript, again, engine)
        if different is not None:
            found.append(different)
    return found


async def _with_gaps(transcript: Transcript, engine: RecordingEngine) -> Transcript:
    """The transcript with how clear each of its tokens was."""
    steps = []
    for step in transcript.steps:
        rows = (
            await engine.score([*step.prompt_ids, *step.expected_ids], len(step.prompt_ids))
            if step.expected_ids
            else ()
        )
        gaps = [_gap(row, token) for row, token in zip(rows, step.expected_ids, strict=True)]
        steps.append(step.model_copy(update={"gaps": tuple(gaps)}))
    return transcript.model_copy(update={"steps": tuple(steps)})


def _gap(row: npt.NDArray[np.float32], token: int) -> float:
    best = np.partition(row, -2)[-2:]
    other = best[0] if row[token] == best[1] else best[1]
    return round(float(row[token] - other), 4)


def _blank(scenario: Scenario, title: str, *, seed: int, lines: int) -> Transcript | None:
    said = [turn.content.strip() for turn in scenario.turns if turn.speaker is Speaker.USER][:lines]
    if scenario.system is None or not said:
        return None
    end = scenario.system.span.end
    names = tuple(member.name for member in scenario.system.party)
    return Transcript(
        title=str(scenario.metadata.get("title") or title),
        scenario=scenario.text[:end] + "\n",
        names=names,
        player=scenario.player,
        seed=seed,
        lines=tuple(said),
        steps=(),
    )


async def _told(transcript: Transcript, golden: Golden, engine: RecordingEngine, game: Game) -> Transcript:
    """The transcript as the model plays it now."""
    scenario = parse(transcript.scenario, tools=game.tools).scenario
    sampling = Sampling(
        max_tokens=golden.max_tokens,
        temperature=golden.temperature,
        grammar=grammar(game.tools, game.words, transcript.names) if golden.grammar else None,
    )
    session = open_session(
        scenario, engine, seed=transcript.seed, rules=Rules.of(game.words), tools=game.tools, sampling=sampling
    )
    engine.session, engine.heard = session, []
    for line in transcript.lines:
        await session.say(line, lambda _event: None)
    return transcript.model_copy(update={"steps": tuple(_steps(session, engine.heard, game))})


def _steps(session: Session, heard: Sequence[_Heard], game: Game) -> list[Step]:
    path, replies = session.path(), iter(heard)
    steps = []
    for place, node in enumerate(path):
        if node.kind != "DM":
            continue
        reply, results = next(replies), []
        for later in path[place + 1 :]:
            if later.kind != "TOOLCALL":
                break
            results.append(later.text)
        calls = find_calls(node.text, game.tools, session.party.names)
        steps.append(
            Step(
                messages=tuple(Said(role=one.role, content=one.content, ids=one.ids) for one in reply.messages),
                opening=node.forced,
                prompt_ids=reply.prompt,
                expected_ids=reply.generation.ids,
                gaps=(),
                stop=reply.generation.stop,
                text=node.text,
                calls=tuple(as_object(call, game.tools) for call in calls if call.problem is None),
                results=tuple(results),
            )
        )
    return steps


async def _difference(wanted: Transcript, found: Transcript, engine: RecordingEngine) -> Difference | None:
    for number, (one, other) in enumerate(zip(wanted.steps, found.steps, strict=False), start=1):
        for what in ("prompt_ids", "expected_ids", "calls", "results"):
            if getattr(one, what) != getattr(other, what):
                return Difference(wanted.title, number, what, await _sentence(one, other, what, number, engine))
    if len(wanted.steps) != len(found.steps):
        told = _("{wanted} replies were recorded and {found} came").format(
            wanted=len(wanted.steps), found=len(found.steps)
        )
        return Difference(wanted.title, min(len(wanted.steps), len(found.steps)) + 1, "steps", told)
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
