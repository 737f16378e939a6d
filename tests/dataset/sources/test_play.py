"""What play leaves behind as rows: the branch that was played last, and corrections as preferences."""

from pathlib import Path

import pytest

from studio.dataset.description import SourceSettings
from studio.dataset.problems import RowProblem
from studio.dataset.reading import Reading
from studio.dataset.rows import Kind, Row
from studio.dataset.sources import read_source
from studio.errors import PathMissing
from studio.play.corrections import Correction, CorrectionMessage, keep_correction
from studio.play.log import SessionFile
from studio.play.records import Node, SessionHeader

SCENARIO = (
    "---\ntype: exploration\n---\n<SYSTEM># World\nFog.</SYSTEM>\n\n<User>I look.</User>\n\n<DM>You see fog.</DM>\n"
)


def session(path: Path, *nodes: tuple[int, int | None, str, str]) -> Path:
    file = SessionFile(path, SessionHeader(scenario=SCENARIO, model="m", name="n", seed=1))
    for number, parent, kind, text in nodes:
        file.add(Node.model_validate({"id": number, "parent": parent, "kind": kind, "text": text}))
    file.close()
    return path


def read(root: Path, **where: object) -> tuple[list[Row], list[RowProblem]]:
    source = SourceSettings.model_validate({"name": "play", **where})
    found = list(read_source(source, Reading(root)))
    return [one for one in found if isinstance(one, Row)], [one for one in found if isinstance(one, RowProblem)]


TOLD = ((1, None, "User", "I look."), (2, 1, "DM", "You see fog."))


def test_the_branch_that_was_played_last_is_learnt_and_what_the_scenario_told_is_not(tmp_path: Path) -> None:
    session(
        tmp_path / "sessions" / "one.jsonl",
        *TOLD,
        (3, 2, "User", "I sneak."),
        (4, 3, "DM", "A branch that was left."),
        (5, 3, "DM", "[roll: stealth dc 10 for Wren]"),
        (6, 5, "TOOLCALL", "STEALTH: 14 = *14*"),
        (7, 6, "DM", "*SUCCESS* Nobody sees you."),
        (8, 7, "User", "I wait"),
    )
    rows, problems = read(tmp_path, sessions="sessions")
    assert not problems and len(rows) == 1
    row = rows[0]
    assert [(one.role, one.content, one.trained) for one in row.messages] == [
        ("system", "# World\nFog.", False),
        ("user", "I look.", False),
        ("assistant", "You see fog.", False),
        ("user", "I sneak.", False),
        ("assistant", "[roll: stealth dc 10 for Wren]", True),
        ("user", "<TOOLCALL>STEALTH: 14 = *14*</TOOLCALL>", False),
        ("assistant", "*SUCCESS* Nobody sees you.", True),
    ]
    assert (row.kind, row.calls, row.group, row.facts["type"]) == (Kind.PLAY, 1, "one", ("exploration",))
    assert row.facts["outcome"] == ("success",)


def test_a_reply_marked_bad_behind_another_is_not_learnt_nor_what_the_rules_alone_wrote(tmp_path: Path) -> None:
    path = session(
        tmp_path / "sessions" / "one.jsonl",
        *TOLD,
        (3, 2, "User", "I fight."),
        (4, 3, "DM", "They come."),
        (5, 4, "DM", "And bad."),
        (6, 5, "User", "On."),
        (7, 6, "DM", "Steel."),
    )
    with path.open("a") as stream:
        for line in (
            '{"kind":"DM","id":8,"parent":7,"text":"[roll: attack dc 9]","ruled":true}',
            '{"kind":"TOOLCALL","id":9,"parent":8,"text":"attack: 3 = *3*"}',
            '{"kind":"DM","id":10,"parent":9,"text":"*FAILED*","ruled":true}',
            '{"kind":"User","id":11,"parent":10,"text":"Again."}',
            '{"kind":"DM","id":12,"parent":11,"text":"You win."}',
            '{"kind":"mark","node":5,"verdict":"bad","op":9}',
        ):
            stream.write(f"{line}\n")
    ((row,), problems) = read(tmp_path, sessions="sessions")
    assert not problems
    assert [(one.content, one.trained) for one in row.messages if one.role == "assistant"] == [
        ("You see fog.", False),
        ("They come.\n\nAnd bad.", False),
        ("Steel.\n\n[roll: attack dc 9]", True),
        ("*FAILED*", False),
        ("You win.", True),
    ]


def test_what_is_damaged_or_empty_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "sessions"
    torn = session(folder / "torn.jsonl", *TOLD, (3, 2, "User", "a"), (4, 3, "DM", "b"))
    torn.write_bytes(torn.read_bytes() + b'{"id": 5, "parent"')
    session(folder / "only-told.jsonl", *TOLD)
    (folder / "none.jsonl").write_text("{}\n")
    rows, problems = read(tmp_path, sessions="sessions")
    assert [row.answer for row in rows] == ["b"]
    assert sorted((one.place.path, one.code, one.error) for one in problems) == [
        ("sessions/none.jsonl", "DamagedSession", True),
        ("sessions/only-told.jsonl", "nothing-played", False),
        ("sessions/torn.jsonl", "damaged", True),
    ]
    assert next(one for one in problems if one.code == "damaged").place.line == 6


def test_corrections_are_preferences(tmp_path: Path) -> None:
    path = tmp_path / "corrections.jsonl"
    before = (CorrectionMessage(role="system", content="Fog."), CorrectionMessage(role="user", content="I look."))
    kept = Correction(session="one", turn=3, messages=before, chosen=" better", rejected="worse", state={})
    keep_correction(path, kept)
    with path.open("ab") as stream:
        stream.write(b"rubbish\n{}\n")
    keep_correction(path, kept.model_copy(update={"messages": ()}))
    rows, problems = read(tmp_path, corrections="corrections.jsonl")
    assert [(row.kind, row.prompt, row.answer, row.rejected, row.group) for row in rows] == [
        (Kind.PREFERENCE, "Fog.\n\nI look.", "better", "worse", "one")
    ]
    assert [(one.place.line, one.code) for one in problems] == [(2, "json"), (3, "correction"), (4, "correction")]
    with pytest.raises(PathMissing):
        read(tmp_path, corrections="none.jsonl")


def test_replies_that_were_marked_bad_or_corrected_are_read_and_not_learnt(tmp_path: Path) -> None:
    path = session(
        tmp_path / "sessions" / "one.jsonl",
        *TOLD,
        (3, 2, "User", "I sneak."),
        (4, 3, "DM", "Bad."),
        (5, 4, "User", "Again."),
        (6, 5, "DM", "Good."),
    )
    with path.open("a") as stream:
        stream.write('{"kind":"mark","node":4,"verdict":"bad","op":9}\n')
        stream.write('{"kind":"hand","id":7,"parent":6,"text":"","asked":{}}\n')
    rows, problems = read(tmp_path, sessions="sessions")
    assert not problems
    assert [(one.content, one.trained) for one in rows[0].messages if one.role == "assistant"] == [
        ("You see fog.", False), ("Bad.", False), ("Good.", True),
    ]  # fmt: skip
    with path.open("a") as stream:
        stream.write('{"kind":"correct","node":6,"text":"Better.","op":10}\n')
    rows, problems = read(tmp_path, sessions="sessions")
    assert not rows and [(one.code, one.error) for one in problems] == [("disliked", False)]
