"""`lorewright session`: what was played is listed, shown, taken out, brought in, saved and rated."""

import json
from pathlib import Path

import jsonschema
import pytest

from studio.cli import main
from studio.lint import Severity, check
from studio.play.log import SessionFile
from studio.play.ratings import Vote
from studio.play.reading import read_book
from studio.play.records import SessionHeader
from studio.play.said import FILE, Voted, keep, read
from studio.play.session import Session
from studio.resources import resource
from studio.scenario import load, parse

TEXT = """---
title: The Weir
type: exploration
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
def root(tmp_path: Path) -> Path:
    """A workspace with one session in it."""
    (tmp_path / "lorewright.yaml").write_text("format: 1\n")
    (tmp_path / "scenarios").mkdir()
    header = SessionHeader(scenario=TEXT, model="abc", name="tuned", seed=4)
    file = SessionFile(tmp_path / "sessions" / "2026-11-22-weir.jsonl", header)
    session = Session(scenario=parse(TEXT).scenario, header=header, file=file)
    session.insert(None, "User", "I creep.")
    session.insert(session.tip, "DM", "It is dark. [roll: stealth dc 1]")
    session.insert(session.tip, "DM", "*SUCCESS* You pass. [damage: Wren 4]")
    session.insert(session.tip, "User", "On.")
    session.insert(session.tip, "DM", "The end.")
    session.close()
    return tmp_path


def words(root: Path, capsys: pytest.CaptureFixture[str], *given: str, code: int = 0) -> str:
    assert main(["session", *given, "--workspace", str(root)]) == code
    return capsys.readouterr().out


SCHEMAS = {"show": "show", "ratings": "said", "import": "done", "save": "done", "rate": "done", "list": "list"}


def told(root: Path, capsys: pytest.CaptureFixture[str], *given: str) -> object:
    """What a word prints as JSON, which its schema allows."""
    value = json.loads(words(root, capsys, *given, "--format", "json"))
    schema = resource("schemas") / f"session-{SCHEMAS[given[0]]}.schema.json"
    jsonschema.validate(value, json.loads(schema.read_text(encoding="utf-8")))
    return value


def test_sessions_are_listed_and_shown(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "2026-11-22-weir  The Weir  5 turns  tuned" in words(root, capsys)
    assert isinstance(told(root, capsys, "list"), list)
    shown = words(root, capsys, "show", "weir")
    assert (
        "3 Result, Wren: stealth: " in shown
        and "4 Narrator: *SUCCESS* You pass." in shown
        and "Wren: health 16/26" in shown
    )
    value = told(root, capsys, "show", "last")
    assert isinstance(value, dict) and [one["kind"] for one in value["turns"]][:3] == ["User", "DM", "TOOLCALL"]
    assert value["sheets"]["Wren"]["health"] == "16/26" and value["model"] == {"sha256": "abc", "name": "tuned"}
    assert main(["session", "show", "wier", "--workspace", str(root)]) == 2
    assert main(["session", "shwo", "--workspace", str(root)]) == 2
    assert "Did you mean “show”?" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["markdown", "html", "rows", "scenario"])
def test_a_session_is_exported_once(root: Path, capsys: pytest.CaptureFixture[str], form: str) -> None:
    out = root / "out.txt"
    assert "You pass." in words(root, capsys, "export", "last", "--as", form)
    words(root, capsys, "export", "last", "--as", form, "--out", str(out))
    assert "You pass." in out.read_text(encoding="utf-8")
    words(root, capsys, "export", "last", "--as", form, "--out", str(out), code=2)


def test_a_stretch_is_saved_as_a_scenario_that_passes(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    value = told(root, capsys, "save", "weir", "--from", "5", "--to", "6", "--title", "On we go")
    assert isinstance(value, dict)
    path = Path(value["path"])
    assert path == root / "scenarios" / "exploration" / "on-we-go.md" and value["remarks"] == []
    parsed = load(path)
    assert [turn.content for turn in parsed.scenario.turns] == ["On.", "The end."]
    assert "16/26" in parsed.scenario.text
    assert not [one for one in check(parsed) if one.severity is Severity.ERROR]
    words(root, capsys, "save", "weir", "--from", "77", code=3)
    assert main(["check", str(path), "--workspace", str(root)]) == 0


def test_what_is_saved_is_counted_as_the_list_counts_it_and_says_where_it_is(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "  5 turns  " in words(root, capsys)
    saved = words(root, capsys, "save", "weir", "--title", "On we go")
    assert saved == "5 turns and 1 result saved as on-we-go.md. (scenarios/exploration/on-we-go.md)\n"
    out = root / "kept" / "weir.md"
    out.parent.mkdir()
    assert "5 turns and 1 result saved as weir.md. (kept/weir.md)" in words(
        root, capsys, "save", "weir", "--out", str(out)
    )
    assert "1 turn saved as" in words(root, capsys, "save", "weir", "--from", "6", "--title", "The last")


def test_a_talk_becomes_a_session_that_can_be_played_on(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scenario = root / "scenarios" / "weir.md"
    scenario.write_text(TEXT)
    talk = root / "chat.txt"
    talk.write_text("exported\nGM: You stand at the weir. [damage: Wren 5]\nAda: I duck.\nGM: [roll: stealth]\n")
    words(root, capsys, "import", str(talk), code=2)
    value = told(root, capsys, "import", str(talk), "--scenario", str(scenario), "--title", "Ada's evening")
    assert isinstance(value, dict)
    assert value["remarks"] == ["Line 1: it names no speaker and was left out."]
    book = read_book(Path(value["path"]))
    assert [node.kind for node in book.path()] == ["DM", "User", "DM", "TOOLCALL"], "the last roll was not answered yet"
    assert book.party.sheets[0].health == (15, 26) and len(book.played()) == 4
    assert book.scenario.metadata["title"] == "Ada's evening" and Path(value["path"]).stem == "ada-s-evening"


def test_a_talk_that_brings_its_own_world_needs_no_scenario(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    talk = root / "talk.json"
    talk.write_text(json.dumps([
        {"role": "system", "content": "You tell of the sea."},
        {"role": "user", "content": "I row."},
        {"role": "assistant", "content": "Gulls."},
    ]))  # fmt: skip
    words(root, capsys, "import", str(talk))
    book = read_book(root / "sessions" / "talk.jsonl")
    assert book.scenario.system is not None and book.scenario.system.role == "You tell of the sea."
    assert main(["session", "import", str(root / "none.json"), "--workspace", str(root)]) == 2


def test_answers_and_votes_are_kept_and_counted(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "Nobody has rated" in words(root, capsys, "ratings")
    words(root, capsys, "rate", "last", code=2)
    told(root, capsys, "rate", "last", "--fun", "yes", "--again", "partly")
    (rated,) = read(root / FILE).rated
    assert (rated.model, rated.seed, rated.turns, rated.session) == ("abc", 4, 6, "2026-11-22-weir")
    kept = read_book(root / "sessions" / "2026-11-22-weir.jsonl").tree.ratings
    assert kept is not None and kept.ratings == rated.ratings
    for number in range(3):
        vote = Vote(left="a", left_name="tuned", right="b", right_name="base", winner="left", blind=number > 0)
        keep(root / FILE, Voted(session="s", seed=1, when="", vote=vote))
    with (root / FILE).open("a") as stream:
        stream.write("rubbish\n")
    shown = words(root, capsys, "ratings")
    assert "Was it fun?  1/1 = 100%" in shown and "tuned won 3/3 = 100%" in shown and "base won 0/3" in shown
    value = told(root, capsys, "ratings", "--blind")
    assert isinstance(value, dict) and value["standings"][0]["won"]["of"] == 2 and value["damaged"] == [5]
