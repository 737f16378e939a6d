"""Owns results of measuring that are not measured again: small JSON files, named by what was measured."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from studio.errors import LorewrightError
from studio.files import read_bytes, save_atomic

_LIMIT = 16 * 1024 * 1024


class Remembered:
    """The results in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def recall(self, name: str) -> Any:
        """What was found under that name, or None where nothing can be read."""
        try:
            return json.loads(read_bytes(self._place(name), _LIMIT))
        except (LorewrightError, ValueError, RecursionError):
            return None

    def keep(self, name: str, found: object) -> None:
        """Remembers a result; raises NotSaved."""
        save_atomic(self._place(name), json.dumps(found, ensure_ascii=False) + "\n")

    def once(self, name: str, measure: Callable[[], object], lasting: Callable[[object], bool] | None = None) -> Any:
        """The result under that name as plain values, measured now where there is none; kept where it is `lasting`."""
        found = self.recall(name)
        if found is None:
            found = json.loads(json.dumps(measure()))
            if lasting is None or lasting(found):
                self.keep(name, found)
        return found

    def _place(self, name: str) -> Path:
        return self._folder / f"{name}.json"
