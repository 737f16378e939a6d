"""Owns reading and writing card files, JSON and PNG; knows nothing of scenarios.

Whatever a card says, no path or address in it is followed. Limits: the file, the text in it, depth and number of its
values; numbers that JSON has no word for are refused.
"""

import base64
import binascii
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from studio.errors import NotText
from studio.files import read_bytes, save_atomic
from studio.language import N_, _
from studio.scenario.cards.card import Card
from studio.scenario.cards.errors import NotACard
from studio.scenario.cards.picture import plain_picture
from studio.scenario.cards.png import TEXT_LIMIT, BrokenPicture, is_png, texts, with_texts

FILE_LIMIT = 32 * 1024 * 1024
"""Bytes of the largest card file that is read."""
DEPTH_LIMIT = 64
VALUE_LIMIT = 200_000
SUFFIXES = (".png", ".json")
"""The kinds of file that a card comes in."""

_KEYWORDS = ("ccv3", "chara")  # the newer one first: where both stand, it says more
_NO_CARD = N_("the picture carries no character")
_NOT_BASE64 = N_("its text is not base64")
_TOO_LONG = N_("its text is longer than {limit} bytes")
_NOT_OBJECT = N_("it is no JSON object")
_TOO_DEEP = N_("it is nested deeper than {limit} levels")
_TOO_MUCH = N_("it holds more than {limit} values")
_NUMBER = N_("a number in it cannot be kept")
_NO_NAME = N_("it has no name")
_NOT_JSON = N_("it is no JSON ({detail})")


class _Refused(ValueError):
    """Why a text is no card, as a sentence's part."""


def load_card(path: Path) -> Card:
    """The card in a file; its content, not its name, says whether it is a picture.

    Raises PathMissing, UnreadableFile, TooLarge, NotText or NotACard.
    """
    data = read_bytes(path, FILE_LIMIT)
    try:
        return card_of(_from_picture(data) if is_png(data) else data)
    except UnicodeDecodeError as error:
        raise NotText(path=path, position=error.start) from error
    except (_Refused, BrokenPicture) as error:
        raise NotACard(path=path, reason=str(error)) from error


def card_of(data: bytes) -> Card:
    """The card in UTF-8 JSON; raises UnicodeDecodeError, or ValueError with the reason."""
    if len(data) > TEXT_LIMIT:
        raise _Refused(_(_TOO_LONG).format(limit=TEXT_LIMIT))
    try:
        value = json.loads(data.decode("utf-8-sig"), parse_float=_finite, parse_constant=_refused_number)
    except UnicodeDecodeError:
        raise
    except _Refused:
        raise
    except RecursionError as error:
        raise _Refused(_(_TOO_DEEP).format(limit=DEPTH_LIMIT)) from error
    except ValueError as error:
        raise _Refused(_(_NOT_JSON).format(detail=error)) from error
    _bounded(value)
    if not isinstance(value, dict):
        raise _Refused(_(_NOT_OBJECT))
    card = Card(value)
    if not card.name:
        raise _Refused(_(_NO_NAME))
    return card


def save_card(path: Path, card: Card, picture: bytes | None = None) -> None:
    """Writes a card; `.png` puts it into the picture, or into a plain one. Raises NotSaved or NotACard."""
    if path.suffix.lower() != ".png":
        save_atomic(path, json.dumps(card.raw, indent=2, ensure_ascii=True, allow_nan=False) + "\n")
        return
    try:
        save_atomic(path, with_card(picture if picture is not None else plain_picture(card.name), card))
    except BrokenPicture as error:
        raise NotACard(path=path, reason=str(error)) from error


def with_card(picture: bytes, card: Card) -> bytes:
    """A PNG with the card in it, in place of one that it had; raises BrokenPicture.

    A card of version 3 is also written as version 2, which is what most programs look for.
    """
    values = {"chara": _packed(card.as_version(2).raw)}
    if card.version == 3:
        values["ccv3"] = _packed(card.raw)
    return with_texts(picture, values, _KEYWORDS)


def read_picture(path: Path) -> bytes:
    """A PNG that a card can be put into; raises PathMissing, UnreadableFile, TooLarge or NotACard."""
    data = read_bytes(path, FILE_LIMIT)
    try:
        texts(data, ())
    except BrokenPicture as error:
        raise NotACard(path=path, reason=str(error)) from error
    return data


def _packed(raw: Mapping[str, object]) -> bytes:
    return base64.b64encode(json.dumps(raw, ensure_ascii=True, allow_nan=False).encode("ascii"))


def _from_picture(data: bytes) -> bytes:
    found = texts(data, _KEYWORDS)
    packed = next((found[keyword] for keyword in _KEYWORDS if keyword in found), None)
    if packed is None:
        raise _Refused(_(_NO_CARD))
    if len(packed) > TEXT_LIMIT * 4 // 3 + 4:
        raise _Refused(_(_TOO_LONG).format(limit=TEXT_LIMIT))
    try:
        return base64.b64decode(b"".join(packed.split()), validate=True)
    except binascii.Error as error:
        raise _Refused(_(_NOT_BASE64)) from error


def _finite(written: str) -> float:
    number = float(written)
    if not math.isfinite(number):
        raise _Refused(_(_NUMBER))
    return number


def _refused_number(_written: str) -> NoReturn:
    raise _Refused(_(_NUMBER))


def _bounded(value: object) -> None:
    """Refuses what is nested too deep or holds too much; without recursion, since depth is what it looks for."""
    level: list[object] = [value]
    seen = 0
    for _depth in range(DEPTH_LIMIT):
        seen += len(level)
        if seen > VALUE_LIMIT:
            raise _Refused(_(_TOO_MUCH).format(limit=VALUE_LIMIT))
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return
    raise _Refused(_(_TOO_DEEP).format(limit=DEPTH_LIMIT))


def _inside(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
