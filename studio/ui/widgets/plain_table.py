"""Owns how small tables look: whole rows are chosen, no grid, no frame. Knows not what they say."""

from PySide6.QtCore import QAbstractItemModel, Qt, Slot
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from studio.ui.theme.theme import Theme
from studio.ui.theme.tokens import SPACE_8


class PlainTable(QTableView):
    """A table whose rows are chosen whole; `many` lets several be chosen."""

    def __init__(self, theme: Theme, model: QAbstractItemModel, name: str, *, many: bool = False) -> None:
        super().__init__()
        self._theme = theme
        self.setModel(model)
        self.setAccessibleName(name)
        modes = QAbstractItemView.SelectionMode
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(modes.ExtendedSelection if many else modes.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setWordWrap(False)  # else what does not fit is cut at a word, far before the edge
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        head = self.horizontalHeader()
        head.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        head.setStretchLastSection(True)
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        head.setHighlightSections(False)
        theme.changed.connect(self.restyle)
        self.restyle()

    @Slot()
    def restyle(self) -> None:
        """Takes the theme's measures."""
        pad = self._theme.px(SPACE_8)
        self.setStyleSheet(
            f"QTableView::item {{ padding: 0 {pad}px; border: none; }}"
            # a cell's text stands in by its focus frame
            f"QHeaderView::section {{ padding-left: {pad + 3}px; padding-right: {pad + 3}px; }}"
        )
        self.horizontalHeader().setMinimumSectionSize(self._theme.px(70))
        self.verticalHeader().setDefaultSectionSize(self._theme.px(28))
        self.viewport().update()
