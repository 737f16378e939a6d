"""Owns renaming a character or a place from the editor: in one scenario, or in every one of the workspace.

Open scenarios are changed in their editors, the others are saved anew; what was done everywhere can be taken back as
one step, where nobody changed the text since.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from studio.errors import LorewrightError
from studio.language import _, plural
from studio.scenario import Parsed, parse
from studio.scenario.renaming import NoSuchName, names_in, rename_edits
from studio.ui.background import Background
from studio.ui.context import Context
from studio.ui.write.ask_bar import Question
from studio.ui.write.page import Page
from studio.workspace.game import Games
from studio.workspace.history import History
from studio.workspace.rename_all import Planned, Renamed, carry_out, plan, take_back

_EVERYWHERE = 1


@dataclass(frozen=True, slots=True)
class _Done:
    """A renaming everywhere: the files that were written, the open pages' texts before and after."""

    files: tuple[Renamed, ...]
    texts: Mapping[Path, tuple[str, str]]


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
        return self._done is not None

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
        text, path, tools = page.editor.text(), page.document.path, page.game.tools
        others = self._closed() if where == _EVERYWHERE else ()
        open_ones = self._others(page) if where == _EVERYWHERE else ()

        def work() -> object:
            try:
                count = len(rename_edits(parse(text, path=path, tools=tools), old, new))
            except LorewrightError as error:
                return error
            counts = [count, *(_count(other, old, new) for other in open_ones)]
            counts += [len(one.edits) for one in plan(others, old, new, Games())]
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
        texts = {page.document.path: (before, page.editor.text())}
        for other in self._others(page):
            was = other.editor.text()
            if _rename_in(other, old, new):
                texts[other.document.path] = (was, other.editor.text())
        paths, history = self._closed(), self._history

        def work() -> object:
            planned = plan(paths, old, new, Games())
            done, errors = carry_out((one for one in planned if one.error is None), history)
            return done, (*errors, *_errors(planned))

        words = _("{old} is now {new}").format(old=old, new=new)
        self._background.ask((self, "run"), work, lambda result: self._finish(texts, words, result))

    def _finish(self, texts: Mapping[Path, tuple[str, str]], words: str, result: object) -> None:
        assert isinstance(result, tuple)
        files, errors = result
        self._done = _Done(files, texts)
        count = plural("in {count} scenario", "in {count} scenarios", len(files) + len(texts))
        self._context.toast(f"{words} {count}.", "success", _("Undo"), self.take_back)
        self._tell(errors)
        self.renamed.emit()

    def take_back(self) -> None:
        """Takes the last renaming everywhere back; a text that was changed since stays, and is told."""
        done, self._done = self._done, None
        if done is None:
            return
        kept = []
        for page in self._pages():
            before, after = done.texts.get(page.document.path, ("", None))
            if after is not None and page.editor.text() == after:
                page.editor.become(before)
            elif after is not None:
                kept.append(page.title)
        for title in kept:
            self._context.toast(_("{title} was changed since and stays as it is.").format(title=title), "warning")
        history = self._history
        self._background.ask((self, "back"), lambda: take_back(done.files, history), self._taken_back)

    def _taken_back(self, errors: object) -> None:
        assert isinstance(errors, tuple)
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

    def _closed(self) -> tuple[Path, ...]:
        opened = {page.document.path for page in self._pages()}
        return tuple(path for path in self._context.workspace.scenario_files() if path not in opened)


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


def _count(page: Page, old: str, new: str) -> int:
    try:
        return len(rename_edits(page.checking.catch_up(), old, new))
    except LorewrightError:
        return 0


def _rename_in(page: Page, old: str, new: str) -> bool:
    try:
        return page.editor.apply(rename_edits(page.checking.catch_up(), old, new))
    except NoSuchName:
        return False
    except LorewrightError:
        return False


def _errors(planned: tuple[Planned, ...]) -> tuple[LorewrightError, ...]:
    return tuple(one.error for one in planned if one.error is not None)
