"""Owns the formulas of what a training takes, in bytes by part: from the model's shape, the settings and the lengths.

Needs no torch, and follows what `workers` does. docs/decisions/0025 has what was measured against them.
"""

from collections.abc import Sequence

from studio.training.config import TrainingConfig
from studio.training.room import DeviceRoom
from studio.training.shape import ModelShape

PARTS = ("weights", "adapters", "gradients", "optimiser", "activations", "logits", "workspace")
LOSS_ROWS = 192
"""Trained tokens whose logits stand in memory at once, where the head is a plain product."""

KEPT_MOST = 2 << 30
"""Bytes that the kept states of layers below the adapter may take; what lies beyond passes all layers each time."""

_NF4 = 0.5 + 1 / 64 + 4 / (64 * 256)
"""Bytes a weight in NF4 with double quantisation: four bits, a byte for 64 of them, four more for 256 such."""

_CPU_PROGRAM = 500 << 20
"""What the worker holds on a CPU before the model is loaded: Python, torch, transformers, peft, the vocabulary."""

_CPU_AT_WORK = 128 << 20
"""And once it has answered and learnt: kernels, buffers of threads, pieces of the heap from the answers (measured);
what layers computed again leave behind lies in the same pieces."""

_CARD_LIBRARIES = 40 << 20
"""What the libraries of a card set aside beside the CUDA context."""

_SPLINTERS = 0.04
"""The part that a card's allocator holds beyond what is in use: pieces between blocks that nothing fits into."""

_KERNELS, _LENGTHS_AT_WORK, _LENGTHS_KEPT = 18 << 20, 4, 34
"""In bfloat16 on a CPU each length of a row, filled up to 64 tokens, has kernels of its own that take this (measured);
those of so many lengths are counted as work, and no more than the last are kept."""

_HEAP = 1.3
"""On a CPU what is kept takes this much more than its own size: it lies between pieces that were freed (measured)."""

_HEAP_AGAIN = 11
"""And where layers are computed again, what was freed takes so many times a layer's states (measured); of no more
layers than there are."""

_ATTENTION_BLOCK = 256


def parts_of(shape: ModelShape, config: TrainingConfig, device: DeviceRoom, lengths: Sequence[int]) -> dict[str, int]:
    """Bytes by part at the worst moment, in the order of PARTS, for settings as they stand."""
    return _Account(shape, config, device, lengths).parts()


class _Account:
    """The sums for one shape on one device; `wide` is the bytes of a number in the type that is computed with."""

    def __init__(self, shape: ModelShape, config: TrainingConfig, device: DeviceRoom, lengths: Sequence[int]) -> None:
        self.shape, self.config, self.cpu = shape, config, device.kind == "cpu"
        fine = config.precision == "bf16" or (config.precision == "auto" and device.bf16)
        self.wide = 2 if fine else 4
        self.upper = shape.layers if config.lora.layers == "all" else min(shape.layers, config.lora.layers)
        self.lengths = sorted((min(length, config.max_length) for length in lengths), reverse=True)
        self.row = sum(self.lengths[: config.batch_size])
        self.longest = self.lengths[0]

    def parts(self) -> dict[str, int]:
        """Every part. Logits stand where a moment later the layers' way back has its room: that counts once."""
        trained, logits, passing = self._trained(), self._logits(), self._passing()
        again = self._layer() if self.config.gradient_checkpointing is True and not self.cpu else 0.0
        kept = self._kept()
        shared = 0.0 if self.cpu else min(logits, passing + again)
        found = {
            "weights": self._weights(),
            "adapters": trained * (self.wide + 4),
            "gradients": trained * self.wide,
            "optimiser": trained * (8 if self.config.optimiser == "adamw" else 2 + 8 / 256),
            "activations": kept + again - max(0.0, shared - passing),
            "logits": logits,
            "workspace": passing - min(shared, passing),
        }
        if self.cpu:
            found["workspace"] += _CPU_PROGRAM + max(0.0, _CPU_AT_WORK - passing) + self._kernels()
            found["workspace"] += max(0, self._loading() - sum(found.values()))
        else:
            found["workspace"] += _CARD_LIBRARIES + _SPLINTERS * sum(found.values())
        return {name: int(found[name]) for name in PARTS}

    def _trained(self) -> int:
        named = self.config.lora.target_modules
        sizes = self.shape.linears
        taken = [sizes[name] for name in sizes if named == "all-linear" or name in named]
        return self.upper * self.config.lora.rank * sum(rows + columns for rows, columns in taken)

    def _weights(self) -> float:
        four = self.config.quantisation == "nf4" or self.shape.four_bit
        return self.shape.linear_weights * (_NF4 if four else self.wide) + self.shape.table_weights * self.wide

    def _states(self) -> int:
        """The numbers that one layer keeps of a token on a CPU, attention's weights apart: of norms and linear layers
        one copy of their input."""
        shape = self.shape
        queries, keys = shape.heads * shape.head, shape.groups * shape.head
        adapters = len(shape.linears) * self.config.lora.rank
        return 4 * shape.width + 2 * queries + 2 * keys + 4 * shape.inner + adapters

    def _layer(self) -> float:
        """The bytes that one layer keeps for its way back."""
        shape = self.shape
        queries, keys = shape.heads * shape.head, shape.groups * shape.head
        if self.cpu:
            rows = self.lengths[: self.config.batch_size]
            scores = shape.heads * sum(length * (length + _ATTENTION_BLOCK) / 2 for length in rows)
            return self.wide * (self.row * self._states() + scores)
        norms = 2 * shape.width * (4 + self.wide)  # in float32 first
        masked = queries if self.config.batch_size > 1 else keys  # a mask makes keys and values as wide as queries
        inner = 4 * shape.inner + len(shape.linears) * self.config.lora.rank
        return self.row * (norms + self.wide * (2 * queries + keys + 2 * masked + inner) + 4 * shape.heads)

    def _kept(self) -> float:
        """What all layers keep from their way up to their way back, and the states kept from below the adapter."""
        state = self.row * self.shape.width * self.wide
        below = 0.0
        if self.upper < self.shape.layers:
            below = min(KEPT_MOST, sum(self.lengths) * self.shape.width * self.wide)
        if self.config.gradient_checkpointing is not True:
            return below + self.upper * self._layer() * (_HEAP if self.cpu else 1)
        offloaded = self.config.offload_activations is True and not self.cpu
        return below + state * (2 if offloaded else self.upper)

    def _logits(self) -> float:
        if self.shape.bent:
            return self.row * self.shape.vocabulary * (12 + self.wide)
        return min(LOSS_ROWS, self.row) * self.shape.vocabulary * (12 if self.cpu else 8 + self.wide)

    def _passing(self) -> float:
        """What a layer takes for a moment: gradients of its states and an unpacked matrix; on a CPU what it freed."""
        shape = self.shape
        if self.cpu:
            again = self.config.gradient_checkpointing is True
            return min(_HEAP_AGAIN, self.upper) * self.row * self._states() * self.wide if again else 0.0
        passing = self.row * (3 * shape.inner + 4 * shape.width) * self.wide
        four = self.config.quantisation == "nf4" or shape.four_bit
        return passing + (max(rows * columns for rows, columns in shape.linears.values()) * self.wide if four else 0)

    def _kernels(self) -> int:
        """Those of a CPU for lengths beyond the usual few."""
        lengths = len({-(-length // 64) for length in self.lengths}) if self.wide == 2 else 0
        return _KERNELS * max(0, min(lengths * self.config.batch_size, _LENGTHS_KEPT) - _LENGTHS_AT_WORK)

    def _loading(self) -> float:
        """The program with the weights as they lie on disk beside those that are made of them."""
        disk = self.shape.weights * 2
        unpacking = self.shape.weights * 6 if self.shape.packed else 0
        return _CPU_PROGRAM + max(unpacking, disk + self._weights())
