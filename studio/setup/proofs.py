"""Owns proving that a native package works on this machine, by using it once in a child process."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from studio.language import _
from studio.setup import children
from studio.setup.places import Places

_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Proof:
    """What came of a trial: whether it worked, what the child reported, else how it ended."""

    works: bool
    facts: dict[str, Any] = field(default_factory=dict)
    reason: str = ""


def prove(what: str, places: Places, python: Path, *words: str | Path, seconds: float = _SECONDS) -> Proof:
    """Runs one trial (`decode`, `torch` or `training`) in a child; a crash of it is an answer, not an accident."""
    command = [python, "-P", "-m", "studio.workers.prove", what, *words]
    environment = {"PYTHONPATH": str(places.root), "PYTHONFAULTHANDLER": "1"}
    ended = children.run(command, places.log, environment=environment, timeout=seconds)
    if ended.code is None:
        return Proof(False, reason=_("it did not answer within {seconds:.0f} s").format(seconds=seconds))
    if not ended.well:
        return Proof(False, reason=_how(ended.code, ended.output))
    return Proof(True, _facts(ended.output))


def _how(code: int, output: str) -> str:
    if code < 0 or code > 0xC0000000:  # Windows reports a crash as a status code of that size
        return _("it crashed (signal {code})").format(code=-code if code < 0 else hex(code))
    lines = [line for line in output.splitlines() if line.strip()]
    return lines[-1][:300] if lines else _("it ended with code {code}").format(code=code)


def _facts(output: str) -> dict[str, Any]:
    """The JSON object on the last line that holds one; libraries chatter before and after it."""
    for line in reversed(output.splitlines()):
        if line.startswith("{"):
            try:
                return dict(json.loads(line))
            except ValueError:
                continue
    return {}
