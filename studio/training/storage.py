"""Owns giving back the room of what lies on disk (`training.stored` lists it).

What a person made goes into the bin; what is fetched or made again when it is wanted, and the bin itself, are deleted
for good: in a bin they would free nothing.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path

from studio.errors import NotSaved, UsageError, did_you_mean
from studio.language import N_, _
from studio.training.stored import Kind, Stored, stored
from studio.workspace import Workspace
from studio.workspace.bin import Filing

FOR_GOOD = (Kind.BASE, Kind.CACHE, Kind.LEFTOVER, Kind.BIN)
"""What is deleted without a way back."""


class StillNeeded(UsageError):
    """What was to be freed is in use."""

    sentence = N_("{key} cannot be freed now: {reason} Nothing of it was deleted.")


class NothingOfThatKey(UsageError):
    """What was to be freed is not in the list."""

    sentence = N_("There is no “{key}” to free.{near} `lorewright storage` lists what there is.")


def free(keys: Sequence[str], workspace: Workspace, cache: Path, filing: Filing) -> tuple[Stored, ...]:
    """Gives back the room of what is named by its key, and says what that was.

    Raises NothingOfThatKey or StillNeeded before anything is deleted, NotMoved or NotSaved on the way.
    """
    freed = chosen(keys, stored(workspace, cache))
    for one in freed:
        for path in one.paths:
            if one.kind in FOR_GOOD:
                _delete(path)
            elif path.exists():
                filing.delete(path)
    return freed


def chosen(keys: Sequence[str], listed: Sequence[Stored]) -> tuple[Stored, ...]:
    """What is named by its key; raises NothingOfThatKey, or StillNeeded for what is in use."""
    known = {one.key: one for one in listed}
    return tuple(_chosen(key, known) for key in dict.fromkeys(keys))


def _chosen(key: str, listed: dict[str, Stored]) -> Stored:
    one = listed.get(key)
    if one is None:
        near = did_you_mean(key, listed)
        raise NothingOfThatKey(key=key, near=_(" Did you mean “{near}”?").format(near=near) if near else "")
    if one.kept:
        raise StillNeeded(key=key, reason=one.kept)
    return one


def _delete(path: Path) -> None:
    """For good; a folder loses its name first, so that none is ever half there."""
    going = path.with_name(f".going-{path.name}")
    try:
        shutil.rmtree(going, ignore_errors=True)
        path.rename(going)
        if going.is_dir() and not going.is_symlink():
            shutil.rmtree(going)
        else:
            going.unlink()
    except OSError as error:
        raise NotSaved(path=path, reason=error.strerror or str(error)) from error
