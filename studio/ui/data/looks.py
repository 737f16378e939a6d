"""Owns which data set the tab shows and when it is looked at anew: once it was changed, here or by another program."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot

if TYPE_CHECKING:
    from studio.ui.data.deeds import Deeds
    from studio.ui.data.tab import DataTab

CHOSEN = "data.set"
"""The setting that names what was shown last."""

_WAIT_MS, _WAIT_LONGER_MS = 700, 2500


class Looks(QObject):
    """The looks of one tab at its data sets; what is found is given to the tab as `data` and `shown`."""

    def __init__(self, tab: "DataTab", deeds: "Deeds") -> None:
        super().__init__(tab)
        self._tab = tab
        self._deeds = deeds
        self._wanted = ""
        self._number = 0
        self._stale = QTimer(self, singleShot=True)
        self._stale.timeout.connect(self._look_anew)

    @property
    def waiting(self) -> bool:
        """Whether a data set will be looked at anew in a moment."""
        return self._stale.isActive()

    def stop(self) -> None:
        """Nothing is looked at any more by itself."""
        self._stale.stop()

    async def look(self) -> None:
        """Reads which data sets there are, and shows the one that was shown last."""
        tab = self._tab
        self._number += 1
        mine = self._number
        await tab.drafting.show_drafts()
        names = await self._deeds.names()
        if mine != self._number:
            return  # a later look saw more
        last = tab.data.name if tab.data is not None else tab.context.settings.text(CHOSEN, "")
        name = last if last in names else next(iter(names), "")
        tab.sources.show_sets(names, name)
        if name:
            await self.load(name)
        else:
            tab.show_data()

    async def load(self, name: str) -> None:
        """Reads a data set and what is known of it; one that was never looked at is looked at now."""
        tab = self._tab
        self._wanted = name
        found = await self._deeds.read(name)
        if self._wanted != name:
            return  # another was chosen meanwhile
        another = tab.data is None or tab.data.name != name
        tab.data = found
        tab.sets.name = name
        tab.context.settings.set(CHOSEN, name)
        if another:
            tab.shown = None
        if found.description is not None and (tab.shown is None or another):
            await self.take()
        tab.show_data()
        if another and tab.isVisible():
            tab.examples.take_keys()
        if found.description is None or self.waiting:
            return
        if tab.shown is None:
            self._stale.start(0)
        elif await self._deeds.outdated(found, tab.shown):
            self._stale.start(_WAIT_MS)

    async def take(self) -> None:
        """Takes in what was found out last."""
        tab = self._tab
        assert tab.data is not None
        name = tab.data.name
        shown = await self._deeds.shown(name)
        if name != self._wanted:
            return
        tab.shown = shown
        tab.rulings.forget()
        tab.show_data()

    @Slot(bool)
    def changed(self, reread: bool) -> None:
        """The description was changed here: it is shown anew, and looked at anew once nothing more is changed."""
        tab = self._tab
        if tab.data is not None:
            tab.errands.start(self.load(tab.data.name))
        self._stale.start(_WAIT_MS if reread else _WAIT_LONGER_MS)

    @Slot()
    def _look_anew(self) -> None:
        """Looks at what was changed; after the job that is under way, where there is one."""
        tab = self._tab
        if tab.desk.working:
            self._stale.start(_WAIT_LONGER_MS)
        elif tab.data is not None and tab.data.description is not None:
            self._deeds.examine()
