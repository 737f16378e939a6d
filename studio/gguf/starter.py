"""Owns where the starter model lies, which set-up fetches."""

from pathlib import Path

from studio.errors import PartMissing
from studio.language import N_, _
from studio.setup.places import Places

NAME = "SmolLM2-135M-Instruct"


def starter_model() -> Path:
    """The starter's GGUF; raises PartMissing where set-up has not fetched it yet."""
    found = sorted(Places.here().models.glob(f"{NAME}*.gguf"))
    if not found:
        raise PartMissing(part=_("The starter model"), reason=_(_NOT_FETCHED))
    return found[0]


_NOT_FETCHED = N_("it was not fetched yet")
