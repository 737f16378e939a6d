"""Owns opening py3langid's model, which is packed so tightly that unpacking it takes longer than a small build.

It is unpacked once into the user's folder for caches and mapped from there, so that only what is looked up is read and
several processes share it. What is damaged or cannot be written is left aside: opening is slower then, no more.
"""

import logging
import os
import sys
import tempfile
from pathlib import Path

import numpy as np
import py3langid
from py3langid.langid import MODEL_DIR, MODEL_FILE, LanguageIdentifier

from studio.files import sync_folder
from studio.setup.places import user_cache

_log = logging.getLogger(__name__)

_PARTS = ("ptc", "pc", "classes", "nextmove", "row", "output")
_TROUBLES = (OSError, ValueError, TypeError, RuntimeError)  # the last where nobody knows the home folder


def identifier(folder: Path | None = None) -> LanguageIdentifier:
    """Whoever tells languages; `folder` is where the model is, or will be, unpacked (default: the user's caches)."""
    try:
        return _mapped(folder or _place())
    except _TROUBLES as error:
        _log.debug("the language model is unpacked anew: %s", error)
    packed = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    try:
        _unpack(packed, folder or _place())
    except _TROUBLES as error:
        _log.info("the language model stays packed: %s", error)
    return packed


def _place() -> Path:
    """Where this very model is unpacked: another version or file of it has another place."""
    status = (Path(MODEL_DIR) / MODEL_FILE).stat()
    mark = f"{py3langid.__version__}-{status.st_size:x}-{status.st_mtime_ns:x}-{sys.byteorder}"
    return user_cache(os.environ, sys.platform, Path.home()) / "language" / mark


def _mapped(folder: Path) -> LanguageIdentifier:
    """The model as it was unpacked; raises OSError or ValueError where a part is missing or too short."""
    ptc, pc, classes, moves, row, output = (np.load(folder / f"{name}.npy", mmap_mode="r") for name in _PARTS)
    if len(row) != len(output) or len(pc) != len(classes) or ptc.shape[1:] != pc.shape or len(moves) % 256:
        raise ValueError(folder)
    names = [str(name) for name in classes]
    return LanguageIdentifier(ptc, pc, names, memoryview(moves), output.tolist(), norm_probs=True, tk_row=row.tolist())


def _unpack(packed: LanguageIdentifier, folder: Path) -> None:
    """Writes the parts beside their place first, so that a half model never looks whole."""
    parts = (packed.nb_ptc, packed.nb_pc, packed.nb_classes, packed.tk_nextmove, packed.tk_row, packed.tk_output)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".part-", dir=folder.parent, ignore_cleanup_errors=True) as half:
        whole = Path(half) / "model"
        whole.mkdir()
        for name, values in zip(_PARTS, parts, strict=True):
            with (whole / f"{name}.npy").open("wb") as stream:
                np.save(stream, np.asarray(values), allow_pickle=False)
                stream.flush()
                os.fsync(stream.fileno())
        sync_folder(whole)
        if folder.exists():  # damaged: it was just found so
            folder.rename(Path(half) / "old")
        whole.rename(folder)
