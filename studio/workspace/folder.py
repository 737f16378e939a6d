"""Owns the layout of a workspace and how one is found or made; knows nothing of what its files say."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from studio.errors import NotSaved, PathMissing
from studio.files import save_atomic
from studio.jobs.kept_paths import MARKER as MARKER
from studio.resources import samples
from studio.workspace.places import documents_folder

_FOLDERS = ("scenarios", "datasets", "runs", "models", "sessions", "results", ".lorewright")
_FIRST_MARKER = "# A Lorewright workspace. Settings that belong to this folder stand here.\nformat: 1\n"


@dataclass(frozen=True, slots=True)
class Workspace:
    """A workspace by its folder; each part has its place."""

    root: Path

    @property
    def name(self) -> str:
        """What to call it."""
        return self.root.name

    @property
    def scenarios(self) -> Path:
        """The scenarios, a folder a type."""
        return self.root / "scenarios"

    @property
    def runs(self) -> Path:
        """The run folders of all jobs."""
        return self.root / "runs"

    @property
    def models(self) -> Path:
        """The converted models."""
        return self.root / "models"

    @property
    def sessions(self) -> Path:
        """The play sessions."""
        return self.root / "sessions"

    @property
    def corrections(self) -> Path:
        """The better answers that were given in play."""
        return self.root / "corrections.jsonl"

    @property
    def results(self) -> Path:
        """The results of evaluations."""
        return self.root / "results"

    @property
    def private(self) -> Path:
        """What the studio keeps for itself: recovery, caches."""
        return self.root / ".lorewright"

    @property
    def recovery(self) -> Path:
        """The texts that were not saved yet."""
        return self.private / "recovery"

    @property
    def snapshots(self) -> Path:
        """The texts of files as they were."""
        return self.private / "snapshots"

    @property
    def bin(self) -> Path:
        """Deleted files, where the system has no bin."""
        return self.private / "bin"

    def scenario_files(self) -> Iterator[Path]:
        """Every scenario, by folder and name; hidden files and folders are left out."""
        return scenario_files(self.scenarios)


def scenario_files(folder: Path) -> Iterator[Path]:
    """Every `.md` file below `folder`, in order; hidden ones are left out."""
    for path in sorted(folder.rglob("*.md")):
        if not any(part.startswith(".") for part in path.relative_to(folder).parts) and path.is_file():
            yield path


def find(explicit: Path | None = None, start: Path | None = None, last: str = "") -> Path:
    """The folder of the workspace: the one named, else the nearest marked one upwards, else the default one.

    `last` is the one that was open last, where that is known; it stands before the default one while it exists.
    """
    if explicit is not None:
        return explicit.expanduser().resolve()
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / MARKER).is_file():
            return folder
    if last and (Path(last) / MARKER).is_file():
        return Path(last)
    return documents_folder() / "Lorewright"


def named(explicit: Path | None) -> Path | None:
    """The folder of the workspace that was named for reading; raises PathMissing where there is none."""
    if explicit is None:
        return None
    root = explicit.expanduser().resolve()
    if not root.is_dir():
        raise PathMissing(path=explicit)
    return root


def open_or_make(root: Path) -> Workspace:
    """The workspace at `root`; a new one gets the samples. Nothing that exists is overwritten.

    Raises PathMissing where `root` is a file, and NotSaved where it cannot be made.
    """
    if root.exists() and not root.is_dir():
        raise PathMissing(path=root)
    workspace = Workspace(root)
    try:
        new = not (root / MARKER).exists()
        if new and not workspace.scenarios.exists():
            _copy_samples(workspace)
        for name in _FOLDERS:
            (root / name).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NotSaved(path=root, reason=error.strerror or str(error)) from error
    if new:
        save_atomic(root / MARKER, _FIRST_MARKER)
    return workspace


def _copy_samples(workspace: Workspace) -> None:
    """Copies the samples beside the final name first, so that a half copy never looks whole."""
    workspace.root.mkdir(parents=True, exist_ok=True)
    half = workspace.root / ".scenarios.part"
    shutil.rmtree(half, ignore_errors=True)
    for source in scenario_files(samples()):
        target = half / source.relative_to(samples())
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    half.mkdir(exist_ok=True)
    half.rename(workspace.scenarios)
