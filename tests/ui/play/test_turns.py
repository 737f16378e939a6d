"""What a person does to the turns: in place, by key, and all of it can be taken back."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from studio.inference.service_errors import NotReached
from studio.play.corrections import read_corrections
from studio.play.reading import sessions_in
from studio.play.said import read
from studio.play.session import Session
from studio.scenario import load
from studio.ui.cards.content import Said
from studio.ui.context import Context, Toast
from studio.ui.play.rows import Edge, Row, Trouble, Wait
from studio.ui.play.tab import PlayTab
from tests.ui.play.engines import FixedEngine

Doing = Callable[[Callable[[], object]], None]


def session_of(tab: PlayTab, number: int = 0) -> Session:
    session = tab.table.seats[number].session
    assert session is not None
    return session


def engine_of(tab: PlayTab, number: int = 0) -> FixedEngine:
    engine = tab.table.seats[number].engine
    assert isinstance(engine, FixedEngine)
    return engine


def kinds(tab: PlayTab) -> list[str]:
    return [node.kind for node in session_of(tab).path()]


def row_of(tab: PlayTab, number: int) -> Row:
    """The first row of a turn, by its place on the path."""
    node = session_of(tab).path()[number]
    return next(row for row in tab.sides[0].chat.lay.rows if row.node == node.id and row.place == 0)


def write(tab: PlayTab, text: str, qtbot: QtBot) -> None:
    editor = tab.sides[0].chat.editing
    assert editor is not None
    editor.field.setPlainText(text)
    qtbot.keyClick(editor.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)


def say(tab: PlayTab, text: str) -> None:
    tab.input.field.setPlainText(text)
    tab.input.field.say()


def texts(tab: PlayTab, number: int) -> list[str]:
    """What is said and waited for at a seat, as its chat shows it."""
    contents = tab.table.seats[number].transcript.contents
    return [content.text for content in contents if isinstance(content, Said | Wait)]


def do(tab: PlayTab, name: str, number: int) -> None:
    tab.sides[0].chat.wanted.emit(name, row_of(tab, number))


def test_a_turn_is_edited_in_its_place_and_all_of_it_is_taken_back(played: PlayTab, qtbot: QtBot) -> None:
    assert kinds(played) == ["User", "DM", "TOOLCALL", "DM"]
    do(played, "edit", 0)
    write(played, "I swim.", qtbot)
    assert session_of(played).path()[0].text == "I swim."
    assert "You: I swim. · edited" in [row.spoken for row in played.sides[0].chat.lay.rows]
    do(played, "insert", 0)
    write(played, "The moon is up.", qtbot)
    assert kinds(played) == ["User", "DM", "DM", "TOOLCALL", "DM"]
    do(played, "delete", 1)
    played.evening.undo()
    played.evening.undo()
    played.evening.undo()
    assert kinds(played) == ["User", "DM", "TOOLCALL", "DM"] and session_of(played).path()[0].text == "I wade across."
    played.evening.redo()
    assert session_of(played).path()[0].text == "I swim."


def test_an_edited_turn_says_so_and_what_it_was(played: PlayTab, qtbot: QtBot) -> None:
    do(played, "edit", 1)
    write(played, "Warm water.\n\n[roll: stealth dc 1]", qtbot)
    do(played, "edit", 1)
    write(played, "Warm water, and fog.\n\n[roll: stealth dc 1]", qtbot)
    row, items = row_of(played, 1), played.sides[0].chat.items
    assert row.notes == ("edited",)
    told = items.data(items.index(items.rows.index(row)), Qt.ItemDataRole.ToolTipRole)
    assert "Cold water." in told and "Warm" not in told
    session = session_of(played)
    assert session.file is not None
    kept = Session.reopen(session.file.path)
    assert kept.tree.earlier == session.tree.earlier != {}
    do(played, "restore", 1)
    assert session.path()[1].text.startswith("Cold water.")
    row = row_of(played, 1)
    assert row.notes == () and "restore" not in [deed.name for deed in played.sides[0].offered(row)]
    played.evening.undo()
    assert row_of(played, 1).notes == ("edited",)


def test_an_empty_turn_is_not_taken_and_nothing_is_lost(played: PlayTab, qtbot: QtBot) -> None:
    do(played, "edit", 0)
    write(played, "   ", qtbot)
    editor = played.sides[0].chat.editing
    assert editor is not None and "needs words" in editor._trouble.text()
    qtbot.keyClick(editor.field, Qt.Key.Key_Escape)
    assert session_of(played).path()[0].text == "I wade across."


def test_another_reply_keeps_the_old_one_and_the_arrows_go_between_them(played: PlayTab, doing: Doing) -> None:
    doing(lambda: played.evening.on_last("retry"))
    last = played.sides[0].chat.last_row()
    assert last is not None and (last.version, last.versions) == (2, 2)
    assert isinstance(last.content, Said) and last.content.text == "first says nothing."
    assert engine_of(played).samplings[-1].temperature > 0, "the likeliest words alone would only say the same"
    played.evening.on_last("older")
    last = played.sides[0].chat.last_row()
    assert last is not None and (last.version, last.versions) == (1, 2)
    assert session_of(played).party.find("Wren").health == (13, 26), "the sheets are those of the reply that is shown"  # type: ignore[union-attr]
    played.evening.on_last("newer")
    assert session_of(played).party.find("Wren").health == (20, 26)  # type: ignore[union-attr]
    assert played.sides[0].chat._foot._count.text() == "2/2"


def test_a_reply_goes_on_in_its_bubble(played: PlayTab, doing: Doing) -> None:
    before = len(played.sides[0].chat.lay.rows)
    engine_of(played).rest = " And so on."
    doing(lambda: played.evening.on_last("continue"))
    assert session_of(played).path()[-1].text.endswith("[damage: Wren 7] And so on.")
    last = played.sides[0].chat.last_row()
    assert last is not None and last.notes == (), "nobody edited it"
    assert len(played.sides[0].chat.lay.rows) == before


def test_from_a_turn_the_story_goes_another_way(played: PlayTab, doing: Doing) -> None:
    do(played, "branch", 0)
    assert kinds(played) == ["User"] and played.table.seats[0].due
    doing(lambda: played.panel.tell_wanted.emit())
    assert kinds(played) == ["User", "DM"]
    assert row_of(played, 1).versions == 2


def test_marks_are_kept_and_taken_back_by_the_same_key(played: PlayTab, qtbot: QtBot) -> None:
    chat = played.sides[0].chat
    chat.focus_last()
    qtbot.keyClick(chat, Qt.Key.Key_G)
    last = chat.last_row()
    assert last is not None and last.mark == "good" and "marked good" in last.spoken
    qtbot.keyClick(chat, Qt.Key.Key_G)
    assert not session_of(played).tree.marks


def test_a_line_is_said_by_somebody_else_and_stands_under_that_name(
    played: PlayTab, context: Context, doing: Doing
) -> None:
    scenario = next(path for path in context.workspace.scenario_files() if path.stem == "toll-bridge")
    text = scenario.read_text("utf-8").replace(
        "- Skills: Stealth +6, Attack +5\n", "- Skills: Stealth +6\n\n## Teck\n- Health: 9/9\n"
    )
    scenario.write_text(text, "utf-8")
    played.bar.choose(scenario)
    played.begin_chosen()
    played.refresh()
    assert [played.input.speaker.itemText(n) for n in range(played.input.speaker.count())] == ["Wren", "Teck"]
    played.input.speaker.setCurrentIndex(1)
    engine_of(played).rest = "Teck: “Not me.”"
    doing(lambda: say(played, "I hold the lantern."))
    said = [row.content for row in played.sides[0].chat.lay.rows if isinstance(row.content, Said)]
    assert [(one.name, one.text) for one in said] == [("Teck", "I hold the lantern."), ("Teck", "“Not me.”")]
    assert engine_of(played).asks[-1].messages[-1].content == "Teck: I hold the lantern."


def test_a_correction_is_a_pair_a_case_and_a_scenario(
    played: PlayTab, context: Context, qtbot: QtBot, toasts: list[Toast]
) -> None:
    do(played, "correct", 3)
    write(played, session_of(played).path()[3].text, qtbot)
    assert played.sides[0].chat.editing is not None and not context.workspace.corrections.exists()
    write(played, "*SUCCESS* Nobody turns a head.", qtbot)
    (kept,) = read_corrections(context.workspace.corrections).corrections
    assert kept.chosen == "*SUCCESS* Nobody turns a head." and kept.rejected.startswith("*SUCCESS*")
    assert (context.workspace.root / "suites" / "regressions.yaml").exists()
    assert "corrected" in row_of(played, 3).told
    assert toasts[-1].action == "Save as a scenario" and toasts[-1].run is not None
    before = set(context.workspace.scenario_files())
    toasts[-1].run()
    (made,) = set(context.workspace.scenario_files()) - before
    assert load(made).scenario.turns[-1].content == "*SUCCESS* Nobody turns a head."


def test_the_session_or_a_stretch_of_it_is_saved_as_a_scenario(
    played: PlayTab, context: Context, toasts: list[Toast]
) -> None:
    before = set(context.workspace.scenario_files())
    played.evening.save_all()
    (made,) = set(context.workspace.scenario_files()) - before
    assert [turn.speaker.value for turn in load(made).scenario.turns] == kinds(played)
    assert toasts[-1].kind == "success" and toasts[-1].action == "Open it"


@pytest.mark.parametrize("kind", ["markdown", "html", "rows", "scenario"])
def test_a_session_is_exported(played: PlayTab, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "out.file"
    played.evening.files.export(kind, path)
    text = path.read_text("utf-8")
    assert "I wade across." in text
    if kind == "rows":
        assert all(json.loads(line) for line in text.splitlines())


def test_a_talk_of_another_program_is_played_on(played: PlayTab, tmp_path: Path, toasts: list[Toast]) -> None:
    log = tmp_path / "talk.jsonl"
    talk = [{"role": "user", "content": "Who goes there?"}, {"role": "assistant", "content": "A heron."}]
    log.write_text(json.dumps({"messages": talk}) + "\n", "utf-8")
    played.evening.files.take_talk(log)
    assert [node.text for node in session_of(played).path()] == ["Who goes there?", "A heron."]
    played.evening.files.take_talk(tmp_path / "none.jsonl")
    assert toasts[-1].kind == "error" and len(session_of(played).path()) == 2


def test_an_old_session_is_opened_exactly_as_it_was(played: PlayTab, context: Context, doing: Doing) -> None:
    do(played, "edit", 0)
    editor = played.sides[0].chat.editing
    assert editor is not None
    editor.kept.emit("I swim.", "")
    old = session_of(played)
    file, rows = old.file, [row.spoken for row in played.sides[0].chat.lay.rows]
    assert file is not None
    played.bar.show_seed(9)
    played.begin_again()
    assert not session_of(played).path()
    kept = next(one for one in sessions_in(context.workspace.sessions) if one.turns)
    assert (kept.path, kept.title, kept.turns) == (file.path, "The Toll Bridge", 3)
    doing(lambda: played.evening.sessions.chosen.emit(kept.path))
    assert [row.spoken for row in played.sides[0].chat.lay.rows] == rows
    assert session_of(played).party.sheets == old.party.sheets and played.bar.seed() == 1
    played.evening.undo()
    assert session_of(played).path()[0].text == "I wade across."


def test_a_damaged_session_opens_up_to_the_damage_and_says_so(played: PlayTab, context: Context, doing: Doing) -> None:
    file = session_of(played).file
    assert file is not None
    damaged = context.workspace.sessions / "damaged.jsonl"
    lines = file.path.read_bytes().splitlines(keepends=True)
    damaged.write_bytes(b"".join(lines[:3]) + b"{broken\n" + b"".join(lines[3:]))
    doing(lambda: played.evening.sessions.chosen.emit(damaged))
    assert kinds(played) == ["User", "DM"]
    assert any("From line 4" in row.spoken for row in played.sides[0].chat.lay.rows)


def test_what_the_model_no_longer_sees_is_dim_and_a_line_says_so(played: PlayTab, doing: Doing) -> None:
    seat = played.table.seats[0]
    engine = FixedEngine(Path("small.gguf"), rest="word " * 40, context=1200)
    assert seat.session is not None
    seat.engine = engine
    seat.session.go_on_with(engine, "small")
    for number in range(6):
        doing(lambda number=number: say(played, f"Line {number}."))
    rows = played.sides[0].chat.lay.rows
    edges = [number for number, row in enumerate(rows) if isinstance(row.content, Edge)]
    assert len(edges) == 1
    assert {row.unseen for row in rows[1 : edges[0]] if row.node is not None} == {True}
    assert not any(row.unseen for row in rows[edges[0] :])
    assert "oldest turns left out" in played.sides[0]._figures._context.text()


def test_five_questions_are_kept_with_model_and_seed(played: PlayTab, context: Context) -> None:
    played.evening.end()
    strip = played.evening.rating
    assert strip.isVisibleTo(played)
    for name in ("fun", "fair", "coherent", "remembered", "again"):
        strip.buttons[name, "yes"].click()
    assert not strip.isVisibleTo(played), "the last click is the end of it"
    (rated,) = read(context.workspace.root / "ratings.jsonl").rated
    assert (rated.seed, rated.turns, rated.ratings.fun) == (1, 4, "yes") and rated.model == session_of(played).model


def test_an_answer_that_breaks_off_is_asked_for_again_by_its_card(
    played: PlayTab, doing: Doing, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = FixedEngine.answer

    async def broken(
        engine: FixedEngine, ask: object, sampling: object, on_text: Callable[[str], None], _read: object
    ) -> None:
        on_text("The door")
        raise NotReached(host="there", reason="the connection was cut")

    monkeypatch.setattr(FixedEngine, "answer", broken)
    doing(lambda: say(played, "I knock."))
    chat = played.sides[0].chat
    half, card = chat.lay.rows[-2:]
    assert isinstance(half.content, Said) and half.content.broken and isinstance(card.content, Trouble)
    assert card.content.action == "Try again"
    monkeypatch.setattr(FixedEngine, "answer", answer)
    doing(played.sides[0].again_wanted.emit)
    assert [node.text for node in session_of(played).path()][-2:] == ["I knock.", "first says nothing."]


def test_a_session_that_ended_before_the_narrator_answered_goes_on_when_it_is_opened(
    played: PlayTab, doing: Doing
) -> None:
    session = session_of(played)
    session.insert(session.tip, "User", "Is anybody there?")
    assert session.file is not None
    path = session.file.path
    doing(lambda: played.errands.start(played.open_session(path)))
    card, seat = played.sides[0].chat.lay.rows[-1].content, played.table.seats[0]
    assert isinstance(card, Trouble) and card.action == "Go on"
    assert seat.speed.context_used, "how full the context is shows at once"
    doing(played.sides[0].again_wanted.emit)
    assert [node.text for node in session_of(played).path()][-2:] == ["Is anybody there?", "first says nothing."]


def test_of_two_whose_names_are_hidden_nothing_is_shown_before_both_are_ready(
    played: PlayTab, doing: Doing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: with names in sight each is shown as it comes, the first one's first."""
    seen: list[tuple[bool, bool, list[list[str]]]] = []
    answer = FixedEngine.answer

    async def watched(engine: FixedEngine, *words: object) -> object:
        reply = await answer(engine, *words)  # type: ignore[arg-type]  # as it came
        await asyncio.sleep(0.02)  # the window shows what it has heard
        idle = played.panel.isEnabled() or played.bar.undo.isEnabled()
        seen.append((idle, played.beside.seat.veil.drawn, [texts(played, number) for number in (0, 1)]))
        return reply

    doing(lambda: played.bar.pair.setChecked(True))
    assert played.beside.which.isVisibleTo(played.panel), "whose sheets are shown can be chosen"
    monkeypatch.setattr(FixedEngine, "answer", watched)
    doing(lambda: say(played, "I wait."))
    assert seen[1][2][0][-1] == "first says nothing.", "the first stands before the second has spoken"
    for _chance in range(6):
        seen.clear()
        doing(lambda: played.bar.blind.setChecked(True))
        doing(played.begin_again)
        assert played.beside.segments[0].isChecked() and played.beside.seat is played.beside.at(0)
        doing(lambda: say(played, "I wade across."))
        assert [(idle, drawn) for idle, drawn, _texts in seen] == [(False, True)] * 2
        (left, right) = seen[1][2]
        assert left == right and len(left) == 1 and left[0].startswith("Both answer")
        assert [texts(played, number)[0] for number in (0, 1)] == ["I wade across."] * 2
        assert [texts(played, number)[-1] for number in (0, 1)] == ["first says nothing.", "second says nothing."]


def test_who_is_who_is_hidden_until_the_vote_and_the_vote_is_kept(
    played: PlayTab, context: Context, doing: Doing
) -> None:
    doing(lambda: played.bar.pair.setChecked(True))
    assert [node.text for node in session_of(played, 1).path()] == ["I wade across.", "second says nothing."]
    assert played.beside.vote.asking, "the one that joins answers the line that was said last"
    doing(lambda: played.bar.blind.setChecked(True))
    assert not any(side.picker.isVisibleTo(played) for side in played.sides)
    assert not played.beside.vote.isVisibleTo(played)
    doing(lambda: say(played, "I wade across."))
    assert played.beside.vote.isVisibleTo(played)
    left = played.beside.at(0).name
    played.evening.vote("left")
    (voted,) = read(context.workspace.root / "ratings.jsonl").voted
    assert (voted.vote.left_name, voted.vote.winner, voted.vote.blind) == (left, "left", True)
    assert voted.vote.line == "I wade across." and {voted.vote.left_name, voted.vote.right_name} == {"first", "second"}
    assert all(side.picker.isVisibleTo(played) for side in played.sides)
    assert left in played.beside.vote.words.text()
    played.evening.vote("right")
    assert len(read(context.workspace.root / "ratings.jsonl").voted) == 1, "a reply is voted on once"
