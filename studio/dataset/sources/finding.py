"""Owns finding the scenarios below a folder, in the order of `studio.workspace.folder.scenario_files`; reads none.

Works on strings: thousands of `Path` objects would cost more than a rebuild that reads one file.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple


class Found(NamedTuple):
    """A file: as rows name it, and its whole path."""

    shown: str
    whole: str

    @property
    def folder(self) -> str:
        """The whole path of the folder that it lies in."""
        return os.path.dirname(self.whole)  # noqa: PTH120  # strings, as said above


def found_below(top: Path, shown: str, failed: Callable[[str, OSError], object]) -> list[Found]:
    """The `.md` files below a folder that rows name `shown`; hidden ones are left out. A folder that cannot be looked
    into is told to `failed`."""
    files: list[tuple[list[str], Found]] = []
    waiting = [(shown.rstrip("/"), str(top), list[str]())]
    while waiting:
        name, whole, parts = waiting.pop()
        try:
            with os.scandir(whole) as listing:
                for entry in listing:
                    if entry.name.startswith("."):
                        continue
                    inner = f"{name}/{entry.name}" if name else entry.name
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append((inner, entry.path, [*parts, entry.name]))
                    elif entry.name.endswith(".md") and entry.is_file():
                        files.append(([*parts, entry.name], Found(inner, entry.path)))
        except OSError as error:
            failed(name, error)
    return [one for _parts, one in sorted(files, key=lambda file: file[0])]
