"""Owns reading and saving files safely; knows no format.

A save is complete or absent: temporary file in the same folder, fsync, rename, fsync of the folder.
"""

import contextlib
import hashlib
import os
import secrets
import stat
from collections.abc import Iterator
from io import RawIOBase
from pathlib import Path

from studio.errors import (
    FolderGiven,
    NotAllowed,
    NotSaved,
    NotText,
    OutsideFolder,
    PathMissing,
    TooLarge,
    UnreadableFile,
)
from studio.language import _

TEXT_LIMIT = 16 * 1024 * 1024
"""Bytes of the largest text file that is read."""


def save_atomic(path: Path, content: str | bytes) -> None:
    """Writes `content` (text as UTF-8, line ends kept) so that `path` is the old or the new file, never a part.

    A link stays a link: what it points to is replaced. Raises NotSaved, with the file on disk unchanged.
    """
    try:
        data = content.encode("utf-8") if isinstance(content, str) else content
        target = Path(os.path.realpath(path))
        target.parent.mkdir(parents=True, exist_ok=True)
        _replace(target, data)
    except OSError as error:
        raise NotSaved(path=path, reason=error.strerror or str(error)) from error
    except UnicodeEncodeError as error:
        raise NotSaved(path=path, reason=f"character {error.start} is half of a pair") from error
    except ValueError as error:  # a path with a NUL in it
        raise NotSaved(path=path, reason=str(error)) from error


def _replace(path: Path, data: bytes) -> None:
    temporary = path.with_name(f".{path.name[:40]}.{secrets.token_hex(6)}.tmp")
    try:
        # Made like any new file, so that the system gives it the rights that the user's mask leaves.
        with temporary.open("xb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        with contextlib.suppress(FileNotFoundError):
            temporary.chmod(path.stat().st_mode & 0o777)
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    with contextlib.suppress(OSError):  # the new file stands; some file systems can't sync a folder
        sync_folder(path.parent)


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
    """The bytes of a file of at most `limit` bytes; raises PathMissing, UnreadableFile or TooLarge.

    A file that is larger is not read at all, and a pipe or a device is not opened, for that could wait for ever.
    """
    with opened(path) as stream:
        size = os.fstat(stream.fileno()).st_size
        data = _taken(stream, limit + 1) if size <= limit else b""
    if max(size, len(data)) > limit:
        raise TooLarge(path=path, size=max(size, len(data)), limit=limit)
    return data


def read_first(path: Path, most: int) -> bytes:
    """The first `most` bytes of a file and nothing past them; raises PathMissing or UnreadableFile."""
    with opened(path) as stream:
        return _taken(stream, most)


def _taken(stream: RawIOBase, most: int) -> bytes:
    """Up to `most` bytes; one read of a raw stream may give fewer than there are."""
    parts: list[bytes] = []
    while most and (part := stream.read(most)):
        parts.append(part)
        most -= len(part)
    return b"".join(parts)


@contextlib.contextmanager
def opened(path: Path) -> Iterator[RawIOBase]:
    """A file open for reading, without a buffer that would read on; the system's errors become ours."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise FolderGiven(path=path)
        if not stat.S_ISREG(mode):
            raise UnreadableFile(path=path, reason=_("it is no ordinary file"))
        with path.open("rb", buffering=0) as stream:
            yield stream
    except (FileNotFoundError, ValueError) as error:  # a path with a NUL in it names nothing
        raise PathMissing(path=path) from error
    except PermissionError as error:
        raise NotAllowed(path=path, reason=error.strerror or str(error)) from error
    except OSError as error:
        raise UnreadableFile(path=path, reason=error.strerror or str(error)) from error


def inside(folder: Path, name: str) -> Path:
    """The path of `name` under `folder`; raises OutsideFolder where it leads out of it."""
    try:
        path = (folder / name).resolve()
        within = path.is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError) as error:  # links in a ring, a NUL in the name
        raise OutsideFolder(path=name, folder=folder) from error
    if not within:
        raise OutsideFolder(path=name, folder=folder)
    return path


def leads_out(path: Path | str, *folders: Path) -> bool:
    """Whether a link points outside all of these folders; what is no link lies where it was found."""
    if not os.path.islink(path):  # noqa: PTH114  # strings, where thousands of files are looked for
        return False
    real = Path(os.path.realpath(path))
    return not any(real.is_relative_to(os.path.realpath(folder)) for folder in folders)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, as hex digits; raises OSError."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
