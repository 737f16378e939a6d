"""What the tests of evaluation share: a held-out scenario, a workspace with it, and engines that answer by a script."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from studio.chat import joined
from studio.evaluation.kind import Place
from studio.evaluation.running import OpenSuite, opened
from studio.evaluation.suites import find_suite
from studio.inference.engine import Ask, Generation, ModelCard
from studio.scenario.game import Game

HELD = """---
title: The Wall
tags: [held-out]
player: Wren
---
<SYSTEM>
# Role
You are the Dungeon Master.

# Party

## Wren
- Player Character
- Level 3
- Health: 24/26
- Inventory: Ash Bow (6), silver x14
- Skills: Stealth +6, Attack +5

## Bog Brigand
- Enemy
- Level 1
- Health: 12/12
- Skills: Attack +3
</SYSTEM>

<User>I slip along the wall before the guard turns.</User>

<DM>The stones are wet.

[roll: stealth]</DM>

<TOOLCALL>stealth: 13 + 6(skill) = *19*</TOOLCALL>

<DM>*SUCCESS* He yawns. You are past him.

[condition: Wren hidden]</DM>

<User>I ask the brigand what he wants.</User>

<DM>He laughs and names a price.</DM>
"""
SLIP, ASK = "combat/held.md#0", "combat/held.md#4"
"""The exchanges of HELD, by the turn in which the player speaks."""


def workspace(folder: Path) -> Path:
    """A workspace with one scenario to learn from and one that is held out."""
    root = folder / "workspace"
    scenarios = root / "scenarios" / "combat"
    scenarios.mkdir(parents=True)
    (root / "lorewright.yaml").write_text("format: 1\n", encoding="utf-8")
    (scenarios / "held.md").write_text(HELD, encoding="utf-8")
    for n in range(3):
        text = HELD.replace("tags: [held-out]", "tags: []").replace("wall", f"{n}. wall")
        (scenarios / f"s{n}.md").write_text(text, encoding="utf-8")
    return root


def open_suite(root: Path, name: str = "tool-calls") -> OpenSuite:
    """A suite on the workspace's scenarios."""
    return opened(find_suite(name, root), Place(root / "scenarios", root / "scenarios", Game.shipped()))


Script = Callable[[str, str], str]
"""From the last message and the opening to the answer behind it."""


class Scripted:
    """An engine that answers by a script; `asked` are its questions, `after` raises once so many were answered."""

    def __init__(self, script: Script, name: str = "scripted", *, after: int | None = None) -> None:
        self.card = ModelCard(name, Path(), None, "", "", 8192, 0, 0, identity=name * 8)
        self.asked: list[Ask] = []
        self.closed = 0
        self._script, self._after = script, after

    async def answer_many(self, asks: Sequence[Ask]) -> list[Generation]:
        """The script's answers."""
        self.asked += asks
        if self._after is not None and len(self.asked) > self._after:
            raise KeyboardInterrupt
        texts = [self._script(joined(ask.messages)[-1].content, ask.opening) for ask in asks]
        return [Generation((), text, "end", 0, 0, 0.0, 0.0) for text in texts]

    async def close(self) -> None:
        """Counts."""
        self.closed += 1


def as_written(last: str, opening: str) -> str:
    """What the scenario itself says."""
    if opening:
        return " He yawns. You are past him.\n\n[condition: Wren hidden]"
    return "The stones are wet.\n\n[roll: stealth]" if "slip" in last else "He laughs and names a price."


def stuck_on_the_second(last: str, opening: str) -> str:
    """As written, until the second scenario is asked: then it says so and waits to be killed."""
    if "second" in last:
        print("stuck", flush=True)
        time.sleep(600)
    return as_written(last, opening)
