"""Owns what a person does to the turns of one side's session: by its editors, its menu and its keys. Knows no file."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtGui import QGuiApplication

from studio.errors import LorewrightError
from studio.language import N_, _
from studio.play.records import TurnKind
from studio.play.session import Session
from studio.ui.errands import Errands
from studio.ui.play.row_editor import RowEditor
from studio.ui.play.row_menu import row_menu
from studio.ui.play.rows import Row
from studio.ui.play.side import SideView
from studio.ui.theme.theme import Theme

KINDS: tuple[tuple[TurnKind, str], ...] = (("DM", N_("Narrator")), ("User", N_("Player")))


class RowActs(QObject):
    """Carries out deeds by their names. `corrected` carries a turn and the better text, `save_wanted` a stretch."""

    corrected = Signal(int, str)
    save_wanted = Signal(object, object)

    def __init__(
        self, theme: Theme, side: SideView, errands: Errands, tell: Callable[[LorewrightError], object]
    ) -> None:
        super().__init__(side)
        self._theme, self._side, self._errands, self._tell = theme, side, errands, tell
        side.chat.wanted.connect(self.run)
        side.chat.menu_wanted.connect(self._menu)

    def _menu(self, row: Row, place: QPoint) -> None:
        deeds = self._side.offered(row)
        row_menu(self._theme, self._side, deeds, lambda name: self.run(name, row)).popup(place)

    def run(self, name: str, row: Row) -> None:
        """Does one thing with a row; what is not offered now is left."""
        if name not in {deed.name for deed in self._side.offered(row)}:
            return
        node = row.node
        if name == "copy":
            QGuiApplication.clipboard().setText(self._whole(row))
        elif node is not None:
            deeds: dict[str, Callable[[], object]] = {
                "older": lambda: self._turn_to(node, -1),
                "newer": lambda: self._turn_to(node, 1),
                "retry": lambda: self._errands.start(self._side.seat.retry(node)),
                "continue": lambda: self._errands.start(self._side.seat.lengthen()),
                "edit": lambda: self._edit(row, node),
                "restore": lambda: self._change(lambda s: s.edit(node, row.earlier)),
                "correct": lambda: self._correct(row, node),
                "insert": lambda: self._insert(row, node),
                "good": lambda: self._change(lambda s: s.mark(node, None if row.mark == "good" else "good")),
                "bad": lambda: self._change(lambda s: s.mark(node, None if row.mark == "bad" else "bad")),
                "branch": lambda: self._change(lambda s: s.back_to(node)),
                "delete": lambda: self._change(lambda s: s.delete(node)),
                "save": lambda: self._save(node),
            }
            deeds[name]()

    def on_last(self, name: str) -> None:
        """Does one thing with the reply that stands last."""
        row = self._side.chat.last_row()
        if row is not None:
            self.run(name, row)

    def _whole(self, row: Row) -> str:
        session = self._side.seat.session
        turn = row.node is not None and row.place == 0 and session is not None
        return session.nodes[row.node].text if turn and session is not None and row.node is not None else row.spoken

    def _change(self, wish: Callable[[Session], object]) -> bool:
        try:
            self._side.seat.change(wish)
        except LorewrightError as error:
            self._tell(error)
            return False
        return True

    def _turn_to(self, node: int, way: int) -> None:
        def show(session: Session) -> None:
            versions = session.siblings(node)
            session.show(versions[max(0, min(len(versions) - 1, versions.index(node) + way))])

        self._change(show)

    def _save(self, node: int) -> None:
        stretch = self._side.chat.stretch()
        first, last = stretch if stretch is not None else (None, node)
        self.save_wanted.emit(first, last)

    # In its place

    def _edit(self, row: Row, node: int) -> None:
        session = self._side.seat.session
        if session is not None:
            editor = RowEditor(self._theme, _("Edit this turn"), session.nodes[node].text, _("Keep"))
            self._open(row, editor, lambda text, _kind: self._change(lambda s: s.edit(node, text)))

    def _correct(self, row: Row, node: int) -> None:
        session = self._side.seat.session
        if session is None:
            return
        begun = session.tree.corrections.get(node, session.nodes[node].text)
        editor = RowEditor(self._theme, _("What the narrator should have said"), begun, _("Keep the correction"))

        def keep(text: str, _kind: str) -> bool:
            if text.strip() == session.nodes[node].text:
                editor.refuse(_("This is what stands there already. Write what the narrator should have said instead."))
                return False
            self.corrected.emit(node, text)
            return True

        self._open(row, editor, keep, beneath=True)

    def _insert(self, row: Row, node: int) -> None:
        kinds = tuple((kind, _(word)) for kind, word in KINDS)
        editor = RowEditor(self._theme, _("A new turn here"), "", _("Insert"), kinds)
        named: dict[str, TurnKind] = {kind: kind for kind, _word in KINDS}
        self._open(
            row, editor, lambda text, kind: self._change(lambda s: s.insert(node, named[kind], text)), beneath=True
        )

    def _open(self, row: Row, editor: RowEditor, keep: Callable[[str, str], bool], *, beneath: bool = False) -> None:
        def kept(text: str, kind: str) -> None:
            if not text.strip():
                editor.refuse(_("A turn needs words. Write them, or delete the turn."))
            elif keep(text, kind):
                self._side.chat.end_edit()

        editor.kept.connect(kept)
        self._side.chat.open_editor(row, editor, beneath=beneath)
