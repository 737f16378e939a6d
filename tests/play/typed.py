"""Fights that are played by typing, with a narrator that says what a test wrote."""

from collections.abc import Sequence
from pathlib import Path

from studio.inference.engine import Ask, Generation, Halted, Sampling
from studio.play.log import SessionFile
from studio.play.records import Node, SessionHeader
from studio.play.session import Session
from studio.rules.combat import Deed
from studio.scenario import parse
from tests.play.table import TEXT
from tests.play.told import Told

SWING = "You swing.\n\n[roll: attack]"


GOBLINS = TEXT.replace("</SYSTEM>", """
## Bog Witch
- Enemy
- Health: 6/6
- AC: 10
- Skills: Initiative -9

## Teck
- NPC Companion
- Health: 10/10
- AC: 10
- Inventory: Mallet
- Skills: Attack +2, Initiative -9
</SYSTEM>""")  # fmt: skip


MISSING = (
    TEXT.replace("AC: 12", "AC: 40").replace("- Level 3", "- Level 3\n- Exp: 590/600").replace("Attack +3", "Attack -9")
)


def playing(lines: Sequence[str] = (), path: Path | None = None, *, seed: int = 3, text: str = TEXT) -> Session:
    """A session that says these lines, with a fight in which Wren acts first."""
    header = SessionHeader(scenario=text, model="aa", name="told", seed=seed)
    session = Session(scenario=parse(text).scenario, header=header, sampling=Sampling(max_tokens=40))
    session.file = SessionFile(path, header) if path is not None else None
    session.go_on_with(Told(lines, context=4000), "aa")  # type: ignore[arg-type]  # of an engine only what is asked
    return session


def fighting(lines: Sequence[str] = (), path: Path | None = None, *, first: str = "Wren", text: str = TEXT) -> Session:
    """The same, where somebody's turn has come."""
    for seed in range(40):
        session = playing(lines, seed=seed, text=text)
        session.act(Deed("begin"))
        if session.party.combat is not None and session.party.combat.whose == first:
            session = playing(lines, path, seed=seed, text=text)
            session.act(Deed("begin"))
            return session
    raise AssertionError("nobody of that name is ever first")


def health(session: Session, name: str) -> int:
    sheet = session.party.find(name)
    assert sheet is not None and sheet.health is not None
    return sheet.health[0]


def acts(session: Session) -> list[Node]:
    return [node for node in session.steps() if node.kind == "act"]


class Stopping(Told):
    """Is stopped at its so-many-th answer."""

    at = 0

    async def answer(self, ask: Ask, sampling: Sampling, *more: object) -> Generation:
        self.at -= 1
        if self.at == 0:
            raise Halted(written=Generation((1,), " It", "stopped", 1, 0, 0.1, 0.1))
        return await super().answer(ask, sampling, *more)  # type: ignore[arg-type]
