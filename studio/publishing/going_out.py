"""Owns a publishing from its gates to a version in use, or to every reason against it; the caller shows it."""

import asyncio
import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from studio.files import sha256_of
from studio.language import N_, _
from studio.publishing.candidate import Candidate
from studio.publishing.publishing import Finding, Gate, Told, asked, publish
from studio.publishing.usual_gates import written_with
from studio.publishing.version import Version
from studio.publishing.versions import Shelf
from studio.scenario.game import Game

_CHANGED = N_("{file} was changed while it was examined, so what was found is not true of it. Publish again.")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: the version that is in use now, None where a gate refused, and what every gate found."""

    version: Version | None
    findings: tuple[Finding, ...]


async def go_out(
    candidate: Candidate, shelf: Shelf, gates: Sequence[Gate], game: Game, told: Told, now: datetime.datetime
) -> Outcome:
    """Asks every gate, and publishes where all are passed; `told` hears the name of each as it is asked.

    Raises PublishingBusy, FirstLoadFailed or NotSaved.
    """
    before = await asyncio.to_thread(_content, candidate)
    findings = await asked(gates, candidate, told)
    if not all(finding.passed for finding in findings):
        return Outcome(None, tuple(findings))
    if await asyncio.to_thread(_content, candidate) != before:  # converted anew while the gates were asked
        return Outcome(None, (*findings, Finding("file", (_(_CHANGED).format(file=candidate.model.name),))))
    scores = next((found.figures["scores"] for found in findings if "scores" in found.figures), None)
    version = await publish(
        candidate,
        shelf,
        findings,
        written_with,
        tools=list(game.tools.tools),
        scores=scores if isinstance(scores, dict) else {},
        now=now,
    )
    return Outcome(version, tuple(findings))


def _content(candidate: Candidate) -> list[str]:
    """What the gates are asked about, by hash; raises the errors of files."""
    return [sha256_of(path) for _role, path in candidate.files]
