"""Owns what is asked of a conversion and what is told of its result: true sizes, and how near the model stayed.

Reads the report of a run, or the `card.json` that lies beside the files. Knows no Qt.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.amounts import file_size
from studio.errors import LorewrightError
from studio.files import read_text
from studio.gguf.made_from import source_told
from studio.jobs.protocol import Fields
from studio.jobs.runs import Run
from studio.language import _

CARD = "card.json"


@dataclass(frozen=True, slots=True)
class FileRow:
    """One file held against the unconverted model; all for people but `bytes`, its true size, and `by_texts`: it was
    packed by an importance matrix."""

    name: str
    quantisation: str
    size: str
    bits: str
    agreement: str
    divergence: str
    bytes: int = 0
    by_texts: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """A converted model: the file that is played, and every file beside it."""

    path: Path
    rows: tuple[FileRow, ...]
    positions: int


def request_for(
    source: Path, name: str, quantisations: Sequence[str], *, importance: bool = False, go_on: bool = True
) -> Fields:
    """What a conversion of a run, a checkpoint or a base is told."""
    return {
        "source": str(source), "name": name, "quantisations": list(quantisations), "importance": importance,
        "go_on": go_on,
    }  # fmt: skip


def model_name(run: Run) -> str:
    """What to call the model of a run: the run's name without its day and kind."""
    stem = run.name[11:] if run.name[:4].isdigit() else run.name
    return "-".join(part for part in stem.split("-") if part != "train") or "model"


def result_of(conversion: Run) -> Result | None:
    """What a finished conversion made; None where its report or its file is gone."""
    report = conversion.report() or {}
    path = Path(str(report.get("gguf", "")))
    return _result(path, report) if path.is_file() else None


def result_from(models: Path, run: Run) -> Result | None:
    """What was made of a run, a checkpoint or a base before: of the newest model whose card names it, the file that was
    made last; None where there is none."""
    cards = sorted(models.glob(f"*/{CARD}"), key=lambda path: path.stat().st_mtime, reverse=True)
    for card in cards:
        values = _card(card)
        rows = values.get("files")
        if source_told(card.parent, values.get("source")) == run.path and isinstance(rows, list) and rows:
            path = card.parent / str(rows[-1].get("file"))
            return _result(path, values) if path.is_file() else None
    return None


def _card(path: Path) -> Fields:
    try:
        values = json.loads(read_text(path))
    except (LorewrightError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}


def _result(path: Path, values: Fields) -> Result:
    rows = values.get("files")
    found = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    positions = max((int(_compared(row).get("positions", 0)) for row in found), default=0)
    return Result(path, tuple(_row(row) for row in found), positions)


def _compared(row: Fields) -> dict[str, float]:
    values = row.get("comparison")
    return values if isinstance(values, dict) else {}


def _row(row: Fields) -> FileRow:
    told = _compared(row)
    return FileRow(
        name=str(row.get("file")),
        quantisation=str(row.get("quantisation")),
        size=file_size(float(str(row.get("size", 0)))),
        bits=f"{float(str(row.get('bits', 0))):.2f}",
        agreement=_("{share} %").format(share=f"{100 * told['top1']:.1f}") if "top1" in told else "–",
        divergence=f"{told['divergence']:.4f}" if "divergence" in told else "–",
        bytes=int(float(str(row.get("size", 0)))),
        by_texts=bool(row.get("importance")),
    )
