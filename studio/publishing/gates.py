"""Owns the three gates before publishing: the file is sound, it is the model that was trained, it keeps to its limits.

Each asks the part of the studio that measures; what is known already and still true is not measured again.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.evaluation.evaluating import Evaluating
from studio.evaluation.gates import Checked
from studio.evaluation.limits import Limit
from studio.evaluation.parity import ParityReport
from studio.evaluation.parity_file import NoParity, read_parity
from studio.evaluation.summary import Summary
from studio.gguf.validating import validated
from studio.jobs.protocol import Fields
from studio.language import N_, _
from studio.publishing.candidate import Candidate
from studio.publishing.publishing import Finding

_NO_STEP = N_("{file} was not measured; run `lorewright parity {name}`.")
_NO_LIMITS = N_("the suite “{suite}” sets no limits, so nothing could be held against it; give some with --gate FILE.")
_NO_RUN = N_("{file} was not converted from a run, so it can't be held against one.")
_NAME_A_RUN = N_("Name a run that was converted here, or the GGUF that came of it; a base is not published by itself.")


@dataclass(frozen=True, slots=True)
class ValidateGate:
    """The file is whole, its numbers are numbers, tokeniser and template are the base's, it loads and writes."""

    name: str = "validate"

    async def ask(self, candidate: Candidate) -> Finding:
        """Every check that failed is a reason."""
        base = candidate.base if candidate.base is not None and candidate.base.exists() else None
        found = await validated(candidate.model, base)
        reasons = tuple(f"{row.check}: {row.detail}" for row in found.rows if row.ok is False)
        checks: Fields = {row.check: row.ok for row in found.rows}
        return Finding(self.name, reasons, checks)


@dataclass(frozen=True, slots=True)
class ParityGate:
    """The file behaves as the model that was trained. `measure` measures a model's folder and leaves its report there;
    None where nothing may be measured, so that a report must be there."""

    measure: Callable[[Path], Awaitable[None]] | None = None
    name: str = "parity"

    async def ask(self, candidate: Candidate) -> Finding:
        """The findings of every step up to this file."""
        if candidate.run is None:
            return Finding(self.name, (_(_NO_RUN).format(file=candidate.model.name),), way=_(_NAME_A_RUN))
        report = await self._report(candidate)
        file = candidate.model.name
        if report.holds(file):
            return Finding(self.name, (), _near(report, file))
        steps = [step for step in report.steps if step.kind != "packed" or step.file == file]
        reasons = tuple(f"{step.name}: {finding}" for step in steps for finding in step.findings)
        absent = (_(_NO_STEP).format(file=file, name=candidate.folder.name),)
        return Finding(self.name, reasons or absent)

    async def _report(self, candidate: Candidate) -> ParityReport:
        """The report; measured now where there is none, or none of this very file."""
        try:
            report = read_parity(candidate.folder)
            fresh = any(
                step.file == candidate.model.name and all(finding.code != "changed" for finding in step.findings)
                for step in report.steps
            )
            if fresh or self.measure is None:
                return report
        except NoParity:
            if self.measure is None:
                raise
        await self.measure(candidate.folder)
        return read_parity(candidate.folder)


def _near(report: ParityReport, file: str) -> Fields:
    """What the card keeps of a chain that holds."""
    steps = [step.name for step in report.steps if step.kind != "packed" or step.file == file]
    return {"made": report.made, "positions": report.positions, "steps": steps}


@dataclass(frozen=True, slots=True)
class SuiteGate:
    """The model keeps to a suite's limits and to those that were given besides."""

    evaluating: Evaluating
    limits: Sequence[Limit]
    name: str = "suite"

    async def ask(self, candidate: Candidate) -> Finding:
        """Every limit that is broken is a reason; a suite without limits holds nothing back and is none."""
        suite = self.evaluating.suite.suite.name
        if not self.limits:
            return Finding(self.name, (_(_NO_LIMITS).format(suite=suite),))
        done = await self.evaluating.run([str(candidate.model)])
        (judged,) = done.models
        return Finding(self.name, _broken(judged.limits), {"suite": suite, "version": done.suite.version,
                                                           "scores": scores_of(judged.summary)})  # fmt: skip


def _broken(limits: Sequence[Checked]) -> tuple[str, ...]:
    return tuple(one.sentence for one in limits if not one.kept)


def scores_of(summary: Summary) -> Fields:
    """Every figure by PART/NAME, and by PART/NAME/WHAT/VALUE for tools and skills."""
    found: Fields = {}
    for part in summary.parts:
        rows = [(f"{part.part}/{figure.name}", figure) for figure in part.figures]
        rows += [
            (f"{part.part}/{figure.name}/{group.what}/{group.value}", figure)
            for group in part.groups
            if group.what in ("tool", "skill")
            for figure in group.figures
        ]
        for name, figure in rows:
            found[name] = {"value": figure.value, "low": figure.low, "high": figure.high, "of": figure.of}
    return found
