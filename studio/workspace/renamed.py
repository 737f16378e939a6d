"""Owns finding a file again that another program renamed; knows no window."""

import hashlib
from pathlib import Path

from studio.errors import LorewrightError
from studio.files import read_bytes
from studio.workspace.documents import Document
from studio.workspace.folder import scenario_files


def found_again(document: Document, folder: Path) -> Path | None:
    """Where a file that is gone lies now, in its own folder or below `folder`; None where it is nowhere there.

    It is the same file where the system's number and the bytes are the same; a number alone may be given out anew.
    """
    if document.facts is None or document.stamp is None:
        return None
    near = sorted(document.path.parent.glob("*.md")) if document.path.parent.is_dir() else []
    below = list(scenario_files(folder)) if folder.is_dir() else []
    return next((path for path in dict.fromkeys([*near, *below]) if _is(document, path)), None)


def _is(document: Document, path: Path) -> bool:
    try:
        if path.stat().st_ino != (document.facts or (0, 0, 0))[2]:
            return False
        return hashlib.sha256(read_bytes(path)).hexdigest() == document.stamp
    except (OSError, LorewrightError):
        return False
