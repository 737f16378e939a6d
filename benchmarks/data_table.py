"""Measures the table of examples: opens 100,000 rows and scrolls through them; prints JSON.

Run: `python benchmarks/data_table.py [ROWS]`. `opened_ms` is from the wish to the first page drawn; `longest_call_ms`
the longest time that the window's thread was away from its event loop while the table was scrolled by lines, by pages,
to both ends and through the filters. Each is told as it passed and as the thread's own processor time.
"""

import gc
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from benchmarks.watching import WORDS, Watch
from studio.chat.messages import Message
from studio.dataset.examined import Examined, write_table
from studio.dataset.rows import Kind, Place, Row
from studio.dataset.verdicts import By, Decision, Reason, Verdict
from studio.ui.background import Background
from studio.ui.data import shelf
from studio.ui.data.examples_model import ExamplesModel
from studio.ui.data.examples_view import ExamplesView
from studio.ui.theme import Appearance, Theme
from studio.ui.theme.fonts import load_fonts

ROWS = 100_000
SIZE = (1400, 1300)
STEPS = 400


def examples(count: int, chance: random.Random) -> Iterator[Examined]:
    """Pairs of some length, each with a verdict."""
    for number in range(count):
        said = " ".join(chance.choices(WORDS, k=chance.randint(12, 60)))
        answer = " ".join(chance.choices(WORDS, k=chance.randint(20, 120)))
        messages = (Message("user", f"{number}: {said}"), Message("assistant", answer, trained=True))
        source = chance.choice(("scraped", "forum", "books"))
        row = Row(Kind.PAIR, source, Place("pairs.jsonl", number + 1), messages, str(number))
        decision = chance.choices(tuple(Decision), weights=(8, 1, 2))[0]
        reasons = () if decision is Decision.KEEP else (Reason("repetition", "It says the same again.", decision),)
        verdict = Verdict(row.key, By.HEURISTICS, decision, reasons)
        yield Examined(row, verdict, (verdict,), (("kind", "pair"), ("source", source)))


def waited(background: Background, work: Callable[[], object]) -> object:
    """What work on the other thread gives; the event loop turns meanwhile."""
    loop, found = QEventLoop(), []
    background.ask("bench", work, lambda answer: (found.append(answer), loop.quit()))
    QTimer.singleShot(60_000, loop.quit)
    loop.exec()
    return found[0]


def opened(path: Path, background: Background, view: ExamplesView, model: ExamplesModel) -> dict[str, object]:
    """From the file to the first page drawn, then scrolled and filtered."""
    from studio.dataset.examined import open_table

    began = time.perf_counter()
    answer = waited(background, lambda: shelf.picked(open_table(path), {}, shelf.wanted_from({}, "", False)))
    assert isinstance(answer, tuple)
    watch = Watch()
    watch.call(lambda: model.show_rows(*answer))
    first = 1000 * (time.perf_counter() - began)
    first_call = watch.told()["longest_call_ms"]
    scrolled = Watch()
    bar = view.verticalScrollBar()
    for step in range(STEPS):
        scrolled.call(lambda: bar.setValue(bar.value() + bar.singleStep() * 3))
        scrolled.call(lambda: bar.setValue(bar.value() + bar.pageStep()))
        scrolled.call(lambda step=step: bar.setValue((step * 7919 * 30) % max(1, bar.maximum())))
    for end in (bar.maximum(), 0):
        scrolled.call(lambda end=end: bar.setValue(end))
    filtered = Watch()
    times = []
    for values in ({"decision": "bin"}, {"text": "heron winter"}, {"source": "books", "decision": "keep"}):
        asked = time.perf_counter()
        table = answer[0]
        wanted = shelf.wanted_from(values, "length", True)
        rows = waited(background, lambda table=table, wanted=wanted: shelf.picked(table, {}, wanted))
        filtered.call(lambda rows=rows: model.show_rows(*rows))
        times.append(round(1000 * (time.perf_counter() - asked), 1))
    return {
        "rows": model.rowCount(), "opened_ms": round(first, 1), "first_call_ms": first_call,
        "scrolled": scrolled.told(), "filtered": filtered.told(), "filters_ms": times,
    }  # fmt: skip


def main() -> None:
    """Makes the table in a folder of its own, and measures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    gc.disable()  # as in the window, which collects at a time of its own
    application = QApplication([])
    load_fonts()
    theme = Theme(Appearance.DARK)
    theme.apply()
    background = Background("data")
    model = ExamplesModel()
    view = ExamplesView(theme, model)
    view.resize(*SIZE)
    view.show()
    application.processEvents()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "examined-1.arrow"
        write_table(path, examples(count, random.Random(1)))
        told = {"table_rows": count, **opened(path, background, view, model)}
    background.close()
    print(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
