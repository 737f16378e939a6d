"""Owns what a training run is told: the settings, their bounds, and how those given join those of a profile.

Settings come from outside (a file, the command line, a form), so pydantic reads them. All that is wrong with them is
told at once (`studio.faults` has the words); nothing is loaded for it.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

import pydantic
from pydantic_core import PydanticCustomError

from studio import faults
from studio.faults import Fault
from studio.jobs.runs import save_run_config
from studio.language import N_, _
from studio.training.errors import BadSettings, NoScenarios, UnknownProfile
from studio.training.names import OTHER_NAMES, PARTS, flat, nested
from studio.training.profiles import DEFAULT_PROFILE, profile_settings, profiles
from studio.workspace.folder import scenario_files

RESOLVED = "resolved"
"""Under this a run's config.yaml says what the machine and the data made of the settings."""

OF_THE_RUN = ("name", "profile", "base", "scenarios", "dataset", "preferences", "start_from", "steps", "threads",
              "processes", "sample_lines", "pause_on_battery")  # fmt: skip
"""Settings that say what a run is, or that the machine decides; they are no way of training."""

FOR_PREFERENCES: Mapping[str, object] = {"learning_rate": 1e-4, "epochs": 3}
"""What profiles say for examples is far too much for pairs of answers, which move a model by their difference alone."""

MOST_STEPS = 10_000_000

_CONTRADICTION = "contradiction"


class _Settings(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @pydantic.field_validator("*", mode="before")
    @classmethod
    def _no_truth_for_a_number(cls, value: object, info: pydantic.ValidationInfo) -> object:
        """`true` would else be read as 1."""
        kind = cls.model_fields[str(info.field_name)].annotation
        if isinstance(value, bool) and kind is not bool and bool not in get_args(kind):
            raise ValueError(_("true and false are no value of it"))
        return value


class LoraSettings(_Settings):
    """The adapter's shape. `layers`: all, or how many of the upper layers get one; `target_modules`: the names of the
    linear layers within them that do, or all-linear."""

    rank: int = pydantic.Field(16, ge=1, le=256)
    alpha: int = pydantic.Field(32, gt=0, le=1024)
    dropout: float = pydantic.Field(0.0, ge=0, lt=1)
    layers: Annotated[int, pydantic.Field(ge=1, le=1000)] | Literal["all"] = "all"
    target_modules: (
        Annotated[tuple[Annotated[str, pydantic.Field(min_length=1)], ...], pydantic.Field(min_length=1)]
        | Literal["all-linear"]
    ) = "all-linear"


class TrainingConfig(_Settings):
    """All that decides a run. What is None is decided by the worker and written into the run's config.yaml.

    What is learnt from is either `scenarios` or `dataset`, the folder of a build; with the objective `dpo` it is better
    and worse answers, from `preferences` or a build. A build in whose sources there were errors is refused unless
    `allow_errors`. `start_from` is the folder of an adapter to go on from, `replay` the share of what it learnt from
    among what is learnt now.
    """

    name: str = pydantic.Field("first-model", min_length=1, max_length=60)
    profile: str = pydantic.Field(DEFAULT_PROFILE, json_schema_extra={"takes": N_("the name of a profile")})
    base: Path = pydantic.Field(json_schema_extra={"takes": N_("a model's name, or the path of a GGUF or a folder")})
    scenarios: tuple[Path, ...] = ()
    dataset: Path | None = pydantic.Field(
        None, json_schema_extra={"takes": N_("a data set's name, or a build's folder")}
    )
    allow_errors: bool = False
    objective: Literal["sft", "dpo"] = "sft"
    preferences: Path | None = pydantic.Field(
        None, json_schema_extra={"takes": N_("the path of a file of corrections")}
    )
    beta: float = pydantic.Field(0.1, gt=0, le=10)
    start_from: Path | None = pydantic.Field(
        None, json_schema_extra={"takes": N_("a run's name or folder, or the folder of an adapter or checkpoint")}
    )
    replay: float = pydantic.Field(0.0, ge=0, lt=1)
    max_length: int = pydantic.Field(2048, ge=64, le=131072)
    lora: LoraSettings = pydantic.Field(default_factory=lambda: LoraSettings.model_validate({}))
    learning_rate: float = pydantic.Field(1e-3, gt=0, le=1)
    warmup: float = pydantic.Field(0.06, ge=0, lt=1)
    warmup_steps: int | None = pydantic.Field(None, ge=0, le=MOST_STEPS)
    weight_decay: float = pydantic.Field(0.0, ge=0, le=1)
    max_grad_norm: float = pydantic.Field(1.0, gt=0, le=1000)
    batch_size: int = pydantic.Field(1, ge=1, le=1024)
    gradient_accumulation_steps: int = pydantic.Field(2, ge=1, le=1024)
    epochs: float = pydantic.Field(5, gt=0, le=1000)
    max_minutes: float | None = pydantic.Field(7, gt=0, le=100_000)
    call_weight: float = pydantic.Field(1.0, ge=1, le=100)
    seed: int = pydantic.Field(0, ge=0, le=2**32 - 1)
    precision: Literal["auto", "bf16", "fp32"] = "auto"
    quantisation: Literal["none", "nf4"] = "none"
    optimiser: Literal["adamw", "adamw-8bit", "adamw-paged-8bit"] = "adamw"
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    use_gpu: bool = True
    gpu_fallback: Literal["ask", "accept", "refuse"] = "ask"
    memory_limit_gb: float | None = pydantic.Field(None, gt=0, le=100_000)
    gradient_checkpointing: bool | Literal["auto"] = "auto"
    offload_activations: bool | Literal["auto"] = "auto"
    processes: Annotated[int, pydantic.Field(ge=1, le=64)] | Literal["auto"] = 1
    threads: int | None = pydantic.Field(None, ge=1, le=1024)
    steps: int | None = pydantic.Field(None, ge=1, le=MOST_STEPS)
    sample_every: int = pydantic.Field(20, ge=1, le=MOST_STEPS)
    sample_tokens: int = pydantic.Field(40, ge=1, le=400)
    sample_lines: tuple[str, ...] = ()
    validation_examples: Annotated[int, pydantic.Field(ge=0, le=10_000)] | Literal["all"] = 2
    validation_every: int | None = pydantic.Field(None, ge=1, le=MOST_STEPS)
    accuracy_cases: int = pydantic.Field(0, ge=0, le=1000)
    early_stopping: int | None = pydantic.Field(None, ge=1, le=1000)
    checkpoint_every: int = pydantic.Field(50, ge=1, le=MOST_STEPS)
    checkpoint_minutes: float | None = pydantic.Field(10, gt=0, le=100_000)
    keep_checkpoints: int = pydantic.Field(2, ge=1, le=1000)
    pause_on_battery: bool = False

    @property
    def effective_batch(self) -> int:
        """How many examples a step learns from."""
        return self.batch_size * self.gradient_accumulation_steps

    def climb(self, steps: int) -> float:
        """The part of a run's steps over which the learning rate climbs: `warmup_steps` of them where that is set."""
        return self.warmup if self.warmup_steps is None else min(1.0, self.warmup_steps / steps)

    def contradictions(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """Settings that are fine alone and not together, with a sentence."""
        yield from self._clashing_sources()
        if self.replay and self.start_from is None:
            yield ("replay", "start_from"), _("there is nothing to replay without start_from.")
        if self.replay and self.objective == "dpo":
            yield ("replay", "objective"), _("only examples are replayed, and dpo learns from pairs of answers.")
        if not self.use_gpu and self.device not in ("auto", "cpu"):
            yield ("use_gpu", "device"), _("a graphics card is named that is not to be used.")
        if self.processes != "auto" and self.processes > self.effective_batch:
            yield ("processes", "batch_size"), _("a step has too few examples for so many.")
        if self.profile not in profiles():
            yield ("profile",), _("there is no profile of this name.")

    def _clashing_sources(self) -> Iterator[tuple[tuple[str, ...], str]]:
        if self.objective == "dpo":
            if self.scenarios:
                yield ("scenarios", "objective"), _("dpo learns from preferences or a data set, not from scenarios.")
            if (self.preferences is not None) == (self.dataset is not None):
                yield ("preferences", "dataset"), _("give either a file of preferences or a data set.")
            return
        if self.preferences is not None:
            yield ("preferences", "objective"), _("they are learnt from with objective: dpo.")
        if bool(self.scenarios) == (self.dataset is not None):
            yield ("scenarios", "dataset"), _("give either scenarios or a data set.")

    @pydantic.model_validator(mode="after")
    def _consistent(self) -> Self:
        found = list(self.contradictions())
        if found:
            raise PydanticCustomError(_CONTRADICTION, "{found}", {"found": found})
        return self


@cache
def settings() -> Mapping[str, faults.Schema]:
    """Every setting by its whole name (`lora.rank`), with the schema of what it takes."""
    return faults.settings_of(TrainingConfig)


def read_config(values: Mapping[str, object]) -> TrainingConfig:
    """Settings as given, over those of their profile; raises BadSettings, which names everything that is wrong.

    `lora: {rank: 8}` and `lora.rank: 8` are the same. What is None counts as not given, but for the settings for which
    it is a value.
    """
    config, found = judged(values)
    if config is None:
        raise BadSettings.of(found)
    return config


def judged(values: Mapping[str, object]) -> tuple[TrainingConfig | None, tuple[Fault, ...]]:
    """The settings, or None and everything that is wrong with them."""
    given, found = by_whole_name(values)
    try:
        filled = _filled(given)
    except UnknownProfile as error:
        found.append(Fault("profile", str(error), ", ".join(profiles()), absent=True))
        given["profile"], filled = DEFAULT_PROFILE, flat(profile_settings(DEFAULT_PROFILE))
    config, more = _validated(nested({**filled, **given}))
    found.extend(more)
    return (None, tuple(found)) if found else (config, ())


def _filled(given: Mapping[str, object]) -> dict[str, object]:
    """What the profile fills in; from preferences less is learnt a step, whatever it says. Raises UnknownProfile."""
    filled = flat(profile_settings(str(given.get("profile", DEFAULT_PROFILE))))
    return {**filled, **(FOR_PREFERENCES if given.get("objective") == "dpo" else {})}


def _validated(values: dict[str, Any]) -> tuple[TrainingConfig | None, list[Fault]]:
    """The settings by their types; where some are wrong, the others are still looked at together."""
    found: list[Fault] = []
    while True:
        try:
            return TrainingConfig.model_validate(values), found
        except pydantic.ValidationError as error:
            if error.errors()[0]["type"] == _CONTRADICTION:
                return None, [*found, *_clashes(error, {fault.setting for fault in found})]
            told = {fault.setting for fault in found}
            new = [fault for fault in faults.found(error, settings()) if fault.setting not in told]
            if not new:
                return None, found
            found.extend(new)
            for fault in new:
                _leave_out(values, fault.setting)


def _clashes(error: pydantic.ValidationError, told: set[str]) -> Iterator[Fault]:
    for names, wrong in error.errors()[0]["ctx"]["found"]:
        if not told.intersection(names):
            yield Fault(names[0], wrong)


def _leave_out(values: dict[str, Any], setting: str) -> None:
    """Puts in place of a wrong setting what is surely right, so that the rest can be looked at."""
    if setting == "base":
        values["base"] = "-"
        return
    part, dot, rest = setting.partition(".")
    if dot and part in PARTS and isinstance(values.get(part), dict):
        values[part].pop(rest, None)
    else:
        values.pop(setting, None)


def by_whole_name(values: Mapping[str, object]) -> tuple[dict[str, object], list[Fault]]:
    """What was given, by the whole names of settings, and what is wrong about the names."""
    given, found = dict[str, object](), list[Fault]()
    for key, value in flat(values).items():
        name = OTHER_NAMES.get(key, key)
        schema = settings().get(name)
        if value is None and (schema is None or not faults.takes_nothing(schema)) and name in settings():
            continue
        if name in given and given[name] != value:
            wrong = _("{key} says something else.").format(key=key if key != name else _("another name of it"))
            found.append(Fault(name, wrong))
        given[name] = value
    return given, found


def with_files(config: TrainingConfig) -> TrainingConfig:
    """The settings with every folder among the scenarios replaced by the scenarios in it; raises NoScenarios."""
    found: list[Path] = []
    for path in config.scenarios:
        found.extend(scenario_files(path) if path.is_dir() else [path])
    if config.scenarios and not found:
        raise NoScenarios(path=", ".join(map(str, config.scenarios)))
    return config.model_copy(update={"scenarios": tuple(dict.fromkeys(found))})


def save_config(config: TrainingConfig, run: Path, resolved: dict[str, object]) -> None:
    """Writes the settings into a run, and under `resolved` what the machine and the data made of them."""
    save_run_config(run, {**config.model_dump(mode="json"), RESOLVED: resolved})
