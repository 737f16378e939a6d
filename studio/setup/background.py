"""Owns stage two: a program of its own that brings the heavy parts while the window is already open.

`python -m studio.setup.background [PART…]`; it ends with 0 when all of them are there, 4 when one failed, and 0 at once
where another set-up of this checkout is at work.
"""

import os
import subprocess
import sys
from collections.abc import Sequence

from studio.setup import machine
from studio.setup.installation import Installation, names
from studio.setup.lock import Lock
from studio.setup.places import Places

_NICE = 5


def start(places: Places) -> None:
    """Starts stage two as a process that outlives us."""
    command = [str(places.python), "-m", "studio.setup.background"]
    places.folder.mkdir(parents=True, exist_ok=True)
    with places.log.open("ab") as log:
        if sys.platform == "win32":
            flags = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
            subprocess.Popen(
                command, cwd=places.root, stdin=subprocess.DEVNULL, stdout=log, stderr=log, creationflags=flags
            )
        else:
            subprocess.Popen(
                command, cwd=places.root, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )


def main(words: Sequence[str]) -> int:
    """Works off the named parts, or all but the test tools."""
    places = Places.here()
    lock = Lock(places.folder / "lock")
    if not lock.acquire():
        return 0
    with lock:
        if hasattr(os, "nice"):
            os.nice(_NICE)  # the window comes first
        wanted = list(words) or names()
        installation = Installation(places, machine.read(), wanted, lambda sentence: print(sentence, flush=True))
        return 0 if installation.run() else 4


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
