"""Owns a run's checkpoints on disk: which there are, which are whole, which stay; knows no tensor.

`checkpoints/step-000120/` is an adapter's folder (`adapter_model.safetensors`, `adapter_config.json`) with what going
on needs beside it (`trainer.safetensors`, `state.json`), and `manifest.json`, the hash of each file, written last. A
folder gets its name when all is in it. An empty file `pinned` in it keeps it for good.
"""

import contextlib
import json
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from studio.errors import InputError, LorewrightError, NotSaved
from studio.files import read_text, save_atomic, sha256_of
from studio.jobs.runs import CONFIG
from studio.language import N_, _

FOLDER, MANIFEST, STATE, TENSORS, PINNED = "checkpoints", "manifest.json", "state.json", "trainer.safetensors", "pinned"
NEEDED = ("adapter_config.json", "adapter_model.safetensors", STATE, TENSORS)
_NAME = re.compile(r"step-([0-9]{6,12})\Z")
_GONE = ".gone-"


class CheckpointDamaged(InputError):
    """A checkpoint is not as it was written."""

    sentence = N_("The checkpoint {path} cannot be used: {file} is missing or damaged.")


class NothingToResume(InputError):
    """A run has no whole checkpoint."""

    sentence = N_(
        "{path} cannot go on: none of its checkpoints is whole ({found}). Nothing was changed. Start it anew as a new "
        "run with the settings in its config.yaml."
    )


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One checkpoint by its folder."""

    path: Path
    step: int

    @property
    def pinned(self) -> bool:
        """Whether it stays until somebody deletes it."""
        return (self.path / PINNED).is_file()

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(file.stat().st_size for file in self.path.iterdir() if file.is_file())

    def pin(self, pinned: bool = True) -> None:
        """Marks it to stay, or takes the mark away; raises NotSaved."""
        if pinned:
            save_atomic(self.path / PINNED, "")
            return
        try:
            (self.path / PINNED).unlink(missing_ok=True)
        except OSError as error:
            raise NotSaved(path=self.path / PINNED, reason=error.strerror or str(error)) from error

    def verify(self) -> None:
        """Raises CheckpointDamaged where a file is missing or is not what was written."""
        try:
            manifest = json.loads(read_text(self.path / MANIFEST))
        except (LorewrightError, ValueError, RecursionError) as error:
            raise CheckpointDamaged(path=self.path, file=MANIFEST) from error
        if not isinstance(manifest, dict) or not manifest.keys() >= set(NEEDED):
            raise CheckpointDamaged(path=self.path, file=MANIFEST)
        for name, digest in manifest.items():
            if Path(name).name != name or _digest(self.path / name) != digest:
                raise CheckpointDamaged(path=self.path, file=name)


def _digest(file: Path) -> str | None:
    try:
        return sha256_of(file) if file.is_file() else None
    except OSError:
        return None


@dataclass(frozen=True, slots=True)
class Found:
    """The newest whole checkpoint, and newer ones that were passed over, with what is damaged in each."""

    checkpoint: Checkpoint
    passed_over: tuple[tuple[Checkpoint, str], ...] = ()


def folder_of(run: Path, step: int) -> Path:
    """Where the checkpoint of a step lies."""
    return run / FOLDER / f"step-{step:06d}"


def run_of(path: Path) -> Path | None:
    """The run's folder whose checkpoint lies at a path; None for anything else."""
    path = path.absolute()
    run = path.parent.parent
    inside = path.parent.name == FOLDER and _NAME.match(path.name) and path.is_dir()
    return run if inside and (run / CONFIG).is_file() else None


def checkpoints_of(run: Path) -> tuple[Checkpoint, ...]:
    """All checkpoints of a run, whole or not, the newest first."""
    folder = run / FOLDER
    if not folder.is_dir():
        return ()
    named = ((path, _NAME.match(path.name)) for path in folder.iterdir() if path.is_dir() and not path.is_symlink())
    found = [Checkpoint(path, int(match[1])) for path, match in named if match]
    return tuple(sorted(found, key=lambda one: one.step, reverse=True))


def whole_of(run: Path, step: int) -> Found:
    """The checkpoint of a step that somebody asks for; raises CheckpointDamaged, also where there is none."""
    checkpoint = Checkpoint(folder_of(run, step), step)
    checkpoint.verify()
    return Found(checkpoint)


def newest_whole(run: Path) -> Found:
    """The checkpoint that a run goes on from; raises NothingToResume."""
    passed_over: list[tuple[Checkpoint, str]] = []
    for checkpoint in checkpoints_of(run):
        try:
            checkpoint.verify()
        except CheckpointDamaged as error:
            passed_over.append((checkpoint, str(error.fields["file"])))
        else:
            return Found(checkpoint, tuple(passed_over))
    raise nothing_to_resume(run, passed_over)


def nothing_to_resume(run: Path, passed_over: Iterable[tuple[Checkpoint, str]]) -> NothingToResume:
    """The refusal, naming what is damaged in each checkpoint."""
    told = ", ".join(f"{checkpoint.path.name}: {file}" for checkpoint, file in passed_over)
    return NothingToResume(path=run, found=told or _("there is none"))


def rotate(run: Path, keep: int, best: int | None, latest: int) -> tuple[int, ...]:
    """Deletes what is neither among the `keep` up to `latest`, nor `best`, nor pinned; returns the steps that went.

    What is newer than `latest` was passed over by a resume, and its steps are made again. A folder loses its name
    before its files, so that a kill on the way leaves none that is half there.
    """
    sweep(run)
    found = checkpoints_of(run)
    kept = [checkpoint.step for checkpoint in found if checkpoint.step <= latest][:keep]
    gone: list[int] = []
    for checkpoint in found:
        if checkpoint.step in kept or checkpoint.step == best or checkpoint.pinned:
            continue
        aside = checkpoint.path.with_name(f"{_GONE}{checkpoint.path.name}")
        try:
            checkpoint.path.rename(aside)
            if (aside / PINNED).is_file():  # pinned while it was being put aside
                aside.rename(checkpoint.path)
                continue
        except OSError as error:
            raise NotSaved(path=checkpoint.path, reason=error.strerror or str(error)) from error
        shutil.rmtree(aside, ignore_errors=True)
        gone.append(checkpoint.step)
    return tuple(gone)


def sweep(run: Path) -> None:
    """Removes what a kill left of checkpoints that were being saved or deleted; only while no other process saves."""
    left = [path for path in (run / FOLDER).glob(".*") if path.name.startswith((_GONE, ".step-"))]
    for path in (*left, *run.glob(".adapter.*")):
        with contextlib.suppress(OSError):
            shutil.rmtree(path)
