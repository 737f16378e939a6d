"""Published versions: the pointer moves whole, goes back, and a first load that fails is taken back."""

import datetime
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from studio.errors import InputError
from studio.publishing.candidate import Candidate
from studio.publishing.named_models import Named
from studio.publishing.publishing import Finding, FirstLoadFailed, NotPublishable, asked, load_published, publish
from studio.publishing.version import Version, VersionDamaged
from studio.publishing.versions import (
    InUse,
    NoSuchVersion,
    NothingBefore,
    NotPublished,
    Pointer,
    PointerDamaged,
    PublishingBusy,
    Shelf,
    UnfitPublishedName,
    names,
    published,
)
from studio.training.stored import stored
from studio.ui.play.shelf import models
from studio.workspace import Workspace

NOW = datetime.datetime(2026, 11, 22, tzinfo=datetime.UTC)


class Unloadable(InputError):
    """A model that does not load."""


async def loads(_version: Version) -> None:
    """A first load that goes well."""


async def fails(_version: Version) -> None:
    raise Unloadable(detail="It does not load.")


def candidate(folder: Path, text: str) -> Candidate:
    """A model of a few bytes; nothing here looks into it."""
    folder.mkdir(parents=True, exist_ok=True)
    model = folder / "tavern-Q4_K_M.gguf"
    model.unlink(missing_ok=True)
    model.write_text(text, encoding="utf-8")
    return Candidate(model, None, None, folder, "Q4_K_M", None, "a base", "tavern/1a2b")


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "models", "tavern")


async def put(shelf: Shelf, text: str, prove=loads, findings: tuple[Finding, ...] = ()) -> Version:
    made = candidate(shelf.models.parent / "made", text)
    return await publish(made, shelf, findings, prove, tools=["roll"], scores={"tool-calls/f1": 0.7}, now=NOW)


async def test_each_version_keeps_what_is_known_of_it(shelf: Shelf) -> None:
    await put(shelf, "one", findings=(Finding("parity", (), {"positions": 2000}),))
    card = shelf.current().card
    assert (card.version, card.base, card.data, card.tools) == (1, "a base", "tavern/1a2b", ("roll",))
    assert card.scores == {"tool-calls/f1": 0.7}
    assert card.gates[0]["gate"] == "parity" and card.gates[0]["figures"] == {"positions": 2000}
    assert names(shelf.models) == ["tavern"]
    assert shelf.pointer() == Pointer(version=1, proven=True)


async def test_a_converted_file_that_is_replaced_leaves_the_version_alone(shelf: Shelf) -> None:
    await put(shelf, "one")
    candidate(shelf.models.parent / "made", "two")
    shelf.current().verify()
    assert shelf.current().model.read_text() == "one"


async def test_rolling_back_goes_through_the_versions(shelf: Shelf) -> None:
    for text in ("one", "two", "three"):
        await put(shelf, text)
    assert shelf.rollback()[1].model.read_text() == "two"
    await put(shelf, "four")
    assert shelf.current().card.version == 4
    assert shelf.rollback()[1].card.version == 2
    assert shelf.rollback()[1].card.version == 1
    with pytest.raises(NothingBefore, match="number 1"):
        shelf.rollback()


async def test_one_goes_to_any_version_by_its_number(shelf: Shelf) -> None:
    for text in ("one", "two", "three"):
        await put(shelf, text)
    assert shelf.rollback(1)[0] == 3
    assert shelf.pointer() == Pointer(version=1, proven=True)
    assert shelf.rollback(3)[1].model.read_text() == "three"
    assert shelf.pointer() == Pointer(version=3, before=(1,)), "its next load proves it"
    with pytest.raises(NoSuchVersion, match="There are: 1, 2, 3"):
        shelf.rollback(4)
    with pytest.raises(InUse):
        shelf.rollback(3)
    shelf.version(2).model.write_text("owt")
    with pytest.raises(VersionDamaged):
        shelf.rollback(2)
    assert shelf.current().card.version == 3


async def test_versions_are_listed_as_stored_and_rolling_back_passes_removed_ones(shelf: Shelf) -> None:
    for text in ("one", "two", "three"):
        await put(shelf, text)
    found = {row.key: row for row in stored(Workspace(shelf.models.parent), shelf.models.parent / "cache")}
    assert found["version:tavern/0003"].kept and not found["version:tavern/0002"].kept
    shutil.rmtree(found["version:tavern/0002"].paths[0])
    assert shelf.rollback()[1].card.version == 1


async def test_nothing_is_published_past_a_gate_and_every_reason_is_told(shelf: Shelf) -> None:
    await put(shelf, "one")
    findings = (
        Finding("validate"),
        Finding("parity", ("a row is permuted", "calls fell")),
        Finding("suite", ("f1 is low",)),
    )
    with pytest.raises(NotPublishable) as refused:
        await put(shelf, "two", findings=findings)
    assert [word in str(refused.value) for word in ("a row is permuted", "calls fell", "f1 is low")] == [True] * 3
    assert shelf.current().model.read_text() == "one"
    assert shelf.numbers() == [1]


class Broken:
    """A gate that cannot be asked."""

    name = "parity"

    async def ask(self, _candidate: Candidate) -> Finding:
        raise Unloadable(detail="There is no report.")


async def test_a_gate_that_cannot_be_asked_keeps_shut(tmp_path: Path) -> None:
    heard: list[str] = []
    (found,) = await asked([Broken()], candidate(tmp_path, "a"), heard.append)
    assert (found.passed, found.reasons, heard) == (False, ("There is no report.",), ["parity"])


async def test_a_first_load_that_fails_is_taken_back(shelf: Shelf) -> None:
    with pytest.raises(FirstLoadFailed, match="Nothing is published"):
        await put(shelf, "broken", fails)
    assert shelf.pointer() is None
    await put(shelf, "one")
    with pytest.raises(FirstLoadFailed, match="Version 2 is in use again"):
        await put(shelf, "broken", fails)
    assert shelf.current().model.read_text() == "one"
    assert shelf.pointer() == Pointer(version=2, proven=True)


async def test_a_version_never_loaded_is_proven_or_rolled_back_by_the_next_load(shelf: Shelf) -> None:
    await put(shelf, "one")
    unproven = Pointer(version=2, before=(1,))
    shelf.add(candidate(shelf.models.parent / "made", "two").files, shelf.current().card.model_dump())
    shelf.point_to(unproven)  # as after a kill between the pointer's move and the first load
    with pytest.raises(FirstLoadFailed):
        await load_published(shelf, fails)
    assert shelf.current().model.read_text() == "one"
    shelf.point_to(unproven)
    await load_published(shelf, loads)
    assert shelf.pointer() == unproven.model_copy(update={"proven": True})
    with pytest.raises(Unloadable):  # what loaded once is not rolled back: the machine may be short of memory
        await load_published(shelf, fails)
    assert shelf.current().model.read_text() == "two"


async def test_damage_is_told(shelf: Shelf) -> None:
    for text in ("one", "two"):
        await put(shelf, text)
    first = shelf.version(1)
    first.model.write_text("eno")
    with pytest.raises(VersionDamaged, match="tavern-Q4_K_M"):
        shelf.rollback()
    shelf.current().model.write_text("cut")
    with pytest.raises(VersionDamaged):
        shelf.current().verify()
    shelf.current().model.write_text("")
    with pytest.raises(VersionDamaged):
        shelf.current()
    (shelf.folder / "current.json").write_text("{")
    with pytest.raises(PointerDamaged):
        shelf.current()
    await put(shelf, "three")  # publishing mends the pointer
    assert shelf.current().model.read_text() == "three"


@pytest.mark.parametrize("name", ["", "..", "a/b", "A", "-a", "a" * 80, "a\0", ".hidden"])
def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    assert published(tmp_path, name) is None
    with pytest.raises(UnfitPublishedName):
        Shelf(tmp_path, name)


async def test_a_name_that_is_not_there_says_which_is_near(shelf: Shelf) -> None:
    await put(shelf, "one")
    with pytest.raises(NotPublished, match="Did you mean “tavern”"):
        Shelf(shelf.models, "tavren").current()
    with pytest.raises(NotPublished, match="Did you mean “tavern”"):
        Shelf(shelf.models, "tavren").rollback()
    assert [path.name for path in shelf.folder.parent.iterdir()] == ["tavern"]  # asking leaves nothing behind


def test_a_card_cannot_name_a_file_outside(shelf: Shelf) -> None:
    folder = shelf.folder / "0001"
    folder.mkdir(parents=True)
    row = {"file": "../../../secret", "role": "model", "size": 1, "sha256": "0" * 64}
    card = {"name": "tavern", "version": 1, "published": "", "source": "", "base": "", "quantisation": "", "data": "",
            "tools": [], "scores": {}, "gates": [], "files": [row]}  # fmt: skip
    (folder / "card.json").write_text(json.dumps(card))
    with pytest.raises(InputError):
        shelf.version(1)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
@pytest.mark.parametrize("twin", ["shipped", "in-place", "pointer-first"])
def test_a_kill_at_any_line_leaves_the_old_version_or_the_new(tmp_path: Path, root: Path, twin: str) -> None:
    child = [sys.executable, str(Path(__file__).with_name("killed_publishing.py")), str(tmp_path), twin]
    done = subprocess.run(
        child, capture_output=True, text=True, timeout=300, env={**os.environ, "PYTHONPATH": str(root)}, check=True
    )
    told = json.loads(done.stdout)
    assert told["kills"] > 10 and told["states"]["old"] > 10
    if twin == "shipped":
        assert told["states"].get("broken", 0) == 0 and told["states"]["new"] > 10
    else:
        assert told["states"].get("broken", 0) > 0


async def test_two_publish_one_after_the_other(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.publishing.versions._TRIES", 1)
    with shelf.alone(), pytest.raises(PublishingBusy, match="tavern"):
        await put(shelf, "one")
    await put(shelf, "one")
    assert shelf.current().card.version == 1


async def test_play_and_evaluate_find_the_version_in_use_and_no_other(shelf: Shelf, tmp_path: Path) -> None:
    for text in ("one", "two"):
        await put(shelf, text)
    found = models(Workspace(tmp_path), tmp_path / "shipped")
    assert [(one.name, one.path) for one in found] == [("tavern · version 2", shelf.current().model)]
    assert Named(tmp_path).one("tavern") == str(shelf.current().model)
    shelf.rollback()
    assert Named(tmp_path).one("tavern") == str(shelf.version(1).model)
    shelf.current().model.unlink()
    assert models(Workspace(tmp_path), tmp_path / "shipped") == []
