"""A long chat lays out what is in sight, keeps its place, and gives its rows to keys, pointer and screen readers."""

import random

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.play.events import Wrote
from studio.ui.cards.content import Said, Voice
from studio.ui.play.chat import ChatView
from studio.ui.play.heights import Heights
from studio.ui.play.row_deeds import offered
from studio.ui.play.row_editor import RowEditor
from studio.ui.play.row_list import _BETWEEN_MS, _REST_MS, RowList
from studio.ui.play.row_pictures import TroublePicture
from studio.ui.play.rows import Remark, Row, Scene, Trouble
from studio.ui.play.said_picture import LONGEST, SaidPicture, shown
from studio.ui.play.transcript import Transcript
from studio.ui.theme import Theme

TURNS = 300


def rows() -> list[Row]:
    chance = random.Random(3)
    made = [Row(Scene("The Toll Bridge", "A ford at dusk."))]
    for number in range(TURNS):
        text = f"Turn {number}. " + " ".join(chance.choices(("water", "lantern", "barge"), k=chance.randint(3, 120)))
        made.append(Row(Said(Voice.NARRATOR if number % 2 else Voice.PLAYER, text), number))
    made[-1].last = True
    return made


@pytest.fixture
def chat(qtbot: QtBot, theme: Theme) -> ChatView:
    transcript = Transcript()
    transcript.rows[:] = rows()
    view = ChatView(theme, transcript, lambda row: offered(row, idle=True, can_ask=True))
    qtbot.addWidget(view)
    view.resize(700, 500)
    view.show()
    qtbot.waitExposed(view)
    return view


def in_sight(chat: ChatView) -> range:
    top = chat.verticalOffset()
    return chat.lay.heights.within(top, top + chat.viewport().height())


def drawn(chat: ChatView) -> None:
    """Waits until all in sight is laid out."""
    for _turn in range(200):
        QTest.qWait(2)
        if all(chat.lay.picture(number) is not None for number in in_sight(chat)):
            return
    raise AssertionError("it is never laid out")


def place(chat: ChatView, number: int) -> int:
    return chat.visualRect(chat.items.index(number)).top()


def test_words_that_break_off_are_not_drawn_as_being_written(chat: ChatView) -> None:
    transcript = chat._transcript
    transcript.take(Wrote("The door"))
    drawn(chat)
    transcript.rows[:] = transcript.rows[-1:]
    chat.show_all()
    drawn(chat)
    transcript.trouble("The connection was cut.", "Try again")
    chat.show_all()  # at once, before what changed was drawn anew
    drawn(chat)
    picture = chat.lay.picture(0)
    assert isinstance(picture, SaidPicture) and picture._document is not None
    assert picture._document.toPlainText() == "The door"


def test_only_what_is_in_sight_is_laid_out_at_once(qtbot: QtBot, theme: Theme, monkeypatch: pytest.MonkeyPatch) -> None:
    laid: list[int] = []
    monkeypatch.setattr(RowList, "_go_on", lambda self: None)  # what is done later, when there is time
    transcript = Transcript()
    transcript.rows[:] = rows()
    view = ChatView(theme, transcript, lambda row: ())
    qtbot.addWidget(view)
    view.resize(700, 500)
    view.show()
    laid = [number for number in range(len(view.lay.rows)) if view.lay.picture(number) is not None]
    assert laid and len(laid) < 30
    assert laid[-1] == TURNS, "it opens at its end"


def moved(chat: ChatView) -> int:
    """How far a row that is being read moves while the heights of all others are found."""
    chat.verticalScrollBar().setValue(chat.verticalScrollBar().maximum() // 2)
    chat.lay.forget()
    chat.settle()
    drawn(chat)
    number = in_sight(chat)[1]
    before = place(chat, number)
    for _turn in range(2000):
        QTest.qWait(1)
        if not list(chat.lay.unmeasured(0)):
            return abs(place(chat, number) - before)
    raise AssertionError("heights are never found")


def test_what_is_read_stays_where_it_is_while_heights_are_found(chat: ChatView) -> None:
    assert moved(chat) <= 1


def test_without_its_anchor_what_is_read_would_jump(chat: ChatView, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RowList, "anchor", lambda self: None)
    assert moved(chat) > 50


def test_rows_out_of_sight_wait_until_the_chat_is_at_rest(chat: ChatView, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[int] = []
    drawn(chat)
    chat.lay.forget()
    monkeypatch.setattr(chat._later, "start", waits.append)
    bar = chat.verticalScrollBar()
    for _page in range(3):
        bar.setValue(bar.value() - 20)
        while chat._missing():
            chat._lay_in_sight(chat.anchor())
    assert len(waits) >= 3 and waits[-1] == _REST_MS
    monkeypatch.setattr("studio.ui.play.row_list._IN_SIGHT_SECONDS", 0.0)
    bar.setValue(0)
    assert chat._missing() and waits[-1] == _BETWEEN_MS


def test_it_stays_at_its_end_while_it_grows_unless_somebody_looks_above(chat: ChatView) -> None:
    drawn(chat)
    bar, transcript = chat.verticalScrollBar(), chat._transcript
    transcript.remark("health", "Wren takes 4 damage.")
    drawn(chat)
    assert bar.value() == bar.maximum()
    bar.setValue(bar.maximum() // 3)
    drawn(chat)
    number = in_sight(chat)[1]
    before = place(chat, number)
    transcript.remark("health", "Wren takes 5 damage.")
    drawn(chat)
    assert abs(place(chat, number) - before) <= 1 and bar.value() < bar.maximum()


def test_every_row_is_a_sentence_for_a_screen_reader(chat: ChatView) -> None:
    items = chat.items
    assert items.data(items.index(0), Qt.ItemDataRole.AccessibleTextRole) == "The Toll Bridge. A ford at dusk."
    assert str(items.data(items.index(1))).startswith("You: Turn 0.")
    row = Row(Said(Voice.NARRATOR, "Hm.", name="Old Teck"), 5, version=2, versions=3, mark="good", notes=("corrected",))
    assert row.spoken == "Old Teck: Hm. · version 2 of 3 · marked good · corrected"


def test_keys_do_what_is_offered_for_the_row_that_is_chosen(chat: ChatView, qtbot: QtBot) -> None:
    wanted: list[tuple[str, int | None]] = []
    chat.wanted.connect(lambda name, row: wanted.append((name, row.node)))
    chat.focus_last()
    for key in (Qt.Key.Key_G, Qt.Key.Key_E, Qt.Key.Key_Delete, Qt.Key.Key_Left):
        qtbot.keyClick(chat, key)
    qtbot.keyClick(chat, Qt.Key.Key_Up)
    qtbot.keyClick(chat, Qt.Key.Key_I)
    last = TURNS - 1
    assert wanted == [("good", last), ("edit", last), ("delete", last), ("insert", last - 1)]


def test_several_rows_chosen_are_a_stretch(chat: ChatView, qtbot: QtBot) -> None:
    chat.focus_last()
    assert chat.stretch() is None
    for _row in range(3):
        qtbot.keyClick(chat, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert chat.stretch() == (TURNS - 4, TURNS - 1)


def test_text_is_selected_with_the_pointer_and_copied(chat: ChatView, qtbot: QtBot) -> None:
    drawn(chat)
    number = in_sight(chat)[1]
    body = chat._body(chat.lay.rows[number])
    assert body is not None
    start, end = body.topLeft() + QPoint(14, 14), body.topLeft() + QPoint(100, 14)
    qtbot.mousePress(chat.viewport(), Qt.MouseButton.LeftButton, pos=start)
    QApplication.processEvents()
    chat.mouseMoveEvent(_dragged(chat, end))
    assert chat.chosen_text() and chat.chosen_text() in shown(chat.lay.rows[number].content)  # type: ignore[arg-type]
    qtbot.keyClick(chat, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == chat.chosen_text()


def _dragged(chat: ChatView, to: QPoint):  # type: ignore[no-untyped-def]  # a QMouseEvent
    from PySide6.QtCore import QEvent, QPointF
    from PySide6.QtGui import QMouseEvent

    left = Qt.MouseButton.LeftButton
    spot = QPointF(chat.viewport().mapToGlobal(to))
    return QMouseEvent(QEvent.Type.MouseMove, QPointF(to), spot, left, left, Qt.KeyboardModifier.NoModifier)


def test_an_editor_takes_a_rows_place_and_gives_it_back(chat: ChatView, theme: Theme, qtbot: QtBot) -> None:
    row = chat.last_row()
    assert row is not None
    number = chat.lay.rows.index(row)
    before = chat.lay.heights.height(number)
    editor = RowEditor(theme, "Edit", "A word.", "Keep")
    kept: list[str] = []
    editor.kept.connect(lambda text, _kind: kept.append(text))
    chat.open_editor(row, editor)
    assert editor.isVisible() and chat.editing is editor and chat.lay.heights.height(number) != before
    editor.field.setPlainText("Another word.")
    qtbot.keyClick(editor.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert kept == ["Another word."]
    qtbot.keyClick(editor.field, Qt.Key.Key_Escape)
    assert chat.editing is None and chat.lay.heights.height(number) == before


def test_a_card_of_trouble_has_its_button_only_while_it_is_the_last(chat: ChatView, qtbot: QtBot) -> None:
    asked: list[bool] = []
    chat.act_wanted.connect(lambda: asked.append(True))
    chat._transcript.trouble("The model's process ended.", "Load again")
    drawn(chat)
    assert chat._button.isVisible() and chat._button.accessibleName() == "Load again"
    chat._button.click()
    assert asked == [True]
    chat._transcript.remark("success", "The model is back.")
    drawn(chat)
    assert not chat._button.isVisible()
    assert any(isinstance(row.content, Trouble) for row in chat.lay.rows), "what happened stays to be read"


def test_a_card_keeps_room_for_its_button_only_while_it_has_one(chat: ChatView) -> None:
    chat._transcript.trouble("The model's process ended. " * 12, "Load again")
    drawn(chat)
    number, whole = len(chat.lay.rows) - 1, chat.lay.heights.height(len(chat.lay.rows) - 1)

    def room() -> int:
        picture = chat.lay.picture(number)
        assert isinstance(picture, TroublePicture)
        return picture.button

    asked = room()
    chat._transcript.wait("The model is loading…")
    drawn(chat)
    assert asked > 0 == room() and chat.lay.heights.height(number) < whole
    chat._transcript.wait(None)
    drawn(chat)
    assert room() == asked and chat.lay.heights.height(number) == whole and chat._button.isVisible()
    chat._transcript.trouble("It ended again.", "Load again")
    drawn(chat)
    assert room() == 0
    chat._transcript.renewed()
    drawn(chat)
    assert room() == 0


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("a" * 1_000_000, "… and 988000 more letters"),
        ("<|im_end|>\x00\x1b[31m", "<|im_end|>\ufffd\ufffd[31m"),
        ("\u202egnirts", "\ufffdgnirts"),
        ("👩‍🚀 ok", "👩‍🚀 ok"),
    ],
)
def test_bad_text_is_drawn_without_harm(text: str, holds: str) -> None:
    told = shown(Said(Voice.NARRATOR, text))
    assert holds in told and len(told) < LONGEST + 100


def test_rows_lie_where_their_heights_say() -> None:
    heights = Heights(gap=10, edge=5)
    heights.reset([20, 30, 40])
    assert [heights.top(n) for n in range(3)] == [5, 35, 75] and heights.whole == 120
    assert [heights.at(place) for place in (-5, 5, 34, 35, 999)] == [0, 0, 0, 1, 2]
    assert list(heights.within(30, 76)) == [0, 1, 2] and list(Heights(1, 1).within(0, 9)) == []
    assert heights.put(1, 50) and not heights.put(1, 50) and heights.top(2) == 95


def test_a_remark_that_repeats_is_counted(chat: ChatView) -> None:
    for _time in range(3):
        chat._transcript.remark("warning", "Again.")
    assert [row.content for row in chat.lay.rows[-1:]] == [Remark("warning", "Again.", 3)]
