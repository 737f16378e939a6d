"""Owns what is told of a GGUF that somebody wants to look into: header, metadata, tensors, template. Knows no Qt."""

import json
from dataclasses import dataclass
from pathlib import Path

from studio.amounts import file_size
from studio.gguf.inspecting import inspected
from studio.gguf.made_from import base_beside
from studio.gguf.validating import CHECKS, validated
from studio.language import _
from studio.ui.convert.release import GateRow

_LONGEST = 400


@dataclass(frozen=True, slots=True)
class Inspection:
    """A file as tables of words: `facts`, `entries` of the metadata, `tensors`, and the template."""

    path: Path
    facts: tuple[tuple[str, str], ...]
    entries: tuple[tuple[str, str], ...]
    tensors: tuple[tuple[str, ...], ...]
    template: str


def inspection_of(path: Path) -> Inspection:
    """Looks into a file; raises what reading one raises."""
    found = inspected(path)
    metadata, tensors = found["metadata"], found["tensors"]
    assert isinstance(metadata, dict) and isinstance(tensors, list)
    return Inspection(
        path, tuple(_facts(found, len(tensors))), tuple((key, _value(value)) for key, value in metadata.items()),
        tuple(_tensor(row) for row in tensors), str(found["template"] or ""),
    )  # fmt: skip


def _facts(found: dict[str, object], tensors: int) -> list[tuple[str, str]]:
    types = found["types"]
    kinds = [f"{row['tensors']} × {row['type']}" for row in types] if isinstance(types, list) else []
    rows = [
        (_("Name"), found["name"]), (_("Kind"), found["type"]), (_("Architecture"), found["architecture"]),
        (_("Licence"), found["licence"]), (_("Size"), file_size(float(str(found["size"])))),
        (_("Weights"), f"{int(str(found['parameters'])):,}"),
        (_("Bits a weight"), f"{float(str(found['bits_per_weight'])):.2f}"),
        (_("Tokens of play"), found["context"]), (_("Layers"), found["layers"]),
        (_("Tensors"), f"{tensors} ({', '.join(kinds)})"), (_("GGUF version"), found["version"]),
    ]  # fmt: skip
    return [(name, str(value)) for name, value in rows if value not in (None, "")]


def _value(value: object) -> str:
    if isinstance(value, dict):
        items, length = value.get("items"), value.get("length")
        shown = ", ".join(_plain(item) for item in items) if isinstance(items, list) else ""
        more = isinstance(items, list) and isinstance(length, int) and length > len(items)
        return _("{length} values: {items}").format(length=length, items=_cut(shown + (", …" if more else "")))
    return _cut(_plain(value))


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def _tensor(row: dict[str, object]) -> tuple[str, ...]:
    shape = row["shape"]
    shown = " × ".join(map(str, shape)) if isinstance(shape, list) else ""
    return (str(row["name"]), str(row["type"]), shown, file_size(float(str(row["size"]))))


async def checks_of(path: Path) -> list[GateRow]:
    """What validating a file finds, against its base where the card beside it names one; raises as that does."""
    found = await validated(path, base_beside(path))
    rows = []
    for row in found.rows:
        reasons = (row.detail,) if row.ok is not True and row.detail else ()
        rows.append(GateRow(_(CHECKS[row.check]), row.ok, reasons))
    return rows
