"""Owns reading and saving files safely; knows no format.

A save is complete or absent: temporary file in the same folder, fsync, rename, fsync of the folder.
"""

import contextlib
import os
import tempfile
from pathlib import Path

from studio.errors import NotAllowed, NotSaved, NotText, OutsideFolder, PathMissing, TooLarge, UnreadableFile

TEXT_LIMIT = 16 * 1024 * 1024
"""Bytes of the largest text file that is read."""


def save_atomic(path: Path, content: str | bytes) -> None:
    """Writes `content` (text as UTF-8, line ends kept) so that `path` is the old or the new file, never a part.

    Raises NotSaved, with the file on disk unchanged.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, data)
    except OSError as error:
        raise NotSaved(path=path, reason=error.strerror or str(error)) from error


def _replace(path: Path, data: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        _keep_mode(path, temporary)
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    sync_folder(path.parent)


def _keep_mode(path: Path, temporary: Path) -> None:
    """Gives the new file the rights of the old one, or those a new file would have."""
    try:
        mode = path.stat().st_mode & 0o777
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        mode = 0o666 & ~mask
    temporary.chmod(mode)


def sync_folder(folder: Path) -> None:
    """Makes a rename inside `folder` durable where the system can do that."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_text(path: Path, limit: int = TEXT_LIMIT) -> str:
    """The text of a UTF-8 file, line ends kept, a byte order mark kept as the first character.

    Raises PathMissing, UnreadableFile, TooLarge or NotText.
    """
    data = read_bytes(path, limit)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotText(path=path, position=error.start) from error


def read_bytes(path: Path, limit: int = TEXT_LIMIT) -> bytes:
    """The bytes of a file of at most `limit` bytes; raises PathMissing, UnreadableFile or TooLarge."""
    try:
        with path.open("rb") as stream:
            data = stream.read(limit + 1)
    except FileNotFoundError as error:
        raise PathMissing(path=path) from error
    except PermissionError as error:
        raise NotAllowed(path=path, reason=error.strerror or str(error)) from error
    except OSError as error:
        raise UnreadableFile(path=path, reason=error.strerror or str(error)) from error
    if len(data) > limit:
        raise TooLarge(path=path, size=path.stat().st_size, limit=limit)
    return data


def inside(folder: Path, name: str) -> Path:
    """The path of `name` under `folder`; raises OutsideFolder where it leads out of it."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise OutsideFolder(path=name, folder=folder)
    return path
