"""Owns the way from a page to Play and back: the text up to the caret goes, the turns that were played come.

Knows no model. The place is a cursor of the page's document, so it moves with whatever is edited meanwhile; where the
page was closed it is opened again, and the place is found by what stands there.
"""

from collections.abc import Sequence

from PySide6.QtGui import QTextCursor

from studio.language import _, plural
from studio.scenario import parse
from studio.scenario.beginning import Played, brought_back, up_to
from studio.ui.context import Context, PlayOn
from studio.ui.write.page import Page
from studio.ui.write.pages import Pages


def play_on(context: Context, pages: Pages, page: Page) -> None:
    """Opens Play on a page's text up to the caret."""
    way = _Way(context, pages, page)
    scenario = way.beginning.scenario
    if scenario.system is None and not scenario.turns:
        context.toast(_("There is nothing to play yet. Write a SYSTEM block first."))
        return
    context.play_on(PlayOn(way.beginning, way.keep, way.back))


class _Way:
    """One play that began from a page."""

    def __init__(self, context: Context, pages: Pages, page: Page) -> None:
        self._context, self._pages, self._page = context, pages, page
        editor = page.editor
        self._path = page.document.path
        self._tools = page.parsed.tools if page.parsed is not None else None
        self.beginning = up_to(editor.text(), editor.caret(), path=self._path, tools=self._tools)
        self._place = QTextCursor(editor.document())
        self._place.setPosition(editor.mirror.to_qt(self.beginning.end))
        self._place.setKeepPositionOnInsert(True)

    def keep(self, played: Sequence[Played]) -> None:
        """Puts turns behind the one that the play began from, as one step that can be undone."""
        page = self._opened()
        page.when_there(lambda: self._bring(page, played))

    def back(self) -> None:
        """Shows the page again."""
        page = self._opened()
        self._context.go_to("write")
        page.editor.setFocus()

    def _opened(self) -> Page:
        """The page, in front; opened again where it was closed."""
        if self._page in self._pages.pages:
            self._path = self._page.document.path
        page = self._pages.open(self._path)
        if page is not self._page:
            self._page, self._place = page, QTextCursor()
        return page

    def _bring(self, page: Page, played: Sequence[Played]) -> None:
        editor, title = page.editor, page.title
        near = editor.mirror.from_qt(self._place.position()) if not self._place.isNull() else 0
        parsed = parse(editor.text(), path=page.document.path, tools=self._tools)
        edit = brought_back(parsed, self.beginning, played, near or self.beginning.end)
        if edit is None:
            self._context.toast(_("These turns stand in {title} already.").format(title=title))
        elif editor.apply([edit]):
            brought = len(parse(editor.text(), tools=self._tools).scenario.turns) - len(parsed.scenario.turns)
            words = plural("{count} turn was put into", "{count} turns were put into", brought)
            self._context.toast(f"{words} {title}.", "success", _("Show"), self.back)
        else:
            self._context.toast(_("{title} cannot be changed. The turns stay in Play.").format(title=title), "error")
