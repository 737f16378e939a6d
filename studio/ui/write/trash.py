"""Owns putting a file into the system's bin, by Qt; knows not what for."""

from pathlib import Path

from PySide6.QtCore import QFile


def throw(path: Path) -> Path | None:
    """Puts a file into the system's bin and says where it lies there; None where that is not known or not possible."""
    file = QFile(str(path))
    if not file.moveToTrash():
        return None
    return Path(file.fileName()) if file.fileName() and file.fileName() != str(path) else None
