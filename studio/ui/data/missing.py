"""Owns the list of what a data set lacks, as scenarios to write, and the two ways to write one. Knows no balance."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QStackedWidget, QVBoxLayout, QWidget

from studio.language import _
from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_4, SPACE_8, SPACE_12
from studio.ui.widgets import EmptyPlace, label, push_button, row

_MOST = 200


class Missing(QWidget):
    """The list. `draft_wanted` and `write_wanted` carry the chosen one's values."""

    draft_wanted = Signal(object)
    write_wanted = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._gaps: list[Mapping[str, object]] = []
        self.list = QListWidget()
        self.list.setAccessibleName(_("What is missing"))
        self.list.setWordWrap(True)
        self.list.setProperty("kind", "roomy")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.currentRowChanged.connect(self._ready)
        self.list.itemActivated.connect(lambda _item: self._write())
        self.help = push_button(
            _("Help me write"), self._draft, "primary", why=_("A model drafts it; you read it before it counts")
        )
        self.write = push_button(_("Write it"), self._write, why=_("A new scenario from a template, in Write"))
        self._note = label("", "caption", wrap=True)
        self._pages = QStackedWidget()
        self._pages.addWidget(
            EmptyPlace(theme, "success", _("Nothing is missing"), _("What is counted is there as often as wanted."))
        )
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, SPACE_4, 0, 0)
        column.setSpacing(SPACE_8)
        column.addWidget(self.list, 1)
        foot = QVBoxLayout()
        foot.setContentsMargins(SPACE_12, 0, SPACE_12, SPACE_12)
        foot.setSpacing(SPACE_8)
        foot.addWidget(self._note)
        foot.addLayout(row(self.help, self.write, None))
        column.addLayout(foot)
        self._pages.addWidget(page)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._pages)
        theme.changed.connect(self._redraw)
        self._ready()

    def show_gaps(self, gaps: Sequence[Mapping[str, object]]) -> None:
        """Shows what is missing, the worst first."""
        self._gaps = list(gaps)[:_MOST]
        self._pages.setCurrentIndex(1 if self._gaps else 0)
        self._redraw()

    @Slot()
    def _redraw(self) -> None:
        chosen = max(0, self.list.currentRow())
        self.list.clear()
        for gap in self._gaps:
            item = QListWidgetItem(self._theme.icon("hint", "warning"), str(gap.get("sentence", "")))
            item.setSizeHint(QSize())
            self.list.addItem(item)
        if self._gaps:
            self.list.setCurrentRow(min(chosen, len(self._gaps) - 1))
        self._ready()

    def show_drafting(self, words: str, ready: bool) -> None:
        """Says how a draft is coming along; nothing else is drafted meanwhile."""
        self._note.setText(words)
        self._note.setVisible(bool(words))
        self.help.setEnabled(ready and self.list.currentRow() >= 0)

    @property
    def gap(self) -> Mapping[str, object] | None:
        """The chosen one."""
        place = self.list.currentRow()
        return self._gaps[place] if 0 <= place < len(self._gaps) else None

    @Slot()
    def _ready(self) -> None:
        for button in (self.help, self.write):
            button.setEnabled(self.gap is not None)
        self._note.setVisible(bool(self._note.text()))

    def _draft(self) -> None:
        if self.gap is not None:
            self.draft_wanted.emit(self.gap)

    def _write(self) -> None:
        if self.gap is not None:
            self.write_wanted.emit(self.gap)
