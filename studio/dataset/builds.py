"""Owns the builds of a workspace: where they lie, which is the latest, and whether one is as it was made.

`datasets/NAME/HASH/` is a build, `datasets/NAME/builds.jsonl` says in which order they were made. Reads a build's rows
and knows nothing of how they came there.
"""

import datetime
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.dataset.description import FOLDER, description_path
from studio.dataset.manifest import CARD, MANIFEST, ROWS, Manifest, read_manifest
from studio.errors import InputError, LorewrightError, NotSaved, PathMissing, UsageError, did_you_mean
from studio.files import inside, read_text, save_atomic, sha256_of
from studio.language import N_, _
from studio.workspace.folder import Workspace

if TYPE_CHECKING:
    import pyarrow as pa

    from studio.dataset.rows import Row

JOURNAL = "builds.jsonl"
_HALF = ".part-"
_DAY = 24 * 60 * 60


class BuildChanged(InputError):
    """A file of a build is not what it was."""

    sentence = N_(
        "{path} was changed since it was built ({file} differs), so nothing is known of what is in it. Build it again."
    )


class BuildHasErrors(InputError):
    """There were errors in the sources of a build."""

    sentence = N_(
        "Errors were found when “{name}” was built ({errors}), the first: {first}. Mend them and build again, or train "
        "with --allow-errors: what has errors is not in the build."
    )


class NoBuild(UsageError):
    """A data set was named that was not built, or does not exist."""

    sentence = N_("There is no build of “{name}”. {advice}")


@dataclass(frozen=True, slots=True)
class Build:
    """A build by its folder."""

    path: Path
    manifest: Manifest

    @classmethod
    def open(cls, path: Path) -> "Build":
        """The build in a folder; raises BadManifest, or BuildChanged where the manifest is not what it was."""
        manifest, name = read_manifest(path)
        if path.name != name:
            raise BuildChanged(path=path, file=MANIFEST)
        return cls(path, manifest)

    @property
    def name(self) -> str:
        """The data set's name and the build's: `tavern/1a2b3c4d5e6f`."""
        return f"{self.manifest.name}/{self.path.name}"

    def verify(self) -> None:
        """Raises BuildChanged where a file of it is missing or is not what it was."""
        for file, sha256 in self.manifest.files.items():
            try:
                same = sha256_of(self.path / file) == sha256
            except OSError:
                same = False
            if not same:
                raise BuildChanged(path=self.path, file=file)

    def without_errors(self) -> None:
        """Raises BuildHasErrors where there were errors in its sources."""
        manifest = self.manifest
        if manifest.errors:
            first = next(iter(manifest.problems), {})
            told = f"{first.get('path')}:{first.get('line')} {first.get('message')}"
            raise BuildHasErrors(name=self.name, errors=manifest.errors, first=told.rstrip("."))

    def table(self) -> "pa.Table":
        """All rows as a table; raises BuildChanged where the file cannot be read."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            return pq.read_table(self.path / ROWS, memory_map=False)
        except (OSError, pa.ArrowException) as error:
            raise BuildChanged(path=self.path, file=ROWS) from error

    def rows(self) -> "Iterator[BuiltRow]":
        """Every row with its side and weight, in order."""
        from studio.dataset.rows import rows_in

        table = self.table()
        told = [table.column(name).to_pylist() for name in ("side", "weight", "tokens", "verdict")]
        for row, side, weight, tokens, verdict in zip(rows_in(table), *told, strict=True):
            yield BuiltRow(row, side, weight, tokens, verdict)

    def card(self) -> str:
        """The data card."""
        return read_text(self.path / CARD)


@dataclass(frozen=True, slots=True)
class BuiltRow:
    """A row in a build: its side (`train`, `validation`), sampling weight, ids of the base model, and verdict."""

    row: "Row"
    side: str
    weight: float
    tokens: int
    verdict: str


def folder_of(workspace: Workspace, name: str) -> Path:
    """Where the builds of a data set lie; raises OutsideFolder."""
    return inside(workspace.root / FOLDER, name.removesuffix(".yaml"))


def names(workspace: Workspace) -> tuple[str, ...]:
    """The data sets of a workspace: those that are described, and those of which there are builds only."""
    top = workspace.root / FOLDER
    described = {path.stem for path in top.glob("*.yaml") if not path.name.startswith(".")}
    built = {path.parent.name for path in top.glob(f"*/{JOURNAL}")}
    return tuple(sorted(described | built))


def builds_of(workspace: Workspace, name: str) -> tuple[Path, ...]:
    """The folders of the builds of a data set, the latest first; each once."""
    folder = folder_of(workspace, name)
    made = [str(line.get("build")) for line in reversed(_journal(folder))]
    return tuple(path for one in dict.fromkeys(made) if (path := folder / one).is_dir() and path.parent == folder)


def when_built(workspace: Workspace, name: str) -> dict[str, str]:
    """When each build was made last, by its name."""
    return {str(line.get("build")): str(line.get("when")) for line in _journal(folder_of(workspace, name))}


def _journal(folder: Path) -> list[dict[str, Any]]:
    """The lines that can be read; a torn one is left out."""
    try:
        text = read_text(folder / JOURNAL)
    except LorewrightError:
        return []
    found = []
    for line in text.splitlines():
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            found.append(value)
    return found


def record(workspace: Workspace, name: str, build: str, when: datetime.datetime) -> None:
    """Notes that a build is the latest; raises NotSaved."""
    folder = folder_of(workspace, name)
    lines = [json.dumps(line) for line in _journal(folder) if line.get("build") != build]
    lines.append(json.dumps({"build": build, "when": when.isoformat(timespec="seconds")}))
    save_atomic(folder / JOURNAL, "\n".join(lines) + "\n")


def find_build(workspace: Workspace, text: str) -> Build:
    """The build that a person names: `NAME` (its latest), `NAME/HASH` (the beginning of the hash suffices), or a
    folder; raises NoBuild, BadManifest or BuildChanged."""
    path = Path(text).expanduser()
    if (path / MANIFEST).is_file():
        return Build.open(path.resolve())
    name, _slash, wanted = text.removesuffix("/").partition("/")
    found = [one for one in builds_of(workspace, name) if one.name.startswith(wanted)]
    if not found:
        raise NoBuild(name=text, advice=_advice(workspace, name, wanted))
    return Build.open(found[0])


def _advice(workspace: Workspace, name: str, wanted: str) -> str:
    has = builds_of(workspace, name)
    if has and wanted:
        return _("It has {builds}.").format(builds=", ".join(f"{name}/{one.name}" for one in has[:5]))
    if description_path(workspace.root, name).is_file():
        return _("Run `lorewright data build {name}` first.").format(name=name)
    near = did_you_mean(name, names(workspace))
    if near:
        return _("Did you mean “{near}”?").format(near=near)
    return _("`lorewright data list` shows which there are; `lorewright data new {name}` begins one.").format(name=name)


@contextmanager
def beside(folder: Path) -> Iterator[Path]:
    """A new folder next to the builds, gone afterwards; raises NotSaved. What a crash left there goes with it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for left in folder.glob(f"{_HALF}*"):
            if time.time() - left.stat().st_mtime > _DAY:
                shutil.rmtree(left, ignore_errors=True)
        half = Path(tempfile.mkdtemp(prefix=_HALF, dir=folder))
        half.chmod(folder.stat().st_mode & 0o777)  # the system makes a temporary one for nobody else
    except OSError as error:
        raise NotSaved(path=folder, reason=error.strerror or str(error)) from error
    try:
        yield half
    finally:
        shutil.rmtree(half, ignore_errors=True)


def put(made: Path, folder: Path) -> None:
    """Gives a finished build its place; one that lies there already stays if it is whole. Raises NotSaved."""
    try:
        Build.open(folder).verify()
    except LorewrightError:
        pass  # there is none, or not a whole one
    else:
        shutil.rmtree(made, ignore_errors=True)
        return
    try:
        if folder.exists():
            shutil.rmtree(folder)
        os.replace(made, folder)  # noqa: PTH105  # the folder as a whole, or not at all
    except OSError as error:
        raise NotSaved(path=folder, reason=error.strerror or str(error)) from error


def described(workspace: Workspace, name: str) -> Path:
    """The description of a data set that must exist; raises PathMissing with what is near."""
    path = description_path(workspace.root, name)
    if not path.is_file():
        near = did_you_mean(name, names(workspace))
        if near and near != name:
            raise NoDescription(name=name, advice=_("Did you mean “{near}”?").format(near=near))
        raise NoDescription(name=name, advice=_("`lorewright data new {name}` writes one.").format(name=name))
    return path


class NoDescription(PathMissing):
    """A data set was named that is not described."""

    sentence = N_("There is no data set “{name}” in this workspace. {advice}")
