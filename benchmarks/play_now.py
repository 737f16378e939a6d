"""Measures “Play now”: from the click on a finished run to the first token of an answer. Prints JSON.

Run: `python benchmarks/play_now.py RUN [--times 5] [--script]`. RUN is the folder of a training on a GGUF; it is
copied, so that its adapter is written anew. `first` is the click that writes the adapter's GGUF, `again` one that finds
it there; each is the median of the rounds. A click writes the adapter, starts a worker, loads base and adapter, and has
the opening line of a shipped scenario answered (`prompt` tokens are read before the first is written). With `--script`
llama.cpp's own script writes the same adapter in the same round, and `ratio` is its time over ours.

`processor` is what the same parts take of the processors, in seconds, all threads together: what they would take at
least on a machine with nothing else to do, where the reading of the prompt is shared by the cores.
"""

import argparse
import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from studio.gguf.adapter_file import adapter_gguf, base_of
from studio.gguf.reader import Gguf
from studio.inference.sampling import Sampling
from studio.play.events import TurnAdded, Wrote
from studio.play.session import open_session
from studio.resources import samples
from studio.scenario import Speaker, load
from studio.setup.places import Places
from studio.training.playing import load_what, played


async def click(run: Path) -> dict[str, float]:
    """One click: seconds until the adapter is there, the engine is there, and the first token is there."""
    scenario = load(samples() / "roleplay" / "merchant-negotiation.md").scenario
    line = next(turn.content for turn in scenario.turns if turn.speaker is Speaker.USER)
    began, began_cpu = time.perf_counter(), time.process_time()
    found = await asyncio.to_thread(played, run)
    written, written_cpu = time.perf_counter(), time.process_time()
    engine = await load_what(found)
    loaded, loaded_cpu = time.perf_counter(), spent(engine.worker.pid)
    tokens: list[float] = []
    tokens_cpu: list[float] = []
    prompts: list[int] = []
    try:
        session = open_session(scenario, engine, seed=0, sampling=Sampling(temperature=0.0, max_tokens=4))

        def listen(event: object) -> None:
            if isinstance(event, Wrote):
                tokens.append(time.perf_counter())
                tokens_cpu.append(spent(engine.worker.pid))
            if isinstance(event, TurnAdded) and event.generation is not None:
                prompts.append(event.generation.prompt_tokens)

        await session.say(line, listen)
    finally:
        await engine.close()
    return {
        "adapter": written - began,
        "engine": loaded - written,
        "first_token": tokens[0] - loaded,
        "whole": tokens[0] - began,
        "prompt": prompts[0],
        "processor_adapter": written_cpu - began_cpu,
        "processor_engine": loaded_cpu,
        "processor_first_token": tokens_cpu[0] - loaded_cpu,
    }


def spent(pid: int) -> float:
    """What a process took of the processors so far, in seconds."""
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


def script_seconds(run: Path, place: Path) -> float:
    """How long llama.cpp's script takes for the same adapter; its base is told by a config.json of the same shape."""
    with Gguf(base_of(run)) as gguf:
        numbers = {key: gguf.number(f"llama.{key}") for key in (
            "embedding_length", "feed_forward_length", "block_count", "attention.head_count", "attention.head_count_kv",
        )}  # fmt: skip
    keys = ("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads")
    config = {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": 49152, "rms_norm_eps": 1e-5,
              "max_position_embeddings": 8192, **dict(zip(keys, numbers.values(), strict=True))}  # fmt: skip
    (place / "config.json").write_text(json.dumps(config), encoding="utf-8")
    script = Places.here().converter / "convert_lora_to_gguf.py"
    command = [sys.executable, str(script), str(run / "adapter"), "--base", str(place), "--outfile", str(place / "o")]
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "HF_HUB_OFFLINE": "1"})
    return time.perf_counter() - began


def median(rows: list[dict[str, float]]) -> dict[str, float]:
    """The middle of each figure."""
    return {key: round(statistics.median(row[key] for row in rows), 3) for key in rows[0]}


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser()
    parser.add_argument("run", type=Path)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--script", action="store_true")
    args = parser.parse_args()
    first: list[dict[str, float]] = []
    again: list[dict[str, float]] = []
    ours: list[float] = []
    theirs: list[float] = []
    with tempfile.TemporaryDirectory() as place:
        for number in range(args.times):
            run = Path(place) / f"{number}-run-train"
            shutil.copytree(args.run, run, ignore=shutil.ignore_patterns("checkpoints", "*.gguf"))
            first.append(asyncio.run(click(run)))
            again.append(asyncio.run(click(run)))
            if args.script:
                began = time.perf_counter()
                adapter_gguf(run, Path(place) / "a.gguf")
                ours.append(time.perf_counter() - began)
                theirs.append(script_seconds(run, Path(place)))
    out: dict[str, object] = {"first": median(first), "again": median(again), "times": args.times}
    out["cores"], out["load"] = os.cpu_count(), round(os.getloadavg()[0], 1)
    if theirs:
        out["script"] = {"ours": round(statistics.median(ours), 3), "theirs": round(statistics.median(theirs), 3),
                         "ratio": round(statistics.median(theirs) / statistics.median(ours), 1)}  # fmt: skip
    print(json.dumps(out, indent=1))


if __name__ == "__main__":
    main()
