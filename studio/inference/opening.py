"""Owns opening a model by what a person names: which engine holds such a thing, and what exactly it was."""

import asyncio
import hashlib
from collections.abc import Sequence
from pathlib import Path

from studio.errors import PathMissing
from studio.files import sha256_of
from studio.inference.engine import Engine, LlamaEngine
from studio.inference.errors import ModelNotLoaded

CONTEXT, TOGETHER = 8192, 16
"""Tokens and chats at once that measuring needs: all cases of a usual scenario stand in the cache together."""


async def open_engine(
    named: str | Path, *, context: int = CONTEXT, together: int = TOGETHER, adapter: Path | None = None
) -> Engine:
    """The engine of a GGUF, with a LoRA in GGUF on it where `adapter` is one.

    Its card's identity is known. Raises PathMissing, ModelNotLoaded, AdapterNotLoaded, and what loading raises.
    """
    path = Path(named)
    if not path.exists():
        raise PathMissing(path=path)
    if path.is_dir():
        raise ModelNotLoaded(path=path)
    identity = await asyncio.to_thread(identity_of_files, [path, *([adapter] if adapter is not None else [])])
    return await LlamaEngine.load(path, context=context, together=together, adapter=adapter, identity=identity)


def identity_of_files(files: Sequence[Path]) -> str:
    """The SHA-256 of one file, or one over those of several in their order; raises the errors of files."""
    digests = [sha256_of(file) for file in files]
    return digests[0] if len(digests) == 1 else hashlib.sha256("\n".join(digests).encode()).hexdigest()
