"""Owns how a model is loaded, as a person sets it; knows neither what it costs nor where it is kept."""

from typing import Annotated, Literal

import pydantic

from studio.errors import UsageError
from studio.language import N_

CONTEXT = 8192
UNFLASHED = 128
"""Tokens that are computed at once without flash attention, whose memory goes by them times the context."""
KvType = Literal["f16", "q8_0", "q4_0"]
KV_BYTES: dict[KvType, float] = {"f16": 2.0, "q8_0": 34 / 32, "q4_0": 18 / 32}
"""Bytes of one number of a key or a value."""


class NotTogether(UsageError):
    """Two settings that exclude each other."""

    sentence = N_(
        "Keys and values are kept as {kv_type} only with flash attention. Leave flash attention to the program, or "
        "keep them as f16."
    )


class LoadSettings(pydantic.BaseModel):
    """How a model is loaded. What is None is chosen when it is.

    `gpu_layers` None: as many as there is room for on the card; `threads` None: a thread a core; `flash_attention`
    None: on a card, and where packed keys need it. `template` names one of `resources/chat_templates` for a model
    without one.
    """

    model_config = pydantic.ConfigDict(frozen=True, extra="ignore")

    context: Annotated[int, pydantic.Field(ge=256, le=1 << 20)] = CONTEXT
    gpu_layers: Annotated[int, pydantic.Field(ge=0, le=999)] | None = None
    kv_type: KvType = "f16"
    flash_attention: bool | None = None
    threads: Annotated[int, pydantic.Field(ge=1, le=1024)] | None = None
    template: str = ""

    def check(self) -> None:
        """Raises NotTogether."""
        if self.kv_type != "f16" and self.flash_attention is False:
            raise NotTogether(kv_type=self.kv_type)

    def settled(self, *, card: bool) -> "LoadSettings":
        """The same with flash attention decided. On a processor it takes up to twice as long to read a short turn."""
        if self.flash_attention is not None or card or self.kv_type != "f16":
            return self
        return self.model_copy(update={"flash_attention": False})

    def fields(self) -> dict[str, object]:
        """What the worker `llama` is told."""
        self.check()
        return self.model_dump(exclude={"template"})
