"""Runs the parity gate on a converted model and prints its figures as JSON: how near each step is, and its calls.

Run: `python benchmarks/parity.py MODEL --workspace DIR`. Where everything was measured before, the remembered figures
are printed and `seconds` says what recalling them took. `kept` is a quantisation's share of the calls that F16 gets
right; `ratio` how much more the packing costs the tuned model than the untuned base, in mean KL.
"""

import argparse
import json
import subprocess
import sys
import time
from typing import Any


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("--workspace", required=True)
    asked = parser.parse_args()
    started = time.monotonic()
    words = ["parity", asked.model, "--workspace", asked.workspace, "--format", "json"]
    ended = subprocess.run([sys.executable, "-m", "studio", *words], capture_output=True, text=True)
    if ended.returncode not in (0, 1):
        sys.exit(ended.stderr)
    report = json.loads(ended.stdout)
    plain = next(
        (calls for step in report["steps"] if step["name"] == "F16" and (calls := step["measured"]["calls"])), None
    )
    print(
        json.dumps(
            {
                "model": report["model"],
                "passed": report["passed"],
                "texts": report["texts"],
                "positions": report["positions"],
                "narrators": report["trained"],
                "seconds": round(time.monotonic() - started, 1),
                "steps": [row(step, plain) for step in report["steps"]],
            },
            indent=1,
            ensure_ascii=False,
        )
    )


def row(step: dict[str, Any], plain: dict[str, Any] | None) -> dict[str, Any]:
    """The figures of one step."""
    found = step["measured"]
    near, base, calls = found["near"] or {}, found["base"] or {}, found["calls"]
    rows: dict[str, Any] = {
        "step": step["name"],
        "note": step["note"],
        "passed": step["passed"],
        "reasons": step["reasons"],
    }
    for where, one in near.items():
        rows[where] = {"top1": one["top1"], "kl": one["divergence"]}
        if where in base:
            rows[where] |= {
                "base_kl": base[where]["divergence"],
                "ratio": round(one["divergence"] / max(1e-9, base[where]["divergence"]), 3),
            }
    if calls is not None:
        rows["calls"] = {name: calls[name] for name in ("cases", "right", "before", "drop", "low", "high")}
        if step["kind"] == "packed" and plain is not None and plain["right"]:
            rows["calls"]["kept"] = round(calls["right"] / plain["right"], 4)
    return rows


if __name__ == "__main__":
    main()
