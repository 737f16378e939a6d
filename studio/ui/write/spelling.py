"""Owns spelling in the Write tab: one dictionary for all editors, and in each the words in view that it does not know.

The dictionary is loaded on a thread when the first text is looked at. A line is looked at once; typing costs the line
that changed. Knows nothing of how words are judged.
"""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QAction, QContextMenuEvent, QTextBlock, QTextCursor
from PySide6.QtWidgets import QMenu

from studio.errors import LorewrightError
from studio.language import _
from studio.scenario import Edit, Scenario, Span
from studio.spelling import NO_NAMES, Dictionary, Names, Speller, WordList, names_of
from studio.ui.background import Background
from studio.ui.context import Context
from studio.ui.write.highlighter import inside_of
from studio.ui.write.line_states import Inside, colour_line
from studio.ui.write.offsets import Offsets

if TYPE_CHECKING:
    from studio.ui.write.editor import Editor

SETTING = "write.spelling"
_PROSE = frozenset(("emphasis",))
_LINES_KEPT = 2000
_FENCE_REACH = 200  # lines above the view that are looked at for the beginning of a stretch of code


class Spelling(QObject):
    """What every editor shares. `changed` is emitted when words may count otherwise than before."""

    changed = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._background = Background("check-spelling")
        self._asked = False
        self.speller: Speller | None = None
        self.words: tuple[str, ...] = ()
        self.on = context.settings.flag(SETTING, True)
        context.workspace_changed.connect(self._read_words)

    def begin(self) -> None:
        """Loads dictionary and words, once, where spelling is on."""
        if self.on and not self._asked:
            self._asked = True
            self._background.ask("dictionary", _loaded, self._take)
            self._read_words()

    def attend(self, editor: "Editor") -> "Misspellings":
        """Shows an editor's misspelt words from now on."""
        found = editor.findChild(Misspellings)
        return found if isinstance(found, Misspellings) else Misspellings(editor, self)

    def learn(self, editor: "Editor", scenario: Scenario) -> None:
        """Tells an editor's words what its scenario says now."""
        self.attend(editor).learn(scenario)

    def toggle(self) -> None:
        """Turns spelling on or off, for all editors and the next start."""
        self.on = not self.on
        self._context.settings.set(SETTING, self.on)
        self.begin()
        self.changed.emit()
        self._context.toast(_("Spelling is checked.") if self.on else _("Spelling is not checked."))

    def add(self, word: str) -> None:
        """Adds a word to the workspace's own; a failure is told."""
        words = self._list
        self._background.ask(("add", word), lambda: _told(lambda: words.add(word)), self._take_words)

    def ask(self, key: object, work: Callable[[], object], answer: Callable[[object], object]) -> None:
        """Does work for an editor on spelling's thread."""
        self._background.ask(key, work, answer)

    def close(self) -> None:
        """Ends the thread."""
        self._background.close()

    @property
    def _list(self) -> WordList:
        return WordList(self._context.workspace.private / "words.txt")

    @Slot()
    def _read_words(self) -> None:
        words = self._list
        self._background.ask("words", lambda: _told(words.words), self._take_words)

    def _take(self, answer: object) -> None:
        if isinstance(answer, Speller):
            self.speller = answer
            self.changed.emit()
        else:
            self._context.toast(_("Spelling is not checked: {why}").format(why=answer), "warning")

    def _take_words(self, answer: object) -> None:
        if isinstance(answer, tuple):
            self.words = answer
            self.changed.emit()
        else:
            self._context.toast(str(answer), "warning")


class Misspellings(QObject):
    """The misspelt words of one editor's text, as far as it is in view."""

    def __init__(self, editor: "Editor", spelling: Spelling) -> None:
        super().__init__(editor)
        self._editor = editor
        self._spelling = spelling
        self._scenario: Scenario | None = None
        self._names: Names = NO_NAMES
        self._taken = lru_cache(_LINES_KEPT)(self._not_prose)
        editor.overlay.sources.append(self._laid)
        editor.installEventFilter(self)
        editor.viewport().installEventFilter(self)
        spelling.changed.connect(self._again)
        spelling.begin()

    def learn(self, scenario: Scenario) -> None:
        """Takes the names of a scenario; they are gathered on the thread."""
        self._scenario = scenario
        words = self._spelling.words
        if self._spelling.on:
            self._spelling.ask((self, "names"), lambda: names_of(scenario, words), self._take_names)

    def _take_names(self, names: object) -> None:
        if isinstance(names, Names) and names != self._names:
            self._names = names
            self._editor.overlay.lay()

    @Slot()
    def _again(self) -> None:
        if self._scenario is not None:
            self.learn(self._scenario)
        self._editor.overlay.lay()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Opens the editor's menu with what a misspelt word may have been meant as."""
        if event.type() != QEvent.Type.ContextMenu or not isinstance(event, QContextMenuEvent):
            return False
        editor = self._editor
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        place = editor.cursorRect().center() if by_key else editor.viewport().mapFromGlobal(event.globalPos())
        position = editor.textCursor().position() if by_key else editor.cursorForPosition(place).position()
        if self.at(position) is None:
            return False
        menu = editor.createStandardContextMenu(place)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.offer(menu, position)
        menu.popup(editor.viewport().mapToGlobal(place))
        return True

    def _laid(self, first: QTextBlock, last: int) -> list[tuple[int, int, str]]:
        return [(start, end, "misspelt") for start, end in self.between(first, last)]

    def between(self, first: QTextBlock, last: int) -> list[tuple[int, int]]:
        """Where misspelt words stand from a line on, up to a position of the document; not the one being typed."""
        speller = self._spelling.speller
        if speller is None or not self._spelling.on or self._editor.filling:
            return []
        caret = self._editor.textCursor().position() if self._editor.hasFocus() else -1
        found: list[tuple[int, int]] = []
        block, code = first, _in_code(first)
        while block.isValid() and block.position() <= last:
            text = block.text()
            fence = _is_fence(text)
            if block.isVisible() and text and not (code or fence):
                found += [pair for pair in self._of_line(speller, block, text) if pair[1] != caret]
            code = code != fence and not _ends_block(text)
            block = block.next()
        return found

    def at(self, position: int) -> tuple[int, int] | None:
        """The misspelt word that covers a position of the document."""
        speller, block = self._spelling.speller, self._editor.document().findBlock(position)
        if speller is None or not self._spelling.on or _in_code(block) or _is_fence(block.text()):
            return None
        found = self._of_line(speller, block, block.text())
        return next((pair for pair in found if pair[0] <= position <= pair[1]), None)

    def offer(self, menu: QMenu, position: int) -> None:
        """Puts what a misspelt word may have been meant as at the top of a menu, and adding it to the known ones."""
        pair, speller = self.at(position), self._spelling.speller
        if pair is None or speller is None:
            return
        word, top = self._word(*pair), menu.actions()[0] if menu.actions() else None
        actions: list[QAction] = []
        if not self._editor.isReadOnly():
            for other in speller.suggest(word, self._names):
                actions.append(self._action(menu, other, partial(self._put, pair, word, other)))
            if not actions:
                actions = [QAction(_("Nothing alike is known"), menu)]
                actions[0].setEnabled(False)
            line = QAction(menu)
            line.setSeparator(True)
            actions.append(line)
        title = _("Add “{word}” to the workspace's words").format(word=word)
        actions.append(self._action(menu, title, partial(self._spelling.add, word)))
        end = QAction(menu)
        end.setSeparator(True)
        for action in (*actions, end):
            menu.insertAction(top, action) if top is not None else menu.addAction(action)

    def _action(self, menu: QMenu, title: str, run: Callable[[], object]) -> QAction:
        action = QAction(title.replace("&", "&&"), menu)
        action.triggered.connect(lambda: run())
        return action

    def _put(self, pair: tuple[int, int], word: str, other: str) -> None:
        """Puts another word there, unless the text changed meanwhile."""
        if self._word(*pair) == word:
            at = self._editor.mirror.from_qt
            self._editor.apply((Edit(Span(at(pair[0]), at(pair[1])), other),))

    def _word(self, start: int, end: int) -> str:
        cursor = QTextCursor(self._editor.document())
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        return cursor.selectedText()

    def _of_line(self, speller: Speller, block: QTextBlock, text: str) -> list[tuple[int, int]]:
        before = inside_of(block.previous().userState()) if block.blockNumber() else Inside.NOTHING
        spans = speller.misspelt(text, self._names, self._taken(text, before, block.blockNumber() == 0))
        if not spans:
            return []
        offsets, start = Offsets(text), block.position()
        return [(start + offsets.to_qt(span.start), start + offsets.to_qt(span.end)) for span in spans]

    def _not_prose(self, text: str, before: Inside, first: bool) -> tuple[Span, ...]:
        """The stretches of a line that are tags, keys, calls, results, or stand outside of any block."""
        line = colour_line(text, before, first, frozenset())  # no tools: what stands in brackets is no prose anyway
        if line.band is Inside.FRONT:
            key = next((piece for piece in line.pieces if piece.kind == "key"), None)
            if key is None or text[: key.end].lower() != "title:":
                return (Span(0, len(text)),)
        return tuple(Span(piece.start, piece.end) for piece in line.pieces if piece.kind not in _PROSE)


def _is_fence(text: str) -> bool:
    return text.lstrip().startswith(("```", "~~~"))


def _ends_block(text: str) -> bool:
    return "</" in text


def _in_code(block: QTextBlock) -> bool:
    """Whether a line stands between two fences, inside its block."""
    inside, above = False, block.previous()
    for _line in range(_FENCE_REACH):
        if not above.isValid() or _ends_block(above.text()):
            break
        inside = inside != _is_fence(above.text())
        above = above.previous()
    return inside


def _loaded() -> object:
    """A speller, or the sentence why there is none."""
    try:
        return Speller(Dictionary.load())
    except LorewrightError as error:
        return error


def _told(work: Callable[[], object]) -> object:
    """What work gives, or our error in its place, to be told where it was asked for."""
    try:
        return work()
    except LorewrightError as error:
        return error
