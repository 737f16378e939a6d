"""Play's list of models: what each takes, folders and addresses added, settings kept and used, loading stopped."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from studio.cli.play_models import opened
from studio.gguf.load_forecast import Loadable, Room
from studio.gguf.writer import Written, write_gguf
from studio.inference.load_settings import LoadSettings
from studio.publishing.known_models import find_known, models_here, settings_of
from studio.ui.context import Context, Toast
from studio.ui.play import openable
from studio.ui.play.address_form import AddressForm
from studio.ui.play.model_picker import ModelPicker
from studio.ui.play.model_settings import ModelSettings, Subject
from studio.ui.play.seat import Seat
from studio.ui.play.seat_state import SeatState
from studio.ui.play.shelf import ModelFile
from studio.ui.play.tab import PlayTab
from tests.gguf.tiny_model import metadata, weights, write_model
from tests.ui.play.engines import FixedEngine

Doing = Callable[[Callable[[], object]], None]
Run = Callable[[Coroutine[object, object, object]], object]


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return write_model(folder / "tiny.gguf")


def test_what_a_model_takes_stands_against_what_is_free(context: Context, tiny: Path) -> None:
    told = openable.costs(context.workspace, [openable.shelf.dropped(tiny)])[str(tiny)]
    assert told.startswith("takes ") and " free" in told
    forecast = Loadable.of(tiny).forecast(LoadSettings(), Room(1000))
    assert "more than the 1 KB that are free" in openable.cost_words(forecast, Room(1000))


def test_a_folder_of_models_is_added_and_one_that_cannot_be_opened_says_why(
    played: PlayTab, doing: Doing, tiny: Path, toasts: list[Toast]
) -> None:
    side = played.sides[0]
    doing(lambda: side.picker.added.emit(tiny.parent))
    assert tiny in [model.path for model in played.models]
    assert "elsewhere" in toasts[-1].text
    doing(lambda: side.picker.added.emit(tiny.parent / "nothing"))
    assert toasts[-1].kind == "error"


def test_the_list_shows_names_and_what_they_take(qtbot: QtBot, context: Context) -> None:
    picker = ModelPicker(context.theme)
    qtbot.addWidget(picker)
    able = ModelFile(Path("/m/a.gguf"), "a", 2_000_000, starter=False)
    broken = ModelFile(Path("/m/b.gguf"), "b", 5, starter=False, why="It is cut short.")
    picker.show_models([able, broken], {"/m/a.gguf": "takes 3 MB of 9 GB free"})
    picker.show_chosen(able.path)
    assert picker.currentText() == "a"
    tips = [str(picker.itemData(number, 3)) for number in (0, 1)]
    assert tips[0].endswith("1.9 MB · takes 3 MB of 9 GB free") and "cut short" in tips[1]
    assert not picker.model().index(1, 0).flags() & picker.model().index(0, 0).flags().ItemIsEnabled


def test_settings_are_told_with_their_cost_kept_and_loaded(
    played: PlayTab, doing: Doing, context: Context, tiny: Path
) -> None:
    doing(lambda: played.open_path(tiny))
    doing(lambda: played.sides[0].settings.click())
    form = played.stock.settings
    assert form.isVisible() and "It takes" in form._cost.text() and "weights" in form._parts.text()
    before = form._cost.text()
    form.context.setValue(131_072)
    assert form._cost.text() != before or "made for" in form._parts.text()
    form.kv_type.setCurrentIndex(form.kv_type.findData("q8_0"))
    form.flash.setCurrentIndex(2)
    form._tell()
    assert not form.load.isEnabled(), "keys and values are packed only with flash attention"
    form.flash.setCurrentIndex(0)
    form._tell()
    doing(form.load.click)
    kept = settings_of(context.workspace, find_known(context.workspace, str(tiny)))
    assert (kept.context, kept.kv_type) == (131_072, "q8_0")
    assert played.table.seats[0].can_play


def test_a_model_that_runs_elsewhere_has_no_cost(qtbot: QtBot, context: Context) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    form = ModelSettings(context.theme, parent)
    form.show_subject(Subject("served", LoadSettings(), None, Room(10), can_forget=True))
    assert "elsewhere" in form._cost.text() and form.forget.isVisibleTo(form)


def test_an_address_is_added_and_a_bad_one_refused_in_its_form(played: PlayTab, context: Context, qtbot: QtBot) -> None:
    played.sides[0].picker.address_wanted.emit()
    (form,) = played.findChildren(AddressForm)
    form.address.setText("ftp://nowhere")
    form.model.setText("m")
    form.answer()
    assert form.trouble.isVisibleTo(form) and not [m for m in models_here(context.workspace) if m.source == "address"]
    form.address.setText("http://127.0.0.1:9/v1")
    form.answer()
    assert [m.id for m in models_here(context.workspace) if m.source == "address"] == ["http://127.0.0.1:9/v1#m"]


async def test_loading_is_stopped_and_can_be_begun_again(tmp_path: Path) -> None:
    begun = asyncio.Event()

    async def slow(path: Path) -> FixedEngine:
        begun.set()
        await asyncio.sleep(60)
        return FixedEngine(path)

    async def quick(path: Path) -> FixedEngine:
        return FixedEngine(path)

    seat = Seat(tmp_path / "sessions", load_engine=slow)
    loading = asyncio.create_task(seat.load(Path("slow.gguf")))
    await begun.wait()
    assert seat.state is SeatState.LOADING
    await seat.stop()
    assert await loading is False and seat.state is SeatState.LOST
    assert seat.transcript.rows[-1].spoken == "Loading was stopped."
    seat.load_engine = quick
    await seat.load_again()
    assert seat.state is SeatState.READY
    await seat.close()


@pytest.mark.parametrize("under_way", [False, True])
def test_a_model_without_a_template_asks_for_one_and_is_played_with_it(
    played: PlayTab, doing: Doing, context: Context, tmp_path: Path, under_way: bool, run: Run
) -> None:
    told = {name: value for name, value in metadata().items() if name != "tokenizer.chat_template"}
    tensors = [Written(name, one.shape, lambda one=one: one) for name, one in weights().items()]
    mute = write_gguf(tmp_path / "mute.gguf", told, tensors)
    played.table.seats[0].load_engine = None  # through a worker of its own, as in the window
    session = played.table.seats[0].session if under_way else None
    played.table.seats[0].session = session
    doing(lambda: played.open_path(mute))
    assert not played.busy and played.table.seats[0].state is not SeatState.LOADING
    chat = played.sides[0].chat
    assert chat._button.text() == "Choose how to speak to it"
    doing(chat._button.click)
    form = played.stock.settings
    assert form.isVisible() and form.template.isVisibleTo(form) and form.template.count() > 3
    doing(form.load.click)
    assert played.table.seats[0].can_play and (session is None or played.table.seats[0].session is session)

    async def from_a_terminal() -> None:
        engine, _digest = await opened(str(mute), context.workspace.root)
        await engine.close()
        assert engine.card.template, "the template that was chosen is kept"

    run(from_a_terminal())
