"""Owns the list of drafts that wait for a person's word, and the two words: accept, discard. Does neither itself."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFont, QPainter
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QStackedWidget, QStyleOptionViewItem, QVBoxLayout, QWidget

from studio.language import _, plural
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SIZE_SMALL, SPACE_8, SPACE_12, SPACE_16
from studio.ui.widgets import EmptyPlace, Index, RowPainter, label, push_button, row

if TYPE_CHECKING:
    from studio.dataset.drafts import Kept

_ROLE = Qt.ItemDataRole.UserRole
_LINE = 20


class _Lines(RowPainter):
    """A draft's title, and below it what kind it is and what is wrong with it."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Two lines high."""
        return QSize(0, self._theme.px(2 * _LINE) + 2 * SPACE_8)

    def draw(self, painter: QPainter, box: QRect, index: Index) -> None:
        """The two lines."""
        draft: Kept = index.data(_ROLE)
        theme, height = self._theme, self._theme.px(_LINE)
        top = QRect(box.left() + SPACE_16, box.top() + SPACE_8, box.width() - 2 * SPACE_16, height)
        about = f"{draft.scenario_type} · {problems_word(draft)}"
        for place, words, font, colour in (
            (top, draft.title, theme.text_font(weight=QFont.Weight.DemiBold), "text"),
            (top.translated(0, height), about, theme.text_font(SIZE_SMALL), "error" if draft.errors else "muted"),
        ):
            painter.setFont(font)
            painter.setPen(theme.colour(colour))
            shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, place.width())
            painter.drawText(place, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), shown)


def problems_word(draft: "Kept") -> str:
    """How much there is to look at in a draft."""
    if not draft.problems:
        return _("nothing found wrong")
    return plural("{count} thing to look at", "{count} things to look at", len(draft.problems))


class DraftsView(QWidget):
    """The list. `opened`, `accepted` and `discarded` carry a draft's path."""

    opened = Signal(object)
    accepted = Signal(object)
    discarded = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.list = QListWidget()
        self._lines = _Lines(theme)
        self.list.setItemDelegate(self._lines)
        self.list.setAccessibleName(_("Drafts"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemActivated.connect(lambda _item: self._emit(self.opened))
        self.list.currentRowChanged.connect(self._ready)
        self._about = label("", "caption", wrap=True)
        self.accept = push_button(_("Accept"), lambda: self._emit(self.accepted), "primary")
        self.accept.setToolTip(_("It becomes a scenario of the workspace, and the next build learns from it"))
        self.open = push_button(_("Read"), lambda: self._emit(self.opened))
        self.discard = push_button(_("Discard"), lambda: self._emit(self.discarded))
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, SPACE_12)
        column.setSpacing(SPACE_8)
        column.addWidget(self.list, 1)
        foot = QVBoxLayout()
        foot.setContentsMargins(SPACE_12, 0, SPACE_12, 0)
        foot.setSpacing(SPACE_8)
        foot.addWidget(self._about)
        foot.addLayout(row(self.accept, self.open, self.discard, None))
        column.addLayout(foot)
        self._pages = QStackedWidget()
        self._pages.addWidget(
            EmptyPlace(
                theme, "fix", _("No draft waits"),
                _("“Help me write” under Missing has a model draft a scenario. It counts once you accept it here."),
            )
        )  # fmt: skip
        self._pages.addWidget(page)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._pages)

    def show_drafts(self, drafts: "Sequence[Kept]") -> None:
        """Shows these drafts."""
        at = max(0, self.list.currentRow())
        self.list.clear()
        for draft in drafts:
            item = QListWidgetItem(draft.title)
            item.setData(_ROLE, draft)
            self.list.addItem(item)
        self._pages.setCurrentIndex(1 if drafts else 0)
        self.list.setCurrentRow(min(at, len(drafts) - 1))
        self._ready()

    @property
    def draft(self) -> "Kept | None":
        """The chosen one."""
        item = self.list.currentItem()
        found: Kept | None = item.data(_ROLE) if item is not None else None
        return found

    @Slot()
    def _ready(self) -> None:
        draft = self.draft
        self.accept.setEnabled(draft is not None and not draft.errors)
        told = "\n".join(draft.problems[:4]) if draft is not None else ""
        self._about.setText(told)
        self._about.setVisible(bool(told))

    def _emit(self, signal) -> None:  # type: ignore[no-untyped-def]  # a bound signal has no public type
        if self.draft is not None:
            signal.emit(self.draft.path)
