"""Owns how a page stands to its file: what is kept of it, what the disk says, which questions are open.

Knows neither tree nor check.
"""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from studio.ui.background import Background
from studio.ui.context import Context
from studio.ui.write.offers import Asking, Offers
from studio.ui.write.safekeeping import Safe, Safekeeping
from studio.workspace import Document
from studio.workspace.differences import count
from studio.workspace.documents import OnDisk
from studio.workspace.renamed import found_again


class Standing(QObject):
    """The file behind a page.

    `moved` is emitted when the file has another path, `wanted_save` when a question was answered with saving.
    """

    moved = Signal()
    wanted_save = Signal()

    def __init__(
        self, page: Asking, context: Context, background: Background, safe: Safe, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._page = page
        self._context = context
        self._background = background
        self.saving = False  # what the disk says meanwhile is our own doing
        self._asked: object = None  # what was asked about the disk last; the same is not asked twice
        self.safekeeping = Safekeeping(safe, page.text, lambda: page.document, lambda: page.dirty, self)
        self.offers = Offers(page, context, background, self.safekeeping, self)

    @Slot()
    def edited(self) -> None:
        """Takes in that something was typed."""
        self.safekeeping.edited()

    @Slot()
    def filled(self) -> None:
        """Takes in that the text is all there and can be edited: asks about what was kept of it."""
        self.offers.look_for_kept()

    def saved(self) -> None:
        """Takes in that the text was written."""
        self._asked = None
        self.safekeeping.settled()
        if self._page.dirty:
            self.safekeeping.keep()
        self.offers.disk_settled()

    def let_go(self) -> None:
        """Lets the unsaved text go; its last state stays in the history, and texts from a crash wait on."""
        self.safekeeping.snap()
        self.safekeeping.settled()

    def look(self, *, saving: Callable[[], object] | None = None) -> None:
        """Looks whether another program touched the file; `saving` goes on with a save that this stopped."""
        document, folder, text = self._page.document, self._context.workspace.scenarios, self._page.text()
        if saving is not None:
            self._asked = None

        def work() -> object:
            state = document.on_disk()
            there = Document.read(document.path) if state is OnDisk.CHANGED else None
            size = count(text, there.text) if there is not None else (0, 0)
            return state, there, size, found_again(document, folder) if state is OnDisk.GONE else None

        self._background.ask((self._page, "disk"), work, lambda result: self._looked(document, result, saving))

    def _looked(self, document: Document, result: object, saving: Callable[[], object] | None) -> None:
        assert isinstance(result, tuple)
        state, there, size, renamed = result
        if self.saving or self._page.document is not document:
            return  # it is being saved, or was saved or moved meanwhile; that is looked at next
        told = (state, there.stamp if there is not None else renamed)
        if state is OnDisk.SAME:
            if self._asked is not None:
                self._page.mark_saved(self._page.text() == document.text)
                self.offers.disk_settled()
            self._asked = None
        elif told != self._asked:
            self._asked = told
            self._ask(there, size, renamed, saving)

    def _ask(
        self,
        there: Document | None,
        size: tuple[int, int],
        renamed: Path | None,
        saving: Callable[[], object] | None,
    ) -> None:
        page = self._page
        if there is None:
            if page.document.locked is None:
                self.offers.gone(renamed, self.move, self.wanted_save.emit)
        elif page.document.locked is not None:
            page.document = there
            page.reopen()
        elif there.locked is None and (there.text == page.text() or (self._quiet and not page.dirty and not saving)):
            self.offers.reload(there)
        else:
            self.offers.disk_changed(there, size, saving=saving)

    @property
    def _quiet(self) -> bool:
        return self._context.settings.flag("write.reload_clean", False) and not self.offers.waiting

    def move(self, path: Path) -> None:
        """Follows the file to its new path."""
        old = self._page.document.path
        self._page.document = self._page.document.moved(path)
        self._asked = None
        self.safekeeping.moved(old, path)
        self.offers.disk_settled()
        self.moved.emit()
