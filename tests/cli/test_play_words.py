"""The words of a player at the terminal: each changes the session, and says what is wrong with it otherwise."""

import argparse
import io
from pathlib import Path

import pytest

from studio.cli.play import _lines, _new_file, _workspace
from studio.cli.play_shown import Plain, Rich, harmless, shown_on
from studio.cli.play_words import WORDS, NoWorkspaceHere, WordNotUnderstood, Words
from studio.errors import LorewrightError
from studio.inference.engine import Generation
from studio.play.corrections import read_corrections
from studio.play.events import Advised, Applied, Phase, Stopped, TurnAdded, Wrote
from studio.play.log import SessionFile
from studio.play.records import SessionHeader
from studio.play.regressions import CASES
from studio.play.said import FILE, read
from studio.play.session import Session
from studio.play.showing import NoEngine
from studio.rules import Throw
from studio.scenario import parse
from studio.workspace import Workspace

TEXT = """---
title: The Weir
player: Wren
---
<SYSTEM>
# Party

## Wren
- Player Character
- Level 3
- Health: 20/26
- Inventory: Ash Bow (6)
- Skills: Stealth +6, Attack +20

## Bog Brigand
- Enemy
- Health: 9/9
</SYSTEM>
"""


@pytest.fixture
def table(tmp_path: Path) -> Words:
    """A table with two turns played, kept in a workspace, and nobody who narrates."""
    header = SessionHeader(scenario=TEXT, model="abc", name="tuned", seed=4)
    file = SessionFile(tmp_path / "sessions" / "one.jsonl", header)
    session = Session(scenario=parse(TEXT).scenario, header=header, file=file)
    session.insert(None, "User", "I creep.")
    session.insert(session.tip, "DM", "Fog.")
    return Words(session, Plain(io.StringIO()), Workspace(tmp_path))


def said(table: Words) -> str:
    assert isinstance(table.shown.stream, io.StringIO)
    return table.shown.stream.getvalue()


async def test_turns_are_changed_taken_back_and_shown(table: Words) -> None:
    await table.take("/edit Rain. [damage: Wren 5]")
    await table.take("/sheet")
    assert "Wren: health 15/26" in said(table)
    await table.take("/undo")
    await table.take("/redo")
    await table.take("/mark good")
    await table.take("/show")
    assert "2 Narrator  Rain. [damage: Wren 5] [good]" in said(table)
    await table.take("/edit 1 I run.")
    await table.take("/branch 1")
    assert [node.text for node in table.session.path()] == ["I run."]
    await table.take("/quit")
    assert table.ended


async def test_dice_and_fights_are_the_rules(table: Words) -> None:
    await table.take("/roll 2d6+1")
    assert "2d6+1" in said(table)
    with pytest.raises(NoEngine):
        await table.take("/roll stealth adv dc 12 for Wren")  # thrown; the narrator is to tell it, and there is none
    assert [node.text for node in table.session.path()][-2] == "[roll: stealth dc 12 adv]"
    assert "stealth: " in said(table)
    await table.take("/fight")
    assert "A fight begins." in said(table) and "Round 1" in said(table)
    assert "· Wren: initiative: " in said(table) and "· Bog Brigand: initiative: " in said(table)
    with pytest.raises(NoEngine):
        await table.take("/attack Bog Brigand with Ash Bow by Wren")
    health = table.session.party.sheets[1].health
    assert health is not None and health[0] < 9
    await table.take("/turn")
    assert "[begin combat]" not in said(table)
    await table.take("/sheet Wren health -1")
    await table.take("/show")
    for word in ("Fight", "Dice", "By hand", "Result, Wren"):
        assert f" {word} " in said(table)


async def test_whoever_strikes_out_of_turn_is_told_whose_turn_it_is(table: Words) -> None:
    await table.take("/fight")
    while (combat := table.session.party.combat) is not None and combat.whose != "Bog Brigand":
        await table.take("/turn")
    with pytest.raises(LorewrightError, match="It is Bog Brigand's turn, not Wren's"):
        await table.take("/attack Bog Brigand")


async def test_what_was_played_is_kept_saved_corrected_and_rated(table: Words, tmp_path: Path) -> None:
    await table.take("/correct Mist. [roll: stealth]")
    (correction,) = read_corrections(tmp_path / "corrections.jsonl").corrections
    assert (correction.chosen, correction.rejected, correction.session) == ("Mist. [roll: stealth]", "Fog.", "one")
    assert correction.scenario.endswith("<DM>Mist. [roll: stealth]</DM>\n")
    assert read_corrections(tmp_path / CASES).corrections == (correction,)
    await table.take("/rate yes - partly no")
    assert read(tmp_path / FILE).rated[0].ratings.answered == {"fun": "yes", "coherent": "partly", "remembered": "no"}
    await table.take("/save A night")
    assert (tmp_path / "scenarios" / "mixed" / "a-night.md").is_file()
    assert "(scenarios/mixed/a-night.md)" in said(table) and str(tmp_path) not in said(table)


@pytest.mark.parametrize("options", ["adv dc 12 for Wren", "for Wren dc 12 adv", "dc 12 for Wren  adv"])
def test_options_of_a_throw_come_in_any_order(options: str) -> None:
    asked = Throw.typed(f"sleight of hand {options}")
    assert (asked.skill, asked.who, asked.advantage, asked.dc) == ("sleight of hand", "Wren", "adv", 12)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("/rtry", "Did you mean /retry?"),
        ("/edit", "Say what the turn"),
        ("/branch 77", "/show lists them"),
        ("/roll", "Name a skill or dice"),
        ("/roll juggling for Nobody", "Nobody"),
        ("/attack", "Name whom"),
        ("/attack Wren", "fight"),
        ("/mark fine", "/mark good"),
        ("/correct", "should have said"),
        ("/rate maybe", "in this order"),
    ],
)
async def test_what_cannot_be_done_is_said(table: Words, line: str, told: str) -> None:
    before = table.session.tip
    with pytest.raises(LorewrightError, match=told):
        await table.take(line)
    assert table.session.tip == before


async def test_without_a_workspace_nothing_is_kept_and_that_is_said(table: Words) -> None:
    table.workspace = None
    for line in ("/save", "/correct Mist.", "/rate yes"):
        with pytest.raises(NoWorkspaceHere):
            await table.take(line)
    table.session.delete(2)
    with pytest.raises(WordNotUnderstood, match="not said anything"):
        await table.take("/mark good")


async def test_help_names_every_word(table: Words) -> None:
    await table.take("/help")
    assert all(word.usage in said(table) for word in WORDS.values())


def events(table: Words) -> list[object]:
    generation = Generation(tuple(range(13)), " on.", "end", 30, 0, 0.5, 1.5)
    table.session.insert(table.session.tip, "DM", "[roll: stealth]")
    node = table.session.nodes[2]
    deeds = [Applied(one.resolution) for one in table.session.state(3).deeds if isinstance(one, Applied)]
    return [
        Phase("reading", 5, 10),
        Wrote("Fog\x1b[31m"),
        TurnAdded(node, generation),
        *deeds,
        Stopped(8),
        Advised("speed", "Slow"),
        Advised("faults", "Odd"),
    ]


def test_signs_that_a_terminal_would_obey_are_shown_and_not_obeyed(table: Words) -> None:
    for event in events(table):
        table.shown.hear(event)  # type: ignore[arg-type]  # a union of events
    assert "\x1b" not in said(table) and "Fog\N{REPLACEMENT CHARACTER}[31m" in said(table)
    assert "Wren: stealth: " in said(table) and "Odd" in said(table) and "Slow" not in said(table)
    assert harmless("a\n\tb") == "a\n\tb"


def test_a_terminal_gets_cards_and_figures_and_a_pipe_does_not(table: Words, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr("sys.stdin", Terminal())
    stream = Terminal()
    shown = shown_on(stream)
    assert isinstance(shown, Rich) and type(shown_on(io.StringIO())) is Plain
    for event in events(table):
        shown.hear(event)  # type: ignore[arg-type]  # a union of events
    shown.party(table.session.party)
    shown.rest()
    text = stream.getvalue()
    assert (
        "\x1b[31mFog" not in text
        and "╭" in text
        and "tokens a second, 30 tokens read" in text
        and "Slow" in text
        and "Bog Brigand" in text
    )


def test_who_types_gets_a_workspace_for_the_session_and_a_script_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Terminal())
    root, game = tmp_path / "mine", parse(TEXT).scenario
    scripted = argparse.Namespace(workspace=root, script=tmp_path / "lines.txt")
    assert _workspace(scripted) is None and not root.exists()
    typed = argparse.Namespace(workspace=root, script=None)
    workspace = _workspace(typed)
    assert workspace is not None and workspace.sessions.is_dir()
    kept = _new_file(typed, workspace, game)
    assert kept is not None and kept.parent == workspace.sessions
    assert _new_file(scripted, workspace, game) is None


def test_a_typed_line_is_taken_without_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("/sheet\n\n  I wait. \n"))
    assert list(_lines(None)) == ["/sheet", "I wait."]


async def test_a_table_without_sheets_says_so(table: Words) -> None:
    header = SessionHeader(scenario="<SYSTEM>Fog.</SYSTEM>", model="abc", name="tuned", seed=4)
    table.session = Session(scenario=parse(header.scenario).scenario, header=header)
    await table.take("/sheet")
    assert "Nobody has a sheet here." in said(table)


@pytest.mark.parametrize(
    ("stopped", "told"),
    [
        (Stopped(8), "after 8 calls in one turn. It is your turn."),
        (Stopped(3, "heal wren 2"), "the same call came again and again (heal wren 2)"),
        (Stopped(0, acts=40), "after 40 acts by the rules; /go goes on"),
    ],
)
def test_why_a_narrator_was_stopped_is_said(table: Words, stopped: Stopped, told: str) -> None:
    table.shown.hear(stopped)
    assert told in said(table)


def test_a_narrator_who_says_nothing_and_words_that_break_off_leave_whole_lines(table: Words) -> None:
    node = table.session.nodes[2].model_copy(update={"text": "", "stop": "nothing"})
    table.shown.hear(TurnAdded(node, Generation((), "", "end", 30, 0, 0.1, 0.1)))
    assert "The narrator said nothing. /retry asks again." in said(table)
    table.shown.hear(Wrote("The fog"))
    table.shown.breaks_off()
    table.shown.note("It ended.")
    table.shown.breaks_off()
    assert said(table).endswith("The fog\n  · It ended.\n")
