"""Owns the picture of a forecast of memory: a bar by part, its legend, and what was changed or would help."""

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QRectF, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from studio.glossary import explained
from studio.jobs.ledger import Holder
from studio.language import N_, _
from studio.training.memory import PARTS
from studio.training.sizes import gigabytes
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import RADIUS_6, SPACE_4, SPACE_8
from studio.ui.train.forecasting import Outlook
from studio.ui.train.words import in_words
from studio.ui.widgets import label, push_button

_HEIGHT, _MARK = 14, 9
_GAPPED = 3  # pixels from which on a part has a gap to the next
_LOOKS: dict[str, tuple[str, str, str]] = {
    "weights": ("accent", N_("Weights"), "weights"),
    "adapters": ("user", N_("Adapters"), "adapters_memory"),
    "gradients": ("dm", N_("Gradients"), "gradients"),
    "optimiser": ("system", N_("Optimiser"), "optimiser_memory"),
    "activations": ("toolcall", N_("Activations"), "activations"),
    "logits": ("warning", N_("Logits"), "logits"),
    "workspace": ("hint", N_("Workspace"), "workspace_memory"),
}
"""A part's colour, its name, and its word in the glossary."""

_OTHERS = "line_strong"


class MemoryBar(QWidget):
    """What others hold, each part of the training, and what stays free, to scale. A line marks where room ends."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.shares: tuple[tuple[str, float], ...] = ()
        self.limit: float | None = None
        self.setFixedHeight(theme.px(_HEIGHT))
        theme.changed.connect(self.update)

    def show_shares(self, shares: tuple[tuple[str, float], ...], limit: float | None) -> None:
        """Shows colours with their shares of the bar, from the left; `limit` is where the room ends, if within."""
        self.shares, self.limit = shares, limit
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws the bar."""
        theme, whole = self._theme, QRectF(self.rect())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        round_edge = QPainterPath()
        round_edge.addRoundedRect(whole, RADIUS_6, RADIUS_6)
        painter.setClipPath(round_edge)
        painter.fillRect(whole, theme.colour("raised"))
        left = 0.0
        for colour, share in self.shares:
            width = share * whole.width()
            gap = 1 if width > _GAPPED else 0
            painter.fillRect(QRectF(left, 0, width - gap, whole.height()), theme.colour(colour))
            left += width
        if self.limit is not None:
            place = self.limit * whole.width()
            painter.setPen(QPen(theme.colour("text"), 2))
            painter.drawLine(round(place), 0, round(place), round(whole.height()))


class _Mark(QWidget):
    """A square of a colour."""

    def __init__(self, theme: Theme, colour: str) -> None:
        super().__init__()
        self._theme, self._colour = theme, colour
        self.setFixedSize(theme.px(_MARK), theme.px(_MARK))
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour(self._colour))
        painter.drawRoundedRect(self.rect(), 2, 2)


class _Held(QWidget):
    """One model of this window that holds memory, and the way to let it go."""

    def __init__(self, holder: Holder, unload: Callable[[Holder], object]) -> None:
        super().__init__()
        words = _("{what} holds {size}.").format(what=holder.what, size=gigabytes(max(holder.bytes, holder.card_bytes)))
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(label(words, "caption", wrap=True), 1)
        self.unload = push_button(_("Unload"), lambda: unload(holder), "link", why=holder.advice)
        self.unload.setAccessibleName(_("Unload {what}").format(what=holder.what))
        line.addWidget(self.unload)


class MemoryView(QWidget):
    """The forecast under the form. `unload_wanted` carries the holder of memory that is to let it go."""

    unload_wanted = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._head = label(_("Memory"), "strong")
        self._head.setToolTip(explained("forecast"))
        self._head.setProperty("term", "forecast")
        self._sum = label("", "caption")
        self._sum.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._sum.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)  # it never widens the form
        self.bar = MemoryBar(theme)
        self.figures: dict[str, QLabel] = {}
        self._legend = QWidget()
        self._fill_legend(theme)
        self.verdict = label("", "error", wrap=True)
        self.words = label("", "caption", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_4)
        head = QHBoxLayout()
        head.addWidget(self._head)
        head.addWidget(self._sum, 1)
        column.addLayout(head)
        self.held: list[_Held] = []
        self._holders = QVBoxLayout()
        self._shown: tuple[Holder, ...] = ()
        column.addWidget(self.bar)
        column.addWidget(self._legend)
        column.addLayout(self._holders)
        column.addWidget(self.verdict)
        column.addWidget(self.words)
        self.show_outlook(None)

    def _fill_legend(self, theme: Theme) -> None:
        grid = QGridLayout(self._legend)
        grid.setContentsMargins(0, SPACE_4, 0, 0)
        grid.setHorizontalSpacing(SPACE_8)
        grid.setVerticalSpacing(2)
        held = (_OTHERS, N_("Other programs"), "")
        for place, (part, (colour, word, term)) in enumerate({**_LOOKS, "others": held}.items()):
            line, column = place % 4, 3 * (place // 4)
            name, figure = label(_(word), "caption"), label("", "caption")
            why = explained(term) if term else _("What is held now by the system and other programs, Play included.")
            for one in (name, figure):
                one.setToolTip(why)
            name.setProperty("term", term or None)
            grid.addWidget(_Mark(theme, colour), line, column)
            grid.addWidget(name, line, column + 1)
            grid.addWidget(figure, line, column + 2, Qt.AlignmentFlag.AlignRight)
            self.figures[part] = figure
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(4, 1)

    @Slot(object)
    def show_outlook(self, outlook: Outlook | None) -> None:
        """Shows a forecast; None where there is none yet."""
        found = outlook.forecast if outlook is not None else None
        self.bar.setVisible(found is not None)
        self._legend.setVisible(found is not None)
        self.verdict.hide()
        self.words.hide()
        self._sum.setText("")
        if outlook is None:
            return
        if found is None:
            self._say(outlook.trouble, ())
            return
        self._show_bar(outlook)
        self._say("" if found.fits else self._too_much(outlook), outlook.help or found.changes)
        self._show_holders(tuple(one for one in outlook.holders if one.unload is not None))

    def _show_bar(self, outlook: Outlook) -> None:
        found, device = outlook.forecast, outlook.device
        assert found is not None and device is not None
        held = max(0, device.total - device.free)
        whole = max(device.total, held + found.total)
        parts = [(_LOOKS[part][0], found.parts[part] / whole) for part in PARTS]
        end = (held + found.room) / whole
        self.bar.show_shares(((_OTHERS, held / whole), *parts), end if end < 0.995 else None)
        for part, size in {**found.parts, "others": held}.items():
            self.figures[part].setText(gigabytes(size))
        words = _("{needed} of {free} free") if found.room == device.free else _("{needed} of {free} allowed")
        words = words.format(needed=gigabytes(found.total), free=gigabytes(found.room))
        self._head.setText(_("Memory of the card") if device.kind == "cuda" else _("Memory"))
        self._sum.setText(words)
        self._sum.setToolTip(device.name)
        words = f"{words}, {device.name}"
        self.bar.setAccessibleName(_("Memory that the training would take: {words}").format(words=words))
        self.bar.setToolTip(words)

    def _show_holders(self, holders: tuple[Holder, ...]) -> None:
        """Offers to unload what this window can; rows are made anew only where there are others."""
        told = tuple(replace(one, bytes=one.bytes >> 24, card_bytes=one.card_bytes >> 24) for one in holders)
        if told == self._shown:
            return
        self._shown = told
        for row in self.held:
            row.hide()
            row.deleteLater()
        self.held = [_Held(one, self.unload_wanted.emit) for one in holders]
        for row in self.held:
            self._holders.addWidget(row)

    def _too_much(self, outlook: Outlook) -> str:
        found, device = outlook.forecast, outlook.device
        assert found is not None and device is not None
        return _("It does not fit: it needs {needed}, and {device} has {free} to give.").format(
            needed=gigabytes(found.total), device=device.name, free=gigabytes(found.room)
        )

    def _say(self, wrong: str, words: tuple[str, ...]) -> None:
        self.verdict.setText(wrong)
        self.verdict.setVisible(bool(wrong))
        self.words.setText("\n".join(f"· {in_words(one)}" for one in words))
        self.words.setVisible(bool(words))
