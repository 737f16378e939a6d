"""Owns what a training run is told: the settings, their bounds and the profiles that fill them in.

Settings come from outside (a file, the command line, a form), so pydantic reads them; its complaints become one
sentence that names the setting.
"""

from pathlib import Path
from typing import Annotated, Literal, Self

import pydantic
import yaml

from studio.errors import did_you_mean
from studio.files import read_text, save_atomic
from studio.language import _
from studio.resources import resource
from studio.training.errors import BadSetting, NoScenarios, UnknownProfile
from studio.workspace.folder import scenario_files

DEFAULT_PROFILE = "cpu-starter"


class _Settings(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")


class LoraSettings(_Settings):
    """The adapter's shape. `layers`: all, or how many of the upper layers get one."""

    rank: int = pydantic.Field(16, ge=1, le=256)
    alpha: int = pydantic.Field(32, gt=0, le=1024)
    dropout: float = pydantic.Field(0.0, ge=0, lt=1)
    layers: Annotated[int, pydantic.Field(ge=1)] | Literal["all"] = "all"


class TrainingConfig(_Settings):
    """All that decides a run. What is None is decided by the worker and written into the run's config.yaml.

    What is learnt from is either `scenarios` or `dataset`, the folder of a build. A build in whose sources there were
    errors is refused unless `allow_errors`.
    """

    name: str = pydantic.Field("first-model", min_length=1, max_length=60)
    profile: str = DEFAULT_PROFILE
    base: Path
    scenarios: tuple[Path, ...] = ()
    dataset: Path | None = None
    allow_errors: bool = False
    max_length: int = pydantic.Field(2048, ge=64, le=131072)
    lora: LoraSettings = pydantic.Field(default_factory=lambda: LoraSettings.model_validate({}))
    learning_rate: float = pydantic.Field(1e-3, gt=0, le=1)
    warmup: float = pydantic.Field(0.06, ge=0, lt=1)
    weight_decay: float = pydantic.Field(0.0, ge=0, le=1)
    max_grad_norm: float = pydantic.Field(1.0, gt=0)
    batch_size: int = pydantic.Field(1, ge=1, le=1024)
    gradient_accumulation_steps: int = pydantic.Field(2, ge=1, le=1024)
    epochs: float = pydantic.Field(5, gt=0, le=1000)
    max_minutes: float | None = pydantic.Field(7, gt=0)
    call_weight: float = pydantic.Field(1.0, ge=1, le=100)
    seed: int = 0
    precision: Literal["auto", "bf16", "fp32"] = "auto"
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    threads: int | None = pydantic.Field(None, ge=1, le=1024)
    steps: int | None = pydantic.Field(None, ge=1)
    sample_every: int = pydantic.Field(20, ge=1)
    sample_tokens: int = pydantic.Field(40, ge=1, le=400)
    sample_lines: tuple[str, ...] = ()
    validation_examples: int = pydantic.Field(2, ge=0)
    checkpoint_every: int = pydantic.Field(50, ge=1)

    @property
    def effective_batch(self) -> int:
        """How many examples a step learns from."""
        return self.batch_size * self.gradient_accumulation_steps

    @pydantic.model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.scenarios) == (self.dataset is not None):
            raise ValueError(_("give either scenarios or a data set"))
        return self


def read_config(values: dict[str, object]) -> TrainingConfig:
    """Settings as given, over those of their profile; raises BadSetting or UnknownProfile."""
    profile = str(values.get("profile", DEFAULT_PROFILE))
    merged = {**profile_settings(profile), **{key: value for key, value in values.items() if value is not None}}
    try:
        return TrainingConfig.model_validate(merged)
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        setting = ".".join(str(part) for part in first["loc"]) or "scenarios"
        unknown = first["type"] == "extra_forbidden"
        raise BadSetting(setting=setting, reason=_unknown(setting) if unknown else str(first["msg"])) from error


def _unknown(setting: str) -> str:
    known = [*TrainingConfig.model_fields, *(f"lora.{name}" for name in LoraSettings.model_fields)]
    near = did_you_mean(setting, known)
    if near is None:
        return _("there is none of this name")
    return _("there is none of this name (did you mean {near}?)").format(near=near)


def with_files(config: TrainingConfig) -> TrainingConfig:
    """The settings with every folder among the scenarios replaced by the scenarios in it; raises NoScenarios."""
    found: list[Path] = []
    for path in config.scenarios:
        found.extend(scenario_files(path) if path.is_dir() else [path])
    if config.scenarios and not found:
        raise NoScenarios(path=", ".join(map(str, config.scenarios)))
    return config.model_copy(update={"scenarios": tuple(dict.fromkeys(found))})


def profiles() -> tuple[str, ...]:
    """The names of the shipped profiles."""
    return tuple(sorted(path.stem for path in resource("profiles").glob("*.yaml")))


def profile_settings(name: str) -> dict[str, object]:
    """The settings of a shipped profile; raises UnknownProfile."""
    if name not in profiles():
        raise UnknownProfile(name=name, near=did_you_mean(name, profiles()) or DEFAULT_PROFILE)
    values: dict[str, object] = yaml.safe_load(read_text(resource(f"profiles/{name}.yaml")))
    return {key: value for key, value in values.items() if key not in ("title", "base")}


def save_config(config: TrainingConfig, path: Path, resolved: dict[str, object]) -> None:
    """Writes the settings, and under `resolved` what the machine and the data made of them."""
    values = {**config.model_dump(mode="json"), "resolved": resolved}
    save_atomic(path, yaml.safe_dump(values, sort_keys=False, allow_unicode=True))
