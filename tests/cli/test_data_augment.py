"""`lorewright data augment`, `draft` and `drafts`."""

import json
import shutil
from pathlib import Path

import pytest

from studio.cli import main
from studio.dataset.drafting import Draft
from studio.dataset.drafts import Drafts
from studio.resources import samples
from studio.workspace import Workspace

DRAFT = """---
title: A Gate
type: roleplay
tags: [synthetic]
player: Wren
writer: some-model
---
<SYSTEM>
# Party

## Wren
- Player Character
</SYSTEM>

<User>I knock.</User>

<DM>Nobody answers.</DM>
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    root = tmp_path / "work"
    for name in ("combat/tavern-brawl.md", "combat/held-the-weir-bell.md", "roleplay/gallows-reprieve.md"):
        (root / "scenarios" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(samples() / name, root / "scenarios" / name)
    (root / "lorewright.yaml").write_text("format: 1\n", encoding="utf-8")
    return root


def run(workspace: Path, *words: object) -> int:
    return main(["data", "--workspace", str(workspace), *map(str, words)])


def test_variants_are_written_by_type_and_pass_the_check(
    workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run(workspace, "augment", workspace / "scenarios", "--out", out, "--copies", 3, "--format", "json") == 0
    told = json.loads(capsys.readouterr().out)
    assert len(told["variants"]) == 6 and len(told["refused"]) == 1 and "held out" in told["refused"][0]["reason"]
    assert {row["parent"] for row in told["variants"]} == {
        "scenarios/combat/tavern-brawl.md",
        "scenarios/roleplay/gallows-reprieve.md",
    }
    assert all(Path(row["path"]).is_relative_to(out / Path(row["parent"]).parent.name) for row in told["variants"])
    assert main(["check", str(out)]) == 0


def test_nothing_is_replaced(workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("augment", workspace / "scenarios", "--out", tmp_path / "out", "--kinds", "cast", "--copies", 1)
    assert run(workspace, *words) == 0
    assert "Jory → " in capsys.readouterr().out
    assert run(workspace, *words) == 3
    assert "exists already" in capsys.readouterr().err


@pytest.mark.parametrize("words", [("--kinds", "cast,rhyme"), ("--copies", "99")])
def test_settings_out_of_range_are_told(
    workspace: Path, tmp_path: Path, words: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(workspace, "augment", workspace / "scenarios", "--out", tmp_path / "out", *words) == 2
    assert words[0].removeprefix("--") in capsys.readouterr().err


def test_drafts_are_listed_accepted_and_discarded(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drafts = Drafts(Workspace(workspace))
    for title in ("A Gate", "A Door"):
        drafts.save(Draft(title, "roleplay", DRAFT, "some-model"))
    assert run(workspace, "drafts", "--format", "json") == 0
    assert [row["writer"] for row in json.loads(capsys.readouterr().out)] == ["some-model"] * 2
    assert run(workspace, "drafts", "accept", "a-gate") == 0
    assert "accepted: 20" in (workspace / "scenarios" / "roleplay" / "a-gate.md").read_text(encoding="utf-8")
    assert run(workspace, "drafts", "discard", "a-door") == 0
    assert list(drafts.paths()) == [] and len(list((workspace / ".lorewright" / "bin").iterdir())) == 2
    assert run(workspace, "drafts", "accept", "a-gate") == 2
    assert run(workspace, "drafts", "accept") == 2


def test_a_draft_needs_a_writer(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(workspace, "draft", "--skill", "stealth") == 2
    assert run(workspace, "draft", "--gap", "skil=stealth", "--model", "x.gguf") == 2
    assert "did you mean skill" in capsys.readouterr().err
    assert run(workspace, "draft", "--address", "nowhere", "--model", "m") == 2
    assert run(workspace, "draft", "--address", "http://127.0.0.1:1/v1", "--model", "m", "--tries", 1) == 4
    assert not (workspace / "drafts").exists()
