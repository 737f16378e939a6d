"""Measures writing: a keystroke in the real editor, `check` over thousands of files, and growth with the text. JSON.

Run: `python benchmarks/writing.py [keys|check|growth …]`. Two cores are used where there are
more. Each time is told as it passes (`ms`) and as the measured thread's own processor time (`processor_ms`), which
others on the machine do not lengthen; ratios are of one run. `keystroke` is what the window's thread does from the key
to the squiggles drawn, once a text that was opened has all its colours; `window` has with it all else that was due just
then (preview, outline, margin); `problems_right` is until nothing is left to check.
"""

import gc
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from itertools import islice
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from live_check import Taken, spread, story, timed

from studio.lint import TABLE
from studio.lint.diagnostics import Reading
from studio.resources import samples
from studio.scenario import Vocabulary, parse

if TYPE_CHECKING:
    from studio.ui.write.tab import WriteTab

ROOT = Path(__file__).resolve().parent.parent
LINES = (1_000, 10_000)
KEYS = 600
FILES = 5_000
CORES = 2
SIZE = 40_000
NAMES = ("Wren", "Tam", "Oda", "Bram", "Ilse", "Corvin", "Perrin", "Sabra")
ALPHABETS = (
    " ",
    "a",
    "a ",
    "1",
    "[",
    "]",
    "<",
    "<a",
    "-",
    "*",
    '"',
    "\n",
    " \n",
    "<!-- ",
    "[roll: ",
    "+1 ",
    "a, ",
    "#",
)


# -- the editor -------------------------------------------------------------------------------------


def places(text: str, chance: random.Random) -> Iterator[tuple[int, str]]:
    """Where somebody types, and what: words in the prose, and digits in the results, which makes them wrong."""
    begin = text.index("</SYSTEM>")
    while True:
        place = chance.randint(begin, len(text) - 200)
        if chance.random() < 0.6:
            yield text.find(" ", place) + 1, chance.choice(["old bell ", "under ", "Wren ", "quietly "])
        else:
            yield text.index("=", text.index("<TOOLCALL>", place) if "<TOOLCALL>" in text[place:] else begin) - 1, "1"


def shown(text: str, folder: Path) -> "WriteTab":
    """The Write tab, on the screen, with one page that shows a text."""
    from studio.ui.context import Context
    from studio.ui.theme import Appearance, Theme
    from studio.ui.theme.fonts import load_fonts
    from studio.ui.write.tab import WriteTab
    from studio.workspace import Settings, open_or_make

    load_fonts()
    theme = Theme(Appearance.DARK)
    theme.apply()
    (folder / "scenarios").mkdir(parents=True)
    path = folder / "scenarios" / "long.md"
    path.write_text(text, "utf-8")
    tab = WriteTab(Context(open_or_make(folder), Settings(folder / "settings.json"), theme))
    tab.resize(1400, 900)
    tab.show()
    tab.open_path(path)
    return tab


def typed(lines: int, folder: Path) -> dict[str, list[Taken]]:
    """Types into a page that shows a text of so many lines, and takes it back again."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication

    from studio.ui.write.preview import Preview

    application = QApplication.instance() or QApplication([])
    tab = shown(story(lines, random.Random(lines)), folder)
    page = tab.pages.current
    assert page is not None

    def until(reached: Callable[[], bool]) -> None:
        while not reached():
            application.processEvents()

    previews = tab.findChildren(Preview)
    until(lambda: page.parsed is not None and page.checking.ready)
    until(lambda: not page.editor.highlighter.behind and all(preview.drawn for preview in previews))
    found: dict[str, list[Taken]] = {"keystroke": [], "window": [], "problems_right": []}
    gc.collect()

    def press(key: Qt.Key | str) -> None:
        QTest.keyClick(page.editor, key)
        page.editor.viewport().repaint()

    def one(key: Qt.Key | str) -> None:
        taken = timed(partial(press, key))
        found["keystroke"].append(taken)
        found["window"].append(taken + timed(application.processEvents))
        found["problems_right"].append(found["window"][-1] + timed(partial(until, lambda: page.checking.ready)))

    chance = random.Random(7)
    while len(found["keystroke"]) < KEYS:
        place, word = next(places(page.editor.text(), chance))
        page.editor.select(place, place)
        application.processEvents()
        for letter in word:
            one(letter)
        page.editor.popup.hide()
        for _letter in word:
            one(Qt.Key.Key_Backspace)
    page.editor.document().setModified(False)
    tab.closing()
    tab.close()
    tab.deleteLater()
    application.processEvents()
    return found


def keys() -> dict[str, object]:
    """What is told of typing."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for lines in LINES:
            found[lines] = typed(lines, Path(folder, str(lines)))
    short, long = (sorted(one.own for one in found[lines]["keystroke"])[int(0.99 * (KEYS - 1))] for lines in LINES)
    report: dict[str, object] = {
        f"{lines}_lines": {name: spread(taken) for name, taken in one.items()} for lines, one in found.items()
    }
    report[f"keystroke_p99_{LINES[1]}_lines_over_{LINES[0]}"] = round(long / short, 2)
    return report


# -- `check` ----------------------------------------------------------------------------------------


def variants(folder: Path) -> None:
    """Scenarios in folders by type: the samples with other titles, names and numbers, no two the same."""
    chance = random.Random(5)
    texts = [(path.parent.name, path.stem, path.read_text("utf-8")) for path in sorted(samples().rglob("*.md"))]
    for number in range(FILES):
        kind, name, text = texts[number % len(texts)]
        party = dict.fromkeys(re.findall(r"^## (\w+)$", text, re.MULTILINE))
        others = chance.sample(NAMES, min(len(party), len(NAMES)))
        for old, new in zip(party, others, strict=False):
            text = re.sub(rf"\b{old}\b", f"{new}{number}", text)
        text = text.replace("title: ", f"title: No. {number} ", 1)
        target = folder / kind / f"{name}-{number}.md"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")


def ran(folder: Path, caches: Path) -> tuple[float, float]:
    """The seconds of one `lorewright check`, as they pass and of all its processes."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_CACHE_HOME": str(caches), "LOCALAPPDATA": str(caches)}
    environment |= {"PYTHONPYCACHEPREFIX": str(caches / "compiled"), "PYTHONDONTWRITEBYTECODE": ""}  # as installed
    before, began = os.times(), time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "studio", "check", str(folder)], env=environment, capture_output=True, check=False
    )
    passed, after = time.perf_counter() - began, os.times()
    own = after.children_user + after.children_system - before.children_user - before.children_system
    return passed, own


def checked() -> dict[str, object]:
    """What is told of `check`: cold, and again after one edit."""
    with tempfile.TemporaryDirectory() as name:
        folder, caches = Path(name, "scenarios"), Path(name, "caches")
        variants(folder)
        ran(Path(__file__).parent, caches)  # compiles the program, which an installed one is
        cold = ran(folder, caches)
        again = []
        for path in islice(folder.rglob("*.md"), 5):
            path.write_text(path.read_text("utf-8").replace("<User>", "<user>", 1), "utf-8")
            again.append(ran(folder, caches))
    best = min(again)
    return {
        "files": FILES,
        "cold_files_per_second": round(FILES / cold[0]),
        "cold_processor_ms_per_file": round(cold[1] / FILES * 1000, 3),
        "again_after_one_edit": {"ms": round(best[0] * 1000), "processor_ms": round(min(b for _a, b in again) * 1000)},
        "again_over_cold": round(best[0] / cold[0], 3),
    }


# -- growth -----------------------------------------------------------------------------------------


def least(run: Callable[[], object], times: int = 5) -> float:
    """The least processor time of some."""
    return min(timed(run).own for _time in range(times))


def patterns() -> dict[str, re.Pattern[str]]:
    """Every regular expression of the language and its checks, by its place."""
    found: dict[str, re.Pattern[str]] = {}
    for package in ("studio.scenario", "studio.lint"):
        inside: ModuleType = import_module(package)
        for entry in iter_modules(inside.__path__, f"{package}."):
            for name, value in vars(import_module(entry.name)).items():
                if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                    found[f"{entry.name.removeprefix('studio.')}.{name}"] = value
    return found


def pattern_growth() -> tuple[int, float, dict[str, float]]:
    """How many patterns there are, the highest ratio of any on any text, and those above the limit."""

    def search(pattern: re.Pattern[str], text: str) -> None:
        for _match in pattern.finditer(text):
            pass

    found, above, highest = patterns(), dict[str, float](), 0.0
    for name, pattern in found.items():
        for piece in ALPHABETS:
            text = piece * (SIZE // len(piece))
            once = least(partial(search, pattern, text), 3)
            if once < 0.3:
                continue
            ratio = min(
                least(partial(search, pattern, text * 2), 3) / least(partial(search, pattern, text), 3)
                for _time in range(3)
            )
            highest = max(highest, ratio)
            if ratio > 2.2:
                above[f"{name} on {piece!r}"] = round(ratio, 2)
    return len(found), highest, above


def growth() -> dict[str, object]:
    """Time for twice the text over time for the text: parser, each rule, each regular expression."""
    text = story(LINES[1] // 2, random.Random(1))
    body = text[text.index("</SYSTEM>") + len("</SYSTEM>") :]
    once, twice = text, text + body
    parser = least(lambda: parse(twice)) / least(lambda: parse(once))
    words = Vocabulary.shipped()
    rules: dict[str, float] = {}
    for code, rule in TABLE.items():
        times = []
        for parsed in (parse(once), parse(twice)):
            times.append(least(lambda parsed=parsed: list(rule.check(Reading(parsed, words))), 3))  # noqa: B023
        if times[0] > 0.5:
            rules[code] = round(times[1] / times[0], 2)
    count, highest, above = pattern_growth()
    return {
        "parser": round(parser, 2),
        "rules": {"measured": len(rules), "highest": max(rules.values()), "above_2.2": _above(rules)},
        "patterns": {"measured": count, "highest": round(highest, 2), "above_2.2": above},
    }


def _above(ratios: dict[str, float]) -> dict[str, float]:
    return {name: ratio for name, ratio in ratios.items() if ratio > 2.2}


def main(wanted: list[str]) -> None:
    """Prints the measurements."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, set(islice(sorted(os.sched_getaffinity(0)), CORES)))
    parts: dict[str, Callable[[], dict[str, object]]] = {"check": checked, "growth": growth, "keys": keys}
    print(json.dumps({name: run() for name, run in parts.items() if not wanted or name in wanted}, indent=2))


if __name__ == "__main__":
    main(sys.argv[1:])
