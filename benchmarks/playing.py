"""Measures play against the bare library: the same file, the same threads, in turns. Prints JSON.

Run: `python benchmarks/playing.py [MODEL.gguf] [--threads N] [--tokens 6000] [--rounds 5] [--parts generation,turns]`.

- `generation`: tokens a second as they are heard here, through the worker, over those of llama-cpp-python's own
  `Llama.generate` in a process of its own; the two take turns, `ratio` is the median of the rounds.
- `turns`: a talk of so many tokens. `second_over_first` is the time to the first token of a later turn over that of
  the first; `second_over_alone` is it over the time in which the bare library, which holds the same talk, reads the
  new tokens alone and takes the likeliest (left out with `--no-bare`), and once more in processor time, which a busy
  machine changes less; `second_over_inside` is it over what the worker itself took from the request on. `reads` are
  the tokens that were read for each turn.
- `stops`: milliseconds from `stop` until it has ended, by phase: while a prompt is read, while an answer is written,
  and while it is written under the tools' grammar.
- `grammar`: tokens a second with the tools' grammar over those without, in turns; milliseconds a token that it costs.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import IO

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from studio.chat import Message
from studio.errors import Cancelled
from studio.gguf.starter import starter_model
from studio.inference.asking import encoded
from studio.inference.engine import Ask, LlamaEngine, Sampling
from studio.inference.load_settings import LoadSettings
from studio.inference.tool_grammar import grammar
from studio.resources import samples
from studio.scenario import Speaker, load
from studio.scenario.game import Game
from studio.training.playing import Played, load_what

CONTEXT = 8192
BEGIN = "The old mill stands above the river, and nobody has seen the miller since the first snow fell. One evening"


class Bare:
    """llama-cpp-python alone, in a process of its own that does one thing at a time."""

    def __init__(self, model: Path, threads: int) -> None:
        command = [sys.executable, str(Path(__file__).resolve()), "--bare", str(model), str(threads)]
        self._child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    async def ask(self, **fields: object) -> dict[str, float]:
        """What came of it."""
        return await asyncio.to_thread(self._ask, fields)

    def _ask(self, fields: dict[str, object]) -> dict[str, float]:
        sending, answers = self._child.stdin, self._child.stdout
        assert sending is not None
        assert answers is not None
        sending.write(json.dumps(fields) + "\n")
        sending.flush()
        found: dict[str, float] = json.loads(answers.readline())
        return found

    def close(self) -> None:
        """Ends it."""
        if self._child.stdin is not None:
            self._child.stdin.close()
        self._child.wait()


def bare(model: str, threads: int, requests: IO[str]) -> None:
    """What the process does: `generate` ids and count tokens a second; `read` ids after those that it holds."""
    from llama_cpp import Llama

    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # the library may print
    told = Llama(model, n_ctx=CONTEXT, n_batch=512, n_threads=threads, n_threads_batch=threads, verbose=False)
    for line in requests:
        asked = json.loads(line)
        if asked["do"] == "generate":
            found = bare_generation(told, asked["ids"], asked["count"])
        else:
            if asked.get("fresh"):
                told.reset()
            began, spent = time.perf_counter(), time.process_time()
            told.eval(asked["ids"])
            told.sample(temp=0.0)
            found = {"seconds": time.perf_counter() - began, "processor": time.process_time() - spent}
        print(json.dumps(found), file=out, flush=True)


def bare_generation(told: object, ids: Sequence[int], count: int) -> dict[str, float]:
    """Tokens a second after the first."""
    times: list[float] = []
    for _token in told.generate(ids, temp=0.0):  # type: ignore[attr-defined]  # the library has no types
        times.append(time.perf_counter())
        if len(times) >= count:
            break
    return {"rate": (len(times) - 1) / (times[-1] - times[0])}


# -- the parts


async def written(engine: LlamaEngine, ids: Sequence[int], count: int, held: str | None = None) -> tuple[float, int]:
    """Tokens a second after the first, as they are heard here, and how many came."""
    times: list[float] = []
    found = await engine.generate(ids, Sampling(max_tokens=count, grammar=held), lambda _t: times.append(now()))
    return (len(found.ids) - 1) / (now() - times[0]), len(found.ids)


def now() -> float:
    """Seconds."""
    return time.perf_counter()


async def generation(engine: LlamaEngine, library: Bare, args: argparse.Namespace) -> dict[str, object]:
    """Ours over the library's."""
    (ids,) = await engine.tokenise([(BEGIN, False)])
    ours, theirs = [], []
    for number in range(args.rounds + 1):
        if number % 2:  # each goes first in turn
            other = (await library.ask(do="generate", ids=ids, count=args.count))["rate"]
        rate, count = await written(engine, ids, args.count)
        if not number % 2:
            other = (await library.ask(do="generate", ids=ids, count=count))["rate"]
        if number:  # the first is to warm up
            ours.append(rate)
            theirs.append(other)
    ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
    return {
        "tokens": count,
        "tokens_per_second": round(statistics.median(ours), 1),
        "bare_tokens_per_second": round(statistics.median(theirs), 1),
        "ratio": round(statistics.median(ratios), 3),
        "ratios": [round(one, 3) for one in ratios],
    }


async def talk_of(engine: LlamaEngine, size: int) -> tuple[Message, ...]:
    """A talk of about so many tokens out of the samples."""
    found = [Message("system", "You are the narrator of a quiet game.")]
    for path in sorted(samples().rglob("*.md")):
        for turn in load(path).scenario.turns:
            role = "assistant" if turn.speaker is Speaker.DM else "user"
            if role != found[-1].role and not (role == "assistant" and len(found) == 1):
                found.append(Message(role, turn.content))
        if await engine.length(Ask(tuple(found))) >= size:
            break
    while await engine.length(Ask(tuple(found))) > size or found[-1].role != "user":
        found.pop()
    return tuple(found)


async def turns(engine: LlamaEngine, library: Bare, args: argparse.Namespace) -> dict[str, object]:
    """The first token of each turn of a long talk."""
    talk = await talk_of(engine, args.tokens)
    rows: list[dict[str, float]] = []
    held: list[int] = []
    for number in range(args.rounds + 1):
        ask = Ask(talk, max_tokens=1)
        spent, began = worked(engine), now()
        found = await engine.answer(ask, Sampling())
        first, spent = now() - began, worked(engine) - spent
        row = {"seconds": first, "processor": spent, "inside": found.first_token_seconds, "reads": found.reads}
        ids = (await encoded(engine.tokenise, engine.card.chat, [(talk, "")]))[0][0]
        assert ids[: len(held)] == held
        if args.bare:
            alone = await library.ask(do="read", ids=ids[len(held) :], fresh=not held)
            row |= {"alone": alone["seconds"], "alone_processor": alone["processor"]}
            await library.ask(do="read", ids=list(found.ids))
        rows.append({**row, "tokens": len(ids)})
        held = [*ids, *found.ids]
        line = f"I look at the {number}th stone, turn it over, and ask the miller what he has seen on the road."
        talk = (*talk, found.as_message(ask), Message("user", line))
    first, rest = rows[0], rows[1:]

    def over(one: str, other: str) -> float | None:
        return round(statistics.median(row[one] / row[other] for row in rest), 3) if other in first else None

    return {
        "tokens": [row["tokens"] for row in rows],
        "reads": [row["reads"] for row in rows],
        "first_turn_seconds": round(first["seconds"], 3),
        "later_turn_seconds": round(statistics.median(row["seconds"] for row in rest), 3),
        "second_over_first": round(statistics.median(row["seconds"] for row in rest) / first["seconds"], 4),
        "second_over_inside": over("seconds", "inside"),
        "second_over_alone": over("seconds", "alone"),
        "second_over_alone_in_processor_time": over("processor", "alone_processor"),
    }


def worked(engine: LlamaEngine) -> float:
    """Seconds of the processors that this process and the worker have taken."""
    times = psutil.Process(engine.worker.pid).cpu_times()
    return time.process_time() + float(times.user) + float(times.system)


async def stops(engine: LlamaEngine, _library: Bare, args: argparse.Namespace) -> dict[str, object]:
    """How long a stop takes, by phase."""
    talk = await talk_of(engine, min(4000, args.tokens))
    (ids,) = await engine.tokenise([(BEGIN, False)])
    prompt = (await encoded(engine.tokenise, engine.card.chat, [(talk, "")]))[0][0]
    held = await tools_grammar()

    async def latency(work: Callable[[Callable[[], None]], Awaitable[object]], wait: float) -> float:
        due = asyncio.Event()
        running = asyncio.ensure_future(work(due.set))
        await due.wait()
        await asyncio.sleep(wait)
        began = now()
        await engine.stop()
        try:
            await running
        except Cancelled:
            return 1000 * (now() - began)
        raise RuntimeError("it had ended before it was stopped")

    async def reading(go: Callable[[], None]) -> object:
        return await engine.generate(prompt, Sampling(), None, lambda _read, _of: go())

    async def writing(go: Callable[[], None]) -> object:
        return await engine.generate(ids, Sampling(max_tokens=2000, temperature=1.0), lambda _text: go())

    async def grammatical(go: Callable[[], None]) -> object:
        sampling = Sampling(max_tokens=2000, temperature=1.0, grammar=held)
        return await engine.generate(ids, sampling, lambda _text: go())

    found: dict[str, object] = {}
    for name, work in (("reading", reading), ("writing", writing), ("grammar", grammatical)):
        times = []
        for number in range(2 * args.rounds):
            await engine.worker.call("forget")
            times.append(await latency(work, 0.02 * number))
        found[name] = {"median": round(statistics.median(times), 1), "most": round(max(times), 1)}
    return found


async def tools_grammar() -> str:
    """The grammar of the shipped tools, with the names of a sample's party."""
    scenario = load(sorted((samples() / "combat").glob("*.md"))[0]).scenario
    game = Game.shipped()
    assert scenario.system is not None
    return grammar(game.tools, game.words, [member.name for member in scenario.system.party])


async def held_to_grammar(engine: LlamaEngine, _library: Bare, args: argparse.Namespace) -> dict[str, object]:
    """What the tools' grammar costs."""
    (ids,) = await engine.tokenise([(BEGIN, False)])
    held = await tools_grammar()
    free, bound = [], []
    for number in range(args.rounds + 1):
        rates = (await written(engine, ids, args.count))[0], (await written(engine, ids, args.count, held))[0]
        if number:
            free.append(rates[0])
            bound.append(rates[1])
    costs = [1000 / one - 1000 / other for one, other in zip(bound, free, strict=True)]
    return {
        "ratio": round(statistics.median(one / other for one, other in zip(bound, free, strict=True)), 3),
        "milliseconds_a_token": round(statistics.median(costs), 3),
    }


PARTS = {"generation": generation, "turns": turns, "stops": stops, "grammar": held_to_grammar}


async def measured(args: argparse.Namespace) -> dict[str, object]:
    """All parts that were asked for."""
    settings = LoadSettings(context=CONTEXT, threads=args.threads, gpu_layers=0)
    engine = await load_what(Played(args.model.stem, args.model), settings)
    library = Bare(args.model, args.threads)
    try:
        found = {name: await PARTS[name](engine, library, args) for name in args.parts.split(",")}
    finally:
        await engine.close()
        library.close()
    load_average = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {"model": args.model.name, "threads": args.threads, "load_average": load_average, **found}


def main() -> None:
    """Measures and prints."""
    if sys.argv[1:2] == ["--bare"]:
        bare(sys.argv[2], int(sys.argv[3]), sys.stdin)
        return
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=Path, nargs="?", default=None)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 2)
    parser.add_argument("--tokens", type=int, default=6000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--count", type=int, default=64)
    parser.add_argument("--bare", action=argparse.BooleanOptionalAction, default=True, help="read the talk there too")
    parser.add_argument("--parts", default=",".join(PARTS))
    args = parser.parse_args()
    args.model = args.model or starter_model()
    print(json.dumps(asyncio.run(measured(args)), indent=2))


if __name__ == "__main__":
    main()
