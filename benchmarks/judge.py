"""Measures a judge against the truth: pairs of which it is known whether a defect was planted in them. JSON.

Run: `python benchmarks/judge.py MODEL.gguf [--rows 60] [--rubric instruction] [--seed 0]`. Half of the rows are sound,
half have one defect that shows in the row itself (copies, which show only between rows, are left out). Printed: how
often heuristics and judge are right, with 95% intervals; how far they agree (Cohen's kappa); how many prompt tokens
were found in the cache; and the time a row takes. What is planted is coarse: a judge that fails here fails everywhere.
"""

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from data_audit import COPIES, row
from planted import Pair, pairs

from studio.dataset.audit.agreement import agreement, kappa_of
from studio.dataset.audit.audit import audit
from studio.dataset.audit.judging import judge_rows
from studio.dataset.description import AuditSettings, JudgeSettings
from studio.dataset.verdicts import By, Decision, Verdict


def chosen(count: int, seed: int) -> list[Pair]:
    """As many sound pairs as pairs with a defect, the defects in turn."""
    every = list(pairs(4000, seed))
    sound = (pair for pair in every if pair.planted is None)
    by_defect: dict[str, list[Pair]] = {}
    for pair in every:
        if pair.planted is not None and pair.planted not in COPIES:
            by_defect.setdefault(pair.planted, []).append(pair)
    dealt = [pair for turn in zip(*by_defect.values(), strict=False) for pair in turn]
    return sorted([*islice(sound, count // 2), *dealt[: count - count // 2]], key=lambda pair: pair.number)


def truth(taken: list[Pair]) -> dict[str, Verdict]:
    """What is known of the rows, as a person's verdicts."""
    keys = {row(pair).key: Decision.KEEP if pair.planted is None else Decision.BIN for pair in taken}
    return {key: Verdict(key, By.PERSON, decision) for key, decision in keys.items()}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--rows", type=int, default=60)
    parser.add_argument("--rubric", default="instruction")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args(arguments)
    taken = chosen(args.rows, args.seed)
    rows = [row(pair) for pair in taken]
    known = truth(taken)
    with tempfile.TemporaryDirectory() as root:
        found = audit(rows, AuditSettings(), Path(root)).verdicts
        began = time.perf_counter()
        judging = judge_rows(
            rows, JudgeSettings(model=args.model.absolute(), rubric=args.rubric), Path(root),
            told=lambda standing: print(standing.done, standing.of, end="\r", file=sys.stderr),
        )  # fmt: skip
        seconds = time.perf_counter() - began
    agreed = agreement(found, judging.verdicts, known, sample=0)
    beside = Counter((known[key].decision, one.decision) for key, one in judging.verdicts.items())
    standing = judging.standing
    print(
        json.dumps(
            {
                "model": args.model.name,
                "rubric": args.rubric,
                "rows": len(rows),
                "planted": dict(Counter(pair.planted or "sound" for pair in taken)),
                "without_a_verdict": standing.missing,
                "uniform": judging.uniform,
                "against_the_truth": [one.as_json() for one in agreed.against_people],
                "kappa_of_judge_and_truth": kappa_of(beside).as_json(),
                "kappa_of_judge_and_heuristics": agreed.kappa.as_json(),
                "judge": dict(Counter(one.decision.value for one in judging.verdicts.values())),
                "prompt_tokens": standing.prompt_tokens,
                "reused": standing.reused,
                "reused_share": round(standing.reused / max(standing.prompt_tokens, 1), 3),
                "seconds_a_row": round(seconds / max(len(rows), 1), 2),
            },
            indent=1,
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
