"""Owns the rows of the scenario tree: which get through the filter, how one is drawn; knows no file and no check."""

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSortFilterProxyModel,
    Qt,
)
from PySide6.QtGui import QFont, QPainter

from studio.language import N_
from studio.ui.theme import Theme
from studio.ui.theme.tokens import SIZE_SMALL, SPACE_4, SPACE_8
from studio.ui.widgets import Index, RowPainter
from studio.workspace import Surveyed

TYPES = {
    "combat": N_("Combat"),
    "roleplay": N_("Roleplay"),
    "exploration": N_("Exploration"),
    "mixed": N_("Mixed"),
}
ENTRY = Qt.ItemDataRole.UserRole
TYPE = Qt.ItemDataRole.UserRole + 1
PATH = Qt.ItemDataRole.UserRole + 2


class Filter(QSortFilterProxyModel):
    """Lets scenarios through that hold every word, of the chosen type; a type stays while one of its files does."""

    def __init__(self) -> None:
        super().__init__()
        self._words: list[str] = []
        self._type = ""
        self._only_problems = False
        self.setSortRole(Qt.ItemDataRole.DisplayRole)
        self.setSortCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)

    def narrow(self, text: str, scenario_type: str, only_problems: bool) -> None:
        """Changes what gets through."""
        self.beginFilterChange()
        self._words = text.casefold().split()
        self._type = scenario_type
        self._only_problems = only_problems
        self.endFilterChange()

    def filterAcceptsRow(self, row: int, parent: QModelIndex | QPersistentModelIndex) -> bool:
        """Whether a row is shown."""
        index = self.sourceModel().index(row, 0, parent)
        if not parent.isValid():
            kind = index.data(TYPE)
            rows = range(self.sourceModel().rowCount(index))
            return (not self._type or kind == self._type) and any(self.filterAcceptsRow(r, index) for r in rows)
        entry = index.data(ENTRY)
        if self._only_problems and not (entry.unreadable or entry.diagnostics):
            return False
        hay = " ".join((entry.title, entry.path.stem, *entry.tags)).casefold()
        return all(word in hay for word in self._words)

    def lessThan(self, left: QModelIndex | QPersistentModelIndex, right: QModelIndex | QPersistentModelIndex) -> bool:
        """Types in their own order, files by title."""
        one, other = left.data(TYPE), right.data(TYPE)
        if left.parent().isValid() or one == other:
            return str(left.data()).casefold() < str(right.data()).casefold()
        order = list(TYPES)
        places = [order.index(kind) if kind in order else len(order) for kind in (one, other)]
        return places[0] < places[1]


class Rows(RowPainter):
    """Draws a type with its count, a scenario with its problems; `target` is the row that would take a drop."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.target: QPersistentModelIndex | None = None

    def is_goal(self, index: Index) -> bool:
        """Whether what is dragged would be dropped on a row."""
        return self.target is not None and self.target == index

    def draw(self, painter: QPainter, box: QRect, index: Index) -> None:
        """Draws one row."""
        entry = index.data(ENTRY)
        if entry is None:
            self._draw_type(painter, box, index)
        else:
            self._draw_entry(painter, box, entry)

    def _draw_type(self, painter: QPainter, box: QRect, index: QModelIndex | QPersistentModelIndex) -> None:
        theme, kind = self._theme, str(index.data(TYPE))
        edge = theme.px(16)
        name = kind if kind in TYPES else "other"
        theme.icon(name, "muted").paint(painter, box.left() + SPACE_4, box.center().y() - edge // 2, edge, edge)
        words = box.adjusted(SPACE_4 + edge + SPACE_8, 0, -SPACE_8, 0)
        painter.setPen(theme.colour("text"))
        painter.setFont(theme.text_font(weight=QFont.Weight.DemiBold))
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, str(index.data()))
        painter.setPen(theme.colour("muted"))
        painter.setFont(theme.text_font(SIZE_SMALL))
        count = str(index.model().rowCount(index))
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, count)

    def _draw_entry(self, painter: QPainter, box: QRect, entry: Surveyed) -> None:
        theme = self._theme
        words = box.adjusted(theme.px(10), 0, -SPACE_8, 0)
        worst, count = _badge(entry)
        if worst:
            words.setRight(words.right() - self._draw_badge(painter, words, worst, count))
        if entry.held_out:
            edge = theme.px(13)
            top = box.center().y() - edge // 2
            theme.icon("held-out", "muted").paint(painter, words.right() - edge, top, edge, edge)
            words.setRight(words.right() - edge - SPACE_4)
        painter.setPen(theme.colour("secondary"))
        painter.setFont(theme.text_font())
        text = painter.fontMetrics().elidedText(entry.title, Qt.TextElideMode.ElideRight, words.width())
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, text)

    def _draw_badge(self, painter: QPainter, box: QRect, worst: str, count: str) -> int:
        theme = self._theme
        painter.setFont(theme.text_font(SIZE_SMALL - 1))
        width = max(theme.px(18), painter.fontMetrics().horizontalAdvance(count) + theme.px(10))
        height = theme.px(16)
        pill = QRect(box.right() - width, box.center().y() - height // 2 + 1, width, height)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.tint(worst, 0.18, "panel"))
        painter.drawRoundedRect(pill, height / 2, height / 2)
        painter.setPen(theme.colour(worst))
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, count)
        return width + SPACE_4


def _badge(entry: Surveyed) -> tuple[str, str]:
    """The worst severity of a scenario and the count that its badge shows; hints have none."""
    if entry.unreadable is not None:
        return "error", "!"
    errors, warnings = entry.count("error"), entry.count("warning")
    if errors:
        return "error", str(errors + warnings)
    return ("warning", str(warnings)) if warnings else ("", "")
