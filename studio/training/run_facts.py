"""Owns what there is to know of a run, read from its folder: settings, curves, checkpoints, memory, what came of it.

Reads no weight. What a run does not say is None or empty.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.gguf.made_from import source_beside
from studio.jobs.runs import Run
from studio.setup.lock import Lock
from studio.training import checkpoints
from studio.training.checkpoints import Checkpoint, CheckpointDamaged, checkpoints_of
from studio.training.config import OF_THE_RUN, RESOLVED, TrainingConfig
from studio.training.errors import UnknownProfile
from studio.training.machine_facts import MachineFacts, machine_facts
from studio.training.names import flat
from studio.training.profiles import DEFAULT_PROFILE, profile_settings

CARD = "card.json"
"""What a converted model's folder says of itself."""


@dataclass(frozen=True, slots=True)
class CheckpointFacts:
    """One checkpoint: when it was saved (seconds since the epoch), its bytes, and why it stays; `damaged` names the
    file that is not as it was written."""

    step: int
    path: Path
    saved: float
    size: int
    best: bool
    pinned: bool
    damaged: str | None


@dataclass(frozen=True, slots=True)
class MemoryFacts:
    """Bytes that were forecast, in all and by part, and that were used at most; `changes` are sentences on what the
    plan changed for them to fit."""

    forecast: int | None
    measured: int | None
    parts: Mapping[str, int]
    changes: tuple[str, ...]

    @property
    def off(self) -> float | None:
        """How far the forecast was from what was measured, as a part of it."""
        return (self.forecast - self.measured) / self.measured if self.forecast and self.measured else None


@dataclass(frozen=True, slots=True)
class RunFacts:
    """A run; `paused` where it was stopped and can go on.

    `settings` are all by whole names, `changed` those that differ from the profile's: (profile's, run's).
    """

    name: str
    path: Path
    status: str
    paused: bool
    profile: str
    settings: Mapping[str, object]
    changed: Mapping[str, tuple[object, object]]
    resolved: Mapping[str, object]
    step: int
    of: int
    losses: tuple[tuple[int, float], ...]
    validation: tuple[tuple[int, float], ...]
    accuracy: tuple[tuple[int, int, int], ...]
    checkpoints: tuple[CheckpointFacts, ...]
    memory: MemoryFacts
    machine: MachineFacts | None
    report: Mapping[str, object]
    started: float | None
    resumed: int
    failure: Mapping[str, object] | None
    converted: tuple[Path, ...]

    @property
    def tokens_a_second(self) -> float | None:
        """How quick its steps were."""
        return number(self.report.get("tokens_a_second")) or number(self.resolved.get("tokens_per_second"))

    @property
    def seconds(self) -> float | None:
        """How long it took."""
        return number(self.report.get("seconds"))


def facts_of(run: Run, models: Path, now: float | None = None, *, checkpoints: bool = True) -> RunFacts:
    """What a run's folder says; raises NotARun where its settings cannot be read, and the errors of reading a file.

    Checking the checkpoints reads them whole; where they are not asked for there are none.
    """
    raw, state, report = run.config(), run.state(), run.report() or {}
    kept = checkpoints_of(run.path) if checkpoints else ()
    resolved = _mapping(raw.pop(RESOLVED, None))
    settings = flat(raw)
    name = str(settings.get("profile", DEFAULT_PROFILE))
    return RunFacts(
        name=run.name,
        path=run.path,
        status="running" if in_use(run.path) else state.status_at(now if now is not None else time.time()),
        paused=state.paused,
        profile=name,
        settings=settings,
        changed=_changed(settings, name),
        resolved=resolved,
        step=state.step,
        of=state.of,
        losses=tuple(state.losses),
        validation=tuple(state.validation),
        accuracy=tuple(state.accuracy),
        checkpoints=tuple(_checkpoint(one, best_of(kept, state.validation)) for one in kept),
        memory=_memory(resolved, report),
        machine=machine_facts(run.path),
        report=report,
        started=state.started,
        resumed=state.resumed,
        failure=state.failure,
        converted=converted_from(run.path, models),
    )


def in_use(run: Path) -> bool:
    """Whether a process is training in a run's folder now."""
    path = run / checkpoints.FOLDER / ".lock"
    if not path.is_file():
        return False
    with Lock(path) as lock:
        return not lock.acquire()


def converted_from(source: Path, models: Path) -> tuple[Path, ...]:
    """The folders of the models that were converted from a run."""
    return tuple(card.parent for card in sorted(models.glob(f"*/{CARD}")) if source_beside(card.parent) == source)


def _changed(settings: Mapping[str, object], profile: str) -> dict[str, tuple[object, object]]:
    """The settings that are not the profile's, by whole names; what a run cannot share with others is left out."""
    try:
        usual = usual_settings(profile)
    except UnknownProfile:
        usual = usual_settings(DEFAULT_PROFILE)
    return {
        name: (usual.get(name), value)
        for name, value in settings.items()
        if name not in OF_THE_RUN and usual.get(name) != value
    }


def usual_settings(profile: str) -> dict[str, object]:
    """All settings as a profile leaves them, by whole names; raises UnknownProfile."""
    bare = {"base": "-", "scenarios": ["-"], "profile": profile}
    config = TrainingConfig.model_validate({**profile_settings(profile), **bare})
    return flat(config.model_dump(mode="json"))


def best_of(kept: Sequence[Checkpoint], validation: Sequence[tuple[int, float]]) -> int | None:
    """The step of the checkpoint with the lowest validation loss; the untrained model's does not count."""
    steps = {one.step for one in kept if one.step > 0}
    measured = [row for row in validation if row[0] in steps]
    return min(measured, key=lambda row: row[1])[0] if measured else None


def _checkpoint(found: Checkpoint, best: int | None) -> CheckpointFacts:
    try:
        found.verify()
        damaged = None
    except CheckpointDamaged as error:
        damaged = str(error.fields["file"])
    saved = found.path.stat().st_mtime
    return CheckpointFacts(found.step, found.path, saved, found.size, found.step == best, found.pinned, damaged)


def _memory(resolved: Mapping[str, object], report: Mapping[str, object]) -> MemoryFacts:
    """What the plan said, and what the end did; of a run that is under way only the plan is there."""
    planned, read = _mapping(resolved.get("memory")), _mapping(report.get("memory"))
    forecast = number(read.get("forecast")) or number(planned.get("total"))
    measured = number(read.get("measured")) or number(report.get("peak_memory"))
    parts = {str(name): int(part) for name, value in _mapping(planned.get("parts")).items() if (part := number(value))}
    changes = planned.get("changes")
    return MemoryFacts(
        None if forecast is None else int(forecast),
        None if measured is None else int(measured),
        parts,
        tuple(map(str, changes)) if isinstance(changes, list) else (),
    )


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def number(value: object) -> float | None:
    """A value where it is a number."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
