"""Owns what a conversion starts from: a finished run or a base, and the merging of the first into one model."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import torch

from studio.errors import PathMissing
from studio.gguf.base import Base, json_file, open_base
from studio.gguf.identity import check_identity, identity_of
from studio.gguf.spm import name_that_drops_right
from studio.jobs.run_base import base_of_run
from studio.jobs.runs import CONFIG, Run, slug
from studio.training.checkpoints import run_of
from studio.training.convertible import adapter_in_force, check_adapter
from studio.workers._base import Model, base_folder, load_model
from studio.workers._quantised import in_4_bit, whole
from studio.workers._streamed import Check, Through, merge_streamed
from studio.workers._worn import put_on

_BESIDE = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "special_tokens_map.json",
           "tokenizer.model", "generation_config.json")  # fmt: skip
"""Files of the base that a merged model takes over where they exist."""


@dataclass(frozen=True, slots=True)
class Source:
    """What is converted: a base, and the adapter that is merged into it, or None.

    `trained` names the adapter's folder within its run: `adapter`, or the checkpoint that stands in for it.
    """

    path: Path
    name: str
    base: Base
    adapter: Path | None
    trained: str | None = None

    @property
    def inner_name(self) -> str:
        """The name inside the file, from which llama.cpp takes how some families' control tokens are read."""
        drops = self.base.tokeniser.drops_right and self.base.tokeniser.id_of("<|endoftext|>") is not None
        return name_that_drops_right(self.name) if drops else self.name


def source_of(path: Path, name: str | None) -> Source:
    """The source at a path: a run's folder or one of its checkpoints, a GGUF or a Hugging Face folder.

    Raises our errors for anything else.
    """
    if not path.exists():
        raise PathMissing(path=path)
    run = run_of(path)
    if run is not None:
        config = Run(run).config()
        check_adapter(run, path)
        stem = name or f"{config.get('name') or run.name}-{path.name}"
        trained = path.relative_to(run).as_posix()
        return Source(path, slug(stem), open_base(base_of_run(run)), path, trained)
    if not (path / CONFIG).is_file():
        base = open_base(path)
        return Source(path, slug(name or path.stem), base, None)
    config = Run(path).config()
    base = open_base(base_of_run(path))
    adapter = adapter_in_force(path)
    shown = adapter.relative_to(path).as_posix()
    return Source(path, slug(name or str(config.get("name") or path.name)), base, adapter, shown)


def merged_folder(
    source: Source, cache: Path, into: Path, check: Check = lambda: None, through: Through | None = None
) -> Path:
    """A Hugging Face folder of the whole model; the adapter merged in float32, the weights kept as float16.

    A base in 4 bit is unpacked for it, and `through` changes weights before the adapter is added. One matrix
    at a time is in memory, but for bases whose tensors have other names than their layers. Raises OtherBase or
    AdapterRefused where the adapter is not this base's.
    """
    folder = base_folder(source.base, cache)
    packed = in_4_bit(folder, json_file(folder, "config.json"))
    if source.adapter is None and not packed:
        return folder
    if source.adapter is not None:
        check_identity(source.adapter, identity_of(source.base.path, source.base.name), source.base.path)
    if not merge_streamed(folder, source.adapter, into, check, through):
        _merge_whole(folder, source.adapter, into, through)
    for name in _BESIDE:
        if (folder / name).is_file():
            shutil.copy2(folder / name, into / name)
    return into


def _merge_whole(folder: Path, adapter: Path | None, into: Path, through: Through | None) -> None:
    """The same with the whole model in memory; raises AdapterRefused, with what does not fit."""
    model: Model = whole(load_model(folder, torch.float32))
    for name, layer in model.named_modules() if through is not None else ():
        if through is not None and isinstance(layer, torch.nn.Linear):
            layer.weight.data = through(f"{name}.weight", layer.weight.data)
    if adapter is not None:
        model = put_on(model, adapter).merge_and_unload()
    model.half().save_pretrained(str(into))
