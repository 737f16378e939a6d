"""Owns putting a file or a folder into the desktop's bin without a window (freedesktop.org, Trash 1.0).

Where the system keeps its bin in another way, or on another disk, the workspace's own bin serves (`workspace.bin`).
"""

import contextlib
import datetime
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote


def throw(path: Path, environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path | None:
    """Puts it into the bin and says where it lies there; None where there is no such bin on its disk."""
    if platform in ("win32", "darwin"):
        return None
    home = Path(environment.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "Trash"
    whole = path.parent.resolve() / path.name
    try:
        for part in (home / "files", home / "info"):
            part.mkdir(parents=True, exist_ok=True, mode=0o700)
        if home.stat().st_dev != whole.lstat().st_dev:
            return None
        return _put(whole, home)
    except OSError:
        return None


def _put(path: Path, home: Path) -> Path | None:
    """The note is written first, as the standard asks: its name is what two deletions at once contend for."""
    now = datetime.datetime.now().strftime("%Y-%m-%dT%H:%M:%S")  # the standard asks for local time
    for number in range(1, 1000):
        name = path.name if number == 1 else f"{path.stem}.{number}{path.suffix}"
        note, place = home / "info" / f"{name}.trashinfo", home / "files" / name
        try:
            with note.open("x", encoding="utf-8") as stream:
                stream.write(f"[Trash Info]\nPath={quote(str(path))}\nDeletionDate={now}\n")
        except FileExistsError:
            continue
        if not os.path.lexists(place):
            with contextlib.suppress(OSError):
                path.rename(place)
                return place
        note.unlink(missing_ok=True)
    return None
