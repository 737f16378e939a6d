"""How long merging, converting and quantising take beside the official tools run by hand, and how right forecasts are.

`python benchmarks/converting.py RUN [--quant Q4_K_M] [--rounds 1]` times in one process after another, in turns: ours
(the parts of the worker, with its imports) and by hand (peft's merge, llama.cpp's converter, its quantiser), and gives
the ratio by the clock, and that of processor time, which other work on the machine hardly changes. With `--sizes
FILE.gguf …` every quantisation is made of each file and held against its forecast; with `--memory FILE.gguf:CONTEXT …`
the llama worker's peak is held against its forecast. Prints JSON.
"""

import argparse
import asyncio
import ctypes
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

BY_HAND_MERGE = """
import sys, torch
from peft import PeftModel
from transformers import AutoModelForCausalLM
model = AutoModelForCausalLM.from_pretrained(sys.argv[1], dtype=torch.float32)
PeftModel.from_pretrained(model, sys.argv[2]).merge_and_unload().half().save_pretrained(sys.argv[3])
"""

BY_HAND_QUANTISE = """
import ctypes, sys
import llama_cpp as ll
settings = ll.llama_model_quantize_default_params()
settings.ftype, settings.nthread = int(sys.argv[3]), int(sys.argv[4])
sys.exit(ll.llama_model_quantize(sys.argv[1].encode(), sys.argv[2].encode(), ctypes.byref(settings)))
"""

OURS = """
import sys
from pathlib import Path
from studio.workers._converter import quantise, to_gguf
from studio.workers._entries import entries_of
from studio.workers._inert import inert_folder
from studio.workers._merge import merged_folder, source_of
from studio.gguf.naming import model_name
from studio.gguf.outline import outline_of
run, cache, out, kind, threads = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4], int(sys.argv[5])
source = source_of(run, "bench")
(out / "merged").mkdir()
folder = inert_folder(merged_folder(source, cache, out / "merged"), out / "inert")
name = model_name(source.base.path, outline_of(source.base.path).weights, "bench")
to_gguf(folder, out / "F16.gguf", "bench", lambda share: None, lambda: None, entries_of(source, name))
quantise(out / "F16.gguf", out / "packed.gguf", kind, threads, lambda share: None, lambda: None)
"""


def timed(words: list[object]) -> tuple[float, float]:
    """Seconds by the clock and of processors that a process and its children took; its output goes nowhere."""
    started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "PYTHONPATH": str(Path(__file__).parent.parent)}
    subprocess.run([sys.executable, *map(str, words)], check=True, capture_output=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - started, used


def speed(run: Path, kind: str, rounds: int, threads: int) -> dict[str, object]:
    """Both ways on one run, in turns; the base is unpacked once for both before."""
    from studio.gguf.base import open_base
    from studio.gguf.quantisations import BY_QUANTISATION
    from studio.jobs.runs import Run
    from studio.setup.places import Places
    from studio.workers._base import base_folder

    rows: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory() as place:
        cache = Path(place) / "cache"
        folder = base_folder(open_base(Path(str(Run(run).config()["base"]))), cache)
        script = Places.here().converter / "convert_hf_to_gguf.py"
        for number in range(rounds):
            ours, hand = Path(place) / f"ours{number}", Path(place) / f"hand{number}"
            ours.mkdir()
            hand.mkdir()
            took = {"ours": timed(["-c", OURS, run, cache, ours, kind, threads])}
            merged = hand / "merged"
            took["hand_merge"] = timed(["-c", BY_HAND_MERGE, folder, run / "adapter", merged])
            for file in folder.iterdir():
                if file.suffix in (".json", ".jinja", ".model") and not (merged / file.name).exists():
                    (merged / file.name).write_bytes(file.read_bytes())
            took["hand_convert"] = timed([script, merged, "--outfile", hand / "F16.gguf", "--outtype", "f16"])
            packed = [hand / "F16.gguf", hand / "packed.gguf", BY_QUANTISATION[kind].number, threads]
            took["hand_quantise"] = timed(["-c", BY_HAND_QUANTISE, *packed])
            row: dict[str, float] = {}
            for which, word in enumerate(("seconds", "cpu")):
                hands = sum(both[which] for part, both in took.items() if part != "ours")
                row |= {f"{part}_{word}": round(both[which], 2) for part, both in took.items()}
                row[f"{word}_ratio"] = round(took["ours"][which] / hands, 3)
            rows.append(row)
    ratios = {word: sorted(row[word] for row in rows)[len(rows) // 2] for word in ("seconds_ratio", "cpu_ratio")}
    return {"run": run.name, "quantisation": kind, "threads": threads, "rounds": rows, **ratios}


def sizes(path: Path, wanted: list[str], threads: int) -> dict[str, object]:
    """The files that llama.cpp makes beside their forecasts."""
    import llama_cpp as ll

    from studio.gguf.forecast import forecasts
    from studio.gguf.reader import Gguf

    quiet = ll.llama_log_callback(lambda _level, _text, _data: None)
    ll.llama_log_set(quiet, ctypes.c_void_p(0))
    rows: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as place:
        out = Path(place) / "made.gguf"
        for told in forecasts(path):
            kind = told.quantisation
            if told.needs_importance or (wanted and kind.name not in wanted):
                continue
            settings = ll.llama_model_quantize_default_params()
            settings.ftype, settings.nthread, settings.allow_requantize = kind.number, threads, True
            code = ll.llama_model_quantize(os.fsencode(path), os.fsencode(out), ctypes.byref(settings))
            with Gguf(out) as made:
                off = (told.size - made.bytes) / made.bytes
                rows[kind.name] = {
                    "code": code,
                    "forecast": told.size,
                    "made": made.bytes,
                    "error": round(off, 6),
                    "bits": round(made.bits_per_weight, 4),
                    "bits_forecast": round(told.bits, 4),
                }
    return rows


async def peak(path: Path, context: int, tokens: int) -> int:
    """The highest resident memory of the llama worker after so many tokens."""
    from studio.inference import engine as _engine  # noqa: F401  # registers the errors that the worker names
    from studio.jobs.process import WorkerProcess

    worker = await WorkerProcess.start("llama", hello_seconds=300)
    try:
        card = await worker.call("load", path=str(path), context=context, threads=1)
        tokens = min(tokens, int(str(card["context"])) - 8)
        ids = [(number * 7919) % 300 + 1 for number in range(tokens)]
        await worker.call("generate", ids=ids, sampling={"max_tokens": 2, "temperature": 0.0})
        match = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{worker.pid}/status").read_text("ascii"))
        return int(match[1]) * 1024 if match else 0
    finally:
        await worker.close()


def memory(path: Path, context: int, most_tokens: int) -> dict[str, object]:
    """The worker's peak at a context length beside the forecast for the file's own types."""
    from studio.gguf.memory import laid_out_anew, memory_of
    from studio.gguf.outline import outline_of
    from studio.gguf.reader import Gguf
    from studio.gguf.recipes import Packed

    model = outline_of(path)
    with Gguf(path) as gguf:
        rows = {row.name: row for row in gguf.tensors}
    packed = [Packed(piece, rows[piece.name].type, rows[piece.name].type, False, False) for piece in model.pieces]
    told = memory_of(model, sum(row.size for row in rows.values()), laid_out_anew(packed), context)
    found = asyncio.run(peak(path, context, min(context - 8, most_tokens)))
    return {"context": told.context, "forecast": told.total, "peak": found, "error": round(told.total / found - 1, 4)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", nargs="?", type=Path)
    parser.add_argument("--quant", default="Q4_K_M")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--sizes", nargs="*", type=Path, default=[])
    parser.add_argument("--only", nargs="*", default=[], help="quantisations for --sizes")
    parser.add_argument("--memory", nargs="*", default=[], metavar="FILE:CONTEXT")
    parser.add_argument("--tokens", type=int, default=1 << 20, help="read at most so many for --memory")
    args = parser.parse_args()
    found: dict[str, object] = {}
    if args.run is not None:
        found["speed"] = speed(args.run.resolve(), args.quant, args.rounds, args.threads)
    if args.sizes:
        found["sizes"] = {path.name: sizes(path, args.only, args.threads) for path in args.sizes}
    if args.memory:
        places = [place.rpartition(":") for place in args.memory]
        found["memory"] = {
            f"{Path(file).name} at {context}": memory(Path(file), int(context), args.tokens)
            for file, _colon, context in places
        }
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
