"""Owns where set-up reads and writes; knows nothing of what it writes."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Places:
    """The folders of one checkout (or one installed copy) and the user's cache."""

    root: Path
    cache: Path

    @classmethod
    def here(cls) -> "Places":
        """The places of the checkout that this module was loaded from."""
        return cls(_PACKAGE.parent, user_cache(os.environ, sys.platform, Path.home()))

    @property
    def is_checkout(self) -> bool:
        """Whether this is a clone or an unpacked archive, rather than a package installed by pip."""
        return (self.root / "launch.py").is_file() and (self.root / "pyproject.toml").is_file()

    @property
    def venv(self) -> Path:
        """The environment that set-up fills."""
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        """The environment's interpreter."""
        return self.venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    @property
    def command(self) -> Path:
        """The `lorewright` command of the environment."""
        return self.venv / ("Scripts/lorewright.cmd" if os.name == "nt" else "bin/lorewright")

    @property
    def tables(self) -> Path:
        """The tables that set-up chooses by."""
        installed = _PACKAGE / "_resources" / "setup"
        return installed if installed.is_dir() else _PACKAGE.parent / "resources" / "setup"

    @property
    def folder(self) -> Path:
        """Set-up's own folder: state, lock, log and whatever is half done."""
        return self.root / ".lorewright-setup"

    @property
    def state(self) -> Path:
        """The state of every part, for whoever wants to show it."""
        return self.folder / "state.json"

    @property
    def log(self) -> Path:
        """Everything that pip and the compiler said."""
        return self.folder / "log.txt"

    @property
    def temporary(self) -> Path:
        """Where downloads and builds happen; emptied at every start."""
        return self.folder / "tmp"

    @property
    def building(self) -> Path:
        """Where the compiler works; kept while a build is unfinished, so that an interrupted one goes on."""
        return self.folder / "build"

    @property
    def models(self) -> Path:
        """What set-up fetches for the models: the starter and the converter."""
        return self.root / "models"

    @property
    def converter(self) -> Path:
        """The official converter, of the very llama.cpp that plays."""
        return self.models / "converter"


def user_cache(environment: Mapping[str, str], platform: str, home: Path) -> Path:
    """The user's cache folder for Lorewright, by the custom of the system."""
    if platform == "win32":
        return Path(environment.get("LOCALAPPDATA") or home / "AppData" / "Local") / "lorewright" / "cache"
    if platform == "darwin":
        return home / "Library" / "Caches" / "lorewright"
    return Path(environment.get("XDG_CACHE_HOME") or home / ".cache") / "lorewright"
