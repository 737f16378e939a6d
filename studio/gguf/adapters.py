"""Owns reading the settings of an adapter from its folder, as data: what a LoRA of linear layers can be, no more.

An adapter can come from anybody, and the library that trains it takes paths, addresses and names of classes from such
a file. So the library never sees the file: what is read here is told to it.
"""

import json
from pathlib import Path
from typing import Annotated, Literal

import pydantic

from studio.errors import InputError
from studio.files import read_bytes
from studio.gguf.weights import Stored, header
from studio.language import N_, _

SETTINGS, WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
_LIMIT = 1 << 20
_NAME = r"^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*$"

Name = Annotated[str, pydantic.Field(pattern=_NAME, max_length=200)]


class AdapterRefused(InputError):
    """An adapter's folder holds something that is not put on a model here."""

    sentence = N_("The adapter {path} cannot be used: {reason}. Only a plain LoRA of linear layers can.")


class AdapterSettings(pydantic.BaseModel):
    """The settings that count. All others must be absent or empty, but those that only tell where it came from."""

    model_config = pydantic.ConfigDict(frozen=True, extra="allow", strict=True)

    peft_type: Literal["LORA"]
    task_type: Literal["CAUSAL_LM"] | None = "CAUSAL_LM"
    rank: int = pydantic.Field(alias="r", ge=1, le=1024)
    alpha: float = pydantic.Field(alias="lora_alpha", gt=0, le=65536)
    dropout: float = pydantic.Field(0.0, alias="lora_dropout", ge=0, lt=1)
    target_modules: list[Name] = pydantic.Field(min_length=1, max_length=1000)
    layers_to_transform: list[Annotated[int, pydantic.Field(ge=0, le=4096)]] | None = None
    bias: Literal["none"] = "none"
    use_rslora: bool = False
    init_lora_weights: bool | Literal["gaussian"] = True

    @pydantic.model_validator(mode="after")
    def _nothing_else(self) -> "AdapterSettings":
        for key, value in (self.model_extra or {}).items():
            if key not in _TOLD and value not in _NO_EFFECT:
                raise ValueError(_("{key} is set").format(key=key[:80]))
        return self


_TOLD = frozenset(
    {
        "base_model_name_or_path",
        "revision",
        "inference_mode",
        "peft_version",
        "qalora_group_size",
        "megatron_core",
    }
)
"""They say where the adapter came from, or belong to what is not set; nothing is made of them."""
_NO_EFFECT: tuple[object, ...] = (None, False, "", [], {}, 0)


def adapter_settings(folder: Path) -> AdapterSettings:
    """The settings of an adapter; raises AdapterRefused or the errors of files."""
    try:
        values = json.loads(read_bytes(folder / SETTINGS, _LIMIT))
        return AdapterSettings.model_validate(values)
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise AdapterRefused(path=folder, reason=f"{SETTINGS}: {place} {first['msg']}".strip()) from error
    except (ValueError, RecursionError) as error:
        raise AdapterRefused(path=folder, reason=_("{file} is no JSON").format(file=SETTINGS)) from error


def adapter_tensors(folder: Path) -> dict[str, Stored]:
    """The tensors of an adapter by name; raises AdapterRefused, BaseIncomplete or the errors of files."""
    if not (folder / WEIGHTS).is_file():
        raise AdapterRefused(path=folder, reason=_("{file} is missing").format(file=WEIGHTS))
    return header(folder / WEIGHTS)
