"""Owns where a parity report is kept, beside the files that it speaks of, and that it speaks of those very files."""

import json
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path

import pydantic

from studio.errors import InputError, LorewrightError
from studio.evaluation.parity import Finding, ParityReport, ParityStep
from studio.files import inside, read_bytes, save_atomic, sha256_of
from studio.language import N_

PARITY, CARD = "parity.json", "card.json"
_LIMIT = 16 * 1024 * 1024


class NoParity(InputError):
    """A model has no parity report, or one that cannot be read."""

    sentence = N_("{folder} has no parity report ({reason}). Run `lorewright parity {name}` first.")


@cache
def _reader() -> pydantic.TypeAdapter[ParityReport]:
    return pydantic.TypeAdapter(ParityReport)


def write_parity(folder: Path, report: ParityReport) -> None:
    """Keeps the report in a model's folder; raises NotSaved."""
    save_atomic(folder / PARITY, json.dumps(as_values(report), indent=1, ensure_ascii=False) + "\n")


def as_values(report: ParityReport) -> dict[str, object]:
    """The report as plain values, with the verdicts that follow from it."""
    return {**asdict(report), "steps": [step_values(step) for step in report.steps], "passed": report.passed}


def step_values(step: ParityStep) -> dict[str, object]:
    """A step as plain values."""
    return {**asdict(step), "passed": step.passed, "reasons": [str(finding) for finding in step.findings]}


def read_parity(folder: Path) -> ParityReport:
    """The report of a model's folder; a file that was changed or is gone since fails. Raises NoParity."""
    try:
        values = json.loads(read_bytes(folder / PARITY, _LIMIT))
        report = _reader().validate_python(_told(values), strict=False)
    except LorewrightError as error:
        raise NoParity(folder=folder, name=folder.name, reason=str(error)) from error
    except (ValueError, RecursionError) as error:
        raise NoParity(folder=folder, name=folder.name, reason=f"{PARITY} is damaged") from error
    return replace(report, steps=tuple(_bound(folder, step) for step in report.steps))


def _told(values: object) -> object:
    """What a reader takes: without the verdicts, which follow from the rest."""
    if not isinstance(values, dict) or not isinstance(values.get("steps"), list):
        raise ValueError("no report")
    steps = [
        {key: value for key, value in row.items() if key not in ("passed", "reasons")}
        for row in values["steps"]
        if isinstance(row, dict)
    ]
    return {**{key: value for key, value in values.items() if key != "passed"}, "steps": steps}


def _bound(folder: Path, step: ParityStep) -> ParityStep:
    """The step, failed where its file is no longer the one that was measured."""
    if step.file is None or step.sha256 is None:
        return step
    try:
        same = sha256_of(inside(folder, step.file)) == step.sha256
    except (OSError, LorewrightError):
        same = False
    if same:
        return step
    return replace(step, findings=(*step.findings, Finding("changed", {"file": step.file})))
