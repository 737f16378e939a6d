"""Owns the view of the player's lines: the untrained answer beside the newest one."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QVBoxLayout, QWidget

from studio.language import _
from studio.ui.cards.prose import plain_rich
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_8, SPACE_12, SPACE_16
from studio.ui.train.progress import Answer


class AnswersView(QWidget):
    """A row a line: what the player says, the answer before training, the answer now."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._answers: tuple[Answer, ...] = ()
        self._rows: list[_Row] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(SPACE_16)
        self._grid.setVerticalSpacing(SPACE_12)
        for column, stretch in enumerate((3, 4, 4)):
            self._grid.setColumnStretch(column, stretch)
        self._heads = [self._head(column, text) for column, text in enumerate(_titles(0))]
        self._empty = self._blank()
        theme.changed.connect(self._redraw)

    def _head(self, column: int, text: str) -> QLabel:
        label = QLabel(text)
        label.setProperty("kind", "caption")
        self._grid.addWidget(label, 0, column)
        return label

    def _blank(self) -> QLabel:
        label = QLabel(_("Three lines of a player are answered before training and again as it learns."))
        label.setProperty("kind", "muted")
        label.setWordWrap(True)
        self._grid.addWidget(label, 1, 0, 1, 3)
        return label

    def show_answers(self, answers: Sequence[Answer]) -> None:
        """Shows these lines; an empty sequence says what will stand here."""
        self._answers = tuple(answers)
        self._redraw()

    @Slot()
    def _redraw(self) -> None:
        self._empty.setVisible(not self._answers)
        for head, text in zip(self._heads, _titles(max((a.step for a in self._answers), default=0)), strict=True):
            head.setVisible(bool(self._answers))
            head.setText(text)
        while len(self._rows) < len(self._answers):
            self._rows.append(_Row(self._grid, 2 + len(self._rows)))
        style = f"color: {self._theme.colours.toolcall}; font-weight: 600"
        for number, row in enumerate(self._rows):
            row.show_answer(self._answers[number] if number < len(self._answers) else None, style)


class _Row:
    """The three cells of one line."""

    def __init__(self, grid: QGridLayout, at: int) -> None:
        self._line, self._before, self._now = (_Cell(kind) for kind in ("line", "before", "now"))
        for column, cell in enumerate((self._line, self._before, self._now)):
            grid.addWidget(cell, at, column)

    def show_answer(self, answer: Answer | None, call_style: str) -> None:
        for cell in (self._line, self._before, self._now):
            cell.setVisible(answer is not None)
        if answer is None:
            return
        self._line.say("“" + answer.line + "”", call_style)
        self._before.say(answer.untrained, call_style)
        self._now.say(answer.latest, call_style)


class _Cell(QFrame):
    """One card with a text that can be selected; what is not there yet is said in a dim word."""

    def __init__(self, role: str) -> None:
        super().__init__()
        self.setProperty("kind", "card" if role == "before" else "card-raised" if role == "now" else "")
        layout = QVBoxLayout(self)
        margin = SPACE_12 if role != "line" else 0
        layout.setContentsMargins(margin, SPACE_8, margin, SPACE_8)
        self._label = QLabel()
        self._label.setWordWrap(True)
        self._label.setTextFormat(Qt.TextFormat.RichText)
        self._label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._label.setProperty("kind", "muted" if role == "before" else "")
        layout.addWidget(self._label)

    def say(self, text: str | None, call_style: str) -> None:
        """Shows a text; None is an answer that is still to come."""
        self._label.setText("…" if text is None else plain_rich(text or "–", call_style))


def _titles(step: int) -> tuple[str, str, str]:
    now = _("After {n} steps").format(n=step) if step else _("While it learns")
    return _("The player says"), _("Untrained"), now
