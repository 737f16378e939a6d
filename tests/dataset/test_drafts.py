"""Drafts wait for a person: nothing is learnt from them before, and what a person does can be taken back."""

from datetime import date
from pathlib import Path

import pytest

from studio.chat import ChatTemplate
from studio.dataset import NothingToTrain, gather
from studio.dataset.acceptance import note_of, unaccepted
from studio.dataset.drafting import Draft
from studio.dataset.drafts import DraftHasErrors, Drafts, NoSuchDraft, NotADraft
from studio.scenario import load, parse
from studio.workspace import Workspace
from studio.workspace.bin import Filing

TODAY = date(2026, 11, 21)
TEXT = """---
title: A Gate at Dusk
type: roleplay
tags: [synthetic]
player: Wren
writer: some-model
---
<SYSTEM>
# Role
You are the Dungeon Master.

# World
Hills.

# Location
A gate.

# Party

## Wren
- Player Character
- Health: 18/18
- Skills: Stealth +6
</SYSTEM>

<User>I slip past.</User>

<DM>The lamp swings.

[roll: stealth]</DM>
"""


class NoTokens:
    """A tokeniser that is not asked."""

    def encode(self, text: str, *, special: bool) -> list[int]:
        raise NotImplementedError

    def decode(self, ids: list[int]) -> str:
        raise NotImplementedError

    def spans(self, text: str) -> list[tuple[int, int]]:
        raise NotImplementedError


@pytest.fixture
def drafts(tmp_path: Path) -> Drafts:
    (tmp_path / "lorewright.yaml").write_text("format: 1\n", encoding="utf-8")
    return Drafts(Workspace(tmp_path))


@pytest.fixture
def filing(tmp_path: Path) -> Filing:
    return Filing(lambda _path: None, Workspace(tmp_path).bin)


def keep(drafts: Drafts, text: str = TEXT) -> Path:
    return drafts.save(Draft("A Gate at Dusk", "roleplay", text, "some-model"))


def test_a_draft_lies_apart_and_is_listed(drafts: Drafts, tmp_path: Path) -> None:
    path, second = keep(drafts), keep(drafts)
    assert path == tmp_path / "drafts" / "a-gate-at-dusk.md" != second
    first, _second = drafts.all()
    assert (first.title, first.writer, first.errors) == ("A Gate at Dusk", "some-model", 0)
    assert drafts.find("a-gate-at-dusk") == path == drafts.find(path.name)
    assert list(Workspace(tmp_path).scenario_files()) == []
    with pytest.raises(NoSuchDraft, match="a-gate-at-dusk-2"):
        drafts.find("nothing")


def test_accepting_marks_and_moves_and_can_be_taken_back(drafts: Drafts, filing: Filing, tmp_path: Path) -> None:
    path = keep(drafts)
    done = drafts.accept(path, TODAY, filing)
    assert done.scenario == tmp_path / "scenarios" / "roleplay" / "a-gate-at-dusk.md"
    text = done.scenario.read_text(encoding="utf-8")
    assert text == TEXT.replace("writer: some-model\n", "writer: some-model\naccepted: 2026-11-21\n")
    assert not path.exists() and not unaccepted(load(done.scenario).scenario)
    drafts.take_back(done, filing)
    assert path.read_text(encoding="utf-8") == TEXT and not done.scenario.exists()


def test_what_was_left_open_is_noted_until_it_is_accepted(drafts: Drafts, filing: Filing) -> None:
    path = keep(drafts, f"{TEXT}\n{note_of('Turn 2 --> is <poor>.')}\n\n{note_of('Turn 4 is poor.')}\n")
    assert drafts.kept(path).problems == ("Turn 2 -) is (poor).", "Turn 4 is poor.")
    text = drafts.accept(path, TODAY, filing).scenario.read_text(encoding="utf-8")
    assert text == TEXT.replace("writer: some-model\n", "writer: some-model\naccepted: 2026-11-21\n")


def test_a_draft_with_errors_stays_a_draft(drafts: Drafts, filing: Filing) -> None:
    path = keep(drafts, TEXT + "\n<TOOLCALL>stealth: 13 + 6(skill) = *20*</TOOLCALL>\n")
    with pytest.raises(DraftHasErrors, match="R102"):
        drafts.accept(path, TODAY, filing)
    assert path.exists() and drafts.kept(path).errors == 1


def test_what_no_model_wrote_is_no_draft(drafts: Drafts, filing: Filing) -> None:
    with pytest.raises(NotADraft):
        drafts.accept(keep(drafts, TEXT.replace("[synthetic]", "[gate]")), TODAY, filing)


def test_where_the_draft_cannot_be_thrown_away_there_is_no_scenario(drafts: Drafts, tmp_path: Path) -> None:
    def throw(_path: Path) -> Path | None:
        raise OSError("no bin")

    path = keep(drafts)
    with pytest.raises(OSError, match="no bin"):
        drafts.accept(path, TODAY, Filing(throw, tmp_path / "bin"))
    assert path.exists() and list(Workspace(tmp_path).scenario_files()) == []


def test_training_leaves_out_what_nobody_accepted(tmp_path: Path) -> None:
    (tmp_path / "gate.md").write_text(TEXT, encoding="utf-8")
    with pytest.raises(NothingToTrain, match="no person has accepted it"):
        gather([tmp_path / "gate.md"], ChatTemplate("", bos="", eos=""), NoTokens(), 100)


def test_a_discarded_draft_comes_back(drafts: Drafts, filing: Filing) -> None:
    path = keep(drafts)
    deed = drafts.discard(path, filing)
    assert not path.exists()
    filing.undo(deed)
    assert path.read_text(encoding="utf-8") == TEXT


@pytest.mark.parametrize(
    ("front", "wanted"),
    [
        ("tags: [synthetic]", True),
        ("tags: [synthetic]\naccepted: 2026-11-21", False),
        ("tags: [synthetic]\naccepted: '2026-11-21'", False),
        ("tags: [synthetic]\naccepted: true", True),
        ("tags: [synthetic]\naccepted: 2026-13-40", True),
        ("tags: [river]", False),
        ("title: x", False),
    ],
)
def test_only_a_day_accepts(front: str, wanted: bool) -> None:
    assert unaccepted(parse(f"---\n{front}\n---\n<SYSTEM></SYSTEM>\n").scenario) is wanted
