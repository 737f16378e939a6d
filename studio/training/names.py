"""Owns the names of settings: those that other trainers have for them, and the whole names of those in a part."""

from collections.abc import Mapping
from typing import Any

OTHER_NAMES = {
    "base_model": "base",
    "lora_rank": "lora.rank",
    "lora_alpha": "lora.alpha",
    "lora_dropout": "lora.dropout",
    "target_modules": "lora.target_modules",
    "max_seq_length": "max_length",
    "num_train_epochs": "epochs",
    "optimizer": "optimiser",
    "per_device_train_batch_size": "batch_size",
    "quantization": "quantisation",
}
"""Names that other trainers have for a setting; they are read as well."""


PARTS = ("lora",)
"""Settings that consist of others."""


def flat(values: Mapping[str, object]) -> dict[str, object]:
    """Settings by whole names: `{lora: {rank: 8}}` as `{lora.rank: 8}`."""
    whole = dict[str, object]()
    for key, value in values.items():
        if key in PARTS and isinstance(value, Mapping):
            whole |= {f"{key}.{name}": inner for name, inner in value.items()}
        else:
            whole[str(key)] = value
    return whole


def nested(whole: Mapping[str, object]) -> dict[str, Any]:
    """The other way round."""
    parts = dict[str, Any]()
    for name, value in whole.items():
        part, dot, rest = name.partition(".")
        inner = parts.setdefault(part, {}) if dot and part in PARTS else parts
        if isinstance(inner, dict):
            inner[rest if inner is not parts else name] = value
    return parts


def over(values: Mapping[str, object], changes: Mapping[str, object]) -> dict[str, object]:
    """Settings with some of them replaced, under whatever names either has them; by whole names."""
    new = flat(changes)
    meant = {OTHER_NAMES.get(name, name) for name in new}
    stay = {name: value for name, value in flat(values).items() if OTHER_NAMES.get(name, name) not in meant}
    return {**stay, **new}
