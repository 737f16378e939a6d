"""What is dropped on Play: a folder of models, a model, a session that was kept, a talk of another program."""

import json
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QMimeData, QUrl

from studio.ui.context import Toast
from studio.ui.play.tab import PlayTab
from tests.gguf.tiny_model import write_model

Doing = Callable[[Callable[[], object]], None]


def test_a_folder_of_models_stands_in_the_list(
    played: PlayTab, doing: Doing, tmp_path: Path, toasts: list[Toast]
) -> None:
    folder, empty = tmp_path / "others", tmp_path / "empty"
    folder.mkdir()
    empty.mkdir()
    made = write_model(folder / "brine.gguf")
    doing(lambda: played.drop(folder, here=True))
    assert made in [model.path for model in played.models]
    assert "others" in toasts[-1].text
    played.drop(empty, here=True)
    assert "holds no GGUF" in toasts[-1].text
    assert not played.drop(empty, here=False), "what is no model's is nobody's elsewhere"


def test_a_model_is_remembered_and_loaded(played: PlayTab, doing: Doing, tmp_path: Path) -> None:
    made = write_model(tmp_path / "brine.gguf")
    doing(lambda: played.drop(made, here=False))
    assert played.table.seats[0].path == made and made in [model.path for model in played.stock._found]
    assert played.table.seats[0].session is not None and played.table.seats[0].session.played(), "the play goes on"


def test_a_session_opens_as_it_stood(played: PlayTab, doing: Doing, tmp_path: Path) -> None:
    session = played.table.seats[0].session
    assert session is not None and session.file is not None
    away = tmp_path / "an-evening.jsonl"
    away.write_bytes(session.file.path.read_bytes())
    doing(played.begin_again)
    assert not played.table.seats[0].session.path()  # type: ignore[union-attr]  # another one is open
    doing(lambda: played.drop(away, here=False))
    opened = played.table.seats[0].session
    assert opened is not None and opened.file is not None and opened.file.path == away
    assert [node.text for node in opened.path()] == [node.text for node in session.path()]


def test_a_file_that_is_dropped_on_the_line_is_the_windows_to_open(played: PlayTab, tmp_path: Path) -> None:
    file, text = QMimeData(), QMimeData()
    file.setUrls([QUrl.fromLocalFile(str(tmp_path / "talk.json"))])
    text.setText("I sit down.")
    assert not played.input.field.canInsertFromMimeData(file) and played.input.field.canInsertFromMimeData(text)


def test_a_talk_is_told_where_play_is_shown(played: PlayTab, doing: Doing, tmp_path: Path) -> None:
    talk = tmp_path / "talk.json"
    turns = [{"role": "user", "content": "I sit down."}, {"role": "assistant", "content": "The stove ticks."}]
    talk.write_text(json.dumps(turns), "utf-8")
    assert not played.drop(talk, here=False), "elsewhere such a file is data"
    doing(lambda: played.drop(talk, here=True))
    session = played.table.seats[0].session
    assert session is not None and [node.text for node in session.path()][-2:] == ["I sit down.", "The stove ticks."]
    assert not played.drop(tmp_path / "map.png", here=True)
