"""A workspace with a data set: two scenarios of which one has errors, and a file of pairs with planted defects."""

import asyncio
import json
import shutil
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path

import pytest
import qasync
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.dataset.examining import examine
from studio.ui.context import Context
from studio.ui.data.tab import DataTab
from studio.workspace import open_or_make

SCENARIO = """---
title: The Toll Bridge
player: Wren
---
<SYSTEM>
# Role
You are the Dungeon Master.

# Party

## Wren
- Player Character
- Level 3
- Health: 20/26
- Skills: Stealth +6, Attack +5
</SYSTEM>

<User>I wade across.</User>

<DM>The water tugs at your knees.

[roll: stealth]</DM>

<TOOLCALL>stealth: 13 + 6(skill) = *19*</TOOLCALL>

<DM>*SUCCESS* He counts his coppers again.</DM>
"""
Run = Callable[[Coroutine[object, object, object]], object]
Wait = Callable[[DataTab, Callable[[], object]], Coroutine[object, object, object]]
PAIRS = (
    ("How do I cross the ford at night?", "Wade slowly, keep the rope taut, and never look at the lantern."),
    ("Who keeps the toll bridge now?", "As an AI language model, I cannot help with that request."),
    ("What does the miller fear?", ""),
    ("Where is the eel market?", "Behind the salt house, from the third bell until the tide turns."),
)
DESCRIPTION = """# What the tavern learns from.
format: 1
sources:
  - name: scenarios  # written here
    scenarios: scenarios
    weight: 5
  - name: scraped
    file: datasets/scraped.jsonl
    weight: 1
    licence: CC-BY-4.0
split: {validation: 0.5}
"""


@pytest.fixture(scope="session")
def looked_at(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose data set was looked at once, for all tests."""
    root = tmp_path_factory.mktemp("looked") / "Game"
    fill_workspace(root)
    write_data_set(root)
    examine(root, "tavern")
    return root


def fill_workspace(root: Path) -> None:
    """A sound scenario and one with a mistake, as the window's tests have them."""
    for name, text in (("combat/toll-bridge", SCENARIO), ("roleplay/slips", SCENARIO.replace("[roll:", "[rol:"))):
        path = root / "scenarios" / f"{name}.md"
        path.parent.mkdir(parents=True)
        path.write_text(text, "utf-8")
    open_or_make(root)


def write_data_set(root: Path) -> Path:
    """The description and its file of pairs, one of them torn."""
    folder = root / "datasets"
    lines = [json.dumps({"instruction": one, "response": other}) for one, other in PAIRS]
    (folder / "scraped.jsonl").write_text("\n".join([*lines, '{"instruction": "torn']) + "\n", "utf-8")
    path = folder / "tavern.yaml"
    path.write_text(DESCRIPTION, "utf-8")
    return path


@pytest.fixture
def described(context: Context, looked_at: Path) -> Path:
    """The description's file, in a workspace where it was looked at."""
    known, root = Path(".lorewright") / "examined", context.workspace.root
    shutil.copytree(looked_at / known, root / known)
    shutil.copytree(looked_at / "scenarios", context.workspace.scenarios, dirs_exist_ok=True)
    path = write_data_set(root)
    for table in (root / known).rglob("*.arrow"):
        table.touch()  # it is newer than what it was made of
    return path


@pytest.fixture
def run(qapp: QApplication) -> Iterator[Run]:
    """Runs a coroutine on the window's event loop."""
    loop = qasync.QEventLoop(qapp)
    asyncio.set_event_loop(loop)
    yield loop.run_until_complete
    asyncio.set_event_loop(None)
    loop.close()


async def settled(tab: DataTab, act: Callable[[], object] = lambda: None) -> None:
    """Does something and waits until nothing is under way any more."""
    act()
    for _turn in range(3):
        while tab.busy:
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.05)


@pytest.fixture
def wait() -> Wait:
    """Does something and waits until nothing is under way any more."""
    return settled


@pytest.fixture
def tab(qtbot: QtBot, context: Context, run: Run, described: Path) -> Iterator[DataTab]:
    """The tab in front, after its first look at the data set."""
    made = DataTab(context)
    qtbot.addWidget(made)
    made.resize(1200, 760)
    made.show()

    async def enter() -> None:
        made.entered()
        await settled(made)

    run(enter())
    yield made
    run(end(made))


async def end(tab: DataTab) -> None:
    """Lets go of everything, as the window does."""
    await settled(tab)
    tab.closing()
    tab.bar.close()
