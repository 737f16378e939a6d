"""Owns the published models of a workspace: numbered versions of each name, and the pointer to the one in use.

`models/.published/NAME/0003/` is a version: its files and `card.json` with the hash of each. It takes that name by one
rename, when all of it is on disk. `models/.published/NAME/current.json` is the pointer; it moves by one rename as well,
and last. A process that is killed at any place leaves the old pointer or the new one, and both name a whole version.
Knows nothing of why a version may be published.
"""

import contextlib
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pydantic

from studio.errors import InputError, LorewrightError, MachineError, NotSaved, UsageError, did_you_mean
from studio.files import read_text, save_atomic, sync_folder
from studio.jobs.protocol import Fields
from studio.language import N_, _
from studio.publishing.version import CARD, LIMIT, Card, Version, file_row, place, read_version
from studio.setup.lock import Lock

FOLDER, POINTER = ".published", "current.json"
_HALF, _LOCK = ".half", ".lock"
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?\Z")
_NUMBER = re.compile(r"[0-9]{4,9}\Z")
_TRIES, _PAUSE = 50, 0.1


class UnfitPublishedName(UsageError):
    """A name under which nothing can be published."""

    sentence = N_("“{name}” is no name to publish under. Use small letters, digits, dots and dashes, such as tavern.")


class NotPublished(UsageError):
    """A name under which nothing was published."""

    sentence = N_("Nothing is published as “{name}” here.{near} `lorewright publish RUN --to {name}` does that.")


class NothingBefore(InputError):
    """The first version of a name is in use."""

    sentence = N_("“{name}” has no version before number {version}, so there is nothing to go back to.")


class NoSuchVersion(UsageError):
    """A version was named that there is not."""

    sentence = N_("“{name}” has no version {version}. There are: {known}.")


class InUse(UsageError):
    """The version that was named is in use."""

    sentence = N_("Version {version} of “{name}” is in use already. Nothing was changed.")


class PointerDamaged(InputError):
    """The pointer of a name cannot be read."""

    sentence = N_("{path} is damaged, so it is not known which version is in use. Publish again; versions are kept.")


class PublishingBusy(MachineError):
    """Another process publishes under the same name."""

    sentence = N_("Another process is publishing “{name}” just now. Wait until it has ended, and try again.")


class Pointer(pydantic.BaseModel):
    """Which version is in use. `before` are those to go back to, the latest last; `proven`: it was loaded since."""

    model_config = pydantic.ConfigDict(frozen=True)

    format: Literal[1] = 1
    version: int = pydantic.Field(gt=0)
    before: tuple[int, ...] = ()
    proven: bool = False


@dataclass(frozen=True, slots=True)
class Shelf:
    """The versions of one name in a workspace's `models/`."""

    models: Path
    name: str

    def __post_init__(self) -> None:
        if not _NAME.match(self.name):
            raise UnfitPublishedName(name=self.name)

    @property
    def folder(self) -> Path:
        """Where its versions lie."""
        return self.models / FOLDER / self.name

    def pointer(self) -> Pointer | None:
        """The pointer, None where nothing was published; raises PointerDamaged."""
        path = self.folder / POINTER
        if not path.exists():
            return None
        try:
            return Pointer.model_validate_json(read_text(path, LIMIT))
        except (LorewrightError, pydantic.ValidationError) as error:
            raise PointerDamaged(path=path) from error

    def current(self) -> Version:
        """The version in use; raises NotPublished, PointerDamaged or VersionDamaged."""
        version = self.version(self._asked().version)
        version.check_sizes()
        return version

    def version(self, number: int) -> Version:
        """A version by its number; raises VersionDamaged where it is not whole."""
        return read_version(self.folder / _digits(number), self.name, number)

    def numbers(self) -> list[int]:
        """The versions that lie there, the oldest first."""
        found = list(self.folder.iterdir()) if self.folder.is_dir() else []
        return sorted(int(path.name) for path in found if _NUMBER.match(path.name))

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """While inside, no other process changes this name; raises PublishingBusy."""
        lock = Lock(self.folder / _LOCK)
        try:
            for _try in range(_TRIES):
                if lock.acquire():
                    break
                time.sleep(_PAUSE)
            else:
                raise PublishingBusy(name=self.name)
        except OSError as error:
            raise NotSaved(path=self.folder, reason=error.strerror or str(error)) from error
        with lock:
            yield

    def add(self, files: Sequence[tuple[str, Path]], about: Fields) -> Version:
        """Makes the next version of (role, path) files; it is whole before it has its name, and not in use yet.

        What a process that was killed left half made is taken away first. Raises NotSaved.
        """
        number = max([0, *self.numbers(), *self._pointed()]) + 1
        half, target = self.folder / _HALF, self.folder / _digits(number)
        try:
            shutil.rmtree(half, ignore_errors=True)
            half.mkdir(parents=True)
            rows = [file_row(role, place(path, half)) for role, path in files]
            card = Card.model_validate({**about, "name": self.name, "version": number, "files": rows})
            save_atomic(half / CARD, card.model_dump_json(indent=1) + "\n")
            sync_folder(half)
            half.rename(target)
            sync_folder(self.folder)
        except OSError as error:
            shutil.rmtree(half, ignore_errors=True)
            raise NotSaved(path=target, reason=error.strerror or str(error)) from error
        version = self.version(number)
        version.verify()
        return version

    def point_to(self, pointer: Pointer) -> None:
        """Moves the pointer, by one rename; raises NotSaved with the old one in place."""
        save_atomic(self.folder / POINTER, pointer.model_dump_json(indent=1) + "\n")

    def take_back(self, before: Pointer | None) -> None:
        """Puts the pointer back to what it was; None where there was none."""
        if before is not None:
            self.point_to(before)
            return
        with contextlib.suppress(FileNotFoundError):
            (self.folder / POINTER).unlink()
        sync_folder(self.folder)

    def rollback(self, to: int | None = None) -> tuple[int, Version]:
        """Puts the version before in use again, past those that somebody removed; or the version `to`, older or newer.

        Returns the number that was in use, and the version that is in use now.

        One that is newer was perhaps never loaded: its next load proves it. Raises NotPublished, PointerDamaged,
        NothingBefore, NoSuchVersion, InUse or VersionDamaged.
        """
        self._asked()  # before the lock, which makes the folder
        with self.alone():
            pointer = self._asked()
            found = self._back(pointer) if to is None else self._moved(pointer, to)
            version = self.version(found.version)
            version.verify()
            self.point_to(found)
            return pointer.version, version

    def _asked(self) -> Pointer:
        """The pointer; raises NotPublished where there is none."""
        pointer = self.pointer()
        if pointer is None:
            raise NotPublished(name=self.name, near=_near(self.name, names(self.models)))
        return pointer

    def _back(self, pointer: Pointer) -> Pointer:
        """The pointer to the version before."""
        there = [number for number in pointer.before if number in self.numbers()]
        if not there:
            raise NothingBefore(name=self.name, version=pointer.version)
        *rest, number = there
        return Pointer(version=number, before=tuple(rest), proven=True)

    def _moved(self, pointer: Pointer, to: int) -> Pointer:
        """The pointer to a version by its number; back to one that was in use forgets those after it."""
        known = self.numbers()
        if to not in known:
            raise NoSuchVersion(name=self.name, version=to, known=", ".join(map(str, known)) or "-")
        if to == pointer.version:
            raise InUse(name=self.name, version=to)
        if to in pointer.before:
            return Pointer(version=to, before=pointer.before[: pointer.before.index(to)], proven=True)
        return Pointer(version=to, before=(*pointer.before, pointer.version))

    def _pointed(self) -> tuple[int, ...]:
        """Numbers that the pointer knows; one that is damaged knows none."""
        with contextlib.suppress(PointerDamaged):
            pointer = self.pointer()
            return (pointer.version, *pointer.before) if pointer is not None else ()
        return ()


def told_move(shelf: Shelf, left: int, card: Card) -> str:
    """What there is to say when a name was moved from the version `left`: and how it goes back there."""
    told = _("“{name}” is version {version} now, published {day}.")
    text = told.format(name=shelf.name, version=card.version, day=card.published[:10])
    if left not in shelf.numbers():
        return text
    back = _("Version {left} is kept: `lorewright rollback {name} --to {left}` puts it in use again.")
    return f"{text} {back.format(name=shelf.name, left=left)}"


def names(models: Path) -> list[str]:
    """The names under which something is published, in order."""
    folder = models / FOLDER
    found = list(folder.iterdir()) if folder.is_dir() else []
    return sorted(path.name for path in found if _NAME.match(path.name) and (path / POINTER).is_file())


def published(models: Path, given: str) -> Shelf | None:
    """The shelf that a name means, None where it means none: a path, or a name that nothing was published under."""
    return Shelf(models, given) if _NAME.match(given) and (models / FOLDER / given / POINTER).is_file() else None


def _near(name: str, known: Sequence[str]) -> str:
    near = did_you_mean(name, known)
    return _(" Did you mean “{near}”?").format(near=near) if near else ""


def _digits(number: int) -> str:
    return f"{number:04d}"
