"""Plays without a model until it is killed: `killed_session.py FILE [buffered]`; says each turn when it stands.

`buffered` is the twin: its file keeps lines back, as an ordinary stream would.
"""

import sys
from pathlib import Path

from studio.play.log import SessionFile
from studio.play.session import Session
from studio.rules import HandChange, Throw
from studio.rules.combat import Deed
from tests.play.table import session_of


class Buffered(SessionFile):
    """A file that writes some lines at once."""

    _kept = b""

    def _append(self, data: bytes) -> None:
        self._kept += data
        if len(self._kept) > 1 << 14:
            super()._append(self._kept)
            self._kept = b""


def play(session: Session, turn: int) -> None:
    """One turn of a play that is always the same."""
    match turn % 6:
        case 0:
            session.insert(session.tip, "User", f"I go on, {turn}.")
        case 1:
            session.insert(session.tip, "DM", "You hear steps. [roll: perception] [heal: Wren 2]")
        case 2:
            session.throw(Throw(skill="stealth", who="Wren"), tell=turn % 4 == 0)
        case 3:
            session.hand(HandChange("Wren", "health", delta=-1))
        case 4:
            session.act(Deed("begin") if session.party.combat is None else Deed("end"))
        case _:
            session.undo()


def main() -> None:
    """Plays for ever."""
    path = Path(sys.argv[1])
    session = session_of(path)
    if sys.argv[2:] == ["buffered"]:
        session.close()
        session.file = Buffered.again(path, session.header)
    for turn in range(1_000_000):
        play(session, turn)
        print(turn, flush=True)


if __name__ == "__main__":
    main()
