"""Measures what keeping talks in the cache saves an evaluation: the same prompts, kept and read anew. JSON.

Run: `python benchmarks/evaluating.py MODEL [--cases 200] [--turns 4] [--tokens 48] [--together 16] [--context 8192]
[--every 1]`. A case is a talk of so many turns with the player's lines of a shipped scenario and the model's own
answers between them. First all talks of a group go on turn by turn through `answer_many`, as evaluation asks them;
then each of the very same prompts (with `--every N` each Nth of them) is answered alone from an empty cache. Groups
take turns, so that both ways see the same machine. Printed: seconds of both, the ratio of seconds an answer, prompt
tokens read, the share of answers with the same ids and with the same tool calls. Where two tokens are all but
equally likely, a batch may round the other way than a single prompt: how far apart the two tokens are at most where
answers part, in logits, is printed, too.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import cycle, islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from studio.chat import Message, messages
from studio.evaluation.toolcalls import calls_in
from studio.inference.asking import encoded
from studio.inference.engine import Ask, Generation
from studio.inference.opening import open_engine
from studio.inference.worked import WorkerEngine
from studio.resources import samples
from studio.scenario import load
from studio.scenario.tools import ToolTable

TABLE = ToolTable.shipped()


@dataclass
class Way:
    """What one way of asking came to."""

    seconds: float = 0.0
    prompt_tokens: int = 0
    reused: int = 0
    answers: list[Generation] = field(default_factory=list)

    @property
    def each(self) -> float:
        """Seconds an answer."""
        return self.seconds / len(self.answers)

    def add(self, found: Sequence[Generation], began: float) -> None:
        self.seconds += time.perf_counter() - began
        self.prompt_tokens += sum(one.prompt_tokens for one in found)
        self.reused += sum(one.reused for one in found)
        self.answers += found


def talks(count: int, turns: int) -> list[list[Message]]:
    """SYSTEM and the player's lines of the shipped scenarios that have so many; a scenario counts more than once only
    where there are too few, then with another number in its first line."""
    found = []
    for path in sorted(samples().rglob("*.md")):
        told = messages(load(path).scenario)
        lines = [one for one in told if one.role == "user"]
        if told[0].role == "system" and len(lines) >= turns:
            found.append([told[0], *lines[:turns]])
    rounds: Iterator[list[Message]] = cycle(found)
    made = list(islice(rounds, count))
    for number, talk in enumerate(made):
        if number >= len(found):
            made[number] = [talk[0], replace(talk[1], content=f"({number}) {talk[1].content}"), *talk[2:]]
    return made


async def group(
    engine: WorkerEngine, part: list[list[Message]], args: argparse.Namespace, kept: Way, anew: Way
) -> list[Ask]:
    """Plays a group of talks to their end, then answers the same prompts alone."""
    asked: list[Ask] = []
    grown = [talk[:1] for talk in part]
    await engine.worker.call("forget")
    for turn in range(1, len(part[0])):
        asks = [Ask((*told, talk[turn]), max_tokens=args.tokens) for told, talk in zip(grown, part, strict=True)]
        began = time.perf_counter()
        found = await engine.answer_many(asks)
        kept.add(found, began)
        grown = [[*ask.messages, one.as_message(ask)] for ask, one in zip(asks, found, strict=True)]
        asked += asks
    for ask in asked[:: args.every]:
        await engine.worker.call("forget")
        began = time.perf_counter()
        anew.add(await engine.answer_many([ask]), began)
    return asked


async def gap(engine: WorkerEngine, ask: Ask, pair: tuple[Generation, Generation]) -> float:
    """How much less likely, in logits, the less likely of two tokens is where two answers part; 0 where they do not."""
    one, other = (answer.ids for answer in pair)
    place = next((i for i, both in enumerate(zip(one, other, strict=False)) if both[0] != both[1]), None)
    if place is None:  # one is the other's beginning: it ended there
        return 0.0
    ((prompt, _opened),) = await encoded(engine.tokenise, engine.card.chat, [(ask.messages, ask.opening)])
    ids = [*prompt, *one[: place + 1]]
    row = (await engine.score(ids, len(ids) - 1))[0]
    return float(row.max() - min(row[one[place]], row[other[place]]))


async def measured(args: argparse.Namespace) -> dict[str, object]:
    engine = await open_engine(args.model, context=args.context, together=args.together)
    assert isinstance(engine, WorkerEngine)
    kept, anew, asked = Way(), Way(), list[Ask]()
    again, both = list[Ask](), list[Generation]()
    every = talks(args.cases, args.turns)
    try:
        for start in range(0, len(every), args.together):
            first = len(asked)
            asked += await group(engine, every[start : start + args.together], args, kept, anew)
            again += asked[first :: args.every]
            both += kept.answers[first :: args.every]
            print(start, f"{anew.each / kept.each:.2f}", end="\r", file=sys.stderr)
        pairs = list(zip(both, anew.answers, strict=True))
        gaps = [await gap(engine, *one) for one in zip(again, pairs, strict=True) if one[1][0].ids != one[1][1].ids]
    finally:
        await engine.close()
    calls = [[calls_in(one.text, (), TABLE, None) for one in pair] for pair in pairs]
    return {
        "model": engine.card.name,
        "kind": engine.card.kind,
        "cases": len(every),
        "turns": args.turns,
        "together": args.together,
        "seconds_kept": round(kept.seconds, 1),
        "seconds_anew": round(anew.seconds, 1),
        "times_as_fast": round(anew.each / kept.each, 2),
        "answers_kept": len(kept.answers),
        "answers_anew": len(anew.answers),
        "prompt_tokens": kept.prompt_tokens,
        "read_kept": kept.prompt_tokens - kept.reused,
        "read_anew": anew.prompt_tokens - anew.reused,
        "same_ids": round(sum(one.ids == other.ids for one, other in pairs) / len(pairs), 4),
        "largest_gap_where_they_part": round(max(gaps, default=0.0), 3),
        "same_calls": round(sum(one == other for one, other in calls) / len(calls), 4),
    }


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--turns", type=int, default=4)
    parser.add_argument("--tokens", type=int, default=48)
    parser.add_argument("--together", type=int, default=16)
    parser.add_argument("--context", type=int, default=8192)
    parser.add_argument("--every", type=int, default=1)
    print(json.dumps(asyncio.run(measured(parser.parse_args(arguments))), indent=1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
