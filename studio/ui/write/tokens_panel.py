"""Owns the panel that says how many tokens a scenario has, turn by turn, and shows them; counts nothing itself."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QListView,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from studio.chat.counting import Token, TurnTokens
from studio.language import _, plural
from studio.scenario import Scenario
from studio.training.profiles import DEFAULT_PROFILE, profile_settings
from studio.ui.context import Context
from studio.ui.play import shelf
from studio.ui.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_8, SPACE_12
from studio.ui.widgets import EmptyPlace, IconButton, label, row, rule
from studio.ui.write.token_counts import Count, Counted, TokenCounts
from studio.ui.write.token_views import MOST, TURN, Bars, Meter, TokenText

_CONTEXTS = (1024, 2048, 4096, 8192, 16384, 32768, 131072)
_LENGTHS = (256, 512, 1024, 2048, 4096, 8192)


class TokensPanel(QWidget):
    """Totals, a bar a turn, and the tokens of one. `chosen` carries the span of a turn, `totals` what was counted."""

    chosen = Signal(object)
    totals = Signal(object)

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        theme = context.theme
        self._scenario: Scenario | None = None
        self._counted: Counted | None = None
        self._listed: list[str] = []
        self.counts = TokenCounts()
        self.models = QComboBox()
        self.models.setAccessibleName(_("Count for this model"))
        self.models.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.contexts = _choice(_("Context length"), _CONTEXTS, int(context.settings.number("write.context", 4096)))
        default = profile_settings(DEFAULT_PROFILE).get("max_length")
        length = default if isinstance(default, int) else 2048
        self.lengths = _choice(
            _("Longest example in training"), _LENGTHS, int(context.settings.number("write.max_length", length))
        )
        self.figure = label("", "figure")
        self.words = label("", "caption")
        self.meter = Meter(theme)
        self.sentence = label("", "caption", wrap=True)
        self._model = QStandardItemModel(self)
        self.view = self._list(theme)
        self.toggle = IconButton(theme, "preview", _("Show the tokens of the chosen turn"), text=_("Show tokens"))
        self.toggle.setCheckable(True)
        self.text = TokenText(theme)
        self.text.hide()
        self._empty = EmptyPlace(
            theme, "chip", _("Nothing to count yet"), _("Open a scenario to see how many tokens each turn has.")
        )
        self._body = self._lay_out()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._body)
        layout.addWidget(self._empty)
        self._connect()
        self._show(None)
        self.look()

    def _list(self, theme: Theme) -> QListView:
        view = QListView()
        view.setModel(self._model)
        view.setItemDelegate(Bars(theme))
        view.setAccessibleName(_("Tokens by turn"))
        view.setMouseTracking(True)
        view.setUniformItemSizes(True)
        view.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        return view

    def _lay_out(self) -> QWidget:
        body, head = QWidget(), QWidget()
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACE_8)
        grid.setVerticalSpacing(SPACE_4)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        grid.addWidget(label(_("Context length"), "caption"), 0, 0)
        grid.addWidget(label(_("Longest in training"), "caption"), 0, 1)
        grid.addWidget(self.contexts, 1, 0)
        grid.addWidget(self.lengths, 1, 1)
        column = QVBoxLayout(head)
        column.setContentsMargins(SPACE_12, SPACE_12, SPACE_12, SPACE_8)
        column.setSpacing(SPACE_8)
        column.addWidget(self.models)
        column.addLayout(grid)
        column.addSpacing(SPACE_4)
        column.addLayout(row(self.figure, None, self.words))
        column.addWidget(self.meter)
        column.addWidget(self.sentence)
        self._split = QSplitter(Qt.Orientation.Vertical)
        self._split.setChildrenCollapsible(False)
        self._split.addWidget(self.view)
        self._split.addWidget(self.text)
        self._split.setStretchFactor(0, 1)
        self._split.setSizes([400, 220])
        layout = QVBoxLayout(body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(head)
        layout.addWidget(rule())
        layout.addWidget(self._split, 1)
        layout.addWidget(rule())
        layout.addLayout(row(self.toggle, None, margins=(SPACE_8, SPACE_4, SPACE_8, SPACE_4)))
        return body

    def _connect(self) -> None:
        self.counts.counted.connect(self._show)
        self.counts.shown.connect(self._show_tokens)
        self.models.activated.connect(self._choose_model)
        self.contexts.activated.connect(self._choose_length)
        self.lengths.activated.connect(self._choose_length)
        self.view.clicked.connect(self._go)
        self.view.activated.connect(self._go)
        self.view.selectionModel().currentChanged.connect(self._turned)
        self.toggle.toggled.connect(self._toggle)
        self._context.workspace_changed.connect(self.look)

    # -- what is counted --------------------------------------------------------------------------------

    def show_scenario(self, scenario: Scenario | None, *, now: bool = False) -> None:
        """Counts a scenario a moment later, or now where another came to the front."""
        self._scenario = scenario
        self.counts.follow(scenario, now=now)

    @Slot()
    def look(self) -> None:
        """Looks which models there are."""
        workspace = self._context.workspace
        self.counts.do("models", lambda: shelf.models(workspace, shelf.shipped_models()), self._offer)

    def close(self) -> bool:
        """Ends the working thread."""
        self.counts.close()
        return super().close()

    def _offer(self, found: object) -> None:
        models = found if isinstance(found, list) else []
        if self.models.count() and [str(model.path) for model in models] == self._listed:
            return
        self._listed = [str(model.path) for model in models]
        wanted = self._context.settings.text("write.token_model")
        self.models.clear()
        for model in models:
            self.models.addItem(model.name, str(model.path))
        if not models:
            self.models.addItem(_("No model yet: words only"), "")
        self.models.setEnabled(bool(models))
        self.models.setCurrentIndex(max(0, self.models.findData(wanted)))
        self._use()

    @Slot()
    def _choose_model(self) -> None:
        self._context.settings.set("write.token_model", str(self.models.currentData()))
        self._use()

    def _use(self) -> None:
        path = str(self.models.currentData() or "")
        self.counts.use(Path(path) if path else None)

    @Slot()
    def _choose_length(self) -> None:
        self._context.settings.set("write.context", int(self.contexts.currentData()))
        self._context.settings.set("write.max_length", int(self.lengths.currentData()))
        self._show(self._counted)

    # -- what is shown ----------------------------------------------------------------------------------

    @Slot(object)
    def _show(self, counted: Counted | None) -> None:
        self._counted = counted
        self._body.setVisible(counted is not None)
        self._empty.setVisible(counted is None)
        self.totals.emit(counted)
        if counted is None:
            self._model.setRowCount(0)
            return
        count = counted.count
        self.words.setText(plural("{count} word", "{count} words", counted.words))
        self.figure.setText(plural("{count} token", "{count} tokens", count.total) if count is not None else "")
        context, longest = int(self.contexts.currentData()), int(self.lengths.currentData())
        sentence, kind = (
            (counted.trouble, "warning")
            if count is None
            else _sentence(count, context, longest, held_out=counted.held_out)
        )
        self.sentence.setText(sentence)
        self.sentence.setProperty("kind", kind)
        self.sentence.style().polish(self.sentence)
        self.meter.setVisible(count is not None)
        if count is not None:
            self.meter.show_figures(count.total, count.trained, context, longest)
        self._fill(count.turns if count is not None else ())
        if self.toggle.isChecked():
            self._ask()

    def _fill(self, turns: Sequence[TurnTokens]) -> None:
        most = max((turn.total for turn in turns), default=1)
        for place, turn in enumerate(turns):
            if place >= self._model.rowCount():
                self._model.appendRow(QStandardItem())
            item = self._model.item(place)
            if item.data(TURN) != turn or item.data(MOST) != most:
                item.setData(turn, TURN)
                item.setData(most, MOST)
                item.setText(_about(turn))
                item.setToolTip(_about(turn))
        self._model.setRowCount(len(turns))

    @Slot(QModelIndex)
    def _go(self, index: QModelIndex) -> None:
        """Goes to the turn in the text."""
        turn, scenario = index.data(TURN), self._scenario
        if scenario is None or not isinstance(turn, TurnTokens):
            return
        if turn.index is None:
            if scenario.system is not None:
                self.chosen.emit(scenario.system.span)
        elif turn.index < len(scenario.turns):
            self.chosen.emit(scenario.turns[turn.index].span)

    @Slot()
    def _turned(self) -> None:
        if self.toggle.isChecked():
            self._ask()

    @Slot(bool)
    def _toggle(self, on: bool) -> None:
        self.text.setVisible(on)
        if on:
            if not self.view.currentIndex().isValid():
                self.view.setCurrentIndex(self._model.index(0, 0))
            self._ask()

    def _ask(self) -> None:
        turn = self.view.currentIndex().data(TURN)
        self.counts.show(turn.index if isinstance(turn, TurnTokens) else None)

    @Slot(object)
    def _show_tokens(self, tokens: Sequence[Token]) -> None:
        self.text.show_tokens(tokens)


def _choice(name: str, values: Sequence[int], chosen: int) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.setToolTip(name)
    for value in sorted({*values, chosen}):
        box.addItem(f"{value:,}", value)
    box.setCurrentIndex(box.findData(chosen))
    return box


def _sentence(count: Count, context: int, longest: int, *, held_out: bool) -> tuple[str, str]:
    """What the totals mean, and how to say it."""
    total, trained = count.total, count.trained
    share = round(100 * trained / total) if total else 0
    told = _("{trained} of them are trained on ({share}%).").format(trained=f"{trained:,}", share=share)
    if held_out:
        told = _("The file is held out: it measures, and none of this is trained on.")
    if total > context:
        over = _("That is {over} more than the context holds: the oldest turns are left out in play.")
        return f"{told} {over.format(over=f'{total - context:,}')}", "warning"
    if total > longest and not held_out:
        return told + " " + _("It is longer than an example in training: it is cut before a player's turn."), "warning"
    return told, "caption"


def _about(turn: TurnTokens) -> str:
    name = _("SYSTEM") if turn.index is None else f"{turn.speaker} {turn.index + 1}"
    words = _("{name}: {total} tokens, {frame} of them the template's, {trained} trained on")
    return words.format(name=name, total=turn.total, frame=turn.frame, trained=turn.trained)
