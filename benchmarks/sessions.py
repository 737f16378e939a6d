"""What a session's log costs without a model: writing a turn, opening a file and folding it, undo, an edit.

`python benchmarks/sessions.py [TURNS …]` prints processor milliseconds as JSON, with what twice the turns cost.
"""

import json
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from studio.play.log import SessionFile
from studio.play.opening import header_of
from studio.play.session import Session
from studio.resources import samples
from studio.rules import HandChange, Rules
from studio.scenario import load
from studio.scenario.tools import ToolTable

TURNS = (500, 1000, 2000)
ROUNDS = 5
SAID = "I look around, go on along the wall with my hand on the stones, and listen for whoever may be there."
TOLD = "A stone falls. " + "The passage turns and turns again. " * 8 + "[roll: stealth]"


def timed(do: Callable[[], object]) -> float:
    """Processor milliseconds."""
    begun = time.process_time()
    do()
    return (time.process_time() - begun) * 1000


def written(path: Path, turns: int) -> Session:
    """A session of so many turns, as if a model had played it, with a sheet changed by hand now and then."""
    scenario = load(samples() / "combat" / sorted((samples() / "combat").glob("*.md"))[0].name).scenario
    rules, tools = Rules.shipped(), ToolTable.shipped()
    header = header_of(scenario, "aa", "none", 3, rules, tools)
    session = Session(scenario=scenario, header=header, rules=rules, tools=tools, file=SessionFile(path, header))
    name = session.party.sheets[0].name
    while len(session.path()) < turns:
        session._begin()
        session._record(session._turn("User", SAID))
        session._record(session._turn("DM", TOLD, ids=tuple(range(80))))
        session._tell_results(lambda _event: None)
        if not len(session.path()) % 5:
            session.hand(HandChange(name, "inventory", delta=1, what="Torch"))
    return session


def opened(path: Path) -> Session:
    """A session with all that its turns come to."""
    session = Session.reopen(path)
    for node in session.steps():
        session.state(node.id)
    return session


def figures(turns: int, folder: Path) -> dict[str, float]:
    """The least of some rounds, which other work disturbed least."""
    path = folder / f"{turns}.jsonl"
    made: list[Session] = []
    writing = timed(lambda: made.append(written(path, turns)))
    made[0].close()
    opening = min(timed(lambda: opened(path).close()) for _ in range(ROUNDS))
    session = opened(path)
    middle = session.path()[turns // 2].id
    editing = timed(lambda: (session.edit(middle, "Something else."), session.state()))
    undoing = timed(lambda: (session.undo(), session.state()))
    last = timed(lambda: (session.undo(), session.state()))
    return {
        "write_a_turn_ms": round(writing / turns, 3),
        "open_ms": round(opening, 1),
        "edit_in_the_middle_ms": round(editing, 1),
        "undo_that_ms": round(undoing, 1),
        "undo_the_last_ms": round(last, 2),
        "bytes": path.stat().st_size,
    }


def main() -> None:
    """Prints the figures."""
    sizes = [int(word) for word in sys.argv[1:]] or list(TURNS)
    with tempfile.TemporaryDirectory() as folder:
        found = {turns: figures(turns, Path(folder)) for turns in sizes}
    growth = {
        f"{few} to {many}": round(found[many]["open_ms"] / found[few]["open_ms"], 2) for few, many in pairwise(sizes)
    }
    print(json.dumps({"turns": found, "open_growth": growth}, indent=1))


if __name__ == "__main__":
    main()
