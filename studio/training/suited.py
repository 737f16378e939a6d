"""Owns which profile suits a model on a processor, until a person chooses another."""

from studio.amounts import GB
from studio.gguf.known_bases import STARTER
from studio.training.profiles import DEFAULT_PROFILE, profiles
from studio.training.room import DeviceRoom

_CARDS = ((15.0, "vram-16gb"), (11.0, "vram-12gb"), (7.0, "vram-8gb"), (0.0, "vram-4gb"))
"""From how many GB of a card's memory on a profile is for it; a card of 8 GB tells a little less."""

_LARGER = "cpu-larger"


def suited_profile(base: str, room: DeviceRoom | None) -> str:
    """The profile for a model by its name: the starter's, else that of the card, else the one for processors."""
    if base == STARTER or room is None:
        return DEFAULT_PROFILE
    found = next(name for least, name in _CARDS if room.total / GB >= least) if room.kind == "cuda" else _LARGER
    return found if found in profiles() else DEFAULT_PROFILE
