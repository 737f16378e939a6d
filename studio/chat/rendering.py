"""Owns turning pieces into token ids and the mask of trained ids; knows neither scenarios nor models."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from studio.chat.pieces import Piece


class Tokeniser(Protocol):
    """What encodes text for one model. `special`: names of control tokens are read as those tokens."""

    def encode(self, text: str, *, special: bool) -> list[int]:
        """The ids of a text, nothing added at either end."""
        ...

    def decode(self, ids: list[int]) -> str:
        """The text of ids."""
        ...


@dataclass(frozen=True, slots=True)
class Rendered:
    """Token ids, and for each whether the model is trained to say it."""

    ids: tuple[int, ...]
    mask: tuple[bool, ...]

    @property
    def trained(self) -> int:
        """How many ids are trained on."""
        return sum(self.mask)


def render(pieces: Iterable[Piece], tokeniser: Tokeniser) -> Rendered:
    """Encodes each piece by itself, so that content never merges with the template's text around it."""
    ids: list[int] = []
    mask: list[bool] = []
    for piece in pieces:
        own = piece.ids if piece.ids is not None else tokeniser.encode(piece.text, special=piece.special)
        ids.extend(own)
        mask.extend([piece.trained] * len(own))
    return Rendered(tuple(ids), tuple(mask))
