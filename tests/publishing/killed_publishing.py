"""Publishes in forks of one process, each killed by SIGKILL at another line, and says what each left behind.

`shipped` is the code as it is; `in-place` writes the pointer over itself; `pointer-first` moves it before the version.
"""

import collections
import contextlib
import datetime
import json
import os
import shutil
import signal
import sys
from pathlib import Path

from studio import files
from studio.publishing import publishing, version, versions
from studio.publishing.candidate import Candidate

NOW = datetime.datetime(2026, 11, 22, tzinfo=datetime.UTC)
WATCHED = {versions.__file__, version.__file__, publishing.__file__, files.__file__, __file__}


async def loads(_version) -> None:
    """The first load goes well."""


def publish(shelf: versions.Shelf, model: Path) -> None:
    candidate = Candidate(model, None, None, model.parent, "Q4_K_M", None, "", "")
    doing = publishing.publish(candidate, shelf, (), loads, tools=[], scores={}, now=NOW)
    with contextlib.suppress(StopIteration):  # nothing in it waits, so it needs no loop
        doing.send(None)


def in_place(path: Path, data: bytes) -> None:
    """What saving would be without a second name."""
    with path.open("wb") as stream:
        stream.write(data[:10])
        stream.flush()
        stream.write(data[10:])


def pointer_first(shelf: versions.Shelf, files, about) -> version.Version:
    """What publishing would be in the other order."""
    shelf.point_to(versions.Pointer(version=2, before=(1,)))
    return shipped_add(shelf, files, about)


shipped_add = versions.Shelf.add


def killed_at(line: int, work) -> bool:
    """Whether a fork that does this work was killed at its nth line, before it came to its end."""
    child = os.fork()
    if child == 0:
        left = line

        def trace(frame, event, _argument):
            nonlocal left
            if frame.f_code.co_filename not in WATCHED:
                return None
            if event == "line":
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
            return trace

        sys.settrace(trace)
        work()
        os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def state(shelf: versions.Shelf) -> str:
    """Which version is whole and in use."""
    try:
        version = shelf.current()
        version.verify()
    except Exception:
        return "broken"
    return {"one": "old", "two": "new"}[version.model.read_text()]


def main() -> None:
    place, twin = Path(sys.argv[1]), sys.argv[2]
    model = place / "made" / "tavern.gguf"
    model.parent.mkdir()
    model.write_text("one")
    before = versions.Shelf(place / "before", "tavern")
    publish(before, model)
    model.unlink()
    model.write_text("two")
    if twin == "in-place":
        files._replace = in_place
    if twin == "pointer-first":
        versions.Shelf.add = pointer_first
    states: collections.Counter[str] = collections.Counter()
    kills, line, killed = 0, 0 if twin == "shipped" else 60, True
    while killed and not states["broken"]:  # a twin has shown enough with its first
        line += 1
        shutil.rmtree(place / "models", ignore_errors=True)
        shutil.copytree(place / "before", place / "models")
        shelf = versions.Shelf(place / "models", "tavern")
        killed = killed_at(line, lambda: publish(shelf, model))  # noqa: B023  # called before the loop goes on
        kills += killed
        states[state(shelf)] += 1
        if twin == "shipped" and killed and line % 16 == 0:
            publish(shelf, model)  # what was left behind is no hindrance
            assert state(shelf) == "new"
    print(json.dumps({"kills": kills, "states": states}))


main()
