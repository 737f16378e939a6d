"""Owns the Play tab: pickers above, one or two models in the middle, the game panel beside them."""

import asyncio
import random
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from studio.language import N_, _
from studio.scenario.model import Scenario, Turn
from studio.ui.commands import Command
from studio.ui.context import Context, PlayOn
from studio.ui.errands import Errands
from studio.ui.play import dropped, presets, sample, shelf
from studio.ui.play.commands import commands
from studio.ui.play.evening import Evening
from studio.ui.play.from_text import FromText
from studio.ui.play.line import InputBar
from studio.ui.play.models import Models
from studio.ui.play.pairing import Pairing
from studio.ui.play.panel import GamePanel
from studio.ui.play.row_acts import RowActs
from studio.ui.play.rows import Trouble
from studio.ui.play.seat import Seat
from studio.ui.play.seat_state import SeatState
from studio.ui.play.shelf import ModelFile, ScenarioFile
from studio.ui.play.side import SideView
from studio.ui.play.sides import Sides
from studio.ui.play.table import Table
from studio.ui.play.toolbar import PlayBar
from studio.ui.status import Note, Place
from studio.ui.tabs import Tab
from studio.ui.widgets import rule

_LAST_MODEL = "play.model"
_CHAT_SHARE, _GAME_SHARE = (900, 320), (420, 900)
"""How the room is shared between chat and game, where the one or the other is shown large."""


class PlayTab(Tab):
    """Chat and game. Models are loaded when the tab is first entered."""

    title = N_("Play")
    icon_name = "play"
    waits_for = ("starter", "play")
    opens = (".gguf",)
    views = ("fight", "game")

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.table = Table(self._seat, hides=lambda: self.beside.hidden)
        self.errands = Errands(lambda error: self.evening.tell(error))
        self._scenarios: list[ScenarioFile] = []
        self.was_entered = False
        self._soon = QTimer(self, interval=0, singleShot=True)
        self._soon.timeout.connect(self.refresh)
        self.bar = PlayBar(context.theme)
        self.input = InputBar(context.theme)
        self.beside = Sides(context.theme, self._side)
        self.panel = GamePanel(context.theme, self.beside.which)
        self.evening = Evening(self)
        self.stock = Models(self)
        self.pairing = Pairing(self)
        self.from_text = FromText(self)
        self._lay_out()
        self._connect()
        self.beside.add(self.table.seats[0])
        self.refresh()

    def _seat(self) -> Seat:
        return Seat(self.context.workspace.sessions, options=presets.last(self.context.settings))

    @property
    def sides(self) -> list[SideView]:
        """The models at the table, as they are shown."""
        return self.beside.sides

    def _lay_out(self) -> None:
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for part in (self.from_text.strip, self.beside, self.evening.rating, rule(), self.input):
            column.addWidget(part, 1 if part is self.beside else 0)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setHandleWidth(1)
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(centre)
        self.split.addWidget(self.panel)
        self.split.setStretchFactor(0, 1)
        self.split.setSizes(list(_CHAT_SHARE))
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.split)

    def _connect(self) -> None:
        self.input.field.said.connect(self._say)
        self.input.field.stop_wanted.connect(self.stop)
        self.input.hint.clicked.connect(self._put_hint)
        self.bar.scenario_chosen.connect(self.begin_chosen)
        self.bar.begin_wanted.connect(self.begin_again)
        self.bar.panel_toggled.connect(self.panel.setVisible)
        self.bar.view_chosen.connect(self.show_game)
        self.beside.shown.connect(self.refresh)
        self.panel.wished.connect(self.evening.change)
        self.panel.place_wanted.connect(lambda node: self.beside.side.chat.show_node(node))
        self.panel.tell_wanted.connect(lambda: self.errands.start(self.table.go_on([self.beside.seat])))
        self.context.seat_wanted.connect(self._play_run)
        self.context.workspace_changed.connect(self._look_again)

    # What the shell asks for

    def toolbar(self) -> QWidget:
        """Scenario, seed, side by side."""
        return self.bar

    def commands(self) -> list[Command]:
        """What can be done here, by key and from the palette."""
        return commands(self)

    def open_path(self, path: Path) -> None:
        """Loads a GGUF at the first seat."""
        self.stock.drop(shelf.dropped(path))
        self._choose_model(0, path)

    def drop(self, path: Path, *, here: bool) -> bool:
        """Takes models, a folder of them, a session that was kept, and talks of other programs."""
        return dropped.take(self, path, here=here)

    @Slot(object)
    def _play_run(self, run: Path) -> None:
        self.was_entered = True
        self.errands.start(self.play_run(run))

    async def play_run(self, run: Path) -> None:
        """Seats what a run has learnt, through its adapter; a play begins where there is none."""
        self.stock.drop(shelf.trained(run))
        await self.look()
        await self.table.rest()
        if self.table.scenario is None:
            self.begin_chosen()
        await self.table.seat_model(0, run)

    def entered(self) -> None:
        """Looks for models and scenarios; the first time the starter is loaded. The line is ready to be written."""
        self.input.field.setFocus()
        self.errands.start(self.look())

    @property
    def busy(self) -> bool:
        """Whether something is under way."""
        return self.errands.busy

    def closing(self) -> None:
        """Lets the models go."""
        self.errands.start(self.table.leave())

    def show_sample(self, run: Path | None) -> None:
        """Shows the model of a demo's run beside the untrained one, on the same lines."""
        if run is not None:
            self.errands.start(sample.show_both(self, run))

    def show_view(self, name: str, run: Path | None) -> None:
        """Shows a fight with the model of a demo's run; the same large as a game."""
        if name == "game":
            self.show_game(True)
        elif run is not None:
            self.errands.start(sample.show_fight(self, run))

    # What is there to play with

    @Slot()
    def _look_again(self) -> None:
        self.errands.start(self.look())

    async def look(self) -> None:
        """Looks for models and scenarios."""
        workspace = self.context.workspace
        await self.stock.look()
        files = await asyncio.to_thread(lambda: list(workspace.scenario_files()))
        self._scenarios = await asyncio.to_thread(shelf.scenarios, files)
        self.bar.show_scenarios(self._scenarios)
        if not self.was_entered:
            self.was_entered = True
            self._first_time()
        self._offer_models()
        self.refresh()
        await self.stock.weigh()

    def _offer_models(self) -> None:
        """Where there is no model yet, the chat says how one comes."""
        seat = self.table.seats[0]
        if self.models or seat.path is not None:
            return
        text = _("There is no model to play with yet. Train one, or drop a GGUF or a folder of them on the window.")
        card = Trouble(text, _("Add a model"), "hint", "model")
        if card not in seat.transcript.contents:
            seat.transcript.trouble(card.text, card.action, card.kind, card.deed)

    def _first_time(self) -> None:
        if self.table.scenario is None:
            self.begin_chosen()
        if self.table.seats[0].path is None and self.models:
            self.load(0, self.models[0].path)

    @property
    def models(self) -> list[ModelFile]:
        """Every model that can be chosen."""
        return self.stock.all

    @property
    def scenarios(self) -> list[ScenarioFile]:
        """Every scenario that can be chosen."""
        return self._scenarios

    # Playing

    @Slot()
    def begin_chosen(self) -> None:
        """Begins the scenario that is chosen."""
        chosen = self.bar.scenario()
        scenario = shelf.read(chosen.path) if chosen is not None else None
        if scenario is not None:
            self.begin(scenario, self.bar.seed())

    @Slot()
    def begin_again(self) -> None:
        """The same scenario from its beginning, or from where it was played on."""
        if self.from_text.wish is not None:
            self.errands.start(self.from_text.play_on(self.from_text.wish))
        elif self.bar.scenario() is None and self.table.scenario is not None:
            self.begin(self.table.scenario, self.bar.seed())
        else:
            self.begin_chosen()

    def begin_with(self, turns: Sequence[Turn]) -> None:
        """The chosen scenario after turns that came from elsewhere."""
        chosen = self.bar.scenario()
        scenario = shelf.read(chosen.path) if chosen is not None else self.table.scenario
        if scenario is not None:
            self.begin(scenario, self.bar.seed(), told=turns)

    async def seat_any_model(self) -> None:
        """Loads the model that was used last where none is loaded, else the newest there is."""
        model = shelf.model_to_play(self.models, self.context.settings.text(_LAST_MODEL))
        if self.table.seats[0].engine is None and model is not None:
            await self.table.seat_model(0, model.path, self.stock.named(model.path))

    def begin(self, scenario: Scenario, seed: int, wish: PlayOn | None = None, told: Sequence[Turn] = ()) -> None:
        """Starts a play for every model at the table; `wish` is the text that is played on, where there is one."""
        self.evening.ask_about(self.table.seats[0].session)
        self.from_text.show_wish(wish)
        self.table.begin(scenario, seed, wish.beginning.turns if wish is not None else told)
        if self.bar.blind.isChecked():
            self.beside.hide_names(random.Random())
        self.show_scene()

    def show_scene(self) -> None:
        """Shows at the head of each chat what is played."""
        scenario = self.table.scenario
        system = scenario.system if scenario else None
        if scenario is not None and system is not None:
            place = (system.location or system.world or "").strip()
            for side in self.sides:
                side.show_scene(shelf.title_of(scenario), place)
        self.refresh()

    async def open_session(self, path: Path) -> None:
        """Opens a session that was kept, exactly as it stood."""
        await self.table.rest()
        self.evening.ask_about(self.table.seats[0].session)
        self.bar.pair.setChecked(False)
        self.from_text.show_wish(None)
        scenario = await self.table.reopen(path)
        if scenario is not None:
            self.bar.choose_titled(shelf.title_of(scenario))
            self.bar.show_seed(self.table.seed)
        self.show_scene()

    @Slot(str)
    def _say(self, text: str) -> None:
        if self.table.can_play:
            self.input.field.taken(text)
            self.errands.start(self._saying(text))

    async def _saying(self, text: str) -> None:
        await self.table.say(text, self.input.who())
        self.refresh()

    @Slot()
    def stop(self) -> None:
        """Ends what is being written."""
        self.errands.start(self.table.stop())

    @Slot()
    def _put_hint(self) -> None:
        chosen = self.bar.scenario()
        if chosen is not None:
            self.input.field.setPlainText(chosen.opening)
            self.input.field.moveCursor(QTextCursor.MoveOperation.End)
            self.input.field.setFocus()

    def _choose_model(self, number: int, path: Path) -> None:
        """A model that a person chose; the next text is played on with it."""
        if number == 0:
            self.context.settings.set(_LAST_MODEL, str(path))
        self.load(number, path)

    def load(self, number: int, path: Path) -> None:
        """Loads a model at a side."""
        self.errands.start(self.table.seat_model(number, path, self.stock.named(path)))

    # The sides

    def _side(self, number: int, seat: Seat) -> SideView:
        side = SideView(self.context.theme, seat)
        side.model_wanted.connect(lambda path: self._choose_model(number, path))
        side.again_wanted.connect(lambda: self._again(side))
        side.moved.connect(self._soon.start)
        self.stock.connect_side(side)
        acts = RowActs(self.context.theme, side, self.errands, self.evening.tell)
        acts.corrected.connect(lambda node, text: self.evening.correct(number, node, text))
        acts.save_wanted.connect(lambda first, last: self.evening.save(number, first, last))
        side.acts = acts
        return side

    def _again(self, side: SideView) -> None:
        """What the button on the last card does: load again, choose another model, or let the narrator go on."""
        seat = side.seat
        last = seat.transcript.contents[-1] if seat.transcript.rows else None
        deed = last.deed if isinstance(last, Trouble) else "again"
        if deed == "model":
            side.picker.showPopup()
        elif deed == "settings":
            self.errands.start(self.stock.show_settings(side))
        else:
            self.errands.start(seat.load_again() if seat.state is SeatState.LOST else self.table.go_on([seat]))

    @Slot(bool)
    def show_game(self, on: bool) -> None:
        """Shows the game large and the chat beside it, or the other way round."""
        (self.bar.game if on else self.bar.chat).setChecked(True)
        self.panel.show_wide(on)
        self.beside.show_one(on)
        whole = sum(self.split.sizes()) or sum(_CHAT_SHARE)
        chat, game = _GAME_SHARE if on else _CHAT_SHARE
        self.split.setStretchFactor(1, 2 if on else 0)  # of a larger window the chat gets its share
        self.split.setSizes([max(chat, whole // 3), whole] if on else [whole, game])

    def refresh(self) -> None:
        """Shows everything as it stands."""
        table, seat = self.table, self.beside.seat if self.sides else self.table.seats[0]
        idle = seat.session is not None and not seat.writes
        self.from_text.show_count(seat, done=idle)
        self.panel.setEnabled(not seat.veil.drawn)
        if not seat.veil.drawn:
            self.panel.show_session(seat.session, idle=idle)
        self.input.show_state(ready=table.can_play, busy=table.busy, why=self._why_not())
        chosen = self.bar.scenario()
        self.input.suggest(chosen.opening if chosen is not None and table.untouched and table.can_play else "")
        if seat.session is not None:
            self.input.show_party(seat.session.scenario.player, seat.session.party.names)
        self.bar.undo.setEnabled(idle and seat.session is not None and seat.session.can_undo)
        self.bar.redo.setEnabled(idle and seat.session is not None and seat.session.can_redo)
        self.beside.look()
        card = table.seats[0].card
        name = _("hidden until you vote") if self.beside.hidden else card.name if card is not None else ""
        self.context.status.say(Place.MODEL, Note(name, _("The model that plays"), "model") if name else None)

    def _why_not(self) -> str:
        if not self.models:
            return _("There is no model yet.")
        if self.table.scenario is None:
            return _("Choose a scenario above.")
        return _("Choose a model above.")
