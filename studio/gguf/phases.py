"""Owns what the parts of a conversion are called; knows neither window nor terminal."""

from studio.language import N_, _

PARTS = {
    "merge": N_("Merge the adapter into the model"),
    "convert": N_("Write it as GGUF"),
    "importance": N_("Measure which weights matter on the texts"),
    "quantise": N_("Quantise"),
    "compare": N_("Load the result and compare it"),
}
"""The parts of a conversion in their order, by the name that the worker gives them."""


def part_word(part: str) -> str:
    """The named part of the work for people."""
    return _(PARTS.get(part, part.capitalize()))
