"""Owns which models are suggested for a machine and a data set, and what each suggestion promises.

Memory comes from the planner's forecast, times from what was measured (`training.speeds`). Fetches and loads nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from studio.dataset.builds import find_build
from studio.gguf.known_bases import STARTER
from studio.language import N_, _
from studio.training.catalogue import CatalogueModel, catalogue, find_model
from studio.training.config import TrainingConfig
from studio.training.memory import MemoryForecast, forecast
from studio.training.profiles import profile_settings
from studio.training.room import DeviceRoom, room_for
from studio.training.speeds import Speed, played_here, played_word, speed_here, time_word
from studio.training.suited import suited_profile
from studio.workspace import Workspace

EPOCHS = 3.0
"""How often the data is seen, where nobody says."""

_PATIENCE = 24 * 60.0
"""Minutes of training that nobody is advised to wait longer than."""

_READING = 4.0
"""Tokens a second below which a player waits for the words."""

_OTHERS = {"cpu": 0.25, "mps": 0.35, "cuda": 0.08}
"""The part of a processor's memory that the system and other programs hold."""

_BYTES_A_TOKEN = 4


class Role(StrEnum):
    """What a suggestion is for."""

    TRY = "try"
    PROSE = "prose"
    BEST = "best"
    OPEN = "open"

    @property
    def words(self) -> str:
        """The role for people."""
        return _(_TITLES[self])


_TITLES = {
    Role.TRY: N_("Try it"),
    Role.PROSE: N_("Better prose"),
    Role.BEST: N_("The best that fits"),
    Role.OPEN: N_("The best without an account"),
}


@dataclass(frozen=True, slots=True)
class Machine:
    """What trains here, and how quick it is as far as that is known."""

    room: DeviceRoom
    speed: Speed | None = None

    @classmethod
    def here(cls, runs: Path) -> "Machine":
        """This machine, less what others usually hold of its memory; a moment's load does not count."""
        room = first_fitting([_usually(room_for(device)) for device in ("auto", "cpu")])
        return cls(room, speed_here(runs, room.kind))


def _usually(room: DeviceRoom) -> DeviceRoom:
    """A room with as much free as usually is."""
    return replace(room, free=int(room.total * (1 - _OTHERS.get(room.kind, 0.25))))


def first_fitting(rooms: Sequence[DeviceRoom]) -> DeviceRoom:
    """The first that holds the starter in training, else the last: a card may be too small to be of any use."""
    return next((room for room in rooms if _fits(find_model(STARTER), room).fits), rooms[-1])


@dataclass(frozen=True, slots=True)
class Amount:
    """How much there is to learn from: tokens, 0 where nothing is chosen yet, and how often they are seen."""

    tokens: int
    epochs: float = EPOCHS

    @classmethod
    def of(cls, workspace: Workspace, dataset: str | None = None, epochs: float = EPOCHS) -> "Amount":
        """Of a build, or about that of all scenarios of a workspace; raises what `find_build` raises."""
        if dataset is not None:
            return cls(find_build(workspace, dataset).manifest.counts.get("tokens", 0), epochs)
        return cls(sum(path.stat().st_size for path in workspace.scenario_files()) // _BYTES_A_TOKEN, epochs)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A model for this machine; `sentence` says what to expect.

    `minutes` of training and `tokens_per_second` in play are None where nothing like it was measured;
    `training_time` and `play_speed` tell both to people, with where they come from. `memory` is the forecast's, with
    the `changes` of settings that it needed.
    """

    model: CatalogueModel
    role: Role
    sentence: str
    download_bytes: int
    minutes: float | None
    training_time: str
    tokens_per_second: float | None
    play_speed: str
    memory: int
    changes: tuple[str, ...]

    @property
    def sellable(self) -> bool:
        """Whether a game made with it may be sold, if the licence's conditions are kept."""
        return self.model.sellable

    @property
    def sale(self) -> str:
        """That in a sentence."""
        return self.model.licence.sale


def suggested(
    machine: Machine, amount: Amount, models: Sequence[CatalogueModel] | None = None
) -> tuple[Suggestion, ...]:
    """Two to four models for a machine; the starter always, even alone where nothing else fits."""
    models = catalogue() if models is None else models
    fitting = [(model, found) for model in models if (found := _fits(model, machine.room)).fits]
    starter = next((pair for pair in fitting if pair[0].id == STARTER), None)
    better = [pair for pair in fitting if pair[0].prose > 1 and _bearable(pair[0], machine, amount)]
    chosen = _chosen(better)
    if starter is not None:
        chosen.insert(0, (Role.TRY, *starter))
    return tuple(_suggestion(role, model, found, machine, amount) for role, model, found in chosen)


def _fits(model: CatalogueModel, room: DeviceRoom) -> MemoryForecast:
    """The forecast for a model's usual settings, and for ones that still teach something: no example cut to nothing,
    and no four bits on a CPU, which is slower with them."""
    config = TrainingConfig.model_validate({"base": model.id, "scenarios": ["-"], "optimiser": "adamw-8bit"})
    found = forecast(model.shape, config, room, ())
    slow = room.kind == "cpu" and found.config.quantisation != "none"
    return replace(found, fits=found.fits and not slow and found.config.max_length >= 1024)


def _bearable(model: CatalogueModel, machine: Machine, amount: Amount) -> bool:
    """Whether a model may be sold with, trains within a day and plays as fast as one reads, as far as that is known."""
    minutes = _minutes(model, machine, amount)
    played = played_here(machine.room.kind, model.parameters)
    return model.sellable and (minutes is None or minutes <= _PATIENCE) and (played is None or played >= _READING)


_Pair = tuple[CatalogueModel, MemoryForecast]


def _chosen(better: list[_Pair]) -> list[tuple[Role, CatalogueModel, MemoryForecast]]:
    """The best of all, one of at most half its size, and where the best asks for an account the best that doesn't."""
    if not better:
        return []
    best = max(better, key=_worth)
    small = [pair for pair in better if pair[0].parameters <= best[0].parameters / 2]
    chosen = [(Role.PROSE, *max(small, key=_worth))] if small else []
    free = [pair for pair in better if not pair[0].gated]
    if best[0].gated and free and max(free, key=_worth)[0] not in [one[1] for one in chosen]:
        chosen.append((Role.OPEN, *max(free, key=_worth)))
    return [*chosen, (Role.BEST, *best)]


def _worth(pair: _Pair) -> tuple[int, bool, int]:
    model, _found = pair
    return model.prose, not model.gated, -model.parameters


def _minutes(model: CatalogueModel, machine: Machine, amount: Amount) -> float | None:
    """As long as the data takes, and no longer than the profile that suits the model allows."""
    if machine.speed is None or not amount.tokens:
        return None
    needed = machine.speed.minutes(amount.tokens * amount.epochs, model.parameters)
    most = profile_settings(suited_profile(model.id, machine.room)).get("max_minutes")
    return min(needed, float(str(most))) if most else needed


def _suggestion(
    role: Role, model: CatalogueModel, found: MemoryForecast, machine: Machine, amount: Amount
) -> Suggestion:
    minutes = _minutes(model, machine, amount)
    time = time_word(minutes)
    if minutes is not None and machine.speed is not None:
        time = _("{time}, {source}").format(time=time, source=machine.speed.source)
    played = played_here(machine.room.kind, model.parameters)
    return Suggestion(
        model=model,
        role=role,
        sentence=model.about,
        download_bytes=model.download_bytes if model.repo is not None else 0,
        minutes=minutes,
        training_time=time,
        tokens_per_second=played,
        play_speed=played_word(played),
        memory=found.total,
        changes=found.changes,
    )
