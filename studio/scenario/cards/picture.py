"""Owns the plain picture that a card gets where there is no other; knows nothing of cards and of PNG's texts."""

import colorsys
import hashlib
import struct
import zlib

from studio.scenario.cards.png import SIGNATURE, Chunk

WIDTH, HEIGHT = 400, 600
_HEAD = (200, 230, 92)  # centre and radius
_BODY = (200, 600, 170, 240)  # centre and both radii


def plain_picture(name: str) -> bytes:
    """A PNG with a head and shoulders on a ground whose colour follows from the name."""
    hue = hashlib.sha256(name.encode("utf-8", "replace")).digest()[0] / 256
    rows = b"".join(b"\0" + _row(y, hue) for y in range(HEIGHT))
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    parts = (Chunk(b"IHDR", head), Chunk(b"IDAT", zlib.compress(rows, 9)), Chunk(b"IEND", b""))
    return SIGNATURE + b"".join(part.written() for part in parts)


def _row(y: int, hue: float) -> bytes:
    depth = y / HEIGHT
    ground = _colour(hue, 0.45, 0.42 - 0.22 * depth)
    figure = _colour(hue, 0.28, 0.78 - 0.18 * depth)
    half = max(_half_circle(y, _HEAD[1], _HEAD[2], _HEAD[2]), _half_circle(y, _BODY[1], _BODY[2], _BODY[3]))
    side = WIDTH // 2 - half
    return ground * side + figure * (2 * half) + ground * side


def _half_circle(y: int, middle: int, across: int, down: int) -> int:
    """Half of the width of an ellipse at a row, 0 outside of it."""
    rise = (y - middle) / down
    return round(across * (1 - rise * rise) ** 0.5) if abs(rise) < 1 else 0


def _colour(hue: float, saturation: float, value: float) -> bytes:
    return bytes(round(part * 255) for part in colorsys.hsv_to_rgb(hue, saturation, value))
