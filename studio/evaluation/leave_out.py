"""Owns the leave-out table: for each type of scenario, what a model can do that was trained on all the others.

It is measured on the held-out scenarios of that type, beside the model that saw them all. How a model is trained and
converted comes in as an argument; one that was made from the same settings and scenarios is used again.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from studio.errors import InputError
from studio.evaluation.comparing import Comparison, compared
from studio.evaluation.evaluating import Evaluating, Evaluation
from studio.evaluation.held_out import NothingHeldOut, Split
from studio.evaluation.kind import Part, Place
from studio.evaluation.results import Kept
from studio.evaluation.running import opened
from studio.evaluation.suites import Suite
from studio.evaluation.summary import Figure
from studio.evaluation.tool_call_kind import NAME, ToolCallSettings
from studio.jobs.job import WorkerJob
from studio.jobs.protocol import Fields
from studio.jobs.runs import Run, slug
from studio.language import N_
from studio.scenario import load
from studio.training.config import OF_THE_RUN, TrainingConfig, read_config
from studio.training.supervising import SupervisedJob

QUANTISATION = "Q4_K_M"

Made = Callable[[TrainingConfig], Awaitable[Path]]
"""Trains and converts by settings; gives the GGUF."""

Told = Callable[[str, Fields], None]
"""Hears (stage, fields) while models are made."""


class OneTypeOnly(InputError):
    """Nothing can be left out."""

    sentence = N_("All scenarios to train on in {folder} are of one type, so none can be left out. Write others, too.")


class NoSuchType(InputError):
    """A type was named of which there is nothing."""

    sentence = N_("There is no scenario of type “{type}” to leave out; there are: {known}.")


@dataclass(frozen=True, slots=True)
class Row:
    """A type that was left out: the figure of the model without it, of the one with all, and how far they differ."""

    scenario_type: str
    scenarios: int
    cases: int
    without: Figure
    whole: Figure
    comparison: Comparison | None

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "type": self.scenario_type, "held_out_scenarios": self.scenarios, "cases": self.cases,
            "without": self.without.as_json(), "whole": self.whole.as_json(),
            "comparison": None if self.comparison is None else self.comparison.as_json(),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Types:
    """The scenarios of a place by type: those that are trained on, and those that are held out."""

    training: Mapping[str, tuple[Path, ...]]
    held_out: Mapping[str, tuple[Path, ...]]

    @classmethod
    def of(cls, place: Place) -> "Types":
        """By type; raises NothingHeldOut."""
        split = Split.of(place.scenarios)
        if not split.held_out:
            raise NothingHeldOut(folder=place.scenarios)
        return cls(_by_type(split.training), _by_type(split.held_out))

    def left_out(self, wanted: Sequence[str], folder: Path) -> list[str]:
        """The types to leave out: those that are named, else all that can be trained without and measured on."""
        known = [name for name in self.training if name and name in self.held_out]
        for name in wanted:
            if name not in known:
                raise NoSuchType(type=name, known=", ".join(known))
        if len(self.training) < 2 or not known:
            raise OneTypeOnly(folder=folder)
        return list(dict.fromkeys(wanted)) or known

    def but(self, left_out: str | None) -> list[Path]:
        """The scenarios to train on without a type; with none named, all, also those of no type."""
        return [path for name, paths in self.training.items() if name != left_out for path in paths]


def _by_type(paths: Sequence[Path]) -> dict[str, tuple[Path, ...]]:
    found: dict[str, list[Path]] = {}
    for path in paths:
        found.setdefault(load(path).scenario.scenario_type or "", []).append(path)
    return {name: tuple(found[name]) for name in sorted(found)}


@dataclass(frozen=True, slots=True)
class LeaveOut:
    """One table. `settings` are those of a training, but for what a run is called and what it learns from."""

    place: Place
    results: Path
    settings: Mapping[str, object]
    made: Made
    opener: Callable[[str], Any]
    whole: str | None = None

    async def table(self, wanted: Sequence[str] = ()) -> list[Row]:
        """A row a type; raises what training, converting and measuring raise. What was made by then is kept."""
        types = Types.of(self.place)
        rows: list[Row] = []
        names = types.left_out(wanted, self.place.scenarios)
        whole = self.whole or str(await self.made(self._config(None, types)))
        for name in names:
            model = await self.made(self._config(name, types))
            rows.append(await self._row(name, types.held_out[name], str(model), whole))
        return rows

    def _config(self, left_out: str | None, types: Types) -> TrainingConfig:
        paths = [path.resolve() for path in types.but(left_out)]
        texts = [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]
        told = json.dumps([dict(self.settings), texts], sort_keys=True, default=str)
        mark = hashlib.sha256(told.encode()).hexdigest()[:8]
        name = (
            f"without-{slug(left_out)[:40]}-{mark}" if left_out else f"with-all-{mark}"
        )  # a folder in runs and models
        return read_config({**self.settings, "name": name, "scenarios": list(map(str, paths))})

    async def _row(self, name: str, held: Sequence[Path], without: str, whole: str) -> Row:
        root = self.place.root.resolve()
        told = {"scenarios": [path.resolve().relative_to(root) for path in held]}
        settings = ToolCallSettings.model_validate(told)
        suite = Suite(f"leave-out-{name}", name, 0, (Part(NAME, settings, NAME),), (), self.place.root)
        evaluating = Evaluating(opened(suite, self.place), self.results, rivals=False, opener=self.opener)
        done: Evaluation = await evaluating.run([without, whole])
        figures = [model.summary.parts[0].figure("f1") for model in done.models]
        assert figures[0] is not None and figures[1] is not None
        mine: Kept = done.models[0].kept
        found = next(iter(compared(mine, done.models[1].kept)), None)
        return Row(name, len(held), len(mine.parts[NAME]), figures[0], figures[1], found)


def settings_of_run(run: Path) -> dict[str, object]:
    """The settings that a run was trained with, but for what says which run it is; its base stays. Raises as reading
    them does."""
    told = Run(run).config()
    known = TrainingConfig.model_fields
    kept = ("profile", "base", "steps")
    return {
        name: value for name, value in told.items()
        if name in known and value is not None and (name in kept or name not in OF_THE_RUN)
    }  # fmt: skip


def maker(root: Path, told: Told) -> Made:
    """Trains by the shipped workers into a workspace, and converts; what was made before is not made again."""

    async def made(config: TrainingConfig) -> Path:
        folder = root / "models" / config.name
        there = sorted(folder.glob("*.gguf"))
        if there and (folder / "card.json").is_file():
            return there[0]
        told("train", {"name": config.name})
        training = await SupervisedJob.start(
            root / "runs", config.name, {"config": dict(config.model_dump(mode="json"))}
        )
        async for event in training.events():
            told("train", event)
        fields: Fields = {
            "source": str(training.run.path),
            "out": str(root / "models"),
            "quantisations": [QUANTISATION],
        }
        job = await WorkerJob.start("convert", root / "runs", config.name, fields)
        async for event in job.events():
            told("convert", event)
        return _gguf(job.run)

    return made


def _gguf(run: Run) -> Path:
    report = run.report() or {}
    return Path(str(report["gguf"]))
