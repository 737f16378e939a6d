"""Owns writing a zip whole or not at all, and unpacking one whose makers are strangers; knows nothing of what is in it.

No path of a zip leads out of the folder that it is unpacked to, no link is made, and no more is written than the zip's
own list says or the disk holds.
"""

import os
import secrets
import shutil
import stat
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from studio.errors import InputError, NotSaved, UnreadableFile
from studio.files import inside, sync_folder
from studio.language import N_, _

_MOST, _CHUNK = 20_000, 1 << 20
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
_PACKED = (".gguf", ".png", ".zip", ".jpg", ".parquet")
_WORST = 1000
_ROOMY = 100 << 20


class ZipDamaged(InputError):
    """A zip cannot be read, or says what cannot be."""

    sentence = N_("{path} can't be unpacked ({reason}). Nothing was kept of it; get it again.")


def write_zip(target: Path, files: Iterable[tuple[str, Path]]) -> None:
    """Writes (name inside, file) in order, the same bytes for the same files; whole or not at all. Raises NotSaved."""
    half = target.with_name(f".{target.name[:40]}.{secrets.token_hex(6)}.tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with half.open("xb") as stream:
            with zipfile.ZipFile(stream, "w", allowZip64=True) as archive:
                for name, path in files:
                    _add(archive, name, path)
            stream.flush()
            os.fsync(stream.fileno())
        half.replace(target)
        sync_folder(target.parent)
    except (OSError, zipfile.LargeZipFile) as error:
        raise NotSaved(path=target, reason=getattr(error, "strerror", None) or str(error)) from error
    finally:
        half.unlink(missing_ok=True)


def _add(archive: zipfile.ZipFile, name: str, path: Path) -> None:
    entry = zipfile.ZipInfo(name, _LONG_AGO)
    entry.compress_type = zipfile.ZIP_STORED if path.suffix.lower() in _PACKED else zipfile.ZIP_DEFLATED
    entry.external_attr = (stat.S_IFREG | 0o644) << 16
    entry.file_size = path.stat().st_size
    with path.open("rb") as source, archive.open(entry, "w") as into:
        shutil.copyfileobj(source, into, _CHUNK)


def unpack(path: Path, folder: Path) -> None:
    """Unpacks a zip into a folder; raises ZipDamaged, OutsideFolder, UnreadableFile or NotSaved."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            _check(path, folder, entries)
            for entry in entries:
                _take(archive, entry, inside(folder, entry.filename), path)
    except (zipfile.BadZipFile, EOFError, RuntimeError, NotImplementedError, zlib.error) as error:
        raise ZipDamaged(path=path, reason=str(error) or _("it is no zip")) from error
    except OSError as error:
        raise UnreadableFile(path=path, reason=error.strerror or str(error)) from error


def _check(path: Path, folder: Path, entries: list[zipfile.ZipInfo]) -> None:
    """What the list of a zip may say; looked at before a byte is written."""
    if len(entries) > _MOST:
        raise ZipDamaged(path=path, reason=_("it has more than {most} files").format(most=_MOST))
    if len({entry.filename.lower() for entry in entries}) < len(entries):
        raise ZipDamaged(path=path, reason=_("two files in it have one name"))
    for entry in entries:
        parts = PurePosixPath(entry.filename).parts
        if not parts or ".." in parts or "\\" in entry.filename or ":" in entry.filename or entry.filename[0] == "/":
            raise ZipDamaged(path=path, reason=_("the name “{name}” leads out of it").format(name=entry.filename))
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise ZipDamaged(path=path, reason=_("“{name}” is a link").format(name=entry.filename))
        if entry.file_size > _ROOMY and entry.file_size > _WORST * max(1, entry.compress_size):
            raise ZipDamaged(path=path, reason=_("“{name}” would swell without measure").format(name=entry.filename))
    needed, free = sum(entry.file_size for entry in entries), shutil.disk_usage(folder).free
    if needed > free:
        reason = _("it needs {needed} MB and {free} MB are free").format(needed=needed >> 20, free=free >> 20)
        raise NotSaved(path=folder, reason=reason)


def _take(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, path: Path) -> None:
    """Writes one file; never more of it than the list said."""
    target.parent.mkdir(parents=True, exist_ok=True)
    left = entry.file_size
    with archive.open(entry) as source, target.open("xb") as into:
        while data := source.read(_CHUNK):
            left -= len(data)
            if left < 0:
                raise ZipDamaged(path=path, reason=_("“{name}” is longer than it says").format(name=entry.filename))
            into.write(data)
