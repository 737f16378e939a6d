"""Owns the Storage page: what takes room on disk, sorted as one likes, and one question before it is freed."""

import asyncio
from collections.abc import Sequence

from PySide6.QtCore import QItemSelectionModel, Qt, Slot
from PySide6.QtWidgets import QDialog, QHeaderView, QMessageBox, QVBoxLayout, QWidget

from studio.amounts import file_size
from studio.errors import LorewrightError
from studio.language import _, plural
from studio.setup.places import Places
from studio.training.storage import FOR_GOOD, free
from studio.training.stored import Stored, stored
from studio.ui.context import Context
from studio.ui.errands import Errands
from studio.ui.storage.rows import KINDS, Ordered, StoredModel, name_of
from studio.ui.theme.tokens import SPACE_12, SPACE_16, SPACE_24
from studio.ui.widgets import label, push_button, row
from studio.ui.widgets.plain_table import PlainTable
from studio.workspace.bin import Filing
from studio.workspace.system_bin import throw

_MOST_TOLD = 12


class StoragePage(QDialog):
    """What lies on disk."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._cache = Places.here().cache
        self.errands = Errands(self._tell)
        self.model = StoredModel(context.theme)
        self.ordered = Ordered(self.model)
        self.table = PlainTable(context.theme, self.ordered, _("What takes room on disk"), many=True)
        self.total = label("", "muted")
        self.chosen_size = label("", "muted")
        self.question: QMessageBox | None = None
        self.safe = push_button(_("Choose what is safe to free"), self._choose_safe)
        self.free = push_button(_("Free…"), self._ask, "primary")
        self.setWindowTitle(_("Room on disk"))
        self._lay_out()
        self.table.selectionModel().selectionChanged.connect(self._count)
        self._count()

    def open(self) -> None:
        """Shows the page, with the disk looked at anew."""
        super().open()
        self.look()

    def _lay_out(self) -> None:
        table, theme = self.table, self._context.theme
        table.setSortingEnabled(True)
        table.sortByColumn(2, Qt.SortOrder.DescendingOrder)
        table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_24, SPACE_16, SPACE_24, SPACE_16)
        column.setSpacing(SPACE_12)
        column.addLayout(row(label(_("Room on disk"), "display"), self.total, None))
        told = _(
            "What you made goes into the bin and can be taken back from there. What is fetched or made again by "
            "itself, what interrupted work left behind, and what the bin holds is deleted for good."
        )
        column.addWidget(label(told, "muted", wrap=True))
        column.addWidget(table, 1)
        close = push_button(_("Close"), self.close)
        column.addLayout(row(self.safe, self.chosen_size, None, close, self.free))
        self.resize(theme.px(940), theme.px(560))

    def look(self) -> None:
        """Looks at the disk anew."""
        self.errands.start(self._look())

    async def _look(self) -> None:
        self.total.setText(_("Looking…"))
        found = await asyncio.to_thread(stored, self._context.workspace, self._cache)
        self.model.show_rows(found)
        self.total.setText(_("{size} in all").format(size=file_size(sum(one.bytes for one in found))))
        self._count()

    def chosen(self) -> list[Stored]:
        """What is marked, without what is in use."""
        rows = self.table.selectionModel().selectedRows()
        found = [self.model.rows[self.ordered.mapToSource(index).row()] for index in rows]
        return [one for one in found if not one.kept]

    @Slot()
    def _count(self) -> None:
        found = self.chosen()
        size = file_size(sum(one.bytes for one in found))
        many = plural("{count} thing chosen", "{count} things chosen", len(found))
        self.chosen_size.setText(f"{many}, {size}" if found else _("Choose what may go; several with Ctrl or Shift."))
        self.free.setEnabled(bool(found))

    def _choose_safe(self) -> None:
        model = self.table.selectionModel()
        model.clearSelection()
        flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
        for number, one in enumerate(self.model.rows):
            if one.safe and not one.kept:
                model.select(self.ordered.mapFromSource(self.model.index(number, 0)), flags)

    def _ask(self) -> None:
        found = self.chosen()
        if not found:
            return
        box = self.question = QMessageBox(self)
        box.setIcon(QMessageBox.Icon.NoIcon)
        box.setText(_("Free {size}?").format(size=file_size(sum(one.bytes for one in found))))
        box.setInformativeText(told(found))
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        keep = box.addButton(_("Keep everything"), QMessageBox.ButtonRole.RejectRole)
        go = box.addButton(_("Free it"), QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(keep)
        go.clicked.connect(lambda: self.errands.start(self._free([one.key for one in found])))
        box.open()

    async def _free(self, keys: Sequence[str]) -> None:
        filing = Filing(throw, self._context.workspace.bin)
        try:
            gone = await asyncio.to_thread(free, keys, self._context.workspace, self._cache, filing)
            size = file_size(sum(one.bytes for one in gone))
            self._context.toast(_("{size} were given back or lie in the bin.").format(size=size), "success")
        finally:
            await self._look()
            self._context.storage_freed.emit()

    def _tell(self, error: LorewrightError) -> None:
        self._context.toast(str(error), "error")


def told(chosen: Sequence[Stored]) -> str:
    """What goes and what is lost with it, a line each."""
    lines = []
    for one in chosen[:_MOST_TOLD]:
        where = _("for good") if one.kind in FOR_GOOD else _("into the bin")
        lines.append(f"• {name_of(one)} ({_(KINDS[one.kind])}, {where}): {one.loss}")
    more = len(chosen) - _MOST_TOLD
    if more > 0:
        lines.append(plural("and {count} more", "and {count} more", more))
    return "\n".join(lines)
