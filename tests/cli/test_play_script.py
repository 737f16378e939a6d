"""`lorewright play` by a script with the starter: the same output twice, kept, and gone on with."""

import json
from pathlib import Path

import pytest

from studio.cli import main
from studio.play.reading import read_book

pytestmark = pytest.mark.native

SCENARIO = """---
title: The Weir
player: Wren
---
<SYSTEM>
# Role
You are the Dungeon Master.

# Party

## Wren
- Player Character
- Health: 20/26
- Skills: Stealth +6
</SYSTEM>
"""


@pytest.fixture
def words(tmp_path: Path, starter: Path) -> list[str]:
    """The command in a workspace with a scenario."""
    (tmp_path / "lorewright.yaml").write_text("format: 1\n")
    (tmp_path / "s.md").write_text(SCENARIO)
    options = ["--workspace", str(tmp_path), "--tokens", "6", "--seed", "4"]
    return ["play", "starter", *options]


def test_a_script_gives_the_same_twice_and_is_gone_on_with(
    tmp_path: Path, words: list[str], capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    script = tmp_path / "lines.txt"
    script.write_text("I creep.\n/roll stealth adv for Wren\n/roll 3d6\n/sheet\n/quit\nnever said\n")
    scenario = ["--scenario", str(tmp_path / "s.md"), "--script", str(script), "--temperature", "0.9"]
    outputs = []
    for name in ("one", "two"):
        assert main([*words, *scenario, "--save", str(tmp_path / "sessions" / f"{name}.jsonl")]) == 0
        outputs.append(capsysbinary.readouterr().out)
    assert outputs[0] == outputs[1] and b"never said" not in outputs[0]
    assert b"> I creep.\n" in outputs[0] and b"stealth: " in outputs[0] and b"3d6" in outputs[0]
    script.write_text("/undo\n/show\n")
    assert main([*words, "--continue", "two", "--script", str(script), "--format", "json"]) == 0
    told = json.loads(capsysbinary.readouterr().out)
    book = read_book(tmp_path / "sessions" / "two.jsonl")
    assert [turn["content"] for turn in told["turns"]] == [node.text for node in book.path()]
    assert book.can_redo


def test_a_word_that_is_wrong_ends_a_script_and_two_ways_at_once_are_refused(
    tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, "--continue", "last", "--scenario", str(tmp_path / "s.md")]) == 2
    assert main([*words, "--continue", "nothing"]) == 2
    assert "There is no session “nothing”" in capsys.readouterr().err
    assert main([*words, "--tokens", "0"]) == 2


def test_what_of_a_scenario_could_not_be_read_is_said_before_it_is_played(
    tmp_path: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "s.md").write_text(SCENARIO.replace("title: The Weir", "title: [The Weir"))
    (tmp_path / "lines.txt").write_text("/sheet\n")
    assert main([*words, "--scenario", str(tmp_path / "s.md"), "--script", str(tmp_path / "lines.txt")]) == 0
    told = capsys.readouterr()
    assert "s.md:" in told.err and "front matter cannot be read" in told.err and told.err.count("\n") == 1
    assert "Wren: health 20/26" in told.out
