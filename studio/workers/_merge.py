"""Owns what a conversion starts from: a finished run or a base, and the merging of the first into one model."""

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import torch
from peft import PeftModel

from studio.errors import PathMissing
from studio.gguf.base import Base, open_base
from studio.gguf.errors import NoAdapter
from studio.jobs.runs import CONFIG, Run, slug
from studio.workers._adapter import MANIFEST
from studio.workers._base import Model, base_folder, load_model

_BESIDE = ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "special_tokens_map.json",
           "tokenizer.model", "generation_config.json")  # fmt: skip
"""Files of the base that a merged model takes over where they exist."""


@dataclass(frozen=True, slots=True)
class Source:
    """What is converted: a base, and the adapter that is merged into it, or None."""

    path: Path
    name: str
    base: Base
    adapter: Path | None


def source_of(path: Path, name: str | None) -> Source:
    """The source at a path: a run's folder, a GGUF or a Hugging Face folder. Raises our errors for anything else."""
    if not path.exists():
        raise PathMissing(path=path)
    if not (path / CONFIG).is_file():
        base = open_base(path)
        return Source(path, slug(name or path.stem), base, None)
    config = Run(path).config()
    base = open_base(Path(str(config.get("base"))))
    check_adapter(path)
    return Source(path, slug(name or str(config.get("name") or path.name)), base, path / "adapter")


def check_adapter(run: Path) -> None:
    """Holds the adapter's files against its manifest, which is the last thing that training writes."""
    folder = run / "adapter"
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise NoAdapter(path=run, reason="it was never finished") from error
    except (OSError, ValueError) as error:
        raise NoAdapter(path=run, reason=f"{MANIFEST} cannot be read") from error
    for name, digest in manifest.items():
        file = folder / Path(name).name
        if not file.is_file() or hashlib.sha256(file.read_bytes()).hexdigest() != digest:
            raise NoAdapter(path=run, reason=f"{name} is missing or damaged")


def merged_folder(source: Source, cache: Path, into: Path) -> Path:
    """A Hugging Face folder of the whole model; the adapter merged in float32, the weights kept as float16."""
    folder = base_folder(source.base, cache)
    if source.adapter is None:
        return folder
    model: Model = load_model(folder, torch.float32)
    merged: Model = PeftModel.from_pretrained(model, str(source.adapter)).merge_and_unload()
    merged.half().save_pretrained(str(into))
    for name in _BESIDE:
        if (folder / name).is_file():
            shutil.copy2(folder / name, into / name)
    return into
