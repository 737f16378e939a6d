"""Owns a base model's weights: a GGUF made into a Hugging Face folder once, and the loading of such a folder."""

import glob
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import AutoModelForCausalLM, GgufConfig
from transformers.utils import logging as transformers_logging

from studio.errors import NotSaved
from studio.files import sha256_of, sync_folder
from studio.gguf.base import Base, check_weights, json_file
from studio.gguf.errors import BaseIncomplete, DamagedGguf
from studio.gguf.leftovers import abandoned
from studio.gguf.reader import Gguf
from studio.gguf.soundness import BaseUnsound
from studio.gguf.tokeniser import tokenizer_model
from studio.language import _
from studio.workers import _attention
from studio.workers._inert import made_inert
from studio.workers._memory import out_of_memory
from studio.workers._quantised import computing_in, in_4_bit, nf4

Model = Any
"""A model of transformers, or the same inside peft's: the two libraries' types do not fit together."""

FORMAT = 2
"""Part of the cache's name; raised when what stands in it changes."""


def base_folder(base: Base, cache: Path) -> Path:
    """The folder with the base's weights for training: its own, or the cached form of its GGUF."""
    if base.path.is_dir():
        return base.path
    folder = cache / f"{base.path.stem}-{sha256_of(base.path)[:16]}-{FORMAT}"
    if not folder.is_dir():
        with finished_folder(folder) as building:
            _unpack(base, building)
    check_weights(folder)
    return folder


@contextmanager
def finished_folder(folder: Path) -> Iterator[Path]:
    """A temporary folder that takes the final name only when the block ends well; raises NotSaved.

    What had the name before stands aside until then, so that at no moment neither is there whole.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _sweep(folder)
        building = Path(tempfile.mkdtemp(prefix=f".{folder.name}.{os.getpid()}-", dir=folder.parent))
    except OSError as error:
        raise NotSaved(path=folder, reason=error.strerror or str(error)) from error
    try:
        yield building
        building.chmod(0o755)
        _take_place(building, folder)
        sync_folder(folder.parent)
    except OSError as error:
        raise NotSaved(path=folder, reason=error.strerror or str(error)) from error
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _sweep(folder: Path) -> None:
    """Removes what killed processes were building under this name; what stands aside stays while it is the only one."""
    prefix = f".{folder.name}."
    for half in folder.parent.glob(f"{glob.escape(prefix)}*"):
        if abandoned(half, prefix) and (folder.is_dir() or half.suffix != ".old"):
            shutil.rmtree(half, ignore_errors=True)


def _take_place(building: Path, folder: Path) -> None:
    """Renames `building` to `folder`; an old one is removed after that, or put back where that fails."""
    if not folder.is_dir():
        building.rename(folder)
        return
    old = building.with_name(f"{building.name}.old")
    folder.rename(old)
    try:
        building.rename(folder)
    except OSError:
        old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _unpack(base: Base, folder: Path) -> None:
    quiet()
    try:
        model: Model = AutoModelForCausalLM.from_pretrained(
            str(base.path.parent),
            gguf_file=base.path.name,
            quantization_config=GgufConfig(dequantize=True),
            dtype=torch.float32,
        )
    except (ValueError, KeyError, RuntimeError, NotImplementedError) as error:
        raise DamagedGguf(path=base.path, detail=str(error)[:200]) from error
    model.half().save_pretrained(str(folder))
    base.tokeniser.full.save(str(folder / "tokenizer.json"))
    with Gguf(base.path) as gguf:
        scored = tokenizer_model(gguf)
    if scored is not None:
        (folder / "tokenizer.model").write_bytes(scored)
    (folder / "chat_template.jinja").write_text(base.template.source, encoding="utf-8")
    (folder / "tokenizer_config.json").write_text(json.dumps(_tokenizer_config(base), indent=1), encoding="utf-8")


def _tokenizer_config(base: Base) -> dict[str, object]:
    named = {"bos_token": base.template.bos, "eos_token": base.template.eos, "pad_token": base.template.eos}
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "clean_up_tokenization_spaces": False,
        "add_prefix_space": False,
        "add_bos_token": base.template.add_bos,
        "additional_special_tokens": list(base.tokeniser.controls),
        **{key: token for key, token in named.items() if token},
    }


def load_model(
    folder: Path, dtype: torch.dtype, *, for_training_on_cpu: bool = False, nf4_on: torch.device | None = None
) -> Model:
    """The model of a folder; raises BaseIncomplete where a part is missing or damaged.

    With `nf4_on` its linear layers are brought into 4 bit on that device. A base that is in 4 bit already stays so.
    """
    quiet()
    values = json_file(folder, "config.json")
    check_weights(folder)
    attention = _attention.register() if for_training_on_cpu else "sdpa"
    more: dict[str, Any] = {}
    packed = in_4_bit(folder, values)
    if nf4_on is not None and not packed:
        more = {"quantization_config": nf4(dtype), "device_map": {"": nf4_on}}
    try:
        with made_inert(folder) as inert:
            model: Model = AutoModelForCausalLM.from_pretrained(
                str(inert), dtype=dtype, attn_implementation=attention, local_files_only=True, trust_remote_code=False,
                use_safetensors=True, **more,
            )  # fmt: skip
    except (OSError, ValueError, RuntimeError, KeyError, TypeError, AttributeError, SafetensorError) as error:
        if out_of_memory(error):
            raise
        raise BaseIncomplete(path=folder, missing=str(error)[:200]) from error
    computing_in(model, dtype)
    model.name_or_path = model.config._name_or_path = str(folder)
    return model


def check_numbers(model: Model, folder: Path) -> None:
    """Raises BaseUnsound where a weight is no number: nothing could be learnt on it."""
    for name, weight in model.named_parameters():
        if weight.is_floating_point() and not torch.isfinite(weight.detach().sum(dtype=torch.float32)):
            raise BaseUnsound(path=folder, reason=_("its weights {name} hold what is no number").format(name=name))


def quiet() -> None:
    """Keeps progress bars and advice of the libraries out of the worker's last words."""
    settings: Any = transformers_logging  # its functions carry no types
    settings.set_verbosity_error()
    settings.disable_progress_bar()
