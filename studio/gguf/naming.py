"""Owns what a converted model's file is called, by the naming convention of ggml's docs/gguf.md.

That is BaseName-SizeLabel-FineTune-Version-Encoding.gguf. Knows nothing of what is in the file.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from studio.gguf.reader import Gguf

VERSION = "v1.0"
_SIZE = re.compile(r"(?:\d+x)?\d+(?:[._]\d+)?[KMBTkmbt]\Z")
_ENCODING = re.compile(r"(?:I?Q\d\w*|T?Q\d_\d|B?F(?:16|32)|MXFP4\w*)\Z", re.IGNORECASE)
_VERSION = re.compile(r"v\d+(?:\.\d+)*\Z", re.IGNORECASE)
_UNFIT = re.compile(r"[^A-Za-z0-9]+")
_LONGEST = 60

CONVENTION = re.compile(
    r"(?P<BaseName>[A-Za-z0-9\s]*(?:-[A-Za-z\s][A-Za-z0-9\s]*|-[0-9\s]*)*)-"
    r"(?:(?P<SizeLabel>(?:\d+x)?(?:\d+\.)?\d+[A-Za-z](?:-[A-Za-z]+(?:\d+\.)?\d+[A-Za-z]+)?)"
    r"(?:-(?P<FineTune>[A-Za-z0-9\s-]+))?)?-(?P<Version>v\d+(?:\.\d+)*)"
    r"(?:-(?P<Encoding>(?!LoRA|vocab)[\w_]+))?(?:-(?P<Type>LoRA|vocab))?(?:-(?P<Shard>\d{5}-of-\d{5}))?\.gguf"
)
"""The convention's own pattern."""


@dataclass(frozen=True, slots=True)
class ModelName:
    """The parts of a name that all encodings of a model share; `finetune` may be empty."""

    base: str
    size: str
    finetune: str
    version: str = VERSION

    def file(self, encoding: str) -> str:
        """The file's name for a quantisation."""
        parts = (self.base, self.size, self.finetune, self.version, encoding)
        return "-".join(part for part in parts if part) + ".gguf"


def model_name(base: Path, weights: int, finetune: str | None) -> ModelName:
    """The name of what is made of a base with so many weights; `finetune` is what a run is called, None for a base.

    A GGUF says its own parts; of a folder they are read from its name.
    """
    told = _told(base) if base.is_file() else {}
    name, own = _parts(base.name.removesuffix(".gguf"))
    stem = _fit(told.get("general.basename") or name) or "model"
    return ModelName(stem, size_label(weights), _fit(own if finetune is None else finetune))


def _told(base: Path) -> dict[str, str]:
    with Gguf(base) as gguf:
        return {key: gguf.text(key) or "" for key in ("general.basename",)}


def _parts(stem: str) -> tuple[str, str]:
    """Base and finetune of a name as people give them: what stands before the size is the base."""
    words = [word for word in re.split(r"[-.\s]+(?![0-9][BMKT]?\b)", stem) if word]
    words = [word for word in words if not _ENCODING.match(word) and not _VERSION.match(word)]
    at = next((number for number, word in enumerate(words) if number and _SIZE.match(word)), None)
    if at is None:
        return "-".join(words), ""
    return "-".join(words[:at]), "-".join(words[at + 1 :])


def _fit(text: str) -> str:
    """A part with nothing in it that the convention has no place for."""
    words = [word for word in _UNFIT.split(text) if word]
    return "-".join(words)[:_LONGEST].strip("-")


def size_label(weights: int) -> str:
    """A number of weights as the convention writes it: 135M, 3.2B."""
    units = ((10**12, "T"), (10**9, "B"), (10**6, "M"))
    unit, sign = next((row for row in units if weights >= row[0]), (10**3, "K"))
    scaled = weights / unit
    return f"{scaled:.{1 if round(scaled) < 10 else 0}f}{sign}"
