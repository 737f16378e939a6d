"""Owns amounts of memory in words for people."""

from collections.abc import Mapping

from studio.amounts import GB
from studio.language import N_, _

_PARTS = {
    "weights": N_("weights of the model"),
    "adapters": N_("adapter"),
    "gradients": N_("gradients"),
    "optimiser": N_("optimiser"),
    "activations": N_("activations"),
    "logits": N_("logits"),
    "workspace": N_("workspace"),
}


def gigabytes(size: int) -> str:
    """Bytes in GB of 1,024³, with as many digits as say something."""
    return _("{number} GB").format(number=f"{size / GB:.2f}" if size < 10 * GB else f"{size / GB:.1f}")


def part_word(part: str) -> str:
    """A part of a forecast for people."""
    return _(_PARTS.get(part, part))


def listed(parts: Mapping[str, int]) -> str:
    """All parts in one line, the largest first."""
    rows = sorted(parts.items(), key=lambda row: row[1], reverse=True)
    return ", ".join(f"{part_word(part)} {gigabytes(size)}" for part, size in rows)
