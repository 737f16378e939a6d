"""Owns the making of golden transcripts: a model plays the beginning of scenarios at temperature 0, and all is kept.

A transcript is a real session by the rules, so prompts, tokens, calls and results are those of play.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from studio.chat import Message, joined
from studio.errors import InputError
from studio.inference.engine import Generation, LlamaEngine, ModelCard, Sampling
from studio.inference.protocol import OnRead, OnText
from studio.inference.tool_grammar import grammar
from studio.inference.worked import card_of
from studio.jobs.process import WorkerProcess
from studio.language import N_
from studio.play.session import Session, open_session
from studio.publishing.golden import Golden, Said, Step, Transcript
from studio.publishing.grammar import as_object
from studio.rules import Rules
from studio.scenario import load, parse
from studio.scenario.calls import find_calls
from studio.scenario.game import Game
from studio.scenario.model import Scenario, Speaker

CONTEXT, MOST_TOKENS, LINES, THREADS = 4096, 96, 2, 2


class NothingToTell(InputError):
    """No scenario has a world and a player's line to make a transcript of."""

    sentence = N_("No scenario here has a SYSTEM and a line of the player's, so nothing could be recorded. Name one.")


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
    transcripts = []
    for number, path in enumerate(scenarios):
        blank = _blank(load(path, tools=game.tools).scenario, path.stem, seed=number + 1, lines=lines)
        if blank is not None:
            transcripts.append(await _with_gaps(await told(blank, golden, engine, game), engine))
    if not transcripts:
        raise NothingToTell
    return golden.model_copy(update={"transcripts": tuple(transcripts)})


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


async def told(transcript: Transcript, golden: Golden, engine: RecordingEngine, game: Game) -> Transcript:
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
