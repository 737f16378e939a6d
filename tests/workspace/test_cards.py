"""Character cards are kept as they came in; a full disk takes none of them away."""

import json
import resource
from pathlib import Path

import pytest

from studio.errors import NotSaved
from studio.files import read_bytes, save_atomic
from studio.scenario.cards import load_card, save_card
from studio.scenario.cards.files import FILE_LIMIT
from studio.workspace.cards import KeptCards


def card_file(folder: Path, words: str) -> Path:
    path = folder / f"{len(words)}.json"
    data = {"name": "Iva", "description": words, "first_mes": "Well?"}
    path.write_text(json.dumps({"spec": "chara_card_v2", "spec_version": "2.0", "data": data}), encoding="utf-8")
    return path


def away_first(kept: KeptCards, source: Path) -> None:
    """The order of things before: what was kept goes, then the new one is written."""
    data = read_bytes(source, FILE_LIMIT)
    for place in kept._places("Iva"):
        place.unlink(missing_ok=True)
    save_atomic(kept._place("Iva", ".json"), data)


@pytest.mark.parametrize("holds", [True, False])
def test_a_full_disk_leaves_the_card_that_was_kept_before(tmp_path: Path, holds: bool) -> None:
    kept = KeptCards(tmp_path / "cards")
    first, second = card_file(tmp_path, "a ferrywoman"), card_file(tmp_path, "a ferrywoman, older " * 400)
    kept.keep(first, load_card(first))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, hard))
        with pytest.raises(NotSaved):
            kept.keep(second, load_card(second)) if holds else away_first(kept, second)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    found = kept.find("Iva")
    assert (found is not None and found.read_bytes() == first.read_bytes()) is holds


def test_a_card_of_the_other_kind_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    kept = KeptCards(tmp_path / "cards")
    first = card_file(tmp_path, "a ferrywoman")
    card, picture = load_card(first), tmp_path / "iva.png"
    save_card(picture, card, None)
    for source, suffix in ((first, ".json"), (picture, ".png"), (first, ".json")):
        kept.keep(source, card)
        found = kept.find("Iva")
        assert found is not None and found.suffix == suffix and found.read_bytes() == source.read_bytes()
        assert len(list(kept.folder.iterdir())) == 1
