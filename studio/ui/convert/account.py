"""Owns what is told of a converted model besides its files: validation, forecast against true size, parity.

Reads what the conversion and the parity gate left; measures nothing. Knows no Qt.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from studio.amounts import file_size
from studio.errors import LorewrightError
from studio.evaluation.parity import ParityReport
from studio.evaluation.parity_file import PARITY, read_parity
from studio.evaluation.parity_words import lines_of, rows_of
from studio.gguf.made_from import source_beside
from studio.gguf.validating import CHECKS
from studio.jobs.runs import read_events, runs_in
from studio.language import _
from studio.ui.convert.plan import forecast_sizes
from studio.ui.convert.result import Result

MARKS = {True: "✓", False: "✗", None: "–"}
_KIND = "convert"


@dataclass(frozen=True, slots=True)
class Checked:
    """One check of every file side by side: `marks` by file, `details` of those that failed."""

    name: str
    marks: tuple[str, ...]
    details: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether no file failed it."""
        return MARKS[False] not in self.marks


@dataclass(frozen=True, slots=True)
class Chain:
    """The parity gate's report, as a table with its head and lines below; `passed` is None before it was measured."""

    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    lines: tuple[str, ...] = ()
    passed: bool | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """All of it. `forecasts` are (forecast size, how far the true one is off) by file name."""

    forecasts: dict[str, tuple[str, str]] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    checks: tuple[Checked, ...] = ()
    chain: Chain = field(default_factory=Chain)


def account_of(result: Result, runs: Path) -> Account:
    """What there is to tell of a converted model."""
    folder = result.path.parent
    source = source_beside(folder)
    kinds = {row.by_texts for row in result.rows} if source is not None else set()
    sizes = {kind: forecast_sizes(source, importance=kind) for kind in kinds if source is not None}
    checked = _checked(folder, result, runs)
    return Account(
        {row.name: _against(sizes.get(row.by_texts, {}).get(row.quantisation), row.bytes) for row in result.rows},
        tuple(checked),
        _side_by_side(checked),
        chain_of(folder),
    )


def chain_of(folder: Path) -> Chain:
    """The parity chain of a model's folder."""
    if not (folder / PARITY).is_file():
        return Chain()
    try:
        report = read_parity(folder)
    except LorewrightError as error:
        return Chain(lines=(str(error),), passed=False)
    return told_chain(report)


def told_chain(report: ParityReport) -> Chain:
    """A report for people."""
    head, *rows = rows_of(report)
    text = _("{positions} tokens of {texts} held-out talks were read.")
    read = text.format(positions=report.positions, texts=report.texts)
    return Chain(head, tuple(rows), (read, *lines_of(report)), report.passed)


def _against(forecast: int | None, true: int) -> tuple[str, str]:
    if not forecast or not true:
        return ("–", "–")
    off = round(100 * (true - forecast) / forecast, 2)
    return (file_size(forecast), f"{off:+.2f} %" if off else "0 %")


_Rows = dict[str, tuple[bool | None, str]]


def _checked(folder: Path, result: Result, runs: Path) -> dict[str, _Rows]:
    """What the newest conversion of each file found, by file and check."""
    wanted = {row.name for row in result.rows}
    found: dict[str, _Rows] = {}
    for run in runs_in(runs):
        if _KIND not in run.name.split("-")[-2:] or wanted <= set(found):
            continue
        if (run.report() or {}).get("model") != str(folder):
            continue
        for event in read_events(run.path):
            name = str(event.get("file"))
            if event.get("event") == "validated" and name in wanted and name not in found:
                found[name] = _rows(event.get("checks"))
    return {name: found[name] for name in (row.name for row in result.rows) if name in found}


def _rows(values: object) -> _Rows:
    rows = [row for row in values if isinstance(row, dict)] if isinstance(values, list) else []
    return {str(row.get("check")): (_verdict(row.get("ok")), str(row.get("detail"))) for row in rows}


def _verdict(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _side_by_side(checked: dict[str, _Rows]) -> tuple[Checked, ...]:
    names = dict.fromkeys(name for rows in checked.values() for name in rows)
    return tuple(_check(name, list(checked.values()), list(checked)) for name in names)


def _check(name: str, files: Sequence[_Rows], names: Sequence[str]) -> Checked:
    verdicts = [rows.get(name, (None, "")) for rows in files]
    told = zip(names, verdicts, strict=True)
    details = [f"{file}: {detail}" for file, (ok, detail) in told if ok is not True and detail]
    return Checked(_(CHECKS.get(name, name)), tuple(MARKS[ok] for ok, _detail in verdicts), tuple(details))
