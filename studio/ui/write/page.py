"""Owns one open scenario: its document, its editor, notices above it and its check while typing."""

import time
from collections.abc import Callable

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from studio.errors import LorewrightError
from studio.language import _
from studio.lint import Diagnostic, check
from studio.scenario import Parsed, ToolTable, parse
from studio.scenario.completion import Names
from studio.ui.background import Background
from studio.ui.context import Context
from studio.ui.theme.tokens import SPACE_8, SPACE_12
from studio.ui.widgets import IconButton, label, push_button
from studio.ui.write.editor import Editor
from studio.ui.write.find_bar import FindBar
from studio.workspace import Document, Recovery

_CHECK_AFTER_MS = 180
_KEEP_AFTER_MS = 1500

Checked = tuple[Parsed, tuple[Diagnostic, ...]]


class Page(QWidget):
    """An editor on a document. `checked` is emitted with each new result, `dirty_changed` when a mark is due."""

    checked = Signal()
    dirty_changed = Signal()

    def __init__(self, context: Context, document: Document, background: Background, tools: ToolTable) -> None:
        super().__init__()
        self._context = context
        self._background = background
        self._tools = tools
        self._recovery = Recovery(context.workspace.recovery)
        self.document = document
        self.parsed: Parsed | None = None
        self._edits = 0
        self._offered = False  # a text kept from a crash waits for an answer: until then it is never touched
        self.diagnostics: tuple[Diagnostic, ...] = ()
        self._notice: QFrame | None = None
        self.editor = Editor(context.theme, tools)
        self.find_bar = FindBar(self.editor, context.theme)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self._layout.addWidget(self.find_bar)
        self._layout.addWidget(self.editor, 1)
        self._check_timer = self._timer(_CHECK_AFTER_MS, self.check_now)
        self._keep_timer = self._timer(_KEEP_AFTER_MS, self._keep)
        self.editor.edited.connect(self._edited)
        self.editor.filled.connect(self.check_now)
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
        self.editor.fill(document.text, locked=document.locked is not None)
        if document.locked is not None:
            self.notify("lock", document.locked)
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

    @Slot()
    def _edited(self) -> None:
        self._edits += 1
        self._check_timer.start()
        self._keep_timer.start()

    @Slot()
    def check_now(self) -> None:
        """Has the text parsed and checked on the working thread; squiggles stay until the answer is here."""
        if self.editor.filling:
            return
        text, path, tools, edits = self.editor.text(), self.document.path, self._tools, self._edits

        def work() -> object:
            began = time.monotonic()
            parsed = parse(text, path=path, tools=tools)
            return parsed, tuple(check(parsed)), time.monotonic() - began

        self._background.ask(self, work, lambda result: self._take(edits, result))

    def _take(self, edits: int, result: object) -> None:
        if edits != self._edits:
            return
        assert isinstance(result, tuple)
        self.parsed, self.diagnostics, seconds = result
        self._check_timer.setInterval(max(_CHECK_AFTER_MS, round(seconds * 2000)))  # a long text is checked less often
        self.editor.show_problems(self.diagnostics)
        system = self.parsed.scenario.system if self.parsed is not None else None
        party = system.party if system is not None else ()
        items = dict.fromkeys(item.name for one in party for item in one.inventory)
        self.editor.popup.names = Names(tuple(one.name for one in party), tuple(items))
        self.checked.emit()

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

    def notify(self, icon_name: str, sentence: str, *actions: tuple[str, Callable[[], object]]) -> None:
        """Shows a strip above the text, with buttons for what can be done."""
        self.dismiss()
        strip = QFrame()
        strip.setProperty("kind", "notice")
        line = QHBoxLayout(strip)
        line.setContentsMargins(SPACE_12, SPACE_8, SPACE_8, SPACE_8)
        line.setSpacing(SPACE_8)
        picture = label()
        edge = self._context.theme.px(16)
        picture.setPixmap(self._context.theme.icon(icon_name, "accent").pixmap(edge, edge))
        line.addWidget(picture)
        line.addWidget(label(sentence, wrap=True, selectable=True), 1)
        for word, run in actions:
            line.addWidget(push_button(word, run))
        close = IconButton(self._context.theme, "close", _("Close this notice"), size=14)
        close.clicked.connect(self.dismiss)
        line.addWidget(close)
        self._notice = strip
        self._layout.insertWidget(0, strip)

    @Slot()
    def dismiss(self) -> None:
        """Takes the strip away."""
        if self._notice is not None:
            self._notice.hide()
            self._notice.deleteLater()
            self._notice = None
