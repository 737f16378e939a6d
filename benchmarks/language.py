"""Measures the scenario language: files a second, and how the time grows with the text. Prints JSON.

Run: `python benchmarks/language.py`. Ratios near 2 mean linear cost; times depend on the machine.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from studio.lint import check
from studio.resources import samples
from studio.scenario import parse

SIZE = 200_000
SHAPES: dict[str, Callable[[int], str]] = {
    "prose": lambda n: "<User>" + "word " * (n // 5) + "</User>",
    "turns": lambda n: "<User>I go.</User>\n<DM>So be it.</DM>\n" * (n // 40),
    "brackets": lambda n: "<DM>" + "[" * (n // 2) + "]" * (n // 2) + "</DM>",
    "angle brackets": lambda n: "<" * n,
    "unclosed comments": lambda n: "<!-- x\n" * (n // 7),
    "list in list": lambda n: "<SYSTEM>\n" + "- " * (n // 2) + "\n</SYSTEM>",
    "blank": lambda n: " \n" * (n // 2),
}


def seconds(text: str) -> float:
    """The best of three times of reading and checking a text."""
    best = float("inf")
    for _repeat in range(3):
        start = time.perf_counter()
        check(parse(text))
        best = min(best, time.perf_counter() - start)
    return best


def main() -> None:
    """Prints the measurements."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(samples().rglob("*.md"))]
    parse(""), [check(parse(text)) for text in texts]
    start = time.perf_counter()
    parsed = [parse(text) for text in texts]
    middle = time.perf_counter()
    for one in parsed:
        check(one)
    end = time.perf_counter()
    ratios = {name: round(seconds(make(2 * SIZE)) / seconds(make(SIZE)), 2) for name, make in SHAPES.items()}
    report = {
        "files": len(texts),
        "parse_files_per_second": round(len(texts) / (middle - start)),
        "check_files_per_second": round(len(texts) / (end - middle)),
        "ratio_for_twice_the_text": ratios,
    }
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
