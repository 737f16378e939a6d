"""Owns the words `test` and `check`: which tools run, in which order, and what counts as green."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence

from studio.language import _
from studio.setup.places import Places

_COVERED_AT_LEAST = 80

_LINT_IMPORTS = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports())"
"""import-linter has a command and no module of that name; the command's path differs between systems."""

SHARED = ("-n", str(min(4, os.cpu_count() or 1)), "--dist", "loadfile", "--no-loadscope-reorder")
"""How tests share the cores: a process each, by whole files, since what a file's tests stand on is made once."""

STEPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("style and docstrings", ("ruff", "check", ".")),
    ("format", ("ruff", "format", "--check", ".")),
    ("types", ("mypy",)),
    ("import contracts", ("-c", _LINT_IMPORTS)),
    (
        "tests with branch coverage",
        ("pytest", "-m", "not slow", "-q", "--cov", "--cov-branch", "--cov-report=", *SHARED),
    ),
    ("coverage of the packages without Qt", ("coverage", "report", f"--fail-under={_COVERED_AT_LEAST}")),
)
"""What `check` runs, each as a module of the environment."""


def run(word: str, places: Places, further: Sequence[str]) -> int:
    """Runs `test` or `check`; the exit code is 0 only when everything is green."""
    return test(places, further) if word == "test" else check(places)


def test(places: Places, further: Sequence[str]) -> int:
    """The suite without its slow part; pytest's own closing line and exit code."""
    chosen = further if any(word.startswith("-m") for word in further) else ("-m", "not slow", *further)
    return _module(places, "pytest", *SHARED, *chosen)


def check(places: Places) -> int:
    """Every step, also after one that failed, so that one run tells everything."""
    failed = []
    for title, command in STEPS:
        begun = time.monotonic()
        print(f"== {title}", flush=True)
        good = _module(places, *command) == 0
        print(f"== {title}: {'ok' if good else 'FAILED'}, {time.monotonic() - begun:.0f} s", flush=True)
        if not good:
            failed.append(title)
    print(
        _("check: everything is green")
        if not failed
        else _("check: not green: {steps}").format(steps=", ".join(failed))
    )
    return 1 if failed else 0


def _module(places: Places, name: str, *words: str) -> int:
    sys.stdout.flush()
    how = (name,) if name == "-c" else ("-m", name)
    return subprocess.run([places.python, *how, *words], cwd=places.root).returncode
