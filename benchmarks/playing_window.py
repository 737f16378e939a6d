"""Measures Play's window: a long session opened and scrolled, and what it adds to the first word; prints JSON.

Run: `python benchmarks/playing_window.py [TURNS] [WIDTHxHEIGHT]`. `opened_ms` is from the wish to the end of the chat
drawn, reading the file included; `longest_call_ms` the longest time that the window's thread was away from its event
loop while the chat was scrolled by lines, by pages and to random places, right after opening and once all was laid
out. `first_word_ms` is what the window adds from Enter until the first word of an engine that answers at once is
painted, against the same line said to the same session without a window, by turns in one run. Each is told as it
passed and as the thread's own processor time.
"""

import asyncio
import contextlib
import gc
import json
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import cast

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import qasync
from PySide6.QtWidgets import QApplication

from benchmarks.watching import WORDS, Watch
from studio.inference.engine import Ask, Engine, Generation, ModelCard, Sampling
from studio.play.session import Session, open_session
from studio.scenario import parse
from studio.ui.context import Context
from studio.ui.play.tab import PlayTab
from studio.ui.theme import Appearance, Theme
from studio.ui.theme.fonts import load_fonts
from studio.workspace import Settings, open_or_make

TURNS = 500
SIZE = (1280, 800)
STEPS, LINES = 150, 15
TEMPLATE = "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
SCENARIO = """---
title: A long evening
player: Wren
---
<SYSTEM>
# Role
You are the Dungeon Master.
# Location
A ford at dusk.
# Party
## Wren
- Health: 90/99
- Inventory: rope, silver x3
- Skills: Stealth +6, Perception +4
## Old Teck
- NPC Companion
- Health: 80/80
- Skills: Attack +2
</SYSTEM>
"""


class Words:
    """An engine that answers at once, now and then with calls."""

    def __init__(self, chance: random.Random) -> None:
        self.card = ModelCard("words", Path("words.gguf"), TEMPLATE, "", "<|im_end|>", 8192, 1000, 500)
        self._chance = chance
        self._heard: Callable[[], None] | None = None

    @contextlib.contextmanager
    def timed(self, watch: Watch, spoken: Callable[[], None] | None = None) -> Iterator[None]:
        """Times from here until the first word was taken in; `spoken` is called after it."""
        began, cpu = time.perf_counter(), time.thread_time()

        def heard() -> None:
            self._heard = None
            if spoken is not None:
                spoken()
            watch.calls.append((time.perf_counter() - began, time.thread_time() - cpu))

        self._heard = heard
        yield

    async def tokenise(self, parts: list[tuple[str, bool]]) -> list[list[int]]:
        return [[ord(letter) for letter in text] for text, _special in parts]

    async def length(self, ask: Ask) -> int:
        return sum(len(one.content) for one in ask.messages) // 4

    def _reply(self) -> str:
        chance = self._chance
        said = " ".join(chance.choices(WORDS, k=chance.randint(25, 110))).capitalize() + "."
        call = chance.choice(("", "", "\n\n[roll: stealth]", "\n\n[damage: Wren 1]", "\n\n[heal: Old Teck 1]"))
        return said + ("" if chance.random() < 0.4 else call)

    async def answer(
        self,
        ask: Ask,
        sampling: Sampling,
        on_text: Callable[[str], None] | None = None,
        on_read: Callable[[int, int], None] | None = None,
    ) -> Generation:
        text = self._reply()
        if on_text is not None:
            on_text(text)
        if self._heard is not None:
            self._heard()
        await asyncio.sleep(0)
        return Generation(tuple(map(ord, text)), text, "end", len(text), 0, 0.01, 0.5)

    async def stop(self) -> None:
        """Nothing runs."""

    async def close(self) -> None:
        """Nothing is held."""


async def written(folder: Path, turns: int) -> Path:
    """The file of a session with so many turns."""
    path = folder / "sessions" / "long.jsonl"
    chance = random.Random(1)
    session = open_session(parse(SCENARIO).scenario, cast(Engine, Words(chance)), seed=1, file=path)
    while len(session.path()) < turns:
        await session.say(" ".join(chance.choices(WORDS, k=chance.randint(5, 25))), lambda _event: None)
    session.close()
    return path


async def settled(tab: PlayTab) -> None:
    while tab.errands.busy:
        await asyncio.sleep(0.002)


def scrolled(tab: PlayTab) -> dict[str, float]:
    """The chat scrolled every way."""
    bar, watch = tab.sides[0].chat.verticalScrollBar(), Watch()
    for step in range(STEPS):
        watch.call(lambda: bar.setValue(bar.value() - bar.singleStep() * 3))
        watch.call(lambda: bar.setValue(bar.value() - bar.pageStep()))
        watch.call(partial(bar.setValue, (step * 7919 * 30) % max(1, bar.maximum())))
    for end in (0, bar.maximum()):
        watch.call(partial(bar.setValue, end))
    return watch.told()


async def opened(tab: PlayTab, path: Path) -> dict[str, object]:
    """From the wish to the end of the chat drawn; then scrolled at once, and when all is laid out."""
    chat, began = tab.sides[0].chat, time.perf_counter()
    watch = Watch()
    opening = asyncio.ensure_future(tab.open_session(path))
    while not opening.done():
        await asyncio.sleep(0)
    while any(chat.lay.picture(number) is None for number in in_sight(tab)):
        await asyncio.sleep(0)
    watch.call(chat.viewport().repaint)
    whole = 1000 * (time.perf_counter() - began)
    first = scrolled(tab)
    await asyncio.sleep(3.0)
    return {"opened_ms": round(whole, 1), "rows": len(chat.lay.rows), "at_once": first, "laid_out": scrolled(tab)}


def in_sight(tab: PlayTab) -> range:
    """The rows in sight."""
    chat = tab.sides[0].chat
    top = chat.verticalScrollBar().value()
    return chat.lay.heights.within(top, top + chat.viewport().height())


async def first_word(tab: PlayTab, engine: Words, copy: Path) -> dict[str, object]:
    """What the window adds to the time to the first word: the same lines said in it and to a bare session by turns."""
    bare = Session.reopen(copy, cast(Engine, engine))
    window, alone = Watch(), Watch()
    for number in range(LINES):
        line = f"I look around, the {number}. time."
        with engine.timed(alone):
            await bare.say(line, lambda _event: None)
        await said(tab, engine, window, line)
    bare.close()
    added = [(one[0] - other[0], one[1] - other[1]) for one, other in zip(window.calls, alone.calls, strict=True)]
    passed, cpu = (sorted(1000 * one for one in column) for column in zip(*added, strict=True))
    return {
        "added_median": round(statistics.median(passed), 2),
        "added_processor_median": round(statistics.median(cpu), 2),
        "added_processor_longest": round(cpu[-1], 2),
        "window": window.told(),
        "session_alone": alone.told(),
    }


async def said(tab: PlayTab, engine: Words, watch: Watch, line: str) -> None:
    """One line in the window, from Enter until the first word is painted."""
    chat = tab.sides[0].chat
    painted = asyncio.get_running_loop().create_future()

    def spoken() -> None:
        if not painted.done():
            chat.viewport().repaint()
            painted.set_result(None)

    tab.input.field.setPlainText(line)
    await asyncio.sleep(0.05)
    with engine.timed(watch, spoken):
        tab.input.field.say()
        await painted
    await settled(tab)


async def measured(folder: Path, turns: int, size: tuple[int, int]) -> dict[str, object]:
    """Everything, in a workspace of its own."""
    theme = Theme(Appearance.DARK)
    theme.apply()
    workspace = open_or_make(folder / "Game")
    path = await written(workspace.root, turns)
    copy = folder / "copy.jsonl"
    shutil.copy(path, copy)
    context = Context(workspace, Settings(folder / "settings.json"), theme)
    tab = PlayTab(context)
    tab.resize(*size)
    tab.show()
    engine = Words(random.Random(2))
    seat = tab.table.seats[0]

    async def load(_path: Path) -> Words:
        return engine

    seat.load_engine = load  # type: ignore[assignment]  # an engine of our own
    await tab.table.seat_model(0, Path("words.gguf"))
    told = await opened(tab, path)
    told["first_word_ms"] = await first_word(tab, engine, copy)
    await tab.table.leave()
    tab.close()
    return {"turns": turns, "size": list(size), **told}


def main() -> None:
    """Makes the session in a folder of its own, and measures."""
    turns = int(sys.argv[1]) if len(sys.argv) > 1 else TURNS
    wide, _x, high = sys.argv[2].partition("x") if len(sys.argv) > 2 else ("", "", "")
    size = (int(wide), int(high)) if wide else SIZE
    gc.disable()  # as in the window, which collects at a time of its own
    application = QApplication([])
    load_fonts()
    loop = qasync.QEventLoop(application)
    asyncio.set_event_loop(loop)
    with loop, tempfile.TemporaryDirectory() as folder:
        print(json.dumps(loop.run_until_complete(measured(Path(folder), turns, size)), indent=1))


if __name__ == "__main__":
    main()
