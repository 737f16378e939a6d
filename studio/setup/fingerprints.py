"""Owns telling whether a finished part still fits: a hash of everything that it was chosen and installed by."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from studio.setup.machine import Machine
from studio.setup.packages import requirements, site_packages
from studio.setup.places import Places
from studio.setup.tables import table

_GROUPS = {"window": None, "play": "play", "data": "data", "torch": "torch", "training": "training", "tests": "test"}
_TABLES = {"starter": "files", "converter": "files", "torch": "torch", "play": "llama"}
_BY_CARD = ("torch", "play")


def of(places: Places, machine: Machine) -> dict[str, str]:
    """The fingerprint of every part."""
    constraints = (places.root / "constraints.txt").read_text(encoding="utf-8")
    shared = [constraints, str(places.root), site_packages(places.venv).parent.name]
    return {str(row["name"]): _hash([*shared, *_of(row, places, machine)]) for row in table("parts")["part"]}


def _of(row: Mapping[str, Any], places: Places, machine: Machine) -> list[Any]:
    name = row["name"]
    seen: list[Any] = [name]
    if name in _GROUPS:
        seen.append(requirements(places.root, _GROUPS[name]))
    if name in _TABLES:
        seen.append(table(_TABLES[name]))
    if name in _BY_CARD:
        seen.append(sorted((card.kind, card.runtime) for card in machine.cards))
    return seen


def _hash(seen: list[Any]) -> str:
    return hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()[:16]


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, as hex digits; raises OSError."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def stands(name: str, places: Places) -> bool:
    """Whether the files of a finished part are still where they were put."""
    row = table("files")
    if name == "starter":
        target = places.models / str(row["starter"]["file"])
        return target.is_file() and target.stat().st_size == int(row["starter"]["size"])
    if name == "converter":
        return (places.converter / "VERSION").is_file()
    return places.python.exists() and (name != "environment" or places.command.is_file())
