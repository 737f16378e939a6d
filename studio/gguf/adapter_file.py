"""Owns a trained adapter as a GGUF that llama.cpp puts on its base: written with numpy alone, in well under a second.

Every tensor is what llama.cpp's `convert_lora_to_gguf.py` writes, bit by bit. What that script, or llama.cpp, has no
place for is refused with a sentence; nothing is left out silently.
"""

import math
import mmap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from studio.errors import InputError
from studio.files import opened, sha256_of
from studio.gguf.adapter_names import families, place_of
from studio.gguf.adapters import WEIGHTS, AdapterSettings, adapter_settings, adapter_tensors
from studio.gguf.errors import NoAdapter
from studio.gguf.identity import check_identity, identity_of
from studio.gguf.reader import Gguf, Tensor
from studio.gguf.weights import Stored
from studio.gguf.writer import Floats, Value, Written, write_gguf
from studio.jobs.run_base import base_of_run
from studio.jobs.runs import CONFIG
from studio.language import N_, _

DIGEST = "lorewright.adapter.sha256"
"""The entry that says which weights the file was made from."""
_PREFIX = "base_model.model."
_FLOATS = {"F32": "<f4", "F16": "<f2", "BF16": "<u2"}


class NotPutOn(InputError):
    """An adapter cannot be put on a GGUF by llama.cpp."""

    sentence = N_(
        "The adapter {path} cannot be put on {base}: {reason}. Convert the run instead (`lorewright convert`): "
        "that merges it."
    )


class BaseIsNoGguf(InputError):
    """A run stands on a folder, and an adapter is played on a GGUF."""

    sentence = N_(
        "{path} was trained on {base}, which is no GGUF, and an adapter is played on a GGUF. Convert the run "
        "(`lorewright convert {path}`) and play what comes out."
    )


@dataclass(frozen=True, slots=True)
class _Heads:
    """How many query and key heads the base has."""

    query: int
    key: int


@dataclass(frozen=True, slots=True)
class _Pair:
    """The two matrices of one layer, as the adapter's file has them."""

    a: Stored
    b: Stored


def base_of(run: Path) -> Path:
    """The GGUF that a run was trained on; raises BaseIsNoGguf, NotARun or BaseGone."""
    base = base_of_run(run)
    if base.is_dir():
        raise BaseIsNoGguf(path=run, base=base)
    return base


def adapter_gguf(folder: Path, target: Path) -> Path:
    """Writes the adapter of a run, or of a checkpoint in it, as a GGUF for the run's base; returns `target`.

    Raises NoAdapter, AdapterRefused, BaseIsNoGguf, OtherBase, NotPutOn, NotSaved or what reading the base raises.
    """
    is_run = (folder / CONFIG).is_file()
    run = folder if is_run else next((up for up in folder.parents if (up / CONFIG).is_file()), None)
    adapter = folder / "adapter" if is_run else folder
    if run is None or not (adapter / WEIGHTS).is_file():
        raise NoAdapter(path=folder, reason=_("it was never finished"))
    return write_adapter(adapter, base_of(run), target)


def write_adapter(adapter: Path, base: Path, target: Path) -> Path:
    """Writes the adapter in a folder as a GGUF for `base`, a GGUF; raises as `adapter_gguf` does."""
    settings, stored = adapter_settings(adapter), adapter_tensors(adapter)
    with Gguf(base) as model:
        name = model.text("general.name") or base.stem
        check_identity(adapter, identity_of(base, name), base)
        plan = _Plan(adapter, base, model)
        places = {tensor: plan.fitting(tensor, pair) for tensor, pair in plan.pairs(stored)}
        metadata = _metadata(model.text("general.architecture") or "", name, settings, adapter)
    with _mapped(adapter / WEIGHTS) as data:
        length = 8 + int.from_bytes(data[:8], "little")
        tensors = [row for tensor, place in places.items() for row in _written(tensor, place, data, length)]
        try:
            return write_gguf(target, metadata, tensors)
        except _NoNumberError as error:
            reason = _("its matrices for {name} hold what is no number").format(name=error)
            raise NotPutOn(path=adapter, base=base, reason=reason) from error


def is_of(file: Path, adapter: Path) -> bool:
    """Whether a GGUF was made from the weights that an adapter's folder holds now."""
    if not file.is_file():
        return False
    with Gguf(file) as gguf:
        return gguf.text(DIGEST) == sha256_of(adapter / WEIGHTS)


def _metadata(family: str, base: str, settings: AdapterSettings, adapter: Path) -> Mapping[str, Value]:
    # llama.cpp scales by alpha / rank; rank-stabilised adapters are scaled by alpha / sqrt(rank)
    alpha = settings.alpha * (math.sqrt(settings.rank) if settings.use_rslora else 1)
    return {
        "general.architecture": family,
        "general.type": "adapter",
        "adapter.type": "lora",
        "general.name": adapter.parent.name if adapter.name == "adapter" else adapter.name,
        "general.base_model.count": 1,
        "general.base_model.0.name": base,
        "general.file_type": 0,
        "adapter.lora.alpha": float(alpha),
        DIGEST: sha256_of(adapter / WEIGHTS),
    }


@dataclass(frozen=True, slots=True)
class _Place:
    """A pair with the number of heads by which the rows of its second matrix are turned; None for none."""

    pair: _Pair
    heads: int | None


class _Plan:
    """Finds the base's tensor for each layer of an adapter and holds their shapes against each other."""

    def __init__(self, adapter: Path, base: Path, model: Gguf) -> None:
        self._adapter, self._base = adapter, base
        self._family = model.text("general.architecture") or ""
        self._tensors: Mapping[str, Tensor] = {tensor.name: tensor for tensor in model.tensors}
        heads = model.number(f"{self._family}.attention.head_count") or 0
        self._heads = _Heads(heads, model.number(f"{self._family}.attention.head_count_kv") or heads)
        self._turned: dict[str, int | None] = {}

    def _refuse(self, reason: str) -> NotPutOn:
        return NotPutOn(path=self._adapter, base=self._base, reason=reason)

    def pairs(self, stored: Mapping[str, Stored]) -> Iterator[tuple[str, _Pair]]:
        """The base's tensor and the pair for it, in the order of the base."""
        if self._family not in families():
            known = ", ".join(families())
            reason = _("its layers are not known here for models of the family “{family}” (known: {known})")
            raise self._refuse(reason.format(family=self._family, known=known))
        halves: dict[str, dict[str, Stored]] = {}
        for name, tensor in stored.items():
            module, half = self._half(name)
            halves.setdefault(self._tensor_of(module), {})[half] = tensor
        for name in sorted(halves, key=list(self._tensors).index):
            both = halves[name]
            if both.keys() != {"A", "B"}:
                raise self._refuse(_("of the two matrices for {name} one is missing").format(name=name))
            yield name, _Pair(both["A"], both["B"])

    def _half(self, name: str) -> tuple[str, str]:
        for half in ("A", "B"):
            module = name.removeprefix(_PREFIX).removesuffix(f".lora_{half}.weight")
            if name.startswith(_PREFIX) and name.endswith(f".lora_{half}.weight"):
                return module, half
        raise self._refuse(_("it holds {name}, which is no part of a plain LoRA").format(name=name[:120]))

    def _tensor_of(self, module: str) -> str:
        place = place_of(self._family, module)
        if place is None:
            raise self._refuse(_("llama.cpp has no place for its layer {name}").format(name=module[:120]))
        if place.tensor not in self._tensors:
            tied = _("it changes the output layer, which this base shares with its embeddings")
            gone = _("the base has no {name}").format(name=place.tensor)
            raise self._refuse(tied if place.tensor == "output.weight" else gone)
        heads = {"query": self._heads.query, "key": self._heads.key}
        self._turned[place.tensor] = heads[place.turned] if place.turned is not None else None
        return place.tensor

    def fitting(self, name: str, pair: _Pair) -> _Place:
        """The pair with what is done to it; raises NotPutOn where it does not fit the base's tensor."""
        wide, high = (*self._tensors[name].shape, 1)[:2]
        fits = (
            len(self._tensors[name].shape) == len(pair.a.shape) == len(pair.b.shape) == 2
            and pair.a.shape[1] == wide
            and pair.b.shape[0] == high
            and pair.a.shape[0] == pair.b.shape[1] > 0
        )
        if not fits:
            shapes = ["×".join(map(str, one.shape)) for one in (pair.a, pair.b)]
            reason = _("its matrices for {name} are {a} and {b}, and the base's is {high}×{wide}")
            raise self._refuse(reason.format(name=name, a=shapes[0], b=shapes[1], high=high, wide=wide))
        for one in (pair.a, pair.b):
            if one.type not in _FLOATS:
                raise self._refuse(_("its weights are kept as {type}").format(type=one.type))
        heads = self._turned[name]
        if heads is not None and (heads < 1 or high % (2 * heads)):
            raise self._refuse(_("{name} cannot be split into {heads} heads").format(name=name, heads=heads))
        return _Place(pair, heads)


def _mapped(path: Path) -> mmap.mmap:
    with opened(path) as stream:
        return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)


class _NoNumberError(Exception):
    """A matrix holds what is no number; carries the base's tensor."""


def _written(name: str, place: _Place, data: mmap.mmap, start: int) -> Iterator[Written]:
    def rows(stored: Stored) -> Floats:
        found = _floats(data, stored, start)
        if not np.isfinite(found).all():
            raise _NoNumberError(name)
        return found

    def first() -> Floats:
        return rows(place.pair.a)

    def second() -> Floats:
        found = rows(place.pair.b)
        return found if place.heads is None else turned(found, place.heads)

    yield Written(f"{name}.lora_a", place.pair.a.shape, first)
    yield Written(f"{name}.lora_b", place.pair.b.shape, second)


def turned(rows: Floats, heads: int) -> Floats:
    """Rows of heads in llama.cpp's order: the two halves of each head taken in turn, one row of each."""
    return rows.reshape(heads, 2, rows.shape[0] // heads // 2, rows.shape[1]).swapaxes(1, 2).reshape(rows.shape)


def _floats(data: mmap.mmap, stored: Stored, start: int) -> Floats:
    count = math.prod(stored.shape)
    raw: npt.NDArray[np.generic] = np.frombuffer(data, _FLOATS[stored.type], count, start + stored.start)
    if stored.type == "BF16":
        return (raw.astype(np.uint32) << 16).view(np.float32).reshape(stored.shape)
    return raw.astype(np.float32).reshape(stored.shape)
