"""Owns how token counts are drawn: the meter, a bar a turn, the tokens themselves; counts nothing."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, Qt, Slot
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from studio.chat.counting import Token, TurnTokens
from studio.language import _
from studio.ui.theme import Theme
from studio.ui.theme.tokens import SIZE_SMALL, SPACE_12
from studio.ui.widgets import Index, RowPainter

TURN = Qt.ItemDataRole.UserRole
MOST = Qt.ItemDataRole.UserRole + 1
_COLOURS = {"SYSTEM": "system", "User": "user", "DM": "dm", "TOOLCALL": "toolcall"}
_MOST_SHOWN = 6000


class Meter(QWidget):
    """How much of the context a scenario fills, the trained part darker, with a mark at training's longest."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._figures = (0, 0, 1, 1)
        self.setFixedHeight(theme.px(16))
        theme.changed.connect(self.update)

    def show_figures(self, total: int, trained: int, context: int, longest: int) -> None:
        """Draws these."""
        self._figures = (total, trained, context, longest)
        self.setToolTip(_("{total} of {context} tokens; training cuts at {longest}").format(
            total=f"{total:,}", context=f"{context:,}", longest=f"{longest:,}"
        ))  # fmt: skip
        self.setAccessibleName(self.toolTip())
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws the bar."""
        total, trained, context, longest = self._figures
        theme, painter = self._theme, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        whole = max(context, total)
        bar = QRect(0, theme.px(4), self.width(), theme.px(8))
        painter.setBrush(theme.colour("raised"))
        painter.drawRoundedRect(bar, 3, 3)
        over = total > context
        for share, colour in ((total, "error" if over else "line_strong"), (trained, "dm")):
            width = round(bar.width() * share / whole) if whole else 0
            painter.setBrush(theme.colour(colour))
            painter.drawRoundedRect(QRect(bar.left(), bar.top(), min(bar.width(), width), bar.height()), 3, 3)
        if longest < whole:
            place = round(bar.width() * longest / whole)
            painter.setBrush(theme.colour("accent"))
            painter.drawRect(QRect(place - 1, 0, 2, self.height()))


class Bars(RowPainter):
    """Draws a turn: who speaks, its bar with the trained part filled, and how many tokens."""

    height = 26

    def draw(self, painter: QPainter, box: QRect, index: Index) -> None:
        """Draws one row."""
        theme, turn = self._theme, index.data(TURN)
        if not isinstance(turn, TurnTokens):
            return
        colour = _COLOURS[turn.speaker]
        name = box.adjusted(SPACE_12, 0, 0, 0)
        painter.setFont(theme.text_font(SIZE_SMALL, QFont.Weight.DemiBold))
        painter.setPen(theme.colour(colour))
        word = "Roll" if turn.speaker == "TOOLCALL" else turn.speaker
        painter.drawText(name, Qt.AlignmentFlag.AlignVCenter, word)
        figure = box.adjusted(0, 0, -SPACE_12, 0)
        painter.setFont(theme.mono_font(SIZE_SMALL))
        painter.setPen(theme.colour("secondary"))
        right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(figure, right, f"{turn.total:,}")
        left, most = box.left() + SPACE_12 + theme.px(60), int(index.data(MOST) or 1)
        room = max(0, box.right() - SPACE_12 - theme.px(52) - left)
        height = theme.px(8)
        top = box.center().y() - height // 2 + 1
        painter.setPen(Qt.PenStyle.NoPen)
        for share, fill in ((turn.total, theme.tint(colour, 0.28, "panel")), (turn.trained, theme.colour(colour))):
            width = round(room * share / most) if most else 0
            if width or share:
                painter.setBrush(fill)
                painter.drawRoundedRect(QRect(left, top, max(2, width), height), 2, 2)


class TokenText(QPlainTextEdit):
    """The tokens of a turn, each on a ground of its own: those that are trained on in the narrator's colour."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._tokens: tuple[Token, ...] = ()
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setAccessibleName(_("Tokens of the chosen turn"))
        self.setProperty("kind", "tokens")
        theme.changed.connect(self._draw)

    def show_tokens(self, tokens: Sequence[Token]) -> None:
        """Draws these tokens."""
        if tuple(tokens) != self._tokens:
            self._tokens = tuple(tokens)
            self._draw()

    @Slot()
    def _draw(self) -> None:
        self.setFont(self._theme.mono_font(SIZE_SMALL))
        self.document().setDocumentMargin(SPACE_12)
        self.clear()
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        for number, token in enumerate(self._tokens[:_MOST_SHOWN]):
            cursor.insertText(_seen(token), self._form(token, number % 2 == 1))
        if len(self._tokens) > _MOST_SHOWN:
            cursor.insertText(" …", QTextCharFormat())
        cursor.endEditBlock()
        self.moveCursor(QTextCursor.MoveOperation.Start)

    def _form(self, token: Token, odd: bool) -> QTextCharFormat:
        form = QTextCharFormat()
        share = (0.34 if odd else 0.20) if token.trained else (0.16 if odd else 0.08)
        form.setBackground(self._theme.tint("dm" if token.trained else "text", share))
        form.setForeground(self._theme.colour("muted" if token.special and not token.trained else "text"))
        form.setToolTip(_("id {id}").format(id=token.id))
        return form


def _seen(token: Token) -> str:
    """A token's text with what cannot be seen made visible."""
    if not token.text:
        return "·"
    return token.text.replace("\n", "⏎\n").replace("\t", "⇥\t")
