"""From a page to Play and back: the text up to the caret is played on, what was played comes back as one step."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path

import pytest
import qasync
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from studio.errors import InputError
from studio.ui.cards.content import Said, Throw
from studio.ui.context import Context, Toast
from studio.ui.play.seat import Seat
from studio.ui.play.tab import PlayTab
from studio.ui.write.page import Page
from studio.ui.write.tab import WriteTab
from studio.workspace import Document
from tests.ui.play.engines import FixedEngine

USER, DM = "<User>I wade across.</User>", "<DM>The water tugs at your knees.\n\n[roll: stealth]</DM>"
ROLL = "<TOOLCALL>stealth: 13 + 6(skill) = *19*</TOOLCALL>"
LAST = "<DM>*SUCCESS* He counts his coppers again.</DM>"
LONG = 8_000
Run = Callable[[Coroutine[object, object, object]], object]


class CountingEngine(FixedEngine):
    """Answers with its own name and counts."""

    def reply(self) -> str:
        return f"{self.card.name} says {len(self.asks)}."


async def engine_for(path: Path) -> CountingEngine:
    if not path.is_file():
        raise InputError(detail=f"{path.name} is no model")
    return CountingEngine(path)


@pytest.fixture
def run(qapp: QApplication) -> Iterator[Run]:
    loop = qasync.QEventLoop(qapp)
    asyncio.set_event_loop(loop)
    yield loop.run_until_complete
    asyncio.set_event_loop(None)
    loop.close()


@pytest.fixture
def play(context: Context, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> PlayTab:
    shipped = context.workspace.root / "shipped"
    shipped.mkdir()
    (shipped / "SmolLM2-135M-Instruct.Q4_1.gguf").write_bytes(b"GGUF")
    monkeypatch.setattr("studio.ui.play.shelf.shipped_models", lambda: shipped)
    monkeypatch.setattr(
        "studio.ui.play.tab.Seat", lambda sessions, **more: Seat(sessions, load_engine=engine_for, **more), raising=True
    )
    made = PlayTab(context)
    qtbot.addWidget(made)
    made.resize(1000, 600)
    made.show()
    return made


@pytest.fixture
def write(qtbot: QtBot, context: Context, delete: Callable[[QWidget], None]) -> Iterator[WriteTab]:
    made = WriteTab(context)
    with qtbot.waitSignal(made.surveyor.ended, timeout=LONG):
        made.show()
    yield made
    for page in made.pages.pages:
        page.editor.document().setModified(False)
    made.closing()
    made.close()
    delete(made)


@pytest.fixture
def toasts(context: Context) -> list[Toast]:
    shown: list[Toast] = []
    context.toasted.connect(shown.append)
    return shown


def path_of(context: Context) -> Path:
    return context.workspace.scenarios / "combat" / "toll-bridge.md"


def opened(qtbot: QtBot, write: WriteTab, path: Path) -> Page:
    write.open_path(path)
    page = write.pages.current
    assert page is not None
    qtbot.waitUntil(lambda: page.parsed is not None, timeout=LONG)
    return page


def model(context: Context, name: str) -> Path:
    path = context.workspace.models / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"GGUF")
    return path


async def played_from(play: PlayTab, write: WriteTab, before: str) -> None:
    """F5 with the caret right behind a stretch of the text."""
    page = write.pages.current
    assert page is not None
    at = page.editor.text().index(before) + len(before)
    page.editor.select(at, at)
    (command,) = [one for one in write.commands() if one.name == "write.play"]
    assert command.shortcut == "F5"
    command.run()
    await settled(play)


async def doing(play: PlayTab, act: Callable[[], object]) -> None:
    """Does something inside the window's event loop, and waits for what it starts."""
    act()
    await settled(play)


async def settled(play: PlayTab) -> None:
    await asyncio.sleep(0.01)
    while play.errands.busy:
        await asyncio.sleep(0.01)


def engine_of(play: PlayTab, number: int = 0) -> FixedEngine:
    engine = play.table.seats[number].engine
    assert isinstance(engine, FixedEngine)
    return engine


def test_the_text_up_to_the_caret_is_played_on_and_the_narrator_goes_on_where_it_is_his_turn(
    run: Run, play: PlayTab, write: WriteTab, context: Context, qtbot: QtBot
) -> None:
    went: list[str] = []
    context.wanted.connect(went.append)
    page = opened(qtbot, write, path_of(context))
    page.editor.select(len(page.editor.text()) - 1, len(page.editor.text()) - 1)
    page.editor.insertPlainText("\n<!-- not saved -->")
    run(played_from(play, write, ROLL[:20]))
    assert went == ["play"] and play.from_text.strip.isVisible()
    assert play.from_text.strip.words.text() == "Played from The Toll Bridge, turn 3"
    shown = play.table.seats[0].transcript.contents
    assert len([one for one in shown if isinstance(one, Said)]) == 3
    assert len([one for one in shown if isinstance(one, Throw)]) == 1
    assert engine_of(play).prompts[0].endswith("*SUCCESS*"), "the written roll opens the narrator's turn"
    run(play.table.leave())


def test_where_it_is_the_players_turn_nobody_speaks_and_there_is_nothing_to_keep(
    run: Run, play: PlayTab, write: WriteTab, context: Context, qtbot: QtBot
) -> None:
    opened(qtbot, write, path_of(context))
    run(played_from(play, write, LAST))
    assert not engine_of(play).prompts and play.input.send.isEnabled()
    assert not play.from_text.strip.keep.isEnabled()
    run(play.table.leave())


def test_unsaved_text_is_what_is_played(
    run: Run, play: PlayTab, write: WriteTab, context: Context, qtbot: QtBot
) -> None:
    page = opened(qtbot, write, path_of(context))
    at = page.editor.text().index("I wade across.")
    page.editor.select(at, at)
    page.editor.insertPlainText("Slowly, 🐉 ")
    run(played_from(play, write, USER[6:]))
    assert "Slowly, 🐉 I wade across." in engine_of(play).prompts[0]
    assert "Slowly" not in path_of(context).read_text("utf-8")
    run(play.table.leave())


def test_kept_turns_stand_behind_the_turn_as_one_step_and_are_not_brought_twice(
    run: Run, play: PlayTab, write: WriteTab, context: Context, qtbot: QtBot, toasts: list[Toast]
) -> None:
    page = opened(qtbot, write, path_of(context))
    run(played_from(play, write, USER))
    text = page.editor.text()
    name = engine_of(play).card.name
    play.from_text.keep()
    kept = text.replace(USER, f"{USER}\n\n<DM>{name} says 1.</DM>")
    assert page.editor.text() == kept
    assert toasts[-1].text == "1 turn was put into The Toll Bridge."
    play.from_text.keep()
    assert page.editor.text() == kept and "stand in The Toll Bridge already" in toasts[-1].text
    page.editor.undo()
    assert page.editor.text() == text
    play.from_text.keep()
    assert page.editor.text() == kept
    run(play.table.leave())


def test_the_place_moves_with_edits_made_meanwhile(
    run: Run, play: PlayTab, write: WriteTab, context: Context, qtbot: QtBot
) -> None:
    page = opened(qtbot, write, path_of(context))
    run(played_from(play, write, USER))
    at = page.editor.text().index("title:")
    page.editor.select(at, at)
    page.editor.insertPlainText("seed: 12\n")
    at = page.editor.text().index("across.")
    page.editor.select(at, at)
    page.editor.insertPlainText("right ")
    play.from_text.keep()
    assert "<User>I wade right across.</User>\n\n<DM>SmolLM2" in page.editor.text()
    run(play.table.leave())


def test_what_the_rules_rolled_is_kept_with_what_follows(
    run: Run, play: PlayTab, write: WriteTab, context: Context, qtbot: QtBot
) -> None:
    page = opened(qtbot, write, path_of(context))
    run(played_from(play, write, DM))
    play.from_text.keep()
    after = page.editor.text().partition(DM)[2]
    assert after.startswith("\n\n<TOOLCALL>stealth: ")
    assert after.partition("\n\n")[2].partition("\n\n")[2].startswith(("<DM>*SUCCESS*", "<DM>*FAILED*"))
    run(play.table.leave())


def test_a_page_that_was_closed_is_opened_again(
    run: Run, play: PlayTab, write: WriteTab, context: Context, qtbot: QtBot
) -> None:
    page = opened(qtbot, write, path_of(context))
    run(played_from(play, write, USER))
    write.pages.close_page(page)
    assert not write.pages.pages
    text = path_of(context).read_text("utf-8")
    path_of(context).write_text(text.replace("River towns.", "River towns, and fog."), "utf-8")
    play.from_text.keep()
    again = write.pages.current
    assert again is not None and again is not page
    assert f"{USER}\n\n<DM>SmolLM2" in again.editor.text() and "and fog." in again.editor.text()
    assert again.dirty, "kept in the editor, not behind the user's back in the file"
    run(play.table.leave())


def test_a_file_that_cannot_be_changed_leaves_the_turns_in_play(
    run: Run, play: PlayTab, write: WriteTab, context: Context, qtbot: QtBot, toasts: list[Toast]
) -> None:
    page = opened(qtbot, write, path_of(context))
    run(played_from(play, write, USER))
    write.pages.close_page(page)
    path_of(context).write_bytes(b"\xff\xfe not text")
    assert Document.read(path_of(context)).locked
    play.from_text.keep()
    assert toasts[-1].kind == "error" and "stay in Play" in toasts[-1].text
    assert path_of(context).read_bytes() == b"\xff\xfe not text"
    assert len(play.table.seats[0].played()) == 1
    run(play.table.leave())


def test_of_two_models_the_side_that_is_shown_is_kept(
    run: Run, play: PlayTab, write: WriteTab, context: Context, qtbot: QtBot
) -> None:
    model(context, "other.gguf")
    page = opened(qtbot, write, path_of(context))
    run(played_from(play, write, USER))
    run(doing(play, lambda: play.bar.pair.setChecked(True)))
    names = [engine_of(play, number).card.name for number in (0, 1)]
    assert len(set(names)) == 2
    assert engine_of(play, 1).prompts, "the second model goes on from the same turn"
    play.beside.choose(1)
    play.from_text.keep()
    assert f"{USER}\n\n<DM>{names[1]} says 1.</DM>" in page.editor.text()
    assert names[0] not in page.editor.text()
    run(play.table.leave())


def test_the_model_is_the_loaded_one_else_the_last_used_else_the_newest_else_the_starter(
    run: Run, play: PlayTab, write: WriteTab, context: Context, qtbot: QtBot
) -> None:
    opened(qtbot, write, path_of(context))
    used = model(context, "used.gguf")
    newest = model(context, "newest.gguf")
    run(played_from(play, write, USER))
    assert play.table.seats[0].path == newest
    run(doing(play, lambda: play.sides[0].model_wanted.emit(used)))
    run(played_from(play, write, USER))
    assert play.table.seats[0].path == used
    assert context.settings.text("play.model") == str(used)
    run(play.table.seats[0].leave())
    run(played_from(play, write, USER))
    assert play.table.seats[0].path == used
    run(play.table.leave())


def test_beginning_again_begins_at_the_same_turn_and_another_scenario_leaves_the_text(
    run: Run, play: PlayTab, write: WriteTab, context: Context, qtbot: QtBot
) -> None:
    opened(qtbot, write, path_of(context))
    run(played_from(play, write, USER))
    run(doing(play, play.bar.begin_wanted.emit))
    assert len(engine_of(play).prompts) == 2
    assert play.from_text.strip.isVisible()
    play.bar.scenario_chosen.emit()
    assert not play.from_text.strip.isVisible() and play.table.untouched
    run(play.table.leave())


def test_the_way_back_shows_the_page(run: Run, play: PlayTab, write: WriteTab, context: Context, qtbot: QtBot) -> None:
    page = opened(qtbot, write, path_of(context))
    run(played_from(play, write, LAST))
    opened(qtbot, write, context.workspace.scenarios / "roleplay" / "slips.md")
    went: list[str] = []
    context.wanted.connect(went.append)
    play.from_text.back()
    assert went == ["write"] and write.pages.current is page
    run(play.table.leave())


def test_an_empty_text_is_not_played(
    run: Run, play: PlayTab, write: WriteTab, context: Context, qtbot: QtBot, toasts: list[Toast]
) -> None:
    empty = context.workspace.scenarios / "combat" / "empty.md"
    empty.write_text("", "utf-8")
    opened(qtbot, write, empty)
    run(played_from(play, write, ""))
    assert "nothing to play yet" in toasts[-1].text
    assert play.table.scenario is None and not play.from_text.strip.isVisible()
