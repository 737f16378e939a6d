"""Owns what `launch.py` does with its words: which parts must be there first, and what is started then."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from studio.language import _
from studio.setup import background, checks, libraries, machine, preflight
from studio.setup.failures import SetupFailed
from studio.setup.installation import Installation, look, names, undone
from studio.setup.lock import Lock
from studio.setup.machine import Machine
from studio.setup.places import Places
from studio.setup.state import DONE, RUNNING, SetupState, read
from studio.setup.work import folder_size

MACHINE, INTERRUPTED = 4, 130

NOTHING, FIRST, ALL, TESTS = "nothing", "first", "all", "tests"
NEEDS = {
    "doctor": NOTHING,  # tells what is missing, so it waits for nothing
    "check": FIRST,
    "parse": FIRST,
    "format": FIRST,
    "rename": FIRST,
    "card": FIRST,
    "runs": FIRST,
    "storage": FIRST,
    "inspect": FIRST,
    "data": ALL,
    "models": ALL,
    "plan": ALL,
    "train": ALL,
    "queue": ALL,
    "convert": ALL,
    "validate": ALL,
    "parity": ALL,
    "publish": ALL,
    "rollback": FIRST,
    "pack": ALL,
    "verify": ALL,
    "export": FIRST,
    "play": ALL,
    "session": ALL,  # `judge` loads a model
    "evaluate": ALL,
    "demo": ALL,
    "test": TESTS,
}
"""Which parts a word needs. Any other word is an option, such as `--help`, or a mistake: answered without any part."""

_STUDIO = ("-P", "-m", "studio")
"""-P, so that a file such as `yaml.py` where the user works is not taken for a part of us."""
_LOOK_SECONDS = 1.0
_SAY_SECONDS = 15.0


def say(sentence: str) -> None:
    """Prints a sentence at once."""
    print(sentence, flush=True)


def main(words: Sequence[str]) -> int:
    """Sets up what the words need and starts it; returns the exit code."""
    places, here = Places.here(), machine.read()
    words = list(words)
    if not words and not here.display:
        say(_("There is no display here, so the demo runs instead of the window."))
        words = ["demo"]
    try:
        return _start(places, here, words) if words else _open(places, here)
    except KeyboardInterrupt:
        say(_("Stopped. What was finished is kept; the next start goes on from there."))
        return INTERRUPTED


def needs(words: Sequence[str]) -> str:
    """Which parts the words need; `check` alone checks this checkout, with anything after it scenarios."""
    return TESTS if list(words) == ["check"] else NEEDS.get(words[0], NOTHING)


def _open(places: Places, here: Machine) -> int:
    """The window, as soon as its own parts are there; the rest goes on behind it."""
    if undone(look(places, here), names(first=True)):
        about = _("Setting up the window (about 126 MB, a minute or two); the rest follows in the background.")
        code = _stage_one(places, here, about)
        if code:
            return code
    elif not _has_libraries(here):
        return MACHINE
    if undone(look(places, here), names()):
        background.start(places)
    return _replace_by([str(places.python), *_STUDIO])


def _has_libraries(here: Machine) -> bool:
    """Whether Qt's shared libraries are (still) there; they are not ours, so this is looked at on every start."""
    try:
        libraries.bring(libraries.missing(here), _("A shared library that the window needs"), say)
    except SetupFailed as error:
        say(str(error))
        return False
    return True


def _stage_one(places: Places, here: Machine, sentence: str) -> int:
    if not _possible(places, here):
        return MACHINE
    say(sentence)
    return _exclusively(places, lambda: _work_off(places, here, names(first=True)))


def _start(places: Places, here: Machine, words: list[str]) -> int:
    """Sets up what the words need, then runs them."""
    need = needs(words)
    if words == ["check"]:
        say(_("This checks the program itself, for many minutes. To check scenarios, name them: launch.py check PATH"))
    code = _set_up(places, here, need)
    if code:
        return code
    if need == TESTS:
        return checks.run(words[0], places, words[1:])
    python = str(places.python) if need != NOTHING or places.python.exists() else sys.executable
    return _replace_by([python, *_STUDIO, *words])


def _set_up(places: Places, here: Machine, need: str) -> int:
    """Brings what is not there of the parts needed; 0 where all of them are there now."""
    wanted = [] if need == NOTHING else names(first=need == FIRST, tests=need == TESTS)
    if not undone(look(places, here), wanted):
        return 0
    if need == FIRST:
        return _stage_one(places, here, _("Setting up what this needs (about 126 MB, a minute or two)."))
    return _everything(places, here, wanted) if _possible(places, here) else MACHINE


def _possible(places: Places, here: Machine) -> bool:
    """Says what cannot work on this machine, before anything is downloaded."""
    present = min(folder_size(places.venv), preflight.needed_disk(here))
    writable = os.access(places.root, os.W_OK | os.X_OK)
    found = preflight.problems(here, shutil.disk_usage(places.root).free, present, writable=writable)
    for sentence in found:
        say(sentence)
    if found:
        say(_("Nothing was changed."))
    return not found


def _exclusively(places: Places, work: Callable[[], int]) -> int:
    """Does the work under the lock; while another set-up of this checkout is busy, waits for it and follows it."""
    lock = Lock(places.folder / "lock")
    waiting = False
    while not lock.acquire():
        if not waiting:
            say(_("Another set-up of this folder is at work; waiting for it."))
            waiting = True
        time.sleep(_LOOK_SECONDS)
    with lock:
        return work()


def _work_off(places: Places, here: Machine, wanted: Sequence[str]) -> int:
    begun = time.monotonic()
    installation = Installation(places, here, wanted, say)
    if installation.run():
        say(_("Set-up took {seconds:.0f} s.").format(seconds=time.monotonic() - begun))
        return 0
    _tell_failures(installation.failures(), places)
    return MACHINE


def _tell_failures(sentences: Sequence[str], places: Places) -> None:
    say(_("Set-up is not complete:"))
    for sentence in sentences:
        say(f"  {sentence}")
    say(_("What was finished is kept. The details are in {log}.").format(log=places.log))


def _everything(places: Places, here: Machine, wanted: list[str]) -> int:
    """Stage one here, stage two as a child under the environment's own Python; its progress is told meanwhile."""
    if undone(look(places, here), names(first=True)):
        code = _exclusively(places, lambda: _work_off(places, here, names(first=True)))
        if code:
            return code
    begun = time.monotonic()
    while left := undone(look(places, here), wanted):
        child = subprocess.Popen(
            [str(places.python), "-m", "studio.setup.background", *wanted], cwd=places.root, stdin=subprocess.DEVNULL
        )
        code = _follow(child, places)
        # Ended with 0 and parts undone: another set-up was at work. It is followed, then everything is looked at anew.
        if code != 0 or not _followed_another(places):
            left = undone(look(places, here), wanted)
            if not left:
                break
            if code < 0:
                say(_("Set-up was ended from outside (signal {code}); start again and it goes on.").format(code=-code))
            state = read(places.state)
            found = [part for name in left if (part := state.part(name))]
            _tell_failures([f"{part.title}: {part.message or part.status}" for part in found], places)
            return MACHINE
    say(_("Everything is there; it took {seconds:.0f} s.").format(seconds=time.monotonic() - begun))
    return 0


def _follow(child: "subprocess.Popen[bytes]", places: Places) -> int:
    """Waits for the child; says now and then how far it is."""
    said = time.monotonic()
    try:
        while True:
            try:
                return child.wait(_LOOK_SECONDS)
            except subprocess.TimeoutExpired:
                if time.monotonic() - said > _SAY_SECONDS:
                    said = time.monotonic()
                    _tell_progress(read(places.state))
    except BaseException:
        child.terminate()
        child.wait()
        raise


def _followed_another(places: Places) -> bool:
    """Whether another set-up held the lock; returns once it is free."""
    lock = Lock(places.folder / "lock")
    if lock.acquire():
        lock.release()
        return False
    return _exclusively(places, lambda: 0) == 0


def _tell_progress(state: SetupState) -> None:
    running = [part for part in state.parts if part.status == RUNNING]
    rows = [f"{part.title} {part.fraction:.0%}, {_minutes(part.left)}" for part in running]
    done = sum(part.status == DONE for part in state.parts)
    if rows:
        say(f"  [{done}/{len(state.parts)}] {' · '.join(rows)}")


def _minutes(seconds: float | None) -> str:
    if seconds is None:
        return _("time unknown")
    return _("{minutes} min left").format(minutes=max(1, round(seconds / 60)))


def _replace_by(command: list[str]) -> int:
    """Becomes the command; on Windows, where that loses the console, waits for it."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(_python_path())}
    # The environment is ours, and without kept bytecode every process compiles 500 modules anew: a second each.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.stdout.flush()
    if os.name == "nt":
        return subprocess.run(command, env=environment).returncode
    return os.execve(command[0], command, environment)


def _python_path() -> list[str]:
    """This checkout before whatever the user has."""
    own = str(Places.here().root)
    return [own, *(path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path and path != own)]
