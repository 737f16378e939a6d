"""Owns deleting, renaming and moving files, and deleting folders, so that each can be undone; knows neither the tree
nor the system's bin.

How a file gets into the system's bin is handed in, since only the window can do that. Where the system has no bin,
or does not say where it put the file, a folder of the workspace serves.
"""

import contextlib
import errno
import os
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from studio.errors import InputError, MachineError, PathMissing
from studio.language import N_, _
from studio.workspace.documents import is_missing

Throw = Callable[[Path], Path | None]
"""Puts a file into the system's bin and says where it lies there; None where that is not known or not possible."""


class NameTaken(InputError):
    """Where a file should go there is one already."""

    sentence = N_("There is a file named {name} in {folder} already. Nothing was changed; choose another name.")


class NameUnfit(InputError):
    """A name that no file can have."""

    sentence = N_("“{name}” can't be a file's name. Use letters and digits, without / \\ : * ? \" < > | in it.")


class NotMoved(MachineError):
    """The system did not let a file be moved."""

    sentence = N_("{path} could not be moved ({reason}). It lies where it lay. Check the folder's rights.")


class Act(StrEnum):
    """What was done to a file."""

    DELETED = "deleted"
    RENAMED = "renamed"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing done to a file: where it lay before and lies now."""

    act: Act
    before: Path
    after: Path


class Filing:
    """Does things to files and takes the last of them back."""

    def __init__(self, throw: Throw, own_bin: Path) -> None:
        self._throw = throw
        self._own_bin = own_bin
        self._done: list[Deed] = []

    @property
    def last(self) -> Deed | None:
        """What `undo` would take back."""
        return self._done[-1] if self._done else None

    def delete(self, path: Path) -> Deed:
        """Puts a file into the bin; raises PathMissing or NotMoved."""
        if is_missing(path):
            raise PathMissing(path=path)
        place = self._throw(path)
        if place is None or is_missing(place):
            place = self._into_own_bin(path)
        return self._did(Deed(Act.DELETED, path, place))

    def rename(self, path: Path, name: str) -> Deed:
        """Gives a file another name in its folder; raises NameUnfit, NameTaken, PathMissing or NotMoved."""
        target = path.with_name(checked(name))
        move(path, target)
        return self._did(Deed(Act.RENAMED, path, target))

    def move(self, path: Path, folder: Path) -> Deed:
        """Puts a file into another folder; raises NameTaken, PathMissing or NotMoved."""
        target = folder / path.name
        move(path, target)
        return self._did(Deed(Act.MOVED, path, target))

    def undo(self, deed: Deed | None = None) -> Deed | None:
        """Takes a deed back, the last one where none is named; raises NameTaken, PathMissing or NotMoved."""
        deed = deed or self.last
        if deed is None or deed not in self._done:
            return None
        move(deed.after, deed.before)
        self._done.remove(deed)
        if deed.act is Act.DELETED:
            _forget_in_bin(deed.after)
        return deed

    def _did(self, deed: Deed) -> Deed:
        self._done.append(deed)
        return deed

    def _into_own_bin(self, path: Path) -> Path:
        if is_missing(path):  # the system took it and did not say where to
            return self._own_bin / path.name
        place = self._own_bin / f"{path.stem}.{secrets.token_hex(4)}{path.suffix}"
        move(path, place)
        return place


def checked(name: str) -> str:
    """A name as a file may have it on every system, with its ending; raises NameUnfit."""
    plain = name.strip().removesuffix(".md").strip()
    unfit = not plain or plain.startswith(".") or any(sign in '/\\:*?"<>|' or ord(sign) < 32 for sign in plain)
    if unfit or len(os.fsencode(plain)) > 200:
        raise NameUnfit(name=name)
    return f"{plain}.md"


def name_trouble(path: Path, name: str) -> str:
    """Why a file cannot be given a name in its folder, as a sentence; nothing where it can, or nothing is typed."""
    if not name.strip():
        return ""
    try:
        target = path.with_name(checked(name))
    except NameUnfit as error:
        return str(error)
    try:
        taken = target != path and target.exists() and not (path.exists() and target.samefile(path))
    except OSError:
        return ""  # a folder that may not be looked into says so when the file is renamed
    return _("There is a file of that name already.") if taken else ""


def move(source: Path, target: Path) -> None:
    """Moves a file or a folder, never over another; raises NameTaken, PathMissing or NotMoved."""
    try:
        if not source.exists():
            raise PathMissing(path=source)
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists() and not source.samefile(target):
            raise NameTaken(name=target.name, folder=target.parent)
        _move(source, target)
    except OSError as error:
        raise NotMoved(path=source, reason=error.strerror or str(error)) from error


def _move(source: Path, target: Path) -> None:
    if target.exists():  # only the case of its letters changes
        source.rename(target)
        return
    if source.is_dir() and not source.is_symlink():
        _move_folder(source, target)
        return
    try:
        os.link(source, target)  # unlike a rename this fails where a file came there meanwhile
    except FileExistsError as error:
        raise NameTaken(name=target.name, folder=target.parent) from error
    except OSError:  # a disk without links, or another disk
        _copy_anew(source, target)
    try:
        source.unlink(missing_ok=True)
    except OSError:
        target.unlink()  # it lies where it lay, and nowhere else
        raise


def _move_folder(source: Path, target: Path) -> None:
    """Moves a folder; onto another disk it is copied whole before anything of it goes."""
    try:
        source.rename(target)
        return
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
    half = target.with_name(f".{target.name}.part")
    try:
        shutil.copytree(source, half, symlinks=True)
        half.rename(target)
    except BaseException:
        shutil.rmtree(half, ignore_errors=True)
        raise
    shutil.rmtree(source)


def _copy_anew(source: Path, target: Path) -> None:
    """Copies to a place that is still free; a copy that cannot be written whole is taken away again."""
    data = source.read_bytes()
    try:
        stream = target.open("xb")
    except FileExistsError as error:
        raise NameTaken(name=target.name, folder=target.parent) from error
    try:
        with stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        shutil.copystat(source, target)
    except BaseException:
        with contextlib.suppress(OSError):
            target.unlink()
        raise


def _forget_in_bin(place: Path) -> None:
    """Takes away the note that a desktop's bin keeps beside a file that is no longer in it."""
    if place.parent.name == "files":
        with contextlib.suppress(OSError):
            (place.parent.parent / "info" / f"{place.name}.trashinfo").unlink()
