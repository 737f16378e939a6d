"""Owns how paths are kept in the files of a workspace: from its root where they lie inside it, so that it can be moved.

Which entries are paths is told by their names. Outside a workspace, and for what lies elsewhere, a path stays whole.
"""

from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath

MARKER = "lorewright.yaml"
"""The file that makes a folder a workspace."""

_SETTINGS = ("base", "dataset", "preferences", "scenarios", "start_from")
_PATHS = frozenset((*_SETTINGS, "base_folder", "trained", "held_out", "source", "model"))
"""The entries that are paths or lists of them: settings of a training, what it made of them, and of other jobs."""


def root_above(path: Path, levels: int) -> Path | None:
    """The workspace so many folders above a file, None where there is none."""
    parents = path.absolute().parents
    return parents[levels - 1] if len(parents) >= levels and (parents[levels - 1] / MARKER).is_file() else None


def kept_path(text: str, root: Path | None) -> str:
    """A path as it is written down."""
    path = Path(text)
    if root is None or not path.is_absolute() or not path.is_relative_to(root):
        return text
    return path.relative_to(root).as_posix()


def found_path(text: str, root: Path | None) -> str:
    """A path as it was before it was written down."""
    if root is None or not text or Path(text).is_absolute() or PurePosixPath(text).is_absolute():
        return text
    return str(root / text)


def kept_paths(values: Mapping[str, object], root: Path | None) -> dict[str, object]:
    """Settings as they are written down; `root` is that of the workspace that they lie in."""
    return _each(values, lambda text: kept_path(text, root))


def found_paths(values: Mapping[str, object], root: Path | None) -> dict[str, object]:
    """Settings as they were before they were written down."""
    return _each(values, lambda text: found_path(text, root))


def _each(values: Mapping[str, object], change: Callable[[str], str]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            found[name] = _each(value, change)
        elif name not in _PATHS:
            found[name] = value
        elif isinstance(value, str):
            found[name] = change(value)
        elif isinstance(value, list | tuple):
            found[name] = [change(one) if isinstance(one, str) else one for one in value]
        else:
            found[name] = value
    return found
