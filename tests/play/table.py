"""A table to play at without a model, shared by the tests of sessions."""

from pathlib import Path

from studio.play.log import SessionFile
from studio.play.records import SessionHeader
from studio.play.session import Session
from studio.scenario import parse

TEXT = """---
player: Wren
---
<SYSTEM>
# Role
You are the Dungeon Master.

# World
Marsh.

# Location
A causeway.

# Party

## Wren
- Player Character
- Level 3
- Health: 24/26
- AC: 14
- Inventory: Shortsword, Healing Draught
- Skills: Stealth +6, Attack +5, Initiative +2

## Bog Brigand
- Enemy
- Level 1
- Health: 9/9
- AC: 12
- Inventory: Club
- Skills: Attack +3, Initiative +1
</SYSTEM>
"""


def session_of(path: Path | None = None, seed: int = 3) -> Session:
    """A session that nobody narrates."""
    header = SessionHeader(scenario=TEXT, model="aa", name="tiny", seed=seed)
    file = SessionFile(path, header) if path is not None else None
    return Session(scenario=parse(TEXT).scenario, header=header, file=file)


def same(one: Session, other: Session) -> None:
    """Fails where two sessions do not stand alike, down to the sheets and the dice to come."""
    assert one.tree.nodes == other.tree.nodes
    assert one.tip == other.tip
    assert (one.tree.marks, one.tree.corrections) == (other.tree.marks, other.tree.corrections)
    assert {at: one.tree.children(at) for at in (None, *one.nodes)} == {
        at: other.tree.children(at) for at in (None, *other.nodes)
    }
    assert one.state() == other.state()
    assert one.state().place == other.state().place
