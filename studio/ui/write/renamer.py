"""Owns renaming a character or a place from the editor: in one scenario, or in every one of the workspace.

Open scenarios are changed in their editors, the others are saved anew. It is one step: where it is taken back or made
again in one editor, it is in the others and in the files too, where nobody changed the text since.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from studio.errors import LorewrightError
from studio.language import _, plural
from studio.scenario import Edit, Parsed, ToolTable, parse
from studio.scenario.renaming import NoSuchName, names_in, rename_edits
from studio.ui.background import Background
from studio.ui.context import Context
from studio.ui.write.ask_bar import Question
from studio.ui.write.manuscript import Tie
from studio.ui.write.page import Page
from studio.workspace.game import Games
from studio.workspace.history import History
from studio.workspace.rename_all import Planned, Renamed, carry_out, closed_scenarios, plan, take_back

_EVERYWHERE = 1


@dataclass(slots=True)
class _Done:
    """A renaming everywhere: the open pages' texts before and after, and the files as they were last written.

    The files belong to the working thread, which takes one turn after the other.
    """

    texts: Mapping[Page, tuple[str, str]]
    back: bool = False
    files: tuple[Renamed, ...] = field(default=(), compare=False)


class Renamer(QObject):
    """Asks for the new name above the text, says what it would change, and changes it."""

    renamed = Signal()

    def __init__(self, context: Context, background: Background, pages: Callable[[], tuple[Page, ...]]) -> None:
        super().__init__()
        self._context = context
        self._background = background
        self._pages = pages
        self._done: _Done | None = None

    @property
    def can_take_back(self) -> bool:
        """Whether there is a renaming everywhere to take back."""
        return self._done is not None and not self._done.back

    def begin(self, page: Page) -> None:
        """Asks for the new name of what the caret is on."""
        if page.editor.isReadOnly() or page.editor.filling:
            return
        old = name_at(page.checking.catch_up(), page.editor.caret())
        if old is None:
            self._context.toast(_("Put the caret on the name of a character or a place, then press F2."))
            return
        page.acts.ask.ask(
            Question(
                _("Rename {name}").format(name=old),
                _("Rename"),
                partial(self._look, page, old),
                partial(self._run, page, old),
                old,
                (_("in this scenario"), _("in every scenario")),
            )
        )

    # -- what it would do ------------------------------------------------------------------------------

    def _look(self, page: Page, old: str, new: str, where: int) -> None:
        bar = page.acts.ask
        new = " ".join(new.split())
        if not new or new == old:
            bar.say(False, "")
            return
        bar.say(False, _("Looking…"))
        workspace, opened, everywhere = self._context.workspace, self._opened(), where == _EVERYWHERE
        open_ones = [page, *(self._others(page) if everywhere else ())]
        texts = [(one.editor.text(), one.document.path, one.game.tools) for one in open_ones]

        def work() -> object:
            try:
                counts = [len(_edits(*texts[0], old, new)), *(_count(*text, old, new) for text in texts[1:])]
            except LorewrightError as error:
                return error
            if everywhere:
                counts += [len(one.edits) for one in plan(closed_scenarios(workspace, opened), old, new, Games())]
            return sum(counts), sum(1 for one in counts if one)

        self._background.ask((page, "look"), work, lambda found: self._say(page, found))

    def _say(self, page: Page, found: object) -> None:
        if isinstance(found, LorewrightError):
            page.acts.ask.say(False, str(found))
            return
        assert isinstance(found, tuple)
        places, scenarios = found
        words = plural("{count} place", "{count} places", places)
        if scenarios > 1:
            words = _("{places} in {scenarios} scenarios").format(places=words, scenarios=scenarios)
        page.acts.ask.say(bool(places), words)

    # -- doing it ----------------------------------------------------------------------------------------

    def _run(self, page: Page, old: str, new: str, where: int) -> None:
        new = " ".join(new.split())
        before = page.editor.text()
        try:
            page.editor.apply(rename_edits(page.checking.catch_up(), old, new))
        except LorewrightError as error:
            self._context.toast(str(error), "error")
            return
        if where != _EVERYWHERE:
            return
        texts = {page: (before, page.editor.text())}
        for other in self._others(page):
            was = other.editor.text()
            if _rename_in(other, old, new):
                texts[other] = (was, other.editor.text())
        self._done = done = _Done(texts)
        for one in self._pages():
            if one in texts:
                one.editor.tie(Tie(partial(self._turn, done, True, one), partial(self._turn, done, False, one)))
        workspace, opened, history = self._context.workspace, self._opened(), self._history

        def work() -> object:
            planned = plan(closed_scenarios(workspace, opened), old, new, Games())
            done.files, errors = carry_out((one for one in planned if one.error is None), history)
            return len(done.files), (*errors, *_errors(planned))

        words = _("{old} is now {new}").format(old=old, new=new)
        self._background.ask((self, "run"), work, lambda result: self._finish(len(texts), words, result))

    def _finish(self, pages: int, words: str, result: object) -> None:
        assert isinstance(result, tuple)
        files, errors = result
        count = plural("in {count} scenario", "in {count} scenarios", files + pages)
        self._context.toast(f"{words} {count}.", "success", _("Undo"), self.take_back)
        self._tell(errors)
        self.renamed.emit()

    def take_back(self) -> None:
        """Takes the last renaming everywhere back; a text that was changed since stays, and is told."""
        if self._done is not None:
            self._turn(self._done, True, None)

    def _turn(self, done: _Done, back: bool, where: Page | None) -> None:
        """Takes a renaming back, or makes it again: in the files, and in every editor but the one where it is done."""
        if done.back is back:
            return
        done.back = back
        for page in self._pages():
            if page is where or page not in done.texts:
                continue
            before, after = done.texts[page]
            now, wanted = (after, before) if back else (before, after)
            if page.editor.text() == now:
                _step(page, back, wanted)
            else:
                words = _("{title} was changed since and stays as it is.")
                self._context.toast(words.format(title=page.title), "warning")
        history = self._history

        def work() -> object:
            done.files, errors = take_back(done.files, history)
            return len(done.files), errors

        self._background.ask((self, object()), work, lambda result: self._turned(back, result))

    def _turned(self, back: bool, result: object) -> None:
        assert isinstance(result, tuple)
        files, errors = result
        if files:
            words = _("The name is as it was, {files} too.") if back else _("The name is changed again, {files} too.")
            count = plural("in {count} file that is not open", "in {count} files that are not open", files)
            self._context.toast(words.format(files=count), "success")
        self._tell(errors)
        self.renamed.emit()

    def _tell(self, errors: tuple[LorewrightError, ...]) -> None:
        for error in errors[:3]:
            self._context.toast(str(error), "error")

    def _others(self, page: Page) -> tuple[Page, ...]:
        inside = self._context.workspace.scenarios
        return tuple(
            other
            for other in self._pages()
            if other is not page and not other.editor.isReadOnly() and other.document.path.is_relative_to(inside)
        )

    @property
    def _history(self) -> History:
        return History(self._context.workspace.snapshots)

    def _opened(self) -> frozenset[Path]:
        """What is changed in its editor; a file that is open for looking at only, or still on its way, is none."""
        return frozenset(page.document.path for page in self._pages() if not page.editor.isReadOnly())


def name_at(parsed: Parsed, offset: int) -> str | None:
    """The name that stands at a place of the text, the longest where several do."""
    text = parsed.scenario.text
    names = sorted((name.text for name in names_in(parsed)), key=len, reverse=True)
    for name in names:
        low = max(0, offset - len(name))
        around = text[low : offset + len(name)].replace("_", " ")
        for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", around, re.IGNORECASE):
            if low + match.start() <= offset <= low + match.end():
                return name
    return None


def _edits(text: str, path: Path, tools: ToolTable, old: str, new: str) -> tuple[Edit, ...]:
    return rename_edits(parse(text, path=path, tools=tools), old, new)


def _count(text: str, path: Path, tools: ToolTable, old: str, new: str) -> int:
    try:
        return len(_edits(text, path, tools, old, new))
    except LorewrightError:
        return 0


def _rename_in(page: Page, old: str, new: str) -> bool:
    try:
        return page.editor.apply(rename_edits(page.checking.catch_up(), old, new))
    except NoSuchName:
        return False
    except LorewrightError:
        return False


def _step(page: Page, back: bool, wanted: str) -> None:
    """Makes a page's text what is wanted by its own undo or redo where that leads there, else by an edit."""
    editor, before = page.editor, page.editor.text()
    (editor.undo if back else editor.redo)()
    if editor.text() == wanted:
        return
    if editor.text() != before:
        (editor.redo if back else editor.undo)()
    editor.become(wanted)


def _errors(planned: tuple[Planned, ...]) -> tuple[LorewrightError, ...]:
    return tuple(one.error for one in planned if one.error is not None)
