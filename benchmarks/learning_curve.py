"""Measures how often a skill or tool must occur in training before the starter model calls it right.

Run, each when it suits: `python benchmarks/learning_curve.py train 16 --out FOLDER` for every number of scenarios
(nested: the first 16 of an order that goes through the types in turn are among the first 32), then
`python benchmarks/learning_curve.py fit --out FOLDER`, which prints the YAML of `resources/learning_curves.yaml`.

Every training goes as often through its scenarios (`--passes`), so the runs differ in how many different examples there
were. It is the shipped one (`lorewright train`, `lorewright convert`), and so is the measure: the reply to each
held-out DM turn with a call due, given the reference text before it. A call counts as right where the reply has it with
all its arguments. A model that was trained elsewhere is measured by `measure MODEL 65 --passes 5`.

The fit is the likeliest top * (1 - exp(-n / scale)) by binomial counts; its range is the middle 80% of the same fit
over draws of the skills or tools and of the trainings (bootstrap), because what differs between these is most of what
is not known.
"""

import argparse
import asyncio
import json
import math
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import yaml

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from studio.dataset.facts import facts_of
from studio.evaluation.held_out import Split, cases_in
from studio.evaluation.measure import measure
from studio.evaluation.toolcalls import Case, Verdict
from studio.inference.engine import LlamaEngine
from studio.resources import samples
from studio.rules import Rules
from studio.scenario import ToolTable, load
from studio.scenario.model import plain_name

ROOT = Path(__file__).resolve().parent.parent
SEED = 11
LONGEST = 1000
"""Words; a longer scenario would be a large part of a small set."""
SHARE = 0.8
"""Enough is where the curve reaches this part of its top."""
LEAST_TOP = 0.15
"""A curve that ends lower says that nothing was learnt, and not how much is enough."""
DRAWS = 400
SETTINGS = ("validation_examples=0", "checkpoint_every=100000", "sample_every=100000", "sample_tokens=1")


def order(paths: Sequence[Path]) -> list[Path]:
    """The training scenarios in an order of which every beginning has all types alike; those far longer left out."""
    chance = random.Random(SEED)
    by_type: dict[str, list[Path]] = {}
    for path in (one for one in paths if len(one.read_text(encoding="utf-8").split()) < LONGEST):
        by_type.setdefault(path.parent.name, []).append(path)
    keyed = []
    for found in by_type.values():
        chance.shuffle(found)
        keyed += [((place + 0.5) / len(found), path.name, path) for place, path in enumerate(found)]
    return [path for _place, _name, path in sorted(keyed)]


def occurrences(paths: Iterable[Path], rules: Rules) -> dict[tuple[str, str], int]:
    """How often each skill and tool occurs in scenarios."""
    counted = Counter[tuple[str, str]]()
    for path in paths:
        facts = facts_of(load(path).scenario, rules)
        counted.update((what, value) for what in ("skill", "tool") for value in facts.get(what, ()))
    return counted


def asked(case: Case) -> list[tuple[str, str, object]]:
    """What a case asks for: (what, value, the call)."""
    return [
        ("skill", plain_name(call[1][0]), call) if call[0] == "roll" else ("tool", call[0], call)
        for call in case.expected
    ]


def points(verdicts: Iterable[Verdict], seen: dict[tuple[str, str], int], scenarios: int) -> list[dict[str, object]]:
    """Right calls of all, by skill or tool."""
    right, of = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for verdict in verdicts:
        got = Counter(verdict.got)
        for what, value, call in asked(verdict.case):
            of[what, value] += 1
            if got[call]:
                got[call] -= 1
                right[what, value] += 1
    return [
        {"scenarios": scenarios, "what": what, "value": value, "occurrences": seen.get((what, value), 0),
         "right": right[what, value], "of": count}
        for (what, value), count in sorted(of.items())
    ]  # fmt: skip


def train(args: argparse.Namespace) -> None:
    """One training, its GGUF, and its points as JSON in the folder."""
    work = args.out / f"run-{args.scenarios}"
    chosen = order(Split.of(samples()).training)[: args.scenarios]
    steps = args.passes * len(chosen)
    settings = [*SETTINGS, f"steps={steps}", f"threads={args.threads}", f"max_minutes={args.minutes}"]
    run_studio("train", *map(str, chosen), "--workspace", str(work), *(w for one in settings for w in ("--set", one)))
    [run] = (work / "runs").glob("*-train")
    run_studio("convert", str(run), "--workspace", str(work))
    [model] = (work / "models").rglob("*Q4_K_M*.gguf")
    keep(model, chosen, args)


def keep(model: Path, chosen: Sequence[Path], args: argparse.Namespace) -> None:
    """The points of a model that was trained on some scenarios."""
    rules, table = Rules.shipped(), ToolTable.shipped()
    cases = [case for case in cases_in(Split.of(samples()).held_out, rules, table) if case.expected]
    verdicts = asyncio.run(_measured(model, cases, table))
    result = {
        "scenarios": args.scenarios, "passes": args.passes, "note": args.note, "cases": len(cases),
        "right_cases": sum(one.right for one in verdicts),
        "points": points(verdicts, occurrences(chosen, rules), args.scenarios),
    }  # fmt: skip
    (args.out / f"points-{args.scenarios}.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps({key: value for key, value in result.items() if key != "points"}))


def measure_model(args: argparse.Namespace) -> None:
    """The points of a model that was trained on all training scenarios, or the first of `order`."""
    training = Split.of(samples()).training
    chosen = training if args.scenarios == len(training) else order(training)[: args.scenarios]
    keep(args.model.resolve(), chosen, args)


async def _measured(model: Path, cases: list[Case], table: ToolTable) -> list[Verdict]:
    engine = await LlamaEngine.load(model, context=8192)
    try:
        return await measure(engine, cases, table, lambda done, of: print(f"{done}/{of}", file=sys.stderr, flush=True))
    finally:
        await engine.close()


def run_studio(*words: str) -> None:
    """One command of the studio, from this checkout."""
    subprocess.run([sys.executable, "-m", "studio", *words], cwd=ROOT, check=True)


def fit(found: Sequence[dict[str, object]]) -> tuple[float, float]:
    """The likeliest (top, scale) of the points, on a grid."""
    n, right, of = (np.array([float(str(one[key])) for one in found]) for key in ("occurrences", "right", "of"))
    tops, scales = np.linspace(0.02, 0.99, 98), np.geomspace(0.3, 120, 120)
    rise = 1 - np.exp(-n[None, :] / scales[:, None])
    share = np.clip(tops[:, None, None] * rise[None], 1e-3, 1 - 1e-3)
    likelihood = (right * np.log(share) + (of - right) * np.log(1 - share)).sum(-1)
    best = np.unravel_index(int(likelihood.argmax()), likelihood.shape)
    return float(tops[best[0]]), float(scales[best[1]])


def enough(scale: float) -> int:
    """Where a curve reaches SHARE of its top."""
    return max(1, math.ceil(-math.log(1 - SHARE) * scale))


def resampled(found: Sequence[dict[str, object]]) -> Iterator[list[dict[str, object]]]:
    """The points as they might have been: drawn by skill or tool, and by training."""
    chance = random.Random(SEED)
    values, runs = (sorted({str(one[key]) for one in found}) for key in ("value", "scenarios"))
    for _draw in range(DRAWS):
        by_value, by_run = (Counter(chance.choices(of, k=len(of))) for of in (values, runs))
        yield [
            {**one, "right": int(str(one["right"])) * times, "of": int(str(one["of"])) * times}
            for one in found
            if (times := by_value[str(one["value"])] * by_run[str(one["scenarios"])])
        ]


def fitted(found: Sequence[dict[str, object]]) -> dict[str, object] | None:
    """The fit with its range, None where hardly anything was right: then there is no curve to read a number from.

    Nothing is said beyond the most occurrences that were measured: where the curve still rises there, in the fit or in
    more than a tenth of the draws, it has no upper bound.
    """
    top, slowness = fit(found)
    if top < LEAST_TOP:
        return None
    fits = [fit(one) for one in resampled(found)]
    drawn = [enough(scale) for top, scale in fits if top >= LEAST_TOP]  # the others have no curve
    drawn.sort()
    low, high = drawn[len(drawn) // 10], drawn[-1 - len(drawn) // 10]
    most = max(int(str(one["occurrences"])) for one in found)
    about = min(enough(slowness), most)
    return {
        "top": round(top, 3), "scale": round(slowness, 2), "enough": about, "low": min(low, about),
        "high": None if high > most else max(high, about), "cases": sum(int(str(one["of"])) for one in found),
    }  # fmt: skip


def print_fit(args: argparse.Namespace) -> None:
    """The YAML of all points and what was fitted to them."""
    runs = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(args.out.glob("points-*.json"))]
    runs.sort(key=lambda run: run["scenarios"])
    found = [one for run in runs for one in run["points"]]
    made = {what: fitted([one for one in found if one["what"] == what]) for what in ("skill", "tool")}
    fits = {what: one for what, one in made.items() if one is not None}
    told = {
        "command": "benchmarks/learning_curve.py: train N --passes 4 for each N, then fit",
        "model": "SmolLM2-135M-Instruct, profile cpu-starter, measured as Q4_K_M",
        "day": time.strftime("%Y-%m-%d"),
        "runs": "; ".join(_run(run) for run in runs),
    }
    print(yaml.safe_dump({"share": SHARE, "measured": told, "fits": fits}, sort_keys=False, width=118), end="")
    print("points:")
    for one in found:
        print(f"  - {yaml.safe_dump(one, sort_keys=False, default_flow_style=True, width=200).strip()}")


def _run(run: dict[str, object]) -> str:
    """One run in words."""
    note = f" ({run['note']})" if run["note"] else ""
    return f"{run['scenarios']} scenarios, {run['passes']} passes: {run['right_cases']} of {run['cases']} replies{note}"


def main() -> None:
    """Reads the words of the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words = parser.add_subparsers(dest="word", required=True)
    one = words.add_parser("train", help="one training with its measure")
    one.add_argument("--minutes", type=float, default=60)
    one.add_argument("--threads", type=int, default=1)
    other = words.add_parser("measure", help="a model that was trained elsewhere")
    other.add_argument("model", type=Path)
    for word in (one, other):
        word.add_argument("scenarios", type=int)
        word.add_argument("--passes", type=int, default=4)
        word.add_argument("--note", default="")
    words.add_parser("fit", help="print the YAML")
    for word in words.choices.values():
        word.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    args.out = args.out.resolve()
    {"train": train, "measure": measure_model, "fit": print_fit}[args.word](args)


if __name__ == "__main__":
    main()
