"""Owns which base an adapter belongs to: a digest of the base's weights and its shape, kept beside the adapter."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from studio.errors import InputError
from studio.files import read_bytes
from studio.gguf.reader import Gguf
from studio.gguf.weights import header
from studio.language import N_

BASE = "base.json"
_LIMIT = 64 * 1024
_WHOLE = 8 << 20
_STRETCHES, _STRETCH = 64, 64 << 10


class OtherBase(InputError):
    """An adapter was trained on another base than the one that it is to be used with."""

    sentence = N_(
        "The adapter {adapter} belongs to another base model ({theirs}) than {base} ({ours}). Choose the base that it "
        "was trained on, or train a new adapter."
    )


@dataclass(frozen=True, slots=True)
class Identity:
    """A base: `digest` of its weights, and what its shape is in words."""

    digest: str
    shape: str
    name: str

    def as_text(self) -> str:
        """As it is kept beside an adapter."""
        return json.dumps({"format": 1, **asdict(self)}, indent=1)


def identity_of(path: Path, name: str) -> Identity:
    """The identity of a base, a Hugging Face folder or a GGUF; raises BaseIncomplete or the errors of files."""
    digest = hashlib.sha256()
    shapes = _of_gguf(path, digest) if path.is_file() else _of_folder(path, digest)
    return Identity(digest.hexdigest(), ", ".join(sorted(shapes)) or "-", name)


def _of_folder(folder: Path, digest: "hashlib._Hash") -> set[str]:
    shapes: set[str] = set()
    for file in sorted(folder.glob("*.safetensors")):
        tensors = header(file)
        for tensor in sorted(tensors):
            digest.update(f"{tensor} {tensors[tensor].type} {tensors[tensor].shape}\n".encode())
            if tensor.endswith(("embed_tokens.weight", "layers.0.mlp.down_proj.weight")):
                shapes.add("×".join(map(str, tensors[tensor].shape)))
        for part in _stretches(file):
            digest.update(part)
    return shapes


def _of_gguf(path: Path, digest: "hashlib._Hash") -> set[str]:
    with Gguf(path) as gguf:
        shapes = {"×".join(map(str, reversed(row.shape))) for row in gguf.tensors if row.name == "token_embd.weight"}
    for part in _stretches(path):
        digest.update(part)
    return shapes


def _stretches(file: Path) -> Iterator[bytes]:
    """The bytes of a small file, stretches spread over a large one: gigabytes would take a minute."""
    size = file.stat().st_size
    with file.open("rb") as stream:
        if size <= _WHOLE:
            yield stream.read()
            return
        for number in range(_STRETCHES):
            stream.seek(number * (size - _STRETCH) // (_STRETCHES - 1))
            yield stream.read(_STRETCH)


def check_identity(adapter: Path, ours: Identity, base: Path) -> None:
    """Raises OtherBase where an adapter's folder says that it belongs to another base.

    An adapter from elsewhere says nothing; the shapes of its weights are held against the base's when it is put on.
    """
    if not (adapter / BASE).is_file():
        return
    try:
        values = json.loads(read_bytes(adapter / BASE, _LIMIT))
        theirs = Identity(str(values["digest"]), str(values["shape"]), str(values["name"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        theirs = Identity("", "-", BASE)
    if theirs.digest != ours.digest:
        both = [f"{one.name}, {one.shape}, {one.digest[:8]}" for one in (theirs, ours)]
        raise OtherBase(adapter=adapter, base=base, theirs=both[0], ours=both[1])
