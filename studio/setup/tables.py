"""Owns reading the tables in `resources/setup`; knows none of their rows."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from studio.setup.places import Places


@cache
def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def table(name: str) -> dict[str, Any]:
    """The table `resources/setup/NAME.toml`."""
    return _read(Places.here().tables / f"{name}.toml")
