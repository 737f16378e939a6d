"""Owns the models that can be fetched and trained: what each is, what its licence allows, what it takes to train it.

Reads `resources/models.yaml`; knows neither the disk nor the Hub.
"""

from functools import cache
from typing import Self

import pydantic
import yaml

from studio.amounts import GB
from studio.errors import UsageError, did_you_mean
from studio.files import read_text
from studio.language import N_, _
from studio.resources import resource
from studio.training.config import TrainingConfig
from studio.training.memory import DeviceRoom, ModelShape, forecast

_ROOMY = DeviceRoom("", "cuda", 1 << 50, 1 << 50)
_TABLE = "models.yaml"


class NoSuchModel(UsageError):
    """The name of a model is none."""

    sentence = N_("There is no model “{name}” here.{near} `lorewright models list` shows what there is.")

    @classmethod
    def near(cls, name: str, known: list[str]) -> Self:
        """The error, with what may have been meant."""
        near = did_you_mean(name, known)
        return cls(name=name, near=_(" Did you mean “{near}”?").format(near=near) if near else "")


class _Read(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")


class Licence(_Read):
    """What a licence is called, where its text stands, and whether a game made with the model may be sold."""

    name: str
    url: str
    sellable: bool
    sale: str


class _Shape(_Read):
    """A shape as the table gives it; the fields are those of ModelShape."""

    family: str
    layers: int = pydantic.Field(gt=0)
    width: int = pydantic.Field(gt=0)
    inner: int = pydantic.Field(gt=0)
    heads: int = pydantic.Field(gt=0)
    groups: int = pydantic.Field(gt=0)
    head: int = pydantic.Field(gt=0)
    vocabulary: int = pydantic.Field(gt=0)
    tied: bool
    bent: bool = False


class CatalogueModel(_Read):
    """One model. `repo` is None for the starter, which comes with set-up; `unsure` names fields that may have changed
    since the table was written; `prose` orders models by how well they tell a scene."""

    id: str = pydantic.Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")
    name: str
    repo: str | None
    revision: str = "main"
    parameters: int = pydantic.Field(gt=0)
    sizes: _Shape = pydantic.Field(alias="shape")
    download_mb: int = pydantic.Field(gt=0)
    licence: Licence
    gated: bool = False
    unsure: tuple[str, ...] = ()
    prose: int = pydantic.Field(ge=1, le=9)
    about: str

    @property
    def family(self) -> str:
        """What transformers calls its kind."""
        return self.sizes.family

    @property
    def shape(self) -> ModelShape:
        """Its sizes, for forecasts of memory."""
        return ModelShape(name=self.id, packed=self.repo is None, **self.sizes.model_dump())

    @property
    def download_bytes(self) -> int:
        """How much comes over the line, about."""
        return self.download_mb * 1_000_000

    @property
    def sellable(self) -> bool:
        """Whether a game made with it may be sold, if the licence's conditions are kept."""
        return self.licence.sellable

    @property
    def min_vram_gb(self) -> float:
        """The least memory of a card for training it with QLoRA: 4 bits, 2,048 tokens, rank 16, one example a pass."""
        return self._least("nf4")

    @property
    def min_lora_gb(self) -> float:
        """The same in 16 bits (LoRA)."""
        return self._least("none")

    def _least(self, quantisation: str) -> float:
        settings: dict[str, object] = {
            "base": self.id,
            "scenarios": ["-"],
            "batch_size": 1,
            "quantisation": quantisation,
            "optimiser": "adamw-8bit",
            "gradient_checkpointing": True,
            "offload_activations": True,
        }
        total = forecast(self.shape, TrainingConfig.model_validate(settings), _ROOMY, ()).total
        return round(total / GB, 1)


@cache
def catalogue() -> tuple[CatalogueModel, ...]:
    """All models of the table, smallest first; what they say of themselves is in the reader's language."""
    table = yaml.safe_load(read_text(resource(_TABLE)))
    licences = {key: {**row, "sale": _(row["sale"])} for key, row in table["licences"].items()}
    rows = ({**row, "about": _(row["about"]), "licence": licences[row["licence"]]} for row in table["models"])
    return tuple(CatalogueModel.model_validate(row) for row in rows)


def find_model(name: str) -> CatalogueModel:
    """The model of that name; raises NoSuchModel."""
    found = {model.id: model for model in catalogue()}
    if name not in found:
        raise NoSuchModel.near(name, list(found))
    return found[name]


class Measured(_Read):
    """How quick a model was on a named processor, where the table was written."""

    model: str
    processor: str
    training_tokens_a_second: float = pydantic.Field(gt=0)
    preparation_seconds: float = pydantic.Field(ge=0)
    played_tokens_a_second: float = pydantic.Field(gt=0)


@cache
def measured_elsewhere() -> Measured:
    """What was measured for those whose own machine has not trained yet."""
    return Measured.model_validate(yaml.safe_load(read_text(resource(_TABLE)))["measured"])
