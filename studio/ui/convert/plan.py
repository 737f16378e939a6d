"""Owns what can be told before a conversion: the sizes that each quantisation will come to. Knows no Qt."""

from dataclasses import dataclass
from pathlib import Path

from studio.errors import LorewrightError
from studio.gguf.forecast import Forecast, forecasts
from studio.gguf.quantisations import USUAL_ONES
from studio.jobs.runs import Run
from studio.language import _
from studio.ui.phrases import file_size

USUAL = "Q4_K_M"


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of the table of quantisations."""

    name: str
    about: str
    size: str
    bits: str
    note: str
    share: float


def choices(run: Run) -> list[Choice]:
    """The quantisations with their true sizes for a run's base model; without figures where it cannot be read."""
    try:
        base = Path(str(run.config()["base"]))
        found = [row for row in forecasts(base) if row.quantisation.usual]
    except (LorewrightError, KeyError):
        return [Choice(kind.name, _(kind.about), "–", "–", "", 0.0) for kind in USUAL_ONES]
    most = max((forecast.size for forecast in found), default=1)
    return [_choice(forecast, most) for forecast in found]


def _choice(forecast: Forecast, most: int) -> Choice:
    kind = forecast.quantisation
    return Choice(
        kind.name, _(kind.about), file_size(forecast.size), f"{forecast.bits:.2f}", _note(forecast),
        forecast.size / most,
    )  # fmt: skip


def _note(forecast: Forecast) -> str:
    if not forecast.fallbacks:
        return ""
    text = _("{n} of its {all} matrices are too narrow for {name} and are packed wider: in truth {bits} bits a weight.")
    name = forecast.quantisation.name
    return text.format(n=forecast.fallbacks, all=forecast.quantised, name=name, bits=f"{forecast.bits:.2f}")
