"""Owns publishing, going back, packing and verifying as the window asks for them, and what is told of it. Knows no Qt.

The work blocks its thread: `studio.ui.apart` runs it beside the window.
"""

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.errors import LorewrightError
from studio.language import N_, _
from studio.publishing.candidate import Candidate, candidate_for, of_version
from studio.publishing.evaluation_card import card_of
from studio.publishing.packing import Wanted, make_pack
from studio.publishing.publishing import Finding, NotPublishable, asked, publish
from studio.publishing.told_scenarios import scenarios_to_tell
from studio.publishing.usual_gates import Measure, usual_gates, written_with
from studio.publishing.verifying import Check, verify
from studio.publishing.version import Card
from studio.publishing.versions import Shelf, names, told_move
from studio.publishing.versions import published as shelf_of
from studio.scenario.game import Game
from studio.workspace import Workspace

GATES = {
    "validate": N_("The file is sound"),
    "parity": N_("It is the model that was trained"),
    "suite": N_("It keeps to the suite's limits"),
}
"""The gates before publishing in their order, in a reader's words."""
_CHECKS = {
    "files": N_("every file is as its checksum says"),
    "licence": N_("licence and notices are there"),
    "template": N_("the model's template is the pack's"),
    "transcripts": N_("the model says what it said when it was packed"),
}
PACKING = {"record": N_("Recording transcripts")}

Told = Callable[[str], None]
Asked = Callable[["tuple[GateRow, ...]", str], object]
Heard = Callable[[str, str, int, int], None]


@dataclass(frozen=True, slots=True)
class GateRow:
    """One gate: `passed` is None before it was asked; `reasons` are sentences."""

    name: str
    passed: bool | None
    reasons: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The gate in a reader's words."""
        return _(GATES[self.name]) if self.name in GATES else self.name


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a publishing ended; `version` is None where it was refused."""

    name: str
    version: int | None
    gates: tuple[GateRow, ...]
    told: str


@dataclass(frozen=True, slots=True)
class Line:
    """What is published under a name; all for people but the paths. `trouble` says why there is no more."""

    name: str
    version: str = "–"
    day: str = "–"
    quantisation: str = "–"
    data: str = "–"
    proven: bool = False
    before: str = ""
    path: Path | None = None
    trouble: str = ""


async def publish_as(
    model: Path, name: str, workspace: Workspace, game: Game, measure: Measure, told: Asked, heard: Heard
) -> Outcome:
    """Publishes a converted file behind all gates; raises UnfitName, what a damaged file gives, or FirstLoadFailed.

    `told` hears what the gates found so far and which is asked now, `heard` the suite's cases.
    """
    shelf = Shelf(workspace.models, name)
    candidate = candidate_for(str(model), workspace)
    findings: list[Finding] = []
    for gate in usual_gates(workspace, game, measure, heard=heard):
        told(_rows(findings), gate.name)
        findings += await asked([gate], candidate, lambda _name: None)
    scores = next((one.figures.get("scores") for one in findings if "scores" in one.figures), None)
    rows = _rows(findings)
    told(rows, "")
    try:
        version = await publish(
            candidate, shelf, findings, written_with, tools=list(game.tools.tools),
            scores=scores if isinstance(scores, dict) else {}, now=datetime.datetime.now(datetime.UTC),
        )  # fmt: skip
    except NotPublishable:
        text = _("Not published as “{name}”; the version before stays in use.")
        return Outcome(name, None, rows, text.format(name=name))
    text = _("“{name}” is version {version} now, made from {file}.")
    number = version.card.version
    return Outcome(name, number, rows, text.format(name=name, version=number, file=candidate.model.name))


def _rows(findings: Sequence[Finding]) -> tuple[GateRow, ...]:
    told = ((one, (one.advice,) if one.advice else ()) for one in findings)
    return tuple(GateRow(one.gate, one.passed, (*one.reasons, *advice)) for one, advice in told)


def lines(models: Path) -> list[Line]:
    """What is published in a workspace, name by name."""
    return [_line(Shelf(models, name)) for name in names(models)]


def _line(shelf: Shelf) -> Line:
    try:
        version, pointer = shelf.current(), shelf.pointer()
    except LorewrightError as error:
        return Line(shelf.name, trouble=str(error))
    assert pointer is not None
    card = version.card
    return Line(
        shelf.name, str(card.version), card.published[:10], card.quantisation or "–", card.data or "–", pointer.proven,
        ", ".join(map(str, reversed(pointer.before))), version.model,
    )  # fmt: skip


def roll_back(models: Path, name: str) -> str:
    """Puts the version before in use again and says so; raises NothingBefore, VersionDamaged, PublishingBusy."""
    shelf = Shelf(models, name)
    left, version = shelf.rollback()
    return told_move(shelf, left, version.card)


async def pack(given: str, target: Path, workspace: Workspace, game: Game, told: Told) -> str:
    """Makes a game pack of a published name or a converted file; raises what `make_pack` raises."""
    candidate, name, card = _packed(given, workspace)
    wanted = Wanted(
        name=name,
        version=card.version if card is not None else None,
        card=card_of(candidate, list(game.tools.tools), card),
        game=game,
        game_folder=workspace.root,
        scenarios=scenarios_to_tell(candidate, workspace),
        told=told,
    )
    await make_pack(candidate, wanted, target)
    return _("{path} is ready: a game can load it, and “Verify a pack” checks it anywhere.").format(path=target)


def _packed(given: str, workspace: Workspace) -> tuple[Candidate, str, Card | None]:
    shelf = shelf_of(workspace.models, given)
    if shelf is not None:
        version = shelf.current()
        return of_version(version), shelf.name, version.card
    candidate = candidate_for(given, workspace)
    return candidate, candidate.folder.name, None


async def verified(path: Path, told: Told) -> list[GateRow]:
    """What checking a pack found; raises what `verify` raises."""
    return [_row(check) for check in await verify(path, told)]


def _row(check: Check) -> GateRow:
    return GateRow(check_word(check.what), check.passed, check.problems)


def check_word(what: str) -> str:
    """A check of a pack for people."""
    return _(_CHECKS[what]) if what in _CHECKS else what
