"""Owns the page of a converted model: its files, its proofs, and the ways on; does none of them itself."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QComboBox,
    QFrame,
    QLineEdit,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from studio.language import _
from studio.ui.convert.account import Account
from studio.ui.convert.compatibility import Program
from studio.ui.convert.compatibility_view import CompatibilityView
from studio.ui.convert.gates_view import GatesView
from studio.ui.convert.proof_view import ChainView, ChecksView
from studio.ui.convert.release import GATES, GateRow, Outcome
from studio.ui.convert.result import Result
from studio.ui.convert.result_view import ResultView
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_8, SPACE_12, SPACE_16, SPACE_24
from studio.ui.widgets import EmptyPlace, label, push_button, row

_ROOMY = 1500
"""From this width on there are two columns."""


class ResultPage(QStackedWidget):
    """The page. Each `…_wanted` carries the file that is chosen; `publish_wanted` also the name."""

    play_wanted = Signal(object)
    pack_wanted = Signal(object)
    publish_wanted = Signal(object, str)
    stop_wanted = Signal()
    convert_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._result: Result | None = None
        self._named = ""
        self.file = QComboBox()
        self.file.setAccessibleName(_("Which file"))
        self.file.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.play = push_button(_("Play it"), lambda: self._send(self.play_wanted), "primary")
        self.pack = push_button(_("Make a game pack…"), lambda: self._send(self.pack_wanted))
        self.name = QLineEdit()
        self.name.setAccessibleName(_("Name to publish under"))
        self.name.setMaxLength(64)
        self.name.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.name.setMaximumWidth(theme.px(220))
        self.publish = push_button("", self._publish)
        self.stop = push_button(_("Stop"), self.stop_wanted.emit)
        self.gates = GatesView(theme)
        self.told = label("", "strong", wrap=True, selectable=True)
        self.doing = label("", "muted", wrap=True)
        self.files = ResultView()
        self.checks = ChecksView()
        self.chain = ChainView()
        self.programs = CompatibilityView(theme)
        self._title = label("", "display", selectable=True)
        self._beside = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._beside.setSpacing(SPACE_16)
        self._lay_out()
        self.name.textChanged.connect(self._turn)
        self.file.currentIndexChanged.connect(self._turn)
        self.show_result(None, None)
        self.show_gates(None)

    def _lay_out(self) -> None:
        inside = QWidget()
        inside.setProperty("kind", "scrolled")
        column = QVBoxLayout(inside)
        column.setContentsMargins(SPACE_24, SPACE_16, SPACE_24, SPACE_16)
        column.setSpacing(SPACE_16)
        column.addLayout(row(self._title, None, self.file, self.pack, self.play, spacing=SPACE_12))
        column.addLayout(self._beside)
        for parts in ((self.files, self.checks, self.programs), (self.chain, self._publishing())):
            side = QVBoxLayout()
            side.setSpacing(SPACE_16)
            for part in parts:
                side.addWidget(part)
            side.addStretch(1)
            self._beside.addLayout(side, 1)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(inside)
        self.addWidget(area)
        self.addWidget(
            EmptyPlace(
                self._theme, "convert", _("Nothing was made of this yet"),
                _("What a conversion makes is shown here: true sizes, validation, parity, and how it is published."),
                _("Go to Convert"), self.convert_wanted.emit,
            )
        )  # fmt: skip

    def _publishing(self) -> QWidget:
        card = QFrame()
        card.setProperty("kind", "card")
        column = QVBoxLayout(card)
        column.setContentsMargins(SPACE_16, SPACE_16, SPACE_16, SPACE_16)
        column.setSpacing(SPACE_8)
        head = row(label(_("Publish"), "title"), None, self.name, self.stop, self.publish)
        head.setStretch(2, 1)
        column.addLayout(head)
        why = _("Play and games load it by this name. Three gates come first; the version before can be put back.")
        column.addWidget(label(why, "caption", wrap=True))
        for part in (self.gates, self.doing, self.told):
            column.addWidget(part)
        return card

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lays what proves the model beside its files where there is room for both."""
        super().resizeEvent(event)
        ways = QBoxLayout.Direction
        self._beside.setDirection(ways.LeftToRight if self.width() >= self._theme.px(_ROOMY) else ways.TopToBottom)

    def show_result(self, result: Result | None, account: Account | None, programs: Sequence[Program] = ()) -> None:
        """Shows a converted model with what is told of it, and which programs take it."""
        other = result is None or self._result is None or result.path.parent != self._result.path.parent
        chosen = self.chosen()
        self._result = result
        self.setCurrentIndex(1 if result is None else 0)
        if result is None:
            return
        told = account or Account()
        folder = result.path.parent.name
        self._title.setText(folder)
        self._title.setToolTip(str(result.path.parent))
        names = [one.name for one in result.rows]
        wanted = chosen.name if chosen is not None and chosen.name in names and not other else result.path.name
        self.file.clear()
        self.file.addItems([one.quantisation for one in result.rows])
        self.file.setCurrentIndex(names.index(wanted) if wanted in names else 0)
        self.files.show_result(result, told.forecasts)
        self.checks.show_checks(told.files, told.checks)
        self.chain.show_chain(told.chain)
        self.programs.show_programs(programs)
        if other:
            self.name.setText(folder.lower())
            self.show_gates(None)
        self._turn()

    def chosen(self) -> Path | None:
        """The file that is played, published and packed."""
        row = self.file.currentIndex()
        if self._result is None or not 0 <= row < len(self._result.rows):
            return None
        return self._result.path.parent / self._result.rows[row].name

    def show_gates(self, rows: tuple[GateRow, ...] | None, running: str = "", doing: str = "") -> None:
        """Shows the gates as they are asked; before that, which there are."""
        asked = {one.name: one for one in rows or ()}
        self.gates.show_rows([asked.get(name, GateRow(name, None)) for name in GATES], running)
        self.doing.setText(doing)
        self.doing.setVisible(bool(doing))
        self.told.setVisible(False)

    def show_outcome(self, outcome: Outcome) -> None:
        """Shows how a publishing ended."""
        self.show_gates(outcome.gates)
        self.told.setText(outcome.told)
        self.told.setVisible(True)

    def say(self, words: str) -> None:
        """Says what is being made of the model, or was."""
        self.doing.setText(words)
        self.doing.setVisible(bool(words))

    def show_busy(self, *, publishing: bool, able: bool) -> None:
        """Which deeds make sense now."""
        self.stop.setVisible(publishing)
        self.publish.setVisible(not publishing)
        self._able = able
        self._turn()

    _able = True

    @Slot()
    def _turn(self) -> None:
        name = self.name.text().strip()
        self.publish.setText(_("Publish as {name}").format(name=name) if name else _("Publish"))
        self.publish.setEnabled(self._able and bool(name) and self._result is not None)
        self.pack.setEnabled(self._able)

    def _send(self, signal: object) -> None:
        chosen = self.chosen()
        if chosen is not None:
            signal.emit(chosen)  # type: ignore[attr-defined]  # a bound signal has no type of its own in the stubs

    def _publish(self) -> None:
        chosen, name = self.chosen(), self.name.text().strip()
        if chosen is not None and name:
            self.publish_wanted.emit(chosen, name)
