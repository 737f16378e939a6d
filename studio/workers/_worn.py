"""Owns putting a saved adapter on a model: its settings are read as data, and the library is told what they say."""

from collections.abc import Mapping
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict, set_peft_model_state_dict
from safetensors import SafetensorError
from safetensors.torch import load_file

from studio.gguf.adapters import WEIGHTS, AdapterRefused, AdapterSettings, adapter_settings, adapter_tensors
from studio.language import _
from studio.workers._base import Model


def put_on(model: Model, folder: Path) -> Model:
    """The model with the adapter of a folder on it; raises AdapterRefused where it does not fit or is no plain one."""
    settings = adapter_settings(folder)
    adapter_tensors(folder)  # held against the file's size, before a library reads it
    _check_targets(model, settings, folder)
    worn: Model = get_peft_model(model, _lora(settings), autocast_adapter_dtype=False)
    tensors = tensors_for(worn, folder)
    set_peft_model_state_dict(worn, tensors)
    return worn


def tensors_for(worn: Model, folder: Path) -> dict[str, torch.Tensor]:
    """The adapter's tensors by the names in its file, held against those that a model with one of its kind has."""
    try:
        tensors = load_file(folder / WEIGHTS)
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        raise AdapterRefused(path=folder, reason=_("{file} is damaged").format(file=WEIGHTS)) from error
    _check_shapes(get_peft_model_state_dict(worn, save_embedding_layers=False), tensors, folder)
    return tensors


def _check_shapes(ours: Mapping[str, torch.Tensor], theirs: Mapping[str, torch.Tensor], folder: Path) -> None:
    odd = sorted(ours.keys() ^ theirs.keys())
    if odd:
        reason = _("it belongs to a model of another shape ({name} is on one side only)").format(name=odd[0][:120])
        raise AdapterRefused(path=folder, reason=reason)
    for name, weight in theirs.items():
        if weight.shape != ours[name].shape:
            shapes = ["×".join(map(str, one.shape)) for one in (weight, ours[name])]
            reason = _("it belongs to a model of another shape: {name} is {theirs}, and {ours} is needed")
            raise AdapterRefused(path=folder, reason=reason.format(name=name[:120], theirs=shapes[0], ours=shapes[1]))
        if not bool(torch.isfinite(weight).all()):
            raise AdapterRefused(path=folder, reason=_("{name} holds what is no number").format(name=name[:120]))


def _check_targets(model: Model, settings: AdapterSettings, folder: Path) -> None:
    linear = [name for name, part in model.named_modules() if isinstance(part, torch.nn.Linear)]
    for target in settings.target_modules:
        if not any(name == target or name.endswith(f".{target}") for name in linear):
            reason = _("it belongs to a model of another shape (there are no linear layers named {name})")
            raise AdapterRefused(path=folder, reason=reason.format(name=target[:120]))


def _lora(settings: AdapterSettings) -> LoraConfig:
    return LoraConfig(
        r=settings.rank,
        lora_alpha=settings.alpha,  # type: ignore[arg-type]  # a whole number by the library's types, any in its files
        lora_dropout=settings.dropout,
        target_modules=list(settings.target_modules),
        layers_to_transform=settings.layers_to_transform,
        use_rslora=settings.use_rslora,
        task_type="CAUSAL_LM",
    )
