"""Owns the character cards of a workspace: those that came in are kept, so that an export gives back all they held.

Knows neither what a card says nor any window.
"""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.errors import LorewrightError
from studio.files import read_bytes, save_atomic
from studio.scenario import Scenario
from studio.scenario.cards import SUFFIXES, Card, card_from, load_card, read_picture, save_card, scenario_from
from studio.scenario.cards.files import FILE_LIMIT
from studio.scenario.cards.importing import plain_named
from studio.scenario.model import plain_name
from studio.workspace.folder import Workspace

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KeptCards:
    """The cards that came into a workspace, the last one of each name."""

    folder: Path

    @classmethod
    def of(cls, workspace: Workspace) -> "KeptCards":
        """The cards of a workspace."""
        return cls(workspace.private / "cards")

    def keep(self, source: Path, card: Card) -> None:
        """Keeps a copy of a card's file, as it is; raises what reading and saving raise, the old copy still there."""
        data = read_bytes(source, FILE_LIMIT)
        kept = self._place(card.name, ".png" if data[:1] == b"\x89" else ".json")
        save_atomic(kept, data)
        for other in self._places(card.name):
            if other != kept:
                other.unlink(missing_ok=True)

    def find(self, name: str) -> Path | None:
        """The file of the card that came in under a character's name, or None."""
        return next((path for path in self._places(name) if path.is_file()), None)

    def _places(self, name: str) -> tuple[Path, ...]:
        return tuple(self._place(name, suffix) for suffix in SUFFIXES)

    def _place(self, name: str, suffix: str) -> Path:
        """Where a card is kept: under a key made of its name, since the name itself may be any text."""
        key = hashlib.sha256(plain_name(plain_named(name)).encode("utf-8")).hexdigest()[:24]
        return self.folder / f"{key}{suffix}"


def import_cards(paths: list[Path], kept: KeptCards) -> list[Card]:
    """Reads card files and keeps them; raises what the first unreadable one raises, before anything is kept."""
    cards = [load_card(path) for path in paths]
    for path, card in zip(paths, cards, strict=True):
        kept.keep(path, card)
    return cards


def begun_with(cards: Sequence[tuple[Path, Card]], title: str, player: str, kept: KeptCards) -> str:
    """The scenario of some cards; they are kept, so that an export later has all they held. Raises what `keep` does."""
    text = scenario_from([card for _path, card in cards], title, player)
    for path, card in cards:
        kept.keep(path, card)
    return text


def export_card(
    scenario: Scenario,
    name: str,
    target: Path,
    kept: KeptCards,
    *,
    onto: Path | None = None,
    picture: Path | None = None,
) -> Card:
    """Writes a member of the party as a card to `target` (`.png`, else JSON) and returns it.

    What the sheet has no place for comes from the card `onto`, else from the kept card of that name. The picture is
    `picture`, else that card's, else a plain one. Raises NoSuchMember, NotACard, NotSaved and what reading raises.
    """
    base = onto if onto is not None else kept.find(name)
    old = _base(base, asked=onto is not None)
    card = card_from(scenario, name, old)
    if picture is None and base is not None and old is not None and _is_picture(base):
        picture = base
    save_card(target, card, read_picture(picture) if picture is not None else None)
    return card


def _base(path: Path | None, *, asked: bool) -> Card | None:
    """The card to build on; a kept one that went bad is left out, one that was asked for is told."""
    if path is None:
        return None
    try:
        return load_card(path)
    except LorewrightError as error:
        if asked:
            raise
        _log.warning("%s", error)
        return None


def _is_picture(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(1) == b"\x89"
