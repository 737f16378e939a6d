"""Owns one open scenario: its document, its editor, notices above it and what is known of its text."""

from collections.abc import Callable

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from studio.errors import LorewrightError
from studio.language import _
from studio.lint import Diagnostic
from studio.scenario import Parsed
from studio.scenario.completion import Names
from studio.scenario.game import Game
from studio.ui.background import Background
from studio.ui.context import Context
from studio.ui.write.checking import Checking
from studio.ui.write.editor import Editor
from studio.ui.write.find_bar import FindBar
from studio.ui.write.footer import Footer, count_words
from studio.ui.write.mirror import Change
from studio.ui.write.notice import Action, notice
from studio.workspace import Document, Recovery

_KEEP_AFTER_MS = 600
_LONG_LINE = 50_000


class Page(QWidget):
    """An editor on a document. `checked` is emitted with each new result, `dirty_changed` when a mark is due."""

    checked = Signal()
    dirty_changed = Signal()

    def __init__(self, context: Context, document: Document, background: Background, game: Game) -> None:
        super().__init__()
        self._context = context
        self._background = background
        self._recovery = Recovery(context.workspace.recovery)
        self.document = document
        self._left = False
        self._offered = False  # a text kept from a crash waits for an answer: until then it is never touched
        self._notice: QFrame | None = None
        self._offer: QFrame | None = None
        self.editor = Editor(context.theme, game.tools, game.words)
        self.checking = Checking(background, document.path, game, self.editor.text)
        self.find_bar = FindBar(self.editor, context.theme)
        self.footer = Footer(self.editor)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._layout.addWidget(self.find_bar)
        self._layout.addWidget(self.editor, 1)
        self._layout.addWidget(self.footer)
        self._keep_timer = self._timer(_KEEP_AFTER_MS, self._keep)
        self.editor.changed.connect(self._edited)
        self.editor.filled.connect(self.check_now)
        self.checking.checked.connect(self._checked)
        self.editor.document().modificationChanged.connect(self.dirty_changed)
        self._open()

    def _timer(self, delay: int, run: Callable[[], object]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(delay)
        timer.timeout.connect(run)
        return timer

    def _open(self) -> None:
        document = self.document
        long = document.locked is None and _longest_line(document.text) > _LONG_LINE
        self.editor.fill(document.text, locked=long or document.locked is not None)
        if document.locked is not None:
            self.notify("lock", document.locked)
            return
        if long:
            words = _("A line of this file is so long that typing in it would be slow. It is shown for reading only.")
            self.notify("lock", words, (_("Edit it anyway"), self._edit_anyway))
            return
        kept = self._recovery.kept(document)
        self._offered = kept is not None
        if kept is not None:
            self.notify(
                "info",
                _("Lorewright ended before this file was saved. The unsaved text was kept."),
                (_("Restore it"), lambda: self._restore(kept)),
                (_("Discard it"), self._discard),
            )

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

    def save(self, *, over_changes: bool = False) -> None:
        """Writes the text; raises NotSaved, ReadOnly or ChangedOnDisk, with the file as it was."""
        self.document = self.document.saved(self.editor.text(), over_changes=over_changes)
        self.editor.document().setModified(False)
        self._keep_timer.stop()
        self._offered = False
        self._forget()
        self.dismiss()

    def reload(self) -> None:
        """Takes the text from the file again."""
        self.dismiss()
        self.document = Document.read(self.document.path)
        self._forget()
        self._open()

    def discard(self) -> None:
        """Lets the unsaved text go; a text from a crash that waits for an answer stays."""
        self._keep_timer.stop()
        self._forget()

    def _forget(self) -> None:
        if not self._offered:
            self._recovery.forget(self.document.path)

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
        if not self._keep_timer.isActive():  # not put off by more typing: what is kept is never older than this
            self._keep_timer.start()

    @Slot()
    def check_now(self) -> None:
        """Has the text read and checked; squiggles stay until the answer is here."""
        if not self.editor.filling:
            self.checking.check_now()

    @Slot()
    def _checked(self) -> None:
        self.editor.show_problems(self.diagnostics)
        parsed = self.parsed
        if parsed is None:
            return
        system = parsed.scenario.system
        party = system.party if system is not None else ()
        items = dict.fromkeys(item.name for one in party for item in one.inventory)
        self.editor.popup.names = Names(tuple(one.name for one in party), tuple(items))
        self._background.ask((self, "words"), lambda: count_words(parsed.scenario), self._counted)
        self.checked.emit()

    def _counted(self, count: object) -> None:
        assert isinstance(count, int)
        if not self._left:
            self.footer.say_words(count)

    def leave(self) -> None:
        """Ends what is under way for the page before it is closed."""
        self._left = True
        self.checking.stop()
        self.discard()

    @Slot()
    def _keep(self) -> None:
        """Keeps the unsaved text for a crash; on the working thread, for a slow disk must not stop the typing."""
        if not self.dirty or self._offered:
            return
        text, path, recovery = self.editor.text(), self.document.path, self._recovery

        def work() -> object:
            try:
                recovery.keep(path, text)
            except LorewrightError as error:
                return error
            return None

        self._background.ask((self, "keep"), work, self._kept)

    def _kept(self, error: object) -> None:
        if not self.dirty:
            self._forget()
        elif error is not None:
            self._context.toast(str(error), "warning")

    def _restore(self, text: str) -> None:
        self.dismiss()
        self._offered = False
        self.editor.become(text)

    def _discard(self) -> None:
        self.dismiss()
        self._offered = False
        self._forget()
        if self.dirty:
            self._keep_timer.start()

    # -- notices --------------------------------------------------------------------------------------

    def notify(self, icon_name: str, sentence: str, *actions: Action) -> None:
        """Shows a strip above the text, with buttons for what can be done."""
        self.dismiss()
        self._notice = notice(self._context.theme, icon_name, sentence, actions, self.dismiss)
        self._layout.insertWidget(0, self._notice)

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
