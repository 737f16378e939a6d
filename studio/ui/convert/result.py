"""Owns what is told of a converted model: true size, bits a weight, and how it compares with the unconverted one.

Reads the `card.json` that the conversion left beside the file. Knows no Qt.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from studio.errors import LorewrightError
from studio.files import read_text
from studio.gguf.reader import Gguf
from studio.jobs.protocol import Fields
from studio.language import _
from studio.ui.phrases import file_size
from studio.ui.train.progress import Figure

CARD = "card.json"


@dataclass(frozen=True, slots=True)
class Compared:
    """One prompt answered by both."""

    prompt: str
    before: str
    after: str

    @property
    def same(self) -> bool:
        """Whether both said the same."""
        return self.before.strip() == self.after.strip()


@dataclass(frozen=True, slots=True)
class Result:
    """A converted model: its file, its figures, and the prompts that both answered."""

    path: Path
    name: str
    figures: tuple[Figure, ...]
    rows: tuple[Compared, ...]


def result_in(folder: Path) -> Result | None:
    """The model in a folder of `models/`, or None where there is none that can be read."""
    found = sorted(folder.glob("*.gguf"), key=lambda path: path.stat().st_size) if folder.is_dir() else []
    if not found:
        return None
    path = found[0]
    try:
        with Gguf(path) as model:
            size, bits = model.bytes, model.bits_per_weight
        card = _card(folder)
    except LorewrightError:
        return None
    figures = (
        Figure(_("Size"), file_size(size)),
        Figure(_("Bits a weight"), f"{bits:.2f}"),
        *_agreement(card),
    )
    return Result(path, path.stem, figures, _rows(card))


def _card(folder: Path) -> Fields:
    path = folder / CARD
    if not path.is_file():
        return {}
    try:
        values = json.loads(read_text(path))
    except ValueError:
        return {}
    return values if isinstance(values, dict) else {}


def _comparison(card: Fields) -> Fields:
    values = card.get("comparison")
    return values if isinstance(values, dict) else {}


def _agreement(card: Fields) -> tuple[Figure, ...]:
    told = _comparison(card)
    figures: list[Figure] = []
    top, divergence = told.get("top1"), told.get("kl")
    if isinstance(top, int | float):
        figures.append(Figure(_("Same next word"), f"{100 * top:.0f} %"))
    if isinstance(divergence, int | float):
        figures.append(Figure(_("Divergence (KL)"), f"{divergence:.3f}"))
    return tuple(figures)


def _rows(card: Fields) -> tuple[Compared, ...]:
    rows = _comparison(card).get("prompts")
    found = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return tuple(Compared(*(str(row.get(key, "")) for key in ("prompt", "before", "after"))) for row in found)
