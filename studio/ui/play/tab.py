"""Owns the Play tab: pickers above, one or two models in the middle, the game panel beside them."""

import asyncio
from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from studio.errors import LorewrightError
from studio.jobs.runs import Run
from studio.language import N_, _
from studio.scenario.model import Scenario
from studio.ui.commands import Command
from studio.ui.context import Comparison, Context, PlayOn
from studio.ui.convert.result import result_from
from studio.ui.errands import Errands
from studio.ui.play import shelf
from studio.ui.play.line import InputBar
from studio.ui.play.panel import GamePanel
from studio.ui.play.seat import Seat, SeatState
from studio.ui.play.shelf import ModelFile, ScenarioFile
from studio.ui.play.side import SideView
from studio.ui.play.strip import PlayedFrom
from studio.ui.play.table import Table
from studio.ui.play.toolbar import PlayBar
from studio.ui.status import Note, Place
from studio.ui.tabs import Tab
from studio.ui.widgets import rule, segment

_LAST_MODEL = "play.model"


class PlayTab(Tab):
    """Chat and game. Models are loaded when the tab is first entered."""

    title = N_("Play")
    icon_name = "play"
    waits_for = ("starter", "play")
    opens = (".gguf",)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.table = Table(lambda: Seat(context.workspace.sessions))
        self.errands = Errands(self._tell)
        self._dropped: list[ModelFile] = []
        self._models: list[ModelFile] = []
        self._scenarios: list[ScenarioFile] = []
        self._shown_side = 0
        self._entered = False
        self._comparing = False
        self._wish: PlayOn | None = None
        self.strip = PlayedFrom(context.theme)
        self.bar = PlayBar(context.theme)
        self.input = InputBar(context.theme)
        self.sides: list[SideView] = []
        self._seats = QSplitter(Qt.Orientation.Horizontal)
        self._seats.setHandleWidth(1)
        self._seats.setChildrenCollapsible(False)
        self._which = self._which_side()
        self.panel = GamePanel(context.theme, self._which)
        self._lay_out()
        self._connect()
        self._add_side(self.table.seats[0])

    def _lay_out(self) -> None:
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.strip)
        column.addWidget(self._seats, 1)
        column.addWidget(rule())
        column.addWidget(self.input)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setHandleWidth(1)
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(centre)
        self.split.addWidget(self.panel)
        self.split.setStretchFactor(0, 1)
        self.split.setSizes([900, 300])
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.split)

    def _which_side(self) -> QWidget:
        box = QWidget()
        line = QHBoxLayout(box)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(4)
        self._segments = [segment(_("Left model")), segment(_("Right model"))]
        for number, part in enumerate(self._segments):
            part.clicked.connect(lambda _checked=False, number=number: self._show_side(number))
            line.addWidget(part)
        line.addStretch(1)
        self._segments[0].setChecked(True)
        box.hide()
        return box

    def _connect(self) -> None:
        self.input.field.said.connect(self._say)
        self.input.field.stop_wanted.connect(self.stop)
        self.input.hint.clicked.connect(self._put_hint)
        self.bar.scenario_chosen.connect(self._begin)
        self.bar.begin_wanted.connect(self._begin_again)
        self.strip.keep_wanted.connect(self.keep)
        self.strip.back_wanted.connect(self.back)
        self.bar.pair_toggled.connect(self._pair)
        self.bar.panel_toggled.connect(self.panel.setVisible)
        self.context.comparison_wanted.connect(self._compare)
        self.context.play_wanted.connect(self._play_on)
        self.context.seat_wanted.connect(self._play_run)
        self.context.workspace_changed.connect(self._look_again)

    # What the shell asks for

    def toolbar(self) -> QWidget:
        """Scenario, seed, side by side."""
        return self.bar

    def commands(self) -> list[Command]:
        """Stop, begin again, side by side."""
        return [
            Command("play.stop", _("Play: stop the answer"), self.stop, "Esc", "stop", lambda: self.table.busy),
            Command("play.begin", _("Play: begin again"), self._begin_again, "Ctrl+Shift+N", "retry"),
            Command("play.keep", _("Play: keep what was played"), self.keep, "Ctrl+Shift+K", "save", self._can_keep),
            Command("play.back", _("Play: back to writing"), self.back, "Shift+F5", "write", lambda: bool(self._wish)),
            Command("play.pair", _("Play: two models side by side"), self.bar.pair.click, "Ctrl+Shift+D", "play"),
            Command("play.line", _("Play: go to the line"), self.input.field.setFocus, "Ctrl+L", "right"),
        ]

    def open_path(self, path: Path) -> None:
        """Loads a dropped GGUF at the first seat."""
        self._dropped = [model for model in self._dropped if model.path != path] + [shelf.dropped(path)]
        self._offer_models()
        self._choose_model(0, path)

    @Slot(object)
    def _play_run(self, run: Path) -> None:
        self._entered = True
        self.errands.start(self.play_run(run))

    async def play_run(self, run: Path) -> None:
        """Seats what a run has learnt, through its adapter; a play begins where there is none."""
        self._dropped = [model for model in self._dropped if model.path != run] + [shelf.trained(run)]
        await self._look()
        await self.table.rest()
        if self.table.scenario is None:
            self._begin()
        await self.table.seat_model(0, run)

    def entered(self) -> None:
        """Looks for models and scenarios; the first time the starter is loaded."""
        self.errands.start(self._look())

    @property
    def busy(self) -> bool:
        """Whether something is under way."""
        return self.errands.busy

    def closing(self) -> None:
        """Lets the models go."""
        self.errands.start(self.table.leave())

    # What is there to play with

    @Slot()
    def _look_again(self) -> None:
        self.errands.start(self._look())

    async def _look(self) -> None:
        workspace = self.context.workspace
        self._models = await asyncio.to_thread(shelf.models, workspace, shelf.shipped_models())
        self._offer_models()
        files = await asyncio.to_thread(lambda: list(workspace.scenario_files()))
        self._scenarios = await asyncio.to_thread(shelf.scenarios, files)
        self.bar.show_scenarios(self._scenarios)
        if not self._entered:
            self._entered = True
            self._first_time()
        self._refresh()

    def _first_time(self) -> None:
        if self.table.scenario is None:
            self._begin()
        if self.table.seats[0].path is None and self._models:
            self._load(0, self._models[0].path)

    def _offer_models(self) -> None:
        for side in self.sides:
            side.show_models([*self._models, *self._dropped])

    # Playing

    @Slot()
    def _begin(self) -> None:
        chosen = self.bar.scenario()
        scenario = shelf.read(chosen.path) if chosen is not None else None
        if scenario is not None:
            self.begin(scenario, self.bar.seed())

    @Slot()
    def _begin_again(self) -> None:
        if self._wish is not None:
            self.errands.start(self.play_on(self._wish))
        else:
            self._begin()

    @Slot(object)
    def _play_on(self, wish: PlayOn) -> None:
        self._entered = True
        self.errands.start(self.play_on(wish))

    async def play_on(self, wish: PlayOn) -> None:
        """Plays a text on from a place; where it is the narrator's turn there, he goes on by himself."""
        await self._look()
        await self.table.rest()
        scenario = wish.beginning.scenario
        self.bar.choose(scenario.path)
        self.begin(scenario, self.bar.seed(), wish)
        model = shelf.model_to_play([*self._models, *self._dropped], self.context.settings.text(_LAST_MODEL))
        if self.table.seats[0].engine is None and model is not None:
            await self.table.seat_model(0, model.path)
        await self.table.go_on()

    def _can_keep(self) -> bool:
        return self._wish is not None and self.strip.keep.isEnabled()

    @Slot()
    def keep(self) -> None:
        """Puts what was played at the side that is shown back into the text."""
        if self._wish is not None:
            self._wish.keep(self._shown_seat().played())

    @Slot()
    def back(self) -> None:
        """Shows the text again from which the play began."""
        if self._wish is not None:
            self._wish.back()

    def begin(self, scenario: Scenario, seed: int, wish: PlayOn | None = None) -> None:
        """Starts a play for every model at the table; `wish` is the text that is played on, where there is one."""
        self._wish = wish
        self.strip.hide()
        if wish is not None:
            self.strip.show_place(shelf.title_of(scenario), len(wish.beginning.turns))
        self.table.begin(scenario, seed, wish.beginning.turns if wish is not None else ())
        for side in self.sides:
            self._show_scene(side)
        self._refresh()

    def _show_scene(self, side: SideView) -> None:
        scenario = self.table.scenario
        system = scenario.system if scenario else None
        if scenario is not None and system is not None:
            side.show_scene(shelf.title_of(scenario), (system.location or system.world or "").strip())

    @Slot(str)
    def _say(self, text: str) -> None:
        if self.table.can_play:
            self.input.field.taken(text)
            self.errands.start(self.table.say(text))
            self._refresh()

    @Slot()
    def stop(self) -> None:
        """Ends what is being written."""
        self.errands.start(self.table.stop())

    @Slot()
    def _put_hint(self) -> None:
        chosen = self.bar.scenario()
        if chosen is not None:
            self.input.field.setPlainText(chosen.opening)
            self.input.field.setFocus()

    def _choose_model(self, number: int, path: Path) -> None:
        """A model that a person chose; the next text is played on with it."""
        if number == 0:
            self.context.settings.set(_LAST_MODEL, str(path))
        self._load(number, path)

    def _load(self, number: int, path: Path) -> None:
        self.errands.start(self.table.seat_model(number, path))

    # Two sides

    def _add_side(self, seat: Seat) -> None:
        number = len(self.sides)
        side = SideView(self.context.theme, seat)
        side.model_wanted.connect(lambda path, number=number: self._choose_model(number, path))
        side.again_wanted.connect(lambda seat=seat: self._again(seat))
        side.show_models([*self._models, *self._dropped])
        side.moved.connect(self._refresh)
        self.sides.append(side)
        self._seats.addWidget(side)
        self._seats.setStretchFactor(number, 1)
        self._seats.setSizes([1000] * len(self.sides))
        self._show_scene(side)

    def _again(self, seat: Seat) -> None:
        lost = seat.state is SeatState.LOST
        self.errands.start(seat.load_again() if lost else seat.go_on())

    @Slot(bool)
    def _pair(self, on: bool) -> None:
        if on and len(self.sides) < 2:
            self._add_side(self.table.second())
            if not self._comparing:
                self._load_second()
        elif not on and len(self.sides) > 1:
            side = self.sides.pop()
            side.seat.moved = lambda: None
            side.hide()
            side.deleteLater()
            self.errands.start(self.table.drop_second())
            self._show_side(0)
        self._which.setVisible(on)
        self._refresh()

    def _load_second(self) -> None:
        """The first model that is not seated yet, else the same one again."""
        taken = self.table.seats[0].path
        known = [*self._models, *self._dropped]
        other = next((model.path for model in known if model.path != taken), taken)
        if other is not None:
            self._load(1, other)

    @Slot(object)
    def _compare(self, wish: Comparison) -> None:
        """Two models on the same input: both are loaded, and the line is said to both."""
        self._entered = True
        self.errands.start(self.compare(wish))

    async def compare(self, wish: Comparison) -> None:
        """Seats both models, begins the scenario for both and says the line; the sheets shown are the right one's."""
        await self._look()
        self.bar.choose(wish.scenario)
        self._comparing = True
        self.bar.pair.setChecked(True)
        self._comparing = False
        for number, path in enumerate((wish.left, wish.right)):
            await self.table.seat_model(number, path)
        self._begin()
        self._show_side(1)
        if wish.line:
            await self.table.say(wish.line)

    def _show_side(self, number: int) -> None:
        self._shown_side = number
        self._segments[number].setChecked(True)
        self._refresh()

    def _shown_seat(self) -> Seat:
        return self.table.seats[min(self._shown_side, len(self.table.seats) - 1)]

    def _refresh(self) -> None:
        table, seat = self.table, self._shown_seat()
        self.strip.show_count(len(seat.played()), done=seat.state not in (SeatState.WRITING, SeatState.WAITING))
        self.panel.show_panel(seat.panel)
        self.input.show_state(ready=table.can_play, busy=table.busy, why=self._why_not())
        chosen = self.bar.scenario()
        self.input.suggest(chosen.opening if chosen is not None and table.untouched else "")
        card = table.seats[0].card
        note = Note(card.name, _("The model that plays"), "model") if card is not None else None
        self.context.status.say(Place.MODEL, note)

    def _why_not(self) -> str:
        if not self._models and not self._dropped:
            return _("There is no model yet: train one, or drop a .gguf file here.")
        if self.table.scenario is None:
            return _("Choose a scenario above.")
        return _("Choose a model above.")

    def _tell(self, error: LorewrightError) -> None:
        self.context.toast(str(error), "error")

    def show_sample(self, run: Path | None) -> None:
        """Shows the model of a demo's run beside the untrained one, on the same lines."""
        if run is not None:
            self.errands.start(self._show_both(Run(run)))

    async def _show_both(self, run: Run) -> None:
        await self._look()
        made = await asyncio.to_thread(result_from, self.context.workspace.models, run)
        starter = next((model for model in self._models if model.starter), None)
        if made is not None and starter is not None:
            path, lines = await asyncio.to_thread(self._telling_scene)
            if path is not None:
                await self.compare(Comparison(starter.path, made.path, path, ""))
            for line in lines:
                await self.table.say(line)

    def _telling_scene(self) -> tuple[Path | None, tuple[str, ...]]:
        """The held-out scenario whose lines lead to most: dice, and a sheet that changes."""
        held_out = [entry.path for entry in self._scenarios if entry.held_out]
        found = [(path, shelf.telling_lines(scenario)) for path in held_out if (scenario := shelf.read(path))]
        return max(found, key=lambda scene: len(scene[1]), default=(None, ()))
