"""Owns the forecast of what loading a GGUF takes by its settings, on the machine's side and on the card's.

The machine's side is `gguf.memory`'s, which is held to the worker's peak. What lies on the card are sums of what is
known (the layers' weights, their keys and values), and a margin stays free.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from studio.gguf.memory import STATES, Memory, laid_out_anew, memory_of
from studio.gguf.outline import EMBEDDING, OUTPUT, Outline, Piece, outline_of
from studio.gguf.reader import Gguf
from studio.gguf.recipes import Packed
from studio.inference.load_settings import KV_BYTES, UNFLASHED, LoadSettings
from studio.jobs.nvidia import Nvidia

MARGIN = 512 << 20
"""Bytes of a card that stay free for the driver and for what is computed there."""

_EVERY = 999


@dataclass(frozen=True, slots=True)
class Room:
    """Bytes that are free: of the machine's memory, and of the card with most, 0 where there is none."""

    memory: int
    card: int = 0

    @classmethod
    def here(cls) -> "Room":
        """What is free now."""
        nvidia = Nvidia()
        try:
            free = [one.memory_total - one.memory_used for one in nvidia.cards()]
        finally:
            nvidia.close()
        return cls(psutil.virtual_memory().available, max(free, default=0))


@dataclass(frozen=True, slots=True)
class LoadForecast:
    """What a model takes by its settings: `memory` by part on the machine, `card` bytes on the card.

    `on_card` of `layers` lie there. `context` is what is left of the one asked for where the model was made for less.
    """

    context: int
    layers: int
    on_card: int
    memory: Memory
    card: int

    def fits(self, room: Room) -> bool:
        """Whether that much is free."""
        return self.memory.total <= room.memory and (self.card == 0 or self.card + MARGIN <= room.card)


@dataclass(frozen=True, slots=True)
class Loadable:
    """What a forecast needs of a GGUF, read once: bytes of each layer's weights, of the output and of an adapter."""

    outline: Outline
    weights: int
    by_layer: tuple[int, ...]
    output: int
    tensors: tuple[Packed, ...]
    adapter: int = 0

    @classmethod
    def of(cls, path: Path, adapter: Path | None = None) -> "Loadable":
        """Reads a GGUF's head; raises what reading it raises."""
        outline = outline_of(path)
        with Gguf(path) as gguf:
            tensors = tuple(
                Packed(Piece(row.name, row.shape, row.type.name), row.type, row.type, False, False)
                for row in gguf.tensors
            )
        by_layer = [0] * outline.layers
        for one in tensors:
            layer = _layer(one.piece.name)
            if layer is not None and layer < outline.layers:
                by_layer[layer] += one.size
        whole = sum(one.size for one in tensors)
        last = EMBEDDING if outline.tied else OUTPUT  # a tied one lies on the card a second time
        output = sum(one.size for one in tensors if one.piece.name == last)
        worn = adapter.stat().st_size if adapter is not None and adapter.is_file() else 0
        return cls(outline, whole, tuple(by_layer), output, tensors, worn)

    def forecast(self, settings: LoadSettings, room: Room) -> LoadForecast:
        """What it takes; where the settings leave the layers open, as many lie on the card as there is room for."""
        width = KV_BYTES[settings.kv_type] / KV_BYTES["f16"]
        plain = memory_of(self.outline, self.weights, 0, settings.context)
        keys = int(plain.keys * width)
        a_layer = keys // max(1, self.outline.layers)
        on_card = self._layers_for(room, a_layer) if settings.gpu_layers is None else settings.gpu_layers
        on_card = min(on_card, self.outline.layers) if room.card else 0
        card = self._on_card(on_card, a_layer) if on_card else 0
        stays = self._stay(on_card)
        memory = replace(
            plain,
            weights=sum(one.size for one in stays) + self.adapter,
            laid_out=laid_out_anew(stays),
            keys=keys - a_layer * on_card,
            workspace=self._workspace(plain, settings.settled(card=on_card > 0)),
        )
        return LoadForecast(plain.context, self.outline.layers, on_card, memory, card)

    def layers_for(self, settings: LoadSettings, room: Room) -> int:
        """How many layers the worker is told to put on the card: all and the output, or as many as fit."""
        if settings.gpu_layers is not None:
            return settings.gpu_layers
        found = self.forecast(settings, room).on_card
        return _EVERY if found == self.outline.layers else found

    def _workspace(self, plain: Memory, settings: LoadSettings) -> int:
        """Bytes that are computed in; without flash attention every head's look at the whole context lies there."""
        if settings.flash_attention is not False:
            return plain.workspace
        looks = 4 * UNFLASHED * plain.context * (self.outline.heads + 1)
        return looks + STATES * UNFLASHED * (self.outline.width + self.outline.inner)

    def _stay(self, on_card: int) -> list[Packed]:
        """The tensors that the machine keeps; llama.cpp puts the last layers on a card, and the output with all."""
        whole = on_card >= self.outline.layers
        first = self.outline.layers - on_card
        return [
            one
            for one in self.tensors
            if (layer if (layer := _layer(one.piece.name)) is not None else -1) < first
            and not (whole and one.piece.name == OUTPUT)
        ]

    def _layers_for(self, room: Room, a_layer: int) -> int:
        count = self.outline.layers
        while count and self._on_card(count, a_layer) + MARGIN > room.card:
            count -= 1
        return count

    def _on_card(self, count: int, a_layer: int) -> int:
        """Bytes on the card with the last `count` layers there, and the output with all."""
        output = self.output if count >= self.outline.layers else 0
        return sum(self.by_layer[len(self.by_layer) - count :]) + a_layer * count + output


def _layer(name: str) -> int | None:
    """The layer that a tensor belongs to."""
    head, _dot, rest = name.partition(".")
    number = rest.partition(".")[0]
    return int(number) if head == "blk" and number.isdecimal() else None
