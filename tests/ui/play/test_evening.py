"""A whole evening in the window, with the starter model and a seed: explore, talk, fight, win, save. Twice the same."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
import qasync
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from studio.lint import check
from studio.play.session import Session
from studio.scenario import load
from studio.ui.context import Context
from studio.ui.play.tab import PlayTab

SEED = 11
TOKENS = 16
"""Of a reply: what the starter says is told by no test, so that little of it is enough."""

SCENARIO = """---
title: The Salt Cellar
player: Wren
---
<SYSTEM>
# Role
You narrate.
# Location
A cellar under the toll house.
# Party
## Wren
- Player Character
- Level 3
- Health: 24/26
- Exp: 100/900
- Inventory: short sword, healing draught, silver x3
- Skills: Perception +4, Persuasion +2, Stealth +7, Attack +6, Initiative +3
## Old Teck
- NPC Companion
- Health: 14/14
- Skills: Attack +2, Initiative +0
## Cellar Rat
- Enemy
- Health: 7/7
- Challenge: 1/4
- Skills: Attack +1, Initiative +1
</SYSTEM>

<User>I listen at the hatch.</User>

<DM>Something scratches at the salt.</DM>
"""

Run = Callable[[Coroutine[object, object, object]], object]


class Evening(NamedTuple):
    """What an evening came to: every number that the rules wrote, the sheets, and the scenario it was saved as."""

    turns: list[tuple[str, str]]
    numbers: list[str]
    sheets: list[object]
    saved: str
    file: Path


@pytest.fixture
def run(qapp: QApplication) -> Iterator[Run]:
    """Runs a coroutine on the window's event loop."""
    loop = qasync.QEventLoop(qapp)
    asyncio.set_event_loop(loop)
    yield loop.run_until_complete
    asyncio.set_event_loop(None)
    loop.close()


async def settled(tab: PlayTab) -> None:
    await asyncio.sleep(0.01)
    while tab.errands.busy:
        await asyncio.sleep(0.01)


async def say(tab: PlayTab, qtbot: QtBot, words: str) -> None:
    tab.input.field.setPlainText(words)
    qtbot.keyClick(tab.input.field, Qt.Key.Key_Return)
    await settled(tab)


def press(tab: PlayTab, name: str) -> None:
    QApplication.processEvents()
    found = (one for one in tab.panel.findChildren(QPushButton) if one.accessibleName() == name)
    next(one for one in found if one.isVisibleTo(tab.panel)).click()


async def fight(tab: PlayTab, session: Session) -> None:
    """Wren strikes when it is her turn; for the others the rules choose."""
    press(tab, "Begin a fight")
    for _turn in range(80):
        combat = session.party.combat
        if combat is None:
            return
        attacks = [one for one in tab.panel.findChildren(QPushButton) if one.accessibleName() == "Attack"]
        if combat.whose == "Wren" and attacks[0].isVisibleTo(tab.panel):
            press(tab, "Attack")
        else:
            press(tab, "End the turn" if combat.whose == "Wren" else "Let the rules act")
        await asyncio.sleep(0)
    raise AssertionError("the fight has no end")


async def evening(tab: PlayTab, qtbot: QtBot, starter: Path) -> Evening:
    tab.bar.show_seed(SEED)
    tab.entered()
    await settled(tab)
    for seat in tab.table.seats:
        seat.set_options(replace(seat.options, sampling=replace(seat.options.sampling, max_tokens=TOKENS)))
    tab.open_path(starter)
    await settled(tab)
    tab.begin_again()
    await settled(tab)
    session = tab.table.seats[0].session
    assert session is not None and session.file is not None
    await say(tab, qtbot, "I lift the hatch and look down into the dark.")
    tab.panel._tray.throw_for("perception", "Wren")
    tab.panel.tell_wanted.emit()
    await settled(tab)
    await say(tab, qtbot, "Teck, what do they keep down there?")
    await fight(tab, session)
    tab.panel.tell_wanted.emit()
    await settled(tab)
    await say(tab, qtbot, "We go home.")
    before = set(tab.context.workspace.scenario_files())
    tab.evening.save_all()
    saved = next(iter(set(tab.context.workspace.scenario_files()) - before))
    turns = [(node.kind, node.text) for node in session.path()]
    numbers = [text for kind, text in turns if kind == "TOOLCALL"]
    numbers += [node.text for node in session.steps() if not node.is_turn]
    sheets: list[object] = [(sheet.health, sheet.inventory, sheet.experience) for sheet in session.party.sheets]
    file = session.file.path
    await tab.table.leave()
    return Evening(turns, numbers, sheets, saved.read_text("utf-8"), file)


@pytest.fixture
def tab_of(qtbot: QtBot, context: Context, monkeypatch: pytest.MonkeyPatch) -> Callable[[], PlayTab]:
    for path in context.workspace.scenario_files():
        path.unlink()
    (context.workspace.scenarios / "combat" / "salt-cellar.md").write_text(SCENARIO, "utf-8")
    monkeypatch.setattr("studio.ui.play.shelf.shipped_models", lambda: context.workspace.models / "none")

    def made() -> PlayTab:
        tab = PlayTab(context)
        qtbot.addWidget(tab)
        tab.resize(1200, 780)
        tab.show()
        return tab

    return made


def test_an_evening_with_the_starter_is_the_same_twice(
    run: Run, tab_of: Callable[[], PlayTab], qtbot: QtBot, starter: Path, context: Context
) -> None:
    first = run(evening(tab_of(), qtbot, starter))
    assert isinstance(first, Evening)
    kinds = [kind for kind, _text in first.turns]
    assert kinds.count("User") >= 3 and "TOOLCALL" in kinds
    assert first.sheets[2][0][0] == 0, "the rat is beaten"  # type: ignore[index]  # a sheet's health
    saved = context.workspace.scenarios / "as-played.md"
    saved.write_text(first.saved, "utf-8")
    assert [one.code for one in check(load(saved)) if one.severity == "error"] == []
    saved.unlink()
    for path in context.workspace.scenario_files():
        if path.name != "salt-cellar.md":
            path.unlink()
    second = run(evening(tab_of(), qtbot, starter))
    assert isinstance(second, Evening)
    assert second.numbers == first.numbers and second.sheets == first.sheets
    assert second.turns == first.turns
    assert Session.reopen(first.file).party.sheets == Session.reopen(second.file).party.sheets
