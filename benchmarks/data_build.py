"""What a rebuild costs after one of many scenarios was edited; prints JSON, asserts nothing about time.

    python benchmarks/data_build.py [--scenarios 5000] [--rounds 3]

The scenarios are variants of the samples, each with words of its own. A rebuild is timed as a person has it: as
`lorewright data build` in a process of its own, start included; and inside a process that is warm, as in the window.
"""

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from studio.dataset.build import build
from studio.gguf.measure import cutter_of
from studio.resources import samples
from studio.workspace.folder import Workspace, open_or_make, scenario_files

WORD = re.compile(r"\b[a-z]{4,}\b")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenarios", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="keep the workspace here, and use what is there already")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measured(given.folder or Path(folder), given.scenarios, given.rounds), indent=1))


def measured(folder: Path, count: int, rounds: int) -> dict[str, object]:
    """All figures, in seconds."""
    workspace = prepared(folder / "workspace", count)
    first = timed(workspace)
    again = [timed(workspace) for _round in range(rounds)]
    edited = []
    for number in range(rounds):
        edit(workspace, number)
        edited.append(timed(workspace))
    return {
        "scenarios": count,
        "cores": os.cpu_count(),
        "first": first,
        "nothing changed": again,
        "one edited": edited,
        "one edited, warm process": warm(workspace, rounds),
        "same bytes when read anew": same_anew(workspace),
        "memory of the warm process, MB": psutil.Process().memory_info().rss // 2**20,
    }


def prepared(root: Path, count: int) -> Workspace:
    """A workspace of so many scenarios, no two nearly alike."""
    if root.exists():
        return Workspace(root)
    (root / "scenarios").mkdir(parents=True)
    workspace = open_or_make(root)
    texts = [
        (path.parent.name, path.read_text("utf-8"))
        for path in scenario_files(samples())
        if not path.name.startswith("held-")
    ]
    words = sorted({word for _kind, text in texts for word in WORD.findall(text)})
    for number in range(count):
        kind, text = texts[number % len(texts)]
        path = root / "scenarios" / kind / f"{number:05}.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text(reworded(text, words, random.Random(number)), "utf-8")
    description = "sources:\n- {name: scenarios, scenarios: scenarios}\n"
    (root / "datasets" / "many.yaml").write_text(description, "utf-8")
    return workspace


def reworded(text: str, words: list[str], chance: random.Random) -> str:
    """The text with most of the words of what the narrator and the player say replaced."""
    head, system, rest = text.partition("</SYSTEM>")
    parts = re.split(r"(\[[^\]]*\]|<TOOLCALL>.*?</TOOLCALL>|</?[A-Za-z]+>)", rest)
    told = [
        part if at % 2 else WORD.sub(lambda one: chance.choice(words) if chance.random() < 0.8 else one[0], part)
        for at, part in enumerate(parts)
    ]
    return head + system + "".join(told)


def edit(workspace: Workspace, number: int) -> None:
    path = next(path for at, path in enumerate(scenario_files(workspace.scenarios)) if at == 37 + 101 * number)
    text = path.read_text("utf-8")
    place = text.rindex("</DM>")
    path.write_text(f"{text[:place]} The rain stops{number}.{text[place:]}", "utf-8")


def timed(workspace: Workspace) -> float:
    began = time.monotonic()
    command = [sys.executable, "-m", "studio", "data", "build", "many", "--workspace", str(workspace.root)]
    ended = subprocess.run([*command, "--format", "json"], capture_output=True, text=True)
    if ended.returncode not in (0, 1):
        raise SystemExit(ended.stderr)
    return round(time.monotonic() - began, 2)


def warm(workspace: Workspace, rounds: int) -> list[float]:
    found = []
    for number in range(rounds + 1):
        edit(workspace, 10 + number)
        began = time.monotonic()
        build("many", workspace, cutter_of)
        found.append(round(time.monotonic() - began, 2))
    return found[1:]


def same_anew(workspace: Workspace) -> bool:
    command = [sys.executable, "-m", "studio", "data", "build", "many", "--workspace", str(workspace.root)]
    names = []
    for more in ([], ["--anew"]):
        ended = subprocess.run([*command, "--format", "json", *more], capture_output=True, text=True)
        names.append(json.loads(ended.stdout)["build"])
    return names[0] == names[1]


if __name__ == "__main__":
    main()
