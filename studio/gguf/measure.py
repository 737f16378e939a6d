"""Owns how long a row of a data set may be: counted in the ids of the base model that its description names."""

import hashlib
from pathlib import Path

from studio.chat import ChatTemplate
from studio.chat.rendering import Tokeniser
from studio.dataset.cutting import Cutter
from studio.dataset.description import Description, placed
from studio.errors import PathMissing
from studio.files import read_bytes, read_first
from studio.gguf.known_bases import known_base
from studio.gguf.starter import starter_model

_HEAD = 8 * 1024 * 1024
_CHAT_SIDE = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "config.json")


def cutter_of(description: Description, root: Path) -> Cutter:
    """The cutter of a description; the model is opened when it is needed. Raises PathMissing, PartMissing,
    ModelListDamaged."""
    path = _base(description.base, root)

    def opened() -> tuple[ChatTemplate, Tokeniser]:
        from studio.gguf.base import open_base  # a rebuild in which nothing changed counts nothing

        base = open_base(path)
        return base.template, base.tokeniser

    return Cutter(opened, description.max_length, mark_of(path))


def _base(named: Path | None, root: Path) -> Path:
    """The model that a description names: a path, seen from the workspace, or a name that this machine knows."""
    if named is None:
        return starter_model()
    path = placed(root, named)
    return path if path.exists() else known_base(str(named)) or path


def mark_of(path: Path) -> str:
    """A name for the vocabulary and the template of a model, by content: they stand at the head of a GGUF."""
    found = hashlib.sha256()
    if path.is_dir():
        for name in _CHAT_SIDE:
            if (path / name).is_file():
                found.update(name.encode() + read_bytes(path / name, 1 << 30))
    elif path.is_file():
        found.update(read_first(path, _HEAD))
    else:
        raise PathMissing(path=path)
    return found.hexdigest()[:16]
