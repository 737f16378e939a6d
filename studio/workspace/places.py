"""Owns where the system keeps a person's documents and settings; knows nothing of what is put there."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path


def documents_folder(home: Path | None = None) -> Path:
    """The user's documents: what the desktop says, else `Documents` where it exists, else the home folder."""
    home = home or Path.home()
    said = _xdg_documents(home)
    if said is not None and said.is_dir():
        return said
    documents = home / "Documents"
    return documents if documents.is_dir() else home


def _xdg_documents(home: Path) -> Path | None:
    try:
        lines = (home / ".config" / "user-dirs.dirs").read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    for line in lines:
        key, _equals, value = line.partition("=")
        if key.strip() == "XDG_DOCUMENTS_DIR":
            return Path(value.strip().strip('"').replace("$HOME", str(home)))
    return None


def config_folder(
    home: Path | None = None, environment: Mapping[str, str] = os.environ, platform: str = sys.platform
) -> Path:
    """Where the user's settings for Lorewright lie."""
    home = home or Path.home()
    if platform == "win32":
        return Path(environment.get("APPDATA") or home / "AppData" / "Roaming") / "Lorewright"
    if platform == "darwin":
        return home / "Library" / "Application Support" / "Lorewright"
    return Path(environment.get("XDG_CONFIG_HOME") or home / ".config") / "lorewright"
