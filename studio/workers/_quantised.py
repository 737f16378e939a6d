"""Owns weights in 4 bit: how bitsandbytes is reached, asked for and undone. Knows not what is trained on them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from transformers import BitsAndBytesConfig

from studio.errors import PartMissing
from studio.gguf.errors import BaseQuantised
from studio.language import N_, _

_NOT_THERE = N_("the package bitsandbytes is not installed or does not start ({detail})")


def bitsandbytes() -> Any:
    """The library; raises PartMissing."""
    try:
        import bitsandbytes as library
    except (ImportError, OSError, RuntimeError) as error:
        reason = _(_NOT_THERE).format(detail=str(error)[:120])
        raise PartMissing(part=_("Training in 4 bit or with 8-bit optimisers"), reason=reason) from error
    return library


def nf4(dtype: torch.dtype) -> BitsAndBytesConfig:
    """NF4 with double quantisation, computed in `dtype`.

    What is no linear layer, embeddings and head above all, keeps `dtype`: nothing is raised to float32.
    """
    bitsandbytes()
    return BitsAndBytesConfig(  # type: ignore[no-untyped-call]  # transformers'
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=dtype,
        bnb_4bit_quant_storage=torch.uint8,
    )


_KNOWN = frozenset(
    {
        "quant_method", "load_in_4bit", "load_in_8bit", "_load_in_4bit", "_load_in_8bit", "bnb_4bit_compute_dtype",
        "bnb_4bit_quant_type", "bnb_4bit_use_double_quant", "bnb_4bit_quant_storage", "llm_int8_skip_modules",
        "llm_int8_enable_fp32_cpu_offload", "llm_int8_has_fp16_weight", "llm_int8_threshold",
    }
)  # fmt: skip


def in_4_bit(folder: Path, config: Mapping[str, object]) -> bool:
    """Whether a base's weights are in bitsandbytes' 4 bit by its settings; raises BaseQuantised for all other kinds."""
    settings = config.get("quantization_config")
    if settings is None:
        return False
    found = settings if isinstance(settings, dict) else {}
    ours = found.get("quant_method") == "bitsandbytes" and found.get("load_in_4bit") is True
    if not ours or not found.keys() <= _KNOWN:
        raise BaseQuantised(path=folder, method=str(found.get("quant_method"))[:60])
    bitsandbytes()
    return True


def computing_in(model: Any, dtype: torch.dtype) -> None:
    """Lets a model with layers in 4 bit compute in `dtype`, whatever the file says that it was made for.

    On some processors the library repacks a layer at its first answer, more coarsely, and from then on lets no gradient
    through it. A model in training answers in its pauses, so that is switched off.
    """
    if not getattr(model, "is_loaded_in_4bit", False):
        return
    for part in model.modules():
        if hasattr(part, "quant_state") and hasattr(part, "compute_dtype"):
            part.compute_dtype = dtype
            part.support_avx512bf16_for_cpu = False
            continue
        for weight in part.parameters(recurse=False):
            weight.data = weight.data.to(dtype)


def whole(model: Any) -> Any:
    """A model in 4 bit with its linear layers unpacked again, to be merged with an adapter; others as they are."""
    if not getattr(model, "is_loaded_in_4bit", False):
        return model
    plain = model.dequantize(dtype=torch.float32)
    if hasattr(plain, "_weight_conversions"):  # how the packed file was read must not be undone when this is written
        del plain._weight_conversions
    if hasattr(plain.config, "quantization_config"):
        del plain.config.quantization_config
    return plain
