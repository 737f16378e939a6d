"""Trains the starter by the shipped worker and by TRL's trainer, one after the other in one run, and compares. JSON.

Run: `python benchmarks/training.py` (`--steps 3`, `--sides all`, `--curve`). Every side is a process of its own; all
get the same scenarios as ids and labels made by our renderer, in the same order, as many optimiser steps, the same
adapter, optimiser settings and learning rates. What differs is how a step is computed.

Measured from outside, alike for all: real tokens a second (padding is not counted) from the end of the second step on,
the most memory resident, and the seconds from the start of the process to the end of its first step. Losses on held-out
scenarios are computed afterwards for all by the same code in float32. Sides:

- `ours`: what `lorewright train` starts;
- `trl-fp32-padded`: TRL's trainer in float32 with batches padded to their longest;
- `trl-bf16-packed`: bfloat16, rows packed by TRL, eager;
- `trl-bf16-packed-compile`: the same under torch.compile with nothing in its cache (reported only);
- `trl-untouched`: what TRL 1.16 itself sets: bfloat16 by autocast, padded, layers computed twice (reported only).

`--curve` compares the worker's losses in float32 with one example a row and with several: an aim is 1e-3.
"""

import argparse
import asyncio
import itertools
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from studio.dataset import Example, gather
from studio.dataset.examples import examples_of
from studio.gguf.base import open_base
from studio.jobs.job import WorkerJob
from studio.resources import samples
from studio.scenario import load
from studio.training.planning import batches
from studio.workspace.folder import scenario_files

ROOT = Path(__file__).resolve().parent.parent
CHILD = Path(__file__).with_name("training_sides.py")
GIB = 1 << 30
WARM = 2
"""Steps before the steady state."""
SPARE = GIB
"""With less free than this in the machine a side is ended, before the system ends something else."""
PLAIN: dict[str, object] = {"dtype": "bfloat16", "packed": True, "micro_batch": 1}
SIDES: dict[str, dict[str, object]] = {
    "ours": {},
    "trl-fp32-padded": {"dtype": "float32", "bf16": False, "gradient_checkpointing": False, "micro_batch": 8},
    "trl-bf16-packed": {**PLAIN, "bf16": True, "gradient_checkpointing": False},
    "trl-bf16-packed-compile": {**PLAIN, "bf16": True, "gradient_checkpointing": False, "torch_compile": True},
    "trl-untouched": {"dtype": "float32", "micro_batch": 8},
}
USUAL = ("ours", "trl-fp32-padded", "trl-bf16-packed")
AIMS = {"trl-fp32-padded": {"speed": 3.0, "memory": 0.35}, "trl-bf16-packed": {"speed": 1.2}}
SAME_LOSS = 0.01
SAME_CURVE = 1e-3


@dataclass
class Measured:
    """One side as seen from outside: when each step ended, its losses, and the most memory that it had."""

    began: float = field(default_factory=time.monotonic)
    ended: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    peak: int = 0
    crowded: bool = False

    def step(self, loss: float) -> None:
        """A step has ended now."""
        self.ended.append(time.monotonic())
        self.losses.append(loss)

    def row(self, tokens: Sequence[int]) -> dict[str, object]:
        """Its figures; `tokens` are those of each step."""
        warm = min(WARM, len(self.ended) - 1)
        seconds = self.ended[-1] - self.ended[warm - 1] if warm else self.ended[-1] - self.began
        return {
            "tokens_per_second": round(sum(tokens[warm : len(self.ended)]) / seconds, 1),
            "steady_steps": len(self.ended) - warm,
            "peak_gib": round(self.peak / GIB, 2),
            "first_step_seconds": round(self.ended[0] - self.began, 1),
            "step_seconds": [round(b - a, 1) for a, b in itertools.pairwise(self.ended)],
            "losses": [round(loss, 4) for loss in self.losses],
        }


class Watch(threading.Thread):
    """Samples the memory of all processes below this one, and ends them where the machine has hardly any left."""

    def __init__(self, measured: Measured) -> None:
        super().__init__(daemon=True)
        self._measured, self._over = measured, threading.Event()

    def run(self) -> None:
        """Until it is told to end."""
        this = psutil.Process()
        while not self._over.wait(0.05):
            children = this.children(recursive=True)
            self._measured.peak = max(self._measured.peak, sum(map(_resident, children)))
            if psutil.virtual_memory().available < SPARE:
                self._measured.crowded = True
                for child in children:
                    child.kill()

    def __enter__(self) -> None:
        self.start()

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self.join()


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0


@dataclass(frozen=True, slots=True)
class Trial:
    """What all sides are given, and where they work."""

    work: Path
    base: Path
    folder: Path
    threads: int
    seed: int
    steps: int
    batch: int
    data: Path
    tokens: tuple[int, ...]

    def config(self, **more: object) -> dict[str, object]:
        """The worker's settings: nothing but steps, so that only they are timed."""
        return {
            "base": str(self.base), "scenarios": [str(path) for path in training_files()], "steps": self.steps,
            "seed": self.seed, "threads": self.threads, "max_minutes": None, "max_length": LENGTH, "call_weight": 1.0,
            "lora": LORA, "learning_rate": RATE, "warmup": WARMUP, "batch_size": 1, "use_gpu": False,
            "gradient_accumulation_steps": self.batch, "validation_examples": 0, "sample_tokens": 1,
            "sample_every": 100_000, "checkpoint_every": 100_000, "checkpoint_minutes": None, **more,
        }  # fmt: skip


LENGTH, RATE, WARMUP = 2048, 1e-3, 0.06
LORA: dict[str, object] = {"rank": 16, "alpha": 32, "dropout": 0.0, "layers": "all", "target_modules": "all-linear"}


def training_files() -> list[Path]:
    """The sample scenarios; held-out ones among them are not trained on."""
    return list(scenario_files(samples()))


def prepare(args: argparse.Namespace, work: Path) -> Trial:
    """Renders the data once for all sides, and has the base's weights unpacked beforehand: disks are warm."""
    base = open_base(args.base)
    gathered = gather(training_files(), base.template, base.tokeniser, LENGTH)
    order = itertools.islice(batches(len(gathered.examples), args.batch, args.seed), args.steps)
    steps = [[gathered.examples[place] for place in places] for places in order]
    held: list[Example] = []
    for path in gathered.held_out:
        held += examples_of(load(path).scenario, base.template, base.tokeniser, LENGTH)[0]
    rows = {
        "steps": [[_row(example) for example in step] for step in steps],
        "validation": [_row(example) for example in held[: args.validation]],
        "length": LENGTH, "lora": LORA, "rate": RATE, "warmup": WARMUP, "seed": args.seed, "threads": args.threads,
    }  # fmt: skip
    data = work / "data.json"
    data.write_text(json.dumps(rows), encoding="utf-8")
    unpack = [sys.executable, str(CHILD), "unpack", str(args.base), str(work / "bases")]
    folder = Path(subprocess.run(unpack, check=True, capture_output=True, text=True).stdout.strip())
    tokens = tuple(sum(len(example.ids) for example in step) for step in steps)
    return Trial(work, args.base, folder, args.threads, args.seed, args.steps, args.batch, data, tokens)


def _row(example: Example) -> dict[str, list[int]]:
    labels = [number if trained else -100 for number, trained in zip(example.ids, example.mask, strict=True)]
    return {"input_ids": list(example.ids), "labels": labels}


async def worker(trial: Trial, name: str, measured: Measured, **more: object) -> dict[str, object]:
    """A run by the shipped worker; returns what it reports, with the folder of its adapter."""
    fields = {"config": trial.config(**more), "cache": str(trial.work / "bases")}
    job = await WorkerJob.start("train", trial.work / "runs", name, fields)
    async for event in job.events():
        if event["event"] == "step":
            measured.step(float(str(event["loss"])))
    report = job.run.report() or {}
    return {"adapter": str(job.run.path / "adapter"), "forecast": report.get("memory"),
            "precision": report.get("precision")}  # fmt: skip


def ours(trial: Trial) -> dict[str, object]:
    """The side that ships."""
    measured = Measured()
    with Watch(measured):
        found = asyncio.run(worker(trial, "ours", measured))
    return {**measured.row(trial.tokens), "micro_batch": 1, **found}


def theirs(trial: Trial, name: str) -> dict[str, object]:
    """A side by TRL, with its micro-batch halved as long as memory does not suffice."""
    size = min(trial.batch, int(str(SIDES[name]["micro_batch"])))
    while True:
        found = _attempt(trial, name, {**SIDES[name], "micro_batch": size})
        if "out_of_memory" not in found or size == 1:
            return found
        size //= 2


def _attempt(trial: Trial, name: str, options: dict[str, object]) -> dict[str, object]:
    out = trial.work / name
    command = [sys.executable, str(CHILD), "trl", str(trial.folder), str(trial.data), str(out), json.dumps(options)]
    measured, told = Measured(), dict[str, object]()
    with (
        Watch(measured),
        (trial.work / f"{name}.log").open("w+", encoding="utf-8") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=_environment(trial)) as child,
    ):
        assert child.stdout is not None
        for line in child.stdout:
            event = json.loads(line) if line.startswith("{") else {}
            if "step" in event:
                measured.step(event["loss"])
            told.update(event)
        code = child.wait()
        log.seek(0)
        said = log.read()
    if code == 0:
        return {**measured.row(trial.tokens), "micro_batch": options["micro_batch"], "rows_a_step": told["rows"],
                "adapter": str(out)}  # fmt: skip
    full = measured.crowded or code == -9 or "MemoryError" in said or "allocate memory" in said
    failed = {"failed": said[-600:], "micro_batch": options["micro_batch"]}
    return {**failed, "out_of_memory": True, "peak_gib": round(measured.peak / GIB, 2)} if full else failed


def _environment(trial: Trial) -> dict[str, str]:
    quiet = {"TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1", "HF_DATASETS_DISABLE_PROGRESS_BARS": "1"}
    cold = {"TORCHINDUCTOR_CACHE_DIR": str(trial.work / "compiled")}
    return {**os.environ, **quiet, **cold, "OMP_NUM_THREADS": str(trial.threads), "PYTHONPATH": str(ROOT)}


def validate(trial: Trial, rows: dict[str, dict[str, object]]) -> None:
    """Adds to each side the loss of its adapter on held-out scenarios; `untrained` is the base's."""
    adapters = {name: row["adapter"] for name, row in rows.items() if "adapter" in row}
    command = [sys.executable, str(CHILD), "validate", str(trial.folder), str(trial.data), json.dumps(adapters)]
    run = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=_environment(trial))
    losses: dict[str, float] = json.loads(run.stdout.splitlines()[-1])
    for name, loss in losses.items():
        rows.setdefault(name, {})["validation_loss"] = round(loss, 4)


def compared(rows: dict[str, dict[str, object]]) -> dict[str, object]:
    """Ours against each side that came to its end, with the aims beside."""
    mine, found = rows.get("ours"), {}
    if mine is None or "tokens_per_second" not in mine:
        return {}
    for name, row in rows.items():
        if name == "ours" or "tokens_per_second" not in row:
            continue
        near = abs(_number(mine, "validation_loss") / _number(row, "validation_loss") - 1)
        found[name] = {
            "speed": round(_number(mine, "tokens_per_second") / _number(row, "tokens_per_second"), 2),
            "memory": round(_number(mine, "peak_gib") / _number(row, "peak_gib"), 3),
            "aim": AIMS.get(name, "reported only"),
            "validation_loss_apart": round(near, 4),
            "same_validation_loss": near <= SAME_LOSS,
        }
    return found


def _number(row: dict[str, object], key: str) -> float:
    return float(str(row[key]))


def compiling(rows: dict[str, dict[str, object]]) -> dict[str, float]:
    """Seconds that torch.compile took: what the first steps took longer than eager ones."""
    eager, compiled = rows.get("trl-bf16-packed", {}), rows.get("trl-bf16-packed-compile", {})
    if "first_step_seconds" not in eager or "first_step_seconds" not in compiled:
        return {}
    first = _number(compiled, "first_step_seconds") - _number(eager, "first_step_seconds")
    return {"compile_seconds_in_the_first_step": round(first, 1)}


def curve(trial: Trial) -> dict[str, object]:
    """Losses of each step in float32: one example a row, and all that a step has in half as many rows."""
    losses: dict[int, list[float]] = {}
    for size in (1, max(2, trial.batch // 2)):
        measured = Measured()
        more = {"precision": "fp32", "batch_size": size, "gradient_accumulation_steps": trial.batch // size}
        asyncio.run(worker(trial, f"rows-of-{size}", measured, **more))
        losses[size] = measured.losses
    one, other = losses.values()
    apart = max(abs(a - b) for a, b in zip(one, other, strict=True))
    return {"losses": losses, "most_apart": round(apart, 6), "aim": SAME_CURVE, "reached": apart <= SAME_CURVE}


def run(args: argparse.Namespace, work: Path) -> dict[str, object]:
    """Everything that was asked for."""
    trial = prepare(args, work)
    about = {"steps": trial.steps, "examples_a_step": trial.batch, "tokens_of_steps": trial.tokens,
             "threads": trial.threads, "load_before": os.getloadavg()[0], "base": trial.base.name}  # fmt: skip
    if args.curve:
        return {**about, "curve": curve(trial)}
    rows: dict[str, dict[str, object]] = {}
    for name in SIDES if args.sides == ["all"] else args.sides:
        rows[name] = ours(trial) if name == "ours" else theirs(trial, name)
        print(name, json.dumps(rows[name]), file=sys.stderr, flush=True)
    validate(trial, rows)
    return {**about, "sides": rows, "ours_against": compared(rows), **compiling(rows)}


def main() -> None:
    """Prints one JSON value."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--batch", type=int, default=8, help="examples a step; TRL's default is 8")
    parser.add_argument("--sides", nargs="+", choices=[*SIDES, "all"], default=list(USUAL))
    parser.add_argument("--curve", action="store_true")
    parser.add_argument("--base", type=Path, default=ROOT / "models" / "SmolLM2-135M-Instruct.Q4_1.gguf")
    parser.add_argument("--validation", type=int, default=2, help="held-out examples")
    parser.add_argument("--threads", type=int, default=psutil.cpu_count(logical=False) or 1)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        result = run(args, Path(folder))
    print(json.dumps({**result, "minutes": round((time.monotonic() - began) / 60, 1)}, indent=1))


if __name__ == "__main__":
    main()
