"""Owns the user's cache of what is costly to get: wheels that were built here, and their source archive."""

import hashlib
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from studio.setup.choices import Choice


@dataclass(frozen=True, slots=True)
class WheelCache:
    """Wheels by package, version, flags, Python and processor family."""

    folder: Path

    def key(self, package: str, version: str, choice: Choice, architecture: str) -> str:
        """The folder name of one wheel; flags are part of it, because pip's own cache ignores them."""
        python = f"cp{sys.version_info.major}{sys.version_info.minor}"
        origin = " ".join(choice.flags) if choice.built else choice.index or ""
        words = f"{sys.platform} {architecture} {origin}"
        return f"{package}-{version}-{python}-{choice.name}-{hashlib.sha256(words.encode()).hexdigest()[:12]}"

    def find(self, key: str) -> Path | None:
        """The wheel under that key, if it is there."""
        return next(iter(sorted((self.folder / key).glob("*.whl"))), None)

    def keep(self, key: str, wheel: Path) -> Path:
        """Copies a wheel in; it is complete under its key or not there at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=".keep-") as name:
            half = Path(name) / key
            half.mkdir()
            shutil.copy2(wheel, half / wheel.name)
            shutil.rmtree(self.folder / key, ignore_errors=True)
            half.replace(self.folder / key)
        return self.folder / key / wheel.name

    def drop(self, key: str) -> None:
        """Forgets a wheel that does not work here."""
        shutil.rmtree(self.folder / key, ignore_errors=True)


def place(source: Path, target: Path) -> None:
    """Moves a finished file to its final name, also across disks; never a part of it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    half = target.with_name(f".{target.name}.{os.getpid()}.part")
    shutil.move(source, half)
    half.replace(target)
