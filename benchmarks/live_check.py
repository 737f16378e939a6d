"""Measures what a keystroke costs: parse, check and what changes of the diagnostics, in long scenarios. Prints JSON.

Run: `python benchmarks/live_check.py`. Milliseconds depend on the machine, ratios of one run less. `keystroke` is the
share of the thread that types: it follows the text and checks what is near. `slice` is one step of what is left after
it, `all_right` the time until nothing is pending. Each is told as time passes (`ms`) and as the thread's own processor
time (`processor_ms`), which others on the machine do not lengthen. `sheet` is typing in front matter and SYSTEM, where
a number on a sheet makes all turns due.
"""

import json
import random
import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import mean

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from studio.lint import check
from studio.lint.live import Live
from studio.resources import samples
from studio.scenario import Speaker, load, parse

LINES = (1_000, 10_000)
KEYS = 2_000
SHEET_KEYS = 80
COMMENTS = 57_000
HEAD = """---
title: The long road
player: Wren
---
<SYSTEM>
# Role
You are the Dungeon Master.

# World
Rivers, fog, and towns that keep their bells muffled.

# Location
A ford, and a rope across it.

# Party

## Wren
- Player Character
- Ranger
- Level 3
- Health: 24/26
- Inventory: Ash Bow (6), silver x14
- Skills: Stealth +7, Perception +4, Athletics +2

## Tam
- NPC Companion
- Ferryman
- Level 2
- Health: 16/16
- Skills: Stealth +1, Athletics +5
</SYSTEM>
"""
CALLED = re.compile(r"\s*\[[^\]]*\]|\*(SUCCESS|FAILED)\*\s*")


def story(lines: int, chance: random.Random) -> str:
    """A scenario of about so many lines, in words of the samples; some of its rolls and calls are wrong."""
    parsed = [load(path) for path in sorted(samples().rglob("*.md"))]
    turns = [turn for one in parsed for turn in one.scenario.turns if turn.speaker is not Speaker.TOOLCALL]
    said = [CALLED.sub("", turn.content) for turn in turns]
    text, count = [HEAD], HEAD.count("\n")
    while count < lines:
        skill, modifier = chance.choice([("stealth", 7), ("perception", 4), ("athletics", 2)])
        die = chance.randint(1, 20)
        total = die + modifier + (chance.random() < 0.03)
        word = "*SUCCESS*" if total >= 12 else "*FAILED*"
        call = chance.choice(["[damage: Tam 2]", "[heal: Tam 2]", "[give: Wren silver x2]", "[take: Wren silver]", ""])
        call = call.replace("Tam", "Tom") if chance.random() < 0.03 else call
        exchange = (
            f"\n<User>{chance.choice(said)}</User>\n\n<DM>{chance.choice(said)}\n\n[roll: {skill} dc 12]</DM>\n\n"
            f"<TOOLCALL>{skill}: {die} + {modifier}(skill) = *{total}*</TOOLCALL>\n\n"
            f"<DM>{word} {chance.choice(said)}{chr(10) * 2 + call if call else ''}</DM>\n"
        )
        text.append(exchange)
        count += exchange.count("\n")
    return "".join(text)


def keys(text: str, chance: random.Random) -> Iterator[tuple[int, int, str]]:
    """What somebody types: words and numbers here and there, slips taken back, new turns and their tags."""
    begin = text.index("</SYSTEM>") + len("</SYSTEM>")
    while True:
        place = chance.randint(begin, len(text) - 1)
        kind = chance.random()
        if kind < 0.6:
            place = text.find(" ", place) + 1 or begin
            written = chance.choice(["under ", "the old bell ", "and quietly ", "Wren "])
        elif kind < 0.8:
            place = text.find("</DM>", place) + len("</DM>") if "</DM>" in text[place:] else begin
            written = "\n\n<User>I wait.</User>"
        elif kind < 0.9:
            place = text.find("2]", place) if "2]" in text[place:] else begin
            written = "3"
        else:
            place = text.find("</DM>", place) if "</DM>" in text[place:] else begin
            written = "\n\n[roll: stealth dc 12]"
        for key in written:
            yield place, 0, key
            text = text[:place] + key + text[place:]
            place += 1
        if chance.random() < 0.3:
            for _key in written:
                place -= 1
                yield place, 1, ""
                text = text[:place] + text[place + 1 :]


def sheet_keys(text: str) -> Iterator[tuple[int, int, str]]:
    """Letters put in and taken out again: on a sheet, in the prose of SYSTEM and in the title."""
    while True:
        for wanted in ("Perception +4", "silver x14", "Rivers, fog", "long road"):
            place = text.index(wanted)
            yield place, 0, "x"
            yield place, 1, ""


@dataclass(frozen=True)
class Taken:
    """Milliseconds that something took: as time passed, and of the thread's own."""

    passed: float = 0.0
    own: float = 0.0

    def __add__(self, other: "Taken") -> "Taken":
        return Taken(self.passed + other.passed, self.own + other.own)


def timed(run: Callable[[], object]) -> Taken:
    """How long something takes."""
    passed, own = time.perf_counter(), time.thread_time()
    run()
    return Taken((time.perf_counter() - passed) * 1000, (time.thread_time() - own) * 1000)


def spread(taken: list[Taken]) -> dict[str, dict[str, float]]:
    """The usual, the rare and the worst of some times."""
    return {
        name: {
            "p50": round(times[len(times) // 2], 3),
            "p99": round(times[int(0.99 * (len(times) - 1))], 3),
            "worst": round(times[-1], 3),
            "mean": round(mean(times), 3),
        }
        for name, times in (
            ("ms", sorted(one.passed for one in taken)),
            ("processor_ms", sorted(one.own for one in taken)),
        )
    }


def typing(live: Live, edits: Iterator[tuple[int, int, str]], times: int) -> dict[str, list[Taken]]:
    """Types into a text, and lets each key be checked to its end before the next."""
    found: dict[str, list[Taken]] = {"keystroke": [], "slice": [], "all_right": []}
    for edit in islice(edits, times):
        taken = timed(partial(live.edit, *edit, defer=True))
        found["keystroke"].append(taken)
        while live.pending:
            more = timed(live.settle)
            found["slice"].append(more)
            taken += more
        found["all_right"].append(taken)
    return found


def measured(lines: int) -> tuple[dict[str, object], float, float]:
    """What is told of one length, how much faster a key is than the whole, and the rare keystroke of the thread."""
    text = story(lines, random.Random(lines))
    whole = min((timed(lambda: check(parse(text))) for _time in range(5)), key=lambda one: one.own)
    opened = timed(partial(Live, text))
    live = Live(text)
    typed = typing(live, keys(text, random.Random(7)), KEYS)
    if tuple(check(parse(live.text))) != live.diagnostics:
        raise SystemExit("the diagnostics after typing are not those of a whole check")
    sheet = typing(Live(text), sheet_keys(text), SHEET_KEYS)
    report = {
        "characters": len(text),
        "diagnostics": len(live.diagnostics),
        "whole_ms": round(whole.own, 1),
        "opened_ms": round(opened.own, 1),
        "typing": {name: spread(taken) for name, taken in typed.items()},
        "sheet": {name: spread(taken) for name, taken in sheet.items()},
    }
    rare = sorted(one.own for one in typed["keystroke"])[int(0.99 * (KEYS - 1))]
    return report, whole.own / mean(one.own for one in typed["all_right"]), rare


def comment_keys(text: str) -> Iterator[tuple[int, int, str]]:
    """A letter put in and taken out again, in the middle."""
    while True:
        yield len(text) // 2, 0, "x"
        yield len(text) // 2, 1, ""


def among_comments() -> dict[str, object]:
    """What typing costs among tens of thousands of comments that nobody closed."""
    text = story(100, random.Random(1)) + "<!-- a\n" * COMMENTS
    return {name: spread(taken) for name, taken in typing(Live(text), comment_keys(text), SHEET_KEYS).items() if taken}


def main() -> None:
    """Prints the measurements."""
    found = {lines: measured(lines) for lines in LINES}
    report: dict[str, object] = {f"{lines}_lines": one[0] for lines, one in found.items()}
    short, long = LINES
    report[f"faster_than_whole_at_{long}_lines"] = round(found[long][1], 1)
    report[f"keystroke_p99_{long}_lines_over_{short}"] = round(found[long][2] / found[short][2], 2)
    report[f"among_{COMMENTS}_unclosed_comments"] = among_comments()
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
