"""Owns the adapter in training: where it sits in the model, its optimiser, and how it is saved."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model

from studio.files import sha256_of
from studio.training.config import TrainingConfig
from studio.workers._base import Model, finished_folder

MANIFEST = "manifest.json"


class Adapter:
    """A LoRA on every linear layer but the head, with an AdamW over full-precision copies of its weights.

    The model computes with weights of its own type; steps are taken on float32 masters, because a bfloat16 weight
    is too coarse for small steps to add up in it.
    """

    def __init__(self, model: Model, config: TrainingConfig) -> None:
        self.model: Model = get_peft_model(model, _lora(model, config), autocast_adapter_dtype=False)
        self._weights = [weight for weight in self.model.parameters() if weight.requires_grad]
        self._masters = [weight.detach().float().clone() for weight in self._weights]
        self.first_layer = int(model.config.num_hidden_layers) - _upper(model, config)
        self._max_norm = config.max_grad_norm
        self._optimiser = torch.optim.AdamW(
            self._masters, lr=config.learning_rate, weight_decay=config.weight_decay, betas=(0.9, 0.99)
        )

    @property
    def size(self) -> int:
        """How many weights are trained."""
        return sum(weight.numel() for weight in self._weights)

    def step(self, rate: float) -> None:
        """One step of the optimiser with the gradients that stand on the weights, which are cleared."""
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        for master, weight in zip(self._masters, self._weights, strict=True):
            master.grad = None if weight.grad is None else weight.grad.float()
            weight.grad = None
        torch.nn.utils.clip_grad_norm_(self._masters, self._max_norm)
        self._optimiser.step()
        self._copy_back()

    def _copy_back(self) -> None:
        with torch.no_grad():
            for master, weight in zip(self._masters, self._weights, strict=True):
                weight.copy_(master)

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

    def save(self, folder: Path, state: dict[str, object]) -> None:
        """Writes the adapter with a manifest of hashes as the last file; the folder gets its name when all is there."""
        with finished_folder(folder) as building:
            with self._in_full_precision():
                self.model.save_pretrained(str(building), safe_serialization=True)
            (building / "README.md").unlink(missing_ok=True)  # the library's own card, with blanks to fill in
            (building / "state.json").write_text(json.dumps(state, indent=1), encoding="utf-8")
            manifest = {file.name: sha256_of(file) for file in sorted(building.iterdir())}
            (building / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")


def _upper(model: Model, config: TrainingConfig) -> int:
    """How many layers, counted from the top, get an adapter."""
    count = int(model.config.num_hidden_layers)
    return count if config.lora.layers == "all" else min(count, config.lora.layers)


def _lora(model: Model, config: TrainingConfig) -> LoraConfig:
    count, upper = int(model.config.num_hidden_layers), _upper(model, config)
    head = model.get_output_embeddings()
    linear = {
        name.rpartition(".")[2]
        for name, part in model.named_modules()
        if isinstance(part, torch.nn.Linear) and part is not head
    }
    return LoraConfig(
        r=config.lora.rank,
        lora_alpha=config.lora.alpha,
        lora_dropout=config.lora.dropout,
        target_modules=sorted(linear),
        layers_to_transform=None if upper == count else list(range(count - upper, count)),
        task_type="CAUSAL_LM",
    )
