"""Owns what a person does around a session: the menus above it, undo, votes, the questions at its end, its files."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, Slot

from studio.errors import LorewrightError
from studio.language import _
from studio.play.log import SessionElsewhere
from studio.play.ratings import Ratings, Winner
from studio.play.reading import sessions_in
from studio.play.session import Session
from studio.ui.play import presets
from studio.ui.play.files import PlayFiles
from studio.ui.play.presets import Options
from studio.ui.play.rating import RatingStrip, keep_ratings, worth_asking
from studio.ui.play.sampler import Sampler
from studio.ui.play.seat import Seat
from studio.ui.play.sessions_list import SessionsList
from studio.ui.play.voting import keep_vote

if TYPE_CHECKING:
    from studio.ui.play.tab import PlayTab

LISTED = 200
"""So many sessions are listed, the newest ones."""


class Evening(QObject):
    """Connects the tab's tool bar with the session that is shown."""

    def __init__(self, tab: "PlayTab") -> None:
        super().__init__(tab)
        self._tab = tab
        theme, bar = tab.context.theme, tab.bar
        self.rating = RatingStrip()
        self.sessions = SessionsList(theme, tab)
        self.sampler = Sampler(theme, tab, tab.context.settings, presets.last(tab.context.settings))
        self.files = PlayFiles(tab.context, tab, lambda: tab.beside.seat, tab.begin_with, self.end)
        bar.undo.clicked.connect(self.undo)
        bar.redo.clicked.connect(self.redo)
        bar.sessions.clicked.connect(self.show_sessions)
        bar.sampler.clicked.connect(self.show_sampler)
        bar.more.clicked.connect(lambda: self.files.open_menu(bar.more))
        self.sessions.chosen.connect(self._open)
        self.sampler.changed.connect(self._take_options)
        self.rating.rated.connect(self._rated)
        tab.beside.voted.connect(self.vote)

    def tell(self, error: LorewrightError) -> None:
        """Says what went wrong; a session that went on elsewhere can be opened again as it is there."""
        context, session = self._tab.context, self._tab.beside.seat.session
        if isinstance(error, SessionElsewhere) and session is not None and session.file is not None:
            path = session.file.path
            context.toast(str(error), "error", _("Open it again"), lambda: self._open(path))
        else:
            context.toast(str(error), "error")

    # Changes

    @Slot(object)
    def change(self, wish: Callable[[Session], object]) -> None:
        """Does something to the session that is shown; why it cannot be done is told."""
        try:
            self._tab.beside.seat.change(wish)
        except LorewrightError as error:
            self.tell(error)

    @Slot()
    def undo(self) -> None:
        """Takes back what was done last."""
        self._told(lambda session: session.undo())

    @Slot()
    def redo(self) -> None:
        """Does again what was taken back last."""
        self._told(lambda session: session.redo())

    def _told(self, wish: Callable[[Session], str]) -> None:
        try:
            self._tab.context.toast(self._tab.beside.seat.change(wish), "info")
        except LorewrightError as error:
            self.tell(error)

    def on_last(self, name: str) -> None:
        """Does one thing with the reply that stands last."""
        acts = self._tab.beside.side.acts
        if acts is not None:
            acts.on_last(name)

    # Files

    def correct(self, number: int, node: int, text: str) -> None:
        """Keeps a better reply of a seat's."""
        self._tab.beside.choose(number)
        self.files.correct(node, text)

    def save(self, number: int, first: int | None, last: int | None) -> None:
        """Saves a stretch of a seat's session as a scenario."""
        self._tab.beside.choose(number)
        self.files.save(first, last)

    def save_all(self) -> None:
        """Saves the session that is shown as a scenario."""
        self.files.save(None, None)

    # Lists

    @Slot()
    def show_sessions(self) -> None:
        """Lists the sessions that were kept."""
        self._tab.errands.start(self.list_sessions())

    async def list_sessions(self) -> None:
        """Reads which sessions there are, and shows them."""
        folder = self._tab.context.workspace.sessions
        self.sessions.show_sessions(await asyncio.to_thread(sessions_in, folder, LISTED))
        self.sessions.open_by(self._tab.bar.sessions)
        self.sessions.list.setFocus()

    @Slot(object)
    def _open(self, path: Path) -> None:
        self._tab.errands.start(self._tab.open_session(path))

    @Slot()
    def show_sampler(self) -> None:
        """Shows how the narrator is asked."""
        self.sampler.open_by(self._tab.bar.sampler)

    @Slot(object)
    def _take_options(self, options: Options) -> None:
        presets.keep_last(self._tab.context.settings, options)
        for seat in self._tab.table.seats:
            seat.set_options(options)

    # The vote

    @Slot(str)
    def vote(self, winner: str) -> None:
        """Keeps which of the two replies is the better one, and shows who is who."""
        beside = self._tab.beside
        if len(beside.sides) < 2 or not beside.vote.asking:
            return
        try:
            place, blind = self._tab.context.workspace, beside.hidden
            keep_vote(place, beside.at(0), beside.at(1), cast(Winner, winner), blind=blind)
        except LorewrightError as error:
            self.tell(error)
            return
        beside.tell_vote(winner)
        self._tab.refresh()

    # The end

    def ask_about(self, session: Session | None) -> None:
        """Asks how a session was that is over, where enough was played."""
        if session is not None and worth_asking(session):
            self.rating.ask(session)
        else:
            self.rating.hide()

    @Slot()
    def end(self) -> None:
        """Asks how the session was that is shown."""
        session = self._tab.beside.seat.session
        if session is not None and session.played():
            self.rating.ask(session)

    @Slot(object, object)
    def _rated(self, session: Session, given: Ratings) -> None:
        seats: list[Seat] = self._tab.table.seats
        is_open = any(seat.session is session for seat in seats)
        try:
            keep_ratings(self._tab.context.workspace, session, given, is_open=is_open)
        except LorewrightError as error:
            self.tell(error)
            return
        self._tab.context.toast(_("Your answers are kept with the session."), "success")
