"""Owns printing: text and JSON reach any terminal or pipe whatever its encoding; knows no command."""

import io
import json
import sys
from collections.abc import Sequence
from typing import TextIO


def print_line(text: str, stream: TextIO | None = None) -> None:
    """Prints one line; what the stream cannot show is spelled out."""
    open_minded(stream or sys.stdout).write(f"{text}\n")


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines, each column as wide as its widest cell."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def print_json(value: object) -> None:
    """Prints one JSON value as UTF-8 on stdout."""
    stream = open_minded(sys.stdout, encoding="utf-8")
    json.dump(value, stream, ensure_ascii=False, indent=2, allow_nan=False)
    stream.write("\n")


def open_minded(stream: TextIO, encoding: str | None = None) -> TextIO:
    """The stream, which from now on spells out what it cannot show."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(encoding=encoding or stream.encoding, errors="backslashreplace")
    return stream
