"""Owns what a run stands on: its data, its base and the libraries, as digests that a resumed run is held against."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from studio.dataset import Example
from studio.errors import InputError
from studio.language import N_

LIBRARIES = ("torch", "transformers", "peft", "tokenizers", "bitsandbytes")
_WHOLE = 64 << 20
_STRETCHES, _STRETCH = 64, 64 << 10


class DataChanged(InputError):
    """What a run learns from is not what it began with."""

    sentence = N_(
        "This run cannot go on: {path} is not what it was when the run began, so it would learn from something else, "
        "or be measured on it. Put it back as it was, or start a new run."
    )


class BaseChanged(InputError):
    """The model that a run trains is not the one that it began with."""

    sentence = N_(
        "This run cannot go on: the base model {path} is not the one that it began with. Put that one back, or start "
        "a new run."
    )


class VersionsChanged(InputError):
    """Libraries have other versions than when the run began."""

    sentence = N_(
        "{library} was {then} when this run began and is {now} now. It goes on; its result may differ in the last "
        "digits from that of a run in one go."
    )


class ProcessorChanged(InputError):
    """The processor is another one than when the run began."""

    sentence = N_(
        "This run began on {then} and goes on on {now}. Its result may differ in the last digits from that of a run "
        "in one go."
    )


@dataclass(frozen=True, slots=True)
class Footing:
    """Digests: of the examples of each file in their order, of the base; and the versions of the libraries."""

    data: Mapping[str, str]
    base: str
    versions: Mapping[str, str]
    processor: str

    def as_json(self) -> dict[str, object]:
        """Plain values."""
        return asdict(self)

    @classmethod
    def of(cls, values: object) -> "Footing":
        """What was written down; raises ValueError."""
        if not isinstance(values, dict) or values.keys() != {"data", "base", "versions", "processor"}:
            raise ValueError("no footing")
        data, versions = values["data"], values["versions"]
        if not isinstance(data, dict) or not isinstance(versions, dict):
            raise ValueError("no footing")
        return cls(data, str(values["base"]), versions, str(values["processor"]))

    def holds(self, then: "Footing", base: Path) -> list[VersionsChanged | ProcessorChanged]:
        """What is other than `then` and does no harm; raises DataChanged or BaseChanged for what does."""
        if self.base != then.base:
            raise BaseChanged(path=base)
        if list(self.data.items()) != list(then.data.items()):
            raise DataChanged(path=_first_difference(self.data, then.data))
        changed: list[VersionsChanged | ProcessorChanged] = []
        for library in sorted({*self.versions, *then.versions}):
            one, other = then.versions.get(library, "-"), self.versions.get(library, "-")
            if one != other:
                changed.append(VersionsChanged(library=library, then=one, now=other))
        if self.processor != then.processor:
            changed.append(ProcessorChanged(then=then.processor, now=self.processor))
        return changed


def _first_difference(now: Mapping[str, str], then: Mapping[str, str]) -> str:
    different = [path for path in (*then, *now) if now.get(path) != then.get(path)]
    return different[0] if different else next(iter(then), "-")


def footing(examples: Sequence[Example], base: Path, processor: str) -> Footing:
    """What a run stands on now; raises OSError where the base cannot be read."""
    return Footing(_data(examples), _base(base), _versions(), processor)


def _data(examples: Sequence[Example]) -> dict[str, str]:
    digests: dict[str, hashlib._Hash] = {}
    for place, example in enumerate(examples):
        told = [place, example.ids, [int(one) for one in example.mask], example.decisive, example.weight]
        digests.setdefault(str(example.path), hashlib.sha256()).update(json.dumps(told).encode())
    return {path: digest.hexdigest() for path, digest in digests.items()}


def _base(path: Path) -> str:
    """Of large files only the size and stretches spread over them are read: gigabytes would take a minute."""
    files = [path] if path.is_file() else sorted(file for file in path.iterdir() if file.is_file())
    digest = hashlib.sha256()
    for file in files:
        if file.suffix in (".json", ".jinja", ".model", ".safetensors", ".gguf"):
            size = file.stat().st_size
            digest.update(f"{file.name} {size} ".encode())
            digest.update(_stretches(file, size))
    return digest.hexdigest()


def _stretches(file: Path, size: int) -> bytes:
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        if size <= _WHOLE:
            return hashlib.file_digest(stream, "sha256").digest()
        for number in range(_STRETCHES):
            stream.seek(number * (size - _STRETCH) // (_STRETCHES - 1))
            digest.update(stream.read(_STRETCH))
    return digest.digest()


def _versions() -> dict[str, str]:
    found: dict[str, str] = {}
    for library in LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            continue
    return found
