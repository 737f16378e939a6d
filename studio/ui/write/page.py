"""Owns one open scenario: its document, its editor, notices above it and what is known of its text."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from studio.language import _
from studio.lint import Diagnostic, Selection
from studio.scenario import Edit, Parsed
from studio.scenario.completion import Names
from studio.scenario.game import Game
from studio.ui.background import Background
from studio.ui.context import Context
from studio.ui.write.acts import Acts
from studio.ui.write.checking import Checking
from studio.ui.write.editor import Editor
from studio.ui.write.find_bar import FindBar
from studio.ui.write.footer import Footer, count_words
from studio.ui.write.mirror import Change
from studio.ui.write.notice import Action, notice
from studio.ui.write.safekeeping import Safe
from studio.ui.write.standing import Standing
from studio.workspace import Document
from studio.workspace.opening import Opened

_LONG_LINE = 50_000
_LONGEST_LINE = 200_000


class Page(QWidget):
    """An editor on a document. `checked` is emitted with each new result, `dirty_changed` when a mark is due."""

    checked = Signal()
    dirty_changed = Signal()

    def __init__(
        self,
        context: Context,
        document: Document,
        background: Background,
        game: Game,
        safe: Safe,
        selection: Selection | None = None,
        *,
        awaited: bool = False,
    ) -> None:
        super().__init__()
        self._awaited = awaited
        self._context = context
        self._background = background
        self.document = document
        self.game = game
        self._notice: QFrame | None = None
        self._offer: QFrame | None = None
        self.editor = Editor(context.theme, game.tools, game.words)
        self.editor.popup.use(game.tools, game.words, game.snippets)
        self.checking = Checking(background, document.path, game, self.editor, selection)
        self.find_bar = FindBar(self.editor, context.theme)
        self.footer = Footer(self.editor)
        self.acts = Acts(self, context)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._layout.addWidget(self.find_bar)
        self._layout.addWidget(self.acts.ask)
        self._layout.addWidget(self.editor, 1)
        self._layout.addWidget(self.footer)
        self.standing = Standing(self, context, background, safe, self)
        self.editor.edited.connect(self.standing.edited)
        self.standing.moved.connect(self._moved)
        self.editor.changed.connect(self._edited)
        self.editor.filled.connect(self._filled)
        self.checking.checked.connect(self._checked)
        self.editor.document().modificationChanged.connect(self.dirty_changed)
        self._open()

    def _open(self) -> None:
        if self._awaited:
            self.editor.fill("", locked=True)
            return
        document = self.document
        longest = _longest_line(document.text)
        if longest > _LONG_LINE:
            words = _("A line of this file is so long that typing in it would be slow. It is shown for reading only.")
            self.document = document.in_pieces(document.locked or words)
        self.editor.fill(self.document.text, locked=self.document.locked is not None)
        if self.document.locked is None:
            return
        slow = document.locked is None and longest <= _LONGEST_LINE
        anyway = ((_("Edit it anyway"), lambda: self._edit_anyway(document)),) if slow else ()
        self.notify("lock", self.document.locked, *anyway)

    def _edit_anyway(self, document: Document) -> None:
        self.dismiss()
        self.document = document
        self.editor.fill(document.text)

    @Slot()
    def _filled(self) -> None:
        self.check_now()
        if not self.editor.isReadOnly():
            self.standing.filled()

    @Slot()
    def _moved(self) -> None:
        self.checking.path = self.document.path
        self.check_now()

    def use(self, game: Game, selection: Selection | None = None) -> None:
        """Goes over to another game's tools and rules, and to the checks that its workspace wants."""
        self.game = game
        self.editor.use(game.tools, game.words, game.snippets)
        self.checking.use(game, selection, now=self.there)

    # -- what is still being read ---------------------------------------------------------------------

    @property
    def there(self) -> bool:
        """Whether the text is all there, for reading at least."""
        return not (self._awaited or self.editor.filling)

    def when_there(self, run: Callable[[], object]) -> None:
        """Runs something now, or once the text is all there."""
        if self.there:
            run()
        else:
            once = Qt.ConnectionType.SingleShotConnection
            self.editor.filled.connect(lambda: self.when_there(run), once)

    def say_awaited(self) -> None:
        """Says that the file is still being read."""
        if self._awaited and self.document.locked is not None:
            self.notify("clock", self.document.locked)

    def take(self, opened: Opened) -> None:
        """Shows the file that was awaited, by the game of its workspace."""
        if self._awaited:
            self.use(opened.game, opened.selection)
            self._awaited = False
            self.document = opened.document
            self.reopen()
            self.dirty_changed.emit()

    # -- state --------------------------------------------------------------------------------------

    @property
    def dirty(self) -> bool:
        """Whether there are edits that are not saved."""
        return self.editor.document().isModified() and not self.editor.isReadOnly()

    @property
    def title(self) -> str:
        """What to call the scenario."""
        said = self.parsed.scenario.metadata.get("title") if self.parsed is not None else None
        return said if isinstance(said, str) and said.strip() else self.document.path.stem

    def saved(self, document: Document) -> None:
        """Takes in that a text was written; what was typed since is still to be saved."""
        self.document = document
        self.mark_saved(self.text() == document.text)
        self.standing.saved()

    def reopen(self) -> None:
        """Shows the document anew; for one that could not be edited."""
        self.dismiss()
        self._open()

    def discard(self) -> None:
        """Lets the unsaved text go; a text from a crash that waits for an answer stays."""
        self.standing.let_go()

    def text(self) -> str:
        """The text as it is on the screen."""
        return self.editor.text()

    def apply(self, changes: Sequence[Edit]) -> None:
        """Changes the text as one step that can be undone."""
        self.editor.apply(changes)

    def mark_saved(self, saved: bool) -> None:
        """Says whether the text is what the file says."""
        self.editor.document().setModified(not saved)

    def window_for_questions(self) -> QWidget:
        """Over which window a comparison opens."""
        return self.window()

    # -- while typing ---------------------------------------------------------------------------------

    @property
    def parsed(self) -> Parsed | None:
        """What could be read of the text; None before it was read."""
        return self.checking.parsed

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """What is to be mended."""
        return self.checking.diagnostics

    @Slot(object)
    def _edited(self, changes: list[Change]) -> None:
        self.checking.follow(changes)

    @Slot()
    def check_now(self) -> None:
        """Has the text read and checked; squiggles stay until the answer is here."""
        if self.there:
            self.checking.check_now()

    @Slot()
    def _checked(self) -> None:
        parsed = self.parsed
        if parsed is None:
            return
        system = parsed.scenario.system
        party = system.party if system is not None else ()
        self.editor.popup.parsed = parsed
        items = dict.fromkeys(item.name for one in party for item in one.inventory)
        self.editor.popup.names = Names(tuple(one.name for one in party), tuple(items))
        self._background.ask((self, "words"), lambda: count_words(parsed.scenario), self._counted)
        self.checked.emit()

    def _counted(self, count: object) -> None:
        assert isinstance(count, int)
        self.footer.say_words(count)

    def leave(self) -> None:
        """Ends what is under way for the page before it is closed; answers on their way to it do not come."""
        self.checking.stop()
        self.discard()
        self._background.drop(self)

    # -- notices --------------------------------------------------------------------------------------

    def notify(self, icon_name: str, sentence: str, *actions: Action) -> None:
        """Shows a strip above the text, with buttons for what can be done."""
        self.dismiss()
        self._notice = notice(self._context.theme, icon_name, sentence, actions, self._put_off)
        self._layout.insertWidget(0, self._notice)

    @Slot()
    def _put_off(self) -> None:
        self.dismiss()
        self.standing.offers.put_off()

    @Slot()
    def dismiss(self) -> None:
        """Takes the strip away."""
        _remove(self._notice)
        self._notice = None

    def offer(self, icon_name: str, sentence: str, *actions: Action) -> None:
        """Shows an offer above the text, under what a notice says; another offer takes its place."""
        self.withdraw()
        self._offer = notice(self._context.theme, icon_name, sentence, actions, self.withdraw)
        self._layout.insertWidget(self._layout.indexOf(self.editor), self._offer)

    @Slot()
    def withdraw(self) -> None:
        """Takes the offer away."""
        _remove(self._offer)
        self._offer = None


def _remove(strip: QFrame | None) -> None:
    if strip is not None:
        strip.hide()
        strip.deleteLater()


def _longest_line(text: str) -> int:
    return max(map(len, text.split("\n")))
