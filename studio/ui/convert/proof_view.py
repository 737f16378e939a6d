"""Owns the views of what proves a converted model: its validation, and the parity chain with the way to measure it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QLabel, QProgressBar, QVBoxLayout

from studio.language import _
from studio.ui.convert.account import Chain, Checked
from studio.ui.convert.grid import Grid
from studio.ui.theme.tokens import SPACE_8, SPACE_12, SPACE_16
from studio.ui.widgets import label, push_button, row


class _Card(QFrame):
    """A card with a title."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(SPACE_16, SPACE_16, SPACE_16, SPACE_16)
        self.column.setSpacing(SPACE_12)


class ChecksView(_Card):
    """The checks of every file side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.grid = Grid(1)
        self._verdict = label("", "good")
        self._details = label("", "muted", wrap=True, selectable=True)
        self.column.addLayout(row(label(_("Validation"), "title"), None, self._verdict))
        self.column.addWidget(self.grid)
        self.column.addWidget(self._details)

    def show_checks(self, files: tuple[str, ...], checks: tuple[Checked, ...]) -> None:
        """Shows what was checked; hidden where nothing was."""
        self.setVisible(bool(checks))
        if not checks:
            return
        passed = all(check.passed for check in checks)
        self._verdict.setText(_("Every file is sound.") if passed else _("Not every file is sound."))
        _turn(self._verdict, "good" if passed else "error")
        names = [name.rsplit("-", 1)[-1].removesuffix(".gguf") for name in files]
        rows = [(check.name, *check.marks) for check in checks]
        kinds = ["" if check.passed else "error" for check in checks]
        self.grid.show_rows((_("Check"), *names), rows, kinds, ["\n".join(check.details) for check in checks])
        details = [detail for check in checks for detail in check.details]
        self._details.setText("\n".join(details))
        self._details.setVisible(bool(details))


class ChainView(_Card):
    """The parity chain. `wanted` asks for it to be measured, `stop_wanted` for that to end."""

    wanted = Signal()
    stop_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.grid = Grid(1)
        self.verdict = label("", "muted")
        self.measure = push_button(_("Measure parity"), self.wanted.emit)
        self.stop = push_button(_("Stop"), self.stop_wanted.emit)
        self._doing = label("", "muted")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(_("Progress of the parity gate"))
        why = _("Every file is held against the model as it was trained, on held-out talks and tool calls.")
        self._why = label(why, "caption", wrap=True)
        self._lines = label("", "muted", wrap=True, selectable=True)
        self._chain = Chain()
        title = label(_("Parity with the model as trained"), "title")
        self.column.addLayout(row(title, SPACE_8, self.verdict, None, self.stop, self.measure))
        for part in (self._why, self._doing, self._bar, self.grid, self._lines):
            self.column.addWidget(part)
        self.show_chain(Chain())
        self.show_work("", None, able=False)

    def show_chain(self, chain: Chain) -> None:
        """Shows a report, or that there is none."""
        self._chain = chain
        known = chain.passed is not None
        self.verdict.setText(_("not measured yet") if not known else _("holds") if chain.passed else _("does not hold"))
        _turn(self.verdict, "muted" if not known else "good" if chain.passed else "error")
        self.grid.setVisible(bool(chain.rows))
        held = chain.head[-1] if chain.head else ""
        kinds = ["error" if cells[-1] == _("no") else "" for cells in chain.rows] if held else []
        self.grid.show_rows(chain.head, chain.rows, kinds)
        self._lines.setText("\n".join(chain.lines))
        self._lines.setVisible(bool(chain.lines))
        self.measure.setText(_("Measure again") if known else _("Measure parity"))

    def show_work(self, words: str, share: float | None, *, able: bool) -> None:
        """Says what is measured now; nothing where no words are given. `able`: it can be asked for."""
        busy = bool(words)
        self._doing.setText(words)
        for part in (self._doing, self._bar, self.stop):
            part.setVisible(busy)
        self.measure.setVisible(not busy)
        self.measure.setEnabled(able)
        self._bar.setRange(0, 0 if share is None else 1000)
        self._bar.setValue(round(1000 * (share or 0)))


def _turn(widget: QLabel, kind: str) -> None:
    """Gives a label another kind."""
    if widget.property("kind") != kind:
        widget.setProperty("kind", kind)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
