"""Owns which models the form offers: those suggested for this machine and data, then all others. Knows no Qt."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from studio.amounts import file_size
from studio.errors import LorewrightError
from studio.language import _, plural
from studio.training.catalogue import CatalogueModel, catalogue
from studio.training.local_models import LocalModel, Origin, begun, local_models
from studio.training.room import DeviceRoom
from studio.training.speeds import time_word
from studio.training.suggesting import EPOCHS, Amount, Machine, Suggestion, suggested
from studio.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Fact:
    """A figure on a card: the icon that stands for what it tells, the figure, and more of it on hover."""

    icon: str
    text: str
    why: str


@dataclass(frozen=True, slots=True)
class BaseChoice:
    """A model that can be chosen. `path` is where it lies, None where it would have to be fetched; `came` are the bytes
    that a broken fetching left, `download` those of the whole; `sellable` is None where nobody knows."""

    name: str
    title: str
    role: str
    about: str
    facts: tuple[Fact, ...]
    path: Path | None
    model: CatalogueModel | None = None
    download: int = 0
    came: int = 0
    sellable: bool | None = None
    sale: str = ""

    @property
    def gated(self) -> bool:
        """Whether its maker asks for an account."""
        return self.model is not None and self.model.gated


@dataclass(frozen=True, slots=True)
class Bases:
    """What is offered: `first` as cards, `others` behind a fold; and the processor that they were chosen for."""

    first: tuple[BaseChoice, ...] = ()
    others: tuple[BaseChoice, ...] = ()
    room: DeviceRoom | None = None
    trouble: str = ""

    @property
    def all(self) -> tuple[BaseChoice, ...]:
        """Every choice, the cards first."""
        return self.first + self.others


def look(workspace: Workspace, dataset: Path | None = None) -> Bases:
    """What can be trained on here, and what could be fetched for it; a damaged list of one's own is told."""
    machine = Machine.here(workspace.runs)
    trouble, here = "", dict[str, LocalModel]()
    try:
        here = {one.name: one for one in local_models() if not one.missing}
    except LorewrightError as error:
        trouble = str(error)
    half, amount = begun(), _amount(workspace, dataset)
    found = suggested(machine, amount)
    first = tuple(_suggested(one, here.get(one.model.id), half) for one in found)
    known = {one.name for one in first}
    others = (*_own(here, known), *_rest(here, known, half))
    return Bases(first, others, machine.room, trouble)


def _amount(workspace: Workspace, dataset: Path | None) -> Amount:
    try:
        return Amount.of(workspace, str(dataset) if dataset is not None else None, EPOCHS)
    except LorewrightError:
        return Amount(0)


def _suggested(one: Suggestion, here: LocalModel | None, half: dict[str, int]) -> BaseChoice:
    time = _("{time} of training").format(time=time_word(one.minutes))
    if one.minutes is None:
        time = _("how long it trains is not known yet")
    facts = [Fact("clock", time, _("Training: {time}.").format(time=one.training_time))]
    if one.tokens_per_second is not None:
        rate = max(1, round(one.tokens_per_second))
        words = plural("{count} token a second in play", "{count} tokens a second in play", rate)
        facts.append(Fact("play", words, _("In play: {speed}.").format(speed=one.play_speed)))
    return _choice(one.model, here, half, one.role.words, tuple(facts))


def _choice(
    model: CatalogueModel, here: LocalModel | None, half: dict[str, int], role: str, facts: tuple[Fact, ...] = ()
) -> BaseChoice:
    return BaseChoice(
        name=model.id,
        title=model.name,
        role=role,
        about=model.about,
        facts=(_size(model, here), _sale(model), *facts),
        path=here.path if here is not None else None,
        model=model,
        download=model.download_bytes if model.repo is not None else 0,
        came=half.get(model.id, 0),
        sellable=model.sellable,
        sale=model.licence.sale,
    )


def _sale(model: CatalogueModel) -> Fact:
    """Whether a game made with it may be sold; the licence's conditions on hover."""
    why = f"{model.licence.name}: {model.licence.sale}"
    return Fact("success", _("may be sold"), why) if model.sellable else Fact("warning", _("not for sale"), why)


def _size(model: CatalogueModel, here: LocalModel | None) -> Fact:
    if here is not None:
        why = _("It lies in {path}.").format(path=here.path)
        return Fact("success", _("here, {size}").format(size=file_size(here.bytes)), why)
    if model.repo is None:
        return Fact("download", file_size(model.download_bytes), _("It comes with the set-up, which is not done yet."))
    why = _("So much is fetched from the Hugging Face Hub, once for all workspaces.")
    return Fact("download", _("{size} to fetch").format(size=file_size(model.download_bytes)), why)


def _own(here: dict[str, LocalModel], known: set[str]) -> Iterator[BaseChoice]:
    """What a person added, or what left the catalogue after it was fetched."""
    for one in here.values():
        if one.model is None and one.name not in known:
            role = _("Your own") if one.origin is Origin.ADDED else _("Fetched")
            size = Fact("success", _("here, {size}").format(size=file_size(one.bytes)), str(one.path))
            yield BaseChoice(one.name, one.name, role, str(one.path), (size,), one.path)


def _rest(here: dict[str, LocalModel], known: set[str], half: dict[str, int]) -> Iterator[BaseChoice]:
    """The rest of the catalogue, what is here first."""
    rest = [model for model in catalogue() if model.id not in known]
    for model in sorted(rest, key=lambda one: one.id not in here):
        yield _choice(model, here.get(model.id), half, "")
