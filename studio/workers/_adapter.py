"""Owns the adapter in training: where it sits in the model, its optimiser, and how it is saved."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from safetensors import SafetensorError
from safetensors.torch import save_file

from studio.errors import NotSaved
from studio.files import sha256_of
from studio.gguf.identity import BASE, Identity
from studio.training.checkpoints import MANIFEST, PINNED, STATE, TENSORS
from studio.training.config import TrainingConfig
from studio.training.errors import NoSuchLayers
from studio.workers._base import Model, finished_folder
from studio.workers._optimiser import Optimiser


class Adapter:
    """A LoRA on the linear layers that the settings name, with an optimiser over full-precision copies of its weights.

    The model computes with weights of its own type; steps are taken on float32 masters, because a bfloat16 weight
    is too coarse for small steps to add up in it. `base` is written beside it, so that it is put on no other.
    """

    def __init__(self, model: Model, config: TrainingConfig, base: Identity | None = None) -> None:
        self._base = base
        self.model: Model = get_peft_model(model, lora_of(model, config), autocast_adapter_dtype=False)
        self._weights = [weight for weight in self.model.parameters() if weight.requires_grad]
        vars(self.model)["create_or_update_model_card"] = _no_card
        for weight in self._weights:  # beside weights in 4 bit they begin in float32
            weight.data = weight.data.to(model.dtype)
        trained = (name for name, weight in self.model.named_parameters() if weight.requires_grad)
        self._names = [name.replace(".default.", ".") for name in trained]
        self._masters = [weight.detach().float().clone() for weight in self._weights]
        self.first_layer = int(model.config.num_hidden_layers) - _upper(model, config)
        self._max_norm = config.max_grad_norm
        self.optimiser = Optimiser(self._masters, config)

    @property
    def size(self) -> int:
        """How many weights are trained."""
        return sum(weight.numel() for weight in self._weights)

    def step(self, rate: float) -> bool:
        """One step of the optimiser with the gradients that stand on the weights, which are cleared.

        Where they are no numbers nothing is changed, and the answer is False.
        """
        for master, weight in zip(self._masters, self._weights, strict=True):
            master.grad = None if weight.grad is None else weight.grad.float()
            weight.grad = None
        if not torch.isfinite(torch.nn.utils.clip_grad_norm_(self._masters, self._max_norm)):
            return False
        self.optimiser.step(rate)
        self._copy_back()
        return True

    def masters(self) -> dict[str, torch.Tensor]:
        """The float32 weights themselves, by their names in the adapter's file."""
        return dict(zip(self._names, self._masters, strict=True))

    def take_up(self, masters: Mapping[str, torch.Tensor]) -> None:
        """Goes on from these weights; raises KeyError or RuntimeError where they are not this adapter's."""
        with torch.no_grad():
            for name, master in zip(self._names, self._masters, strict=True):
                master.copy_(masters[name])
        self._copy_back()

    def _copy_back(self) -> None:
        with torch.no_grad():
            for master, weight in zip(self._masters, self._weights, strict=True):
                weight.copy_(master)

    def gradients(self) -> torch.Tensor:
        """The gradients that stand on the weights, end to end in float32 on the CPU; 0 where there is none."""
        found = (torch.zeros_like(weight) if weight.grad is None else weight.grad for weight in self._weights)
        return torch.cat([gradient.flatten().float().cpu() for gradient in found])

    def take_gradients(self, gradients: torch.Tensor) -> None:
        """Puts such gradients in the place of those that stand on the weights."""
        parts = torch.split(gradients, [weight.numel() for weight in self._weights])
        for weight, part in zip(self._weights, parts, strict=True):
            weight.grad = part.view(weight.shape).to(weight.device, weight.dtype)

    def forget_gradients(self) -> None:
        """Clears what a step that was only measured left."""
        for weight in self._weights:
            weight.grad = None

    @contextmanager
    def _in_full_precision(self) -> Iterator[None]:
        coarse = [weight.data for weight in self._weights]
        for master, weight in zip(self._masters, self._weights, strict=True):
            weight.data = master.data
        try:
            yield
        finally:
            for data, weight in zip(coarse, self._weights, strict=True):
                weight.data = data

    def save(
        self, folder: Path, state: Mapping[str, object], tensors: Mapping[str, torch.Tensor] | None = None
    ) -> None:
        """Writes the adapter with a manifest of hashes as the last file; the folder gets its name when all is there.

        `state` goes into `state.json` beside it, `tensors` into `trainer.safetensors`. Raises NotSaved.
        """
        pinned = (folder / PINNED).is_file()
        with finished_folder(folder) as building:
            try:
                with self._in_full_precision():
                    self.model.save_pretrained(str(building), safe_serialization=True, save_embedding_layers=False)
                if tensors is not None:
                    save_file(dict(tensors), str(building / TENSORS))
            except SafetensorError as error:  # a full disk comes by this name
                raise NotSaved(path=folder, reason=str(error)[:200]) from error
            (building / STATE).write_text(json.dumps(state, indent=1), encoding="utf-8")
            if self._base is not None:
                (building / BASE).write_text(self._base.as_text(), encoding="utf-8")
            manifest = {file.name: sha256_of(file) for file in sorted(building.iterdir())}
            (building / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
            if pinned:
                (building / PINNED).touch()
            _sync(building)


def _no_card(_folder: str) -> None:
    """Instead of the library's own card, which has blanks to fill in."""


def _sync(folder: Path) -> None:
    """Has the files on the disk before the folder gets its name."""
    for file in folder.iterdir():
        with file.open("rb+") as stream:
            os.fsync(stream.fileno())


def _upper(model: Model, config: TrainingConfig) -> int:
    """How many layers, counted from the top, get an adapter."""
    count = int(model.config.num_hidden_layers)
    return count if config.lora.layers == "all" else min(count, config.lora.layers)


def lora_of(model: Model, config: TrainingConfig) -> LoraConfig:
    """The adapter's place in a model, as peft wants it; raises NoSuchLayers."""
    count, upper = int(model.config.num_hidden_layers), _upper(model, config)
    return LoraConfig(
        r=config.lora.rank,
        lora_alpha=config.lora.alpha,
        lora_dropout=config.lora.dropout,
        target_modules=_targets(model, config),
        layers_to_transform=None if upper == count else list(range(count - upper, count)),
        task_type="CAUSAL_LM",
    )


def _targets(model: Model, config: TrainingConfig) -> list[str]:
    """The names of the layers that get an adapter: those asked for, which must be there, or all but the head."""
    head = model.get_output_embeddings()
    linear = {
        name.rpartition(".")[2]
        for name, part in model.named_modules()
        if isinstance(part, torch.nn.Linear) and part is not head
    }
    if config.lora.target_modules == "all-linear":
        return sorted(linear)
    asked = set(config.lora.target_modules)
    if not asked <= linear:
        raise NoSuchLayers(unknown=", ".join(sorted(asked - linear)), known=", ".join(sorted(linear)))
    return sorted(asked)
