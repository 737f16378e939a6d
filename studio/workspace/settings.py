"""Owns the user's settings as one JSON file; knows nothing of what a setting does."""

import json
import logging
from pathlib import Path

from studio.errors import LorewrightError, PathMissing
from studio.files import read_text, save_atomic

_log = logging.getLogger(__name__)

Value = str | int | float | bool | None | list[str]


class Settings:
    """Named values that outlive the program.

    A damaged file is kept beside the new one under `.damaged`, and the defaults hold; one that cannot be is not
    written over.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._values: dict[str, Value] = {}
        self._kept = True  # whether what the file says is in the values, or beside it
        try:
            self._values = _load(path)
        except PathMissing:
            pass  # nothing was set yet
        except (LorewrightError, ValueError) as error:
            _log.warning("settings in %s could not be read: %s", path, error)
            self._kept = _set_aside(path)

    def text(self, name: str, default: str = "") -> str:
        """A setting that is text."""
        value = self._values.get(name)
        return value if isinstance(value, str) else default

    def number(self, name: str, default: float) -> float:
        """A setting that is a number."""
        value = self._values.get(name)
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else default

    def flag(self, name: str, default: bool) -> bool:
        """A setting that is on or off."""
        value = self._values.get(name)
        return value if isinstance(value, bool) else default

    def texts(self, name: str) -> list[str]:
        """A setting that is a list of texts."""
        value = self._values.get(name)
        return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []

    def set(self, name: str, value: Value) -> None:
        """Changes a setting and saves; one that cannot be saved holds until the program ends."""
        if self._values.get(name) == value and name in self._values:
            return
        self._values[name] = value
        if not self._kept:
            return  # it would take the place of settings that may be read another time
        try:
            save_atomic(self._path, json.dumps(self._values, indent=2, sort_keys=True, ensure_ascii=False) + "\n")
        except LorewrightError as error:
            _log.warning("%s", error)


def _load(path: Path) -> dict[str, Value]:
    values = json.loads(read_text(path))
    if not isinstance(values, dict):
        raise ValueError("not a JSON object")
    return values


def _set_aside(path: Path) -> bool:
    """Whether the file could be kept beside."""
    try:
        path.replace(path.with_suffix(path.suffix + ".damaged"))
    except OSError as error:
        _log.warning("%s stays as it is, and what is set now holds until the program ends: %s", path, error)
        return False
    return True
