"""Owns what can be done to the text of one page beside typing: mend, lay out, go to a line, take in a chat log.

Every one of them edits through `Editor.apply`, so that it is one step that can be undone.
"""

from functools import partial
from typing import TYPE_CHECKING

from studio.language import _, plural
from studio.lint import Diagnostic, Edit
from studio.scenario import BlockKind, Span
from studio.scenario.formatter import format_edits
from studio.scenario.pasting import Pasted, as_turns
from studio.ui.context import Context
from studio.ui.write.ask_bar import AskBar, Question
from studio.ui.write.explain_page import ExplainPage
from studio.ui.write.fix_menu import FixMenu
from studio.ui.write.notice import Action

if TYPE_CHECKING:
    from studio.ui.write.page import Page


_LEAST_PASTED = 30
_MOST_NARRATORS = 3


class Acts:
    """The acts of one page; `ask` is the strip that asks for a word."""

    def __init__(self, page: "Page", context: Context) -> None:
        self._page = page
        self._context = context
        self._editor = page.editor
        self.ask = AskBar(page.editor, context.theme)
        self.menu: FixMenu | None = None
        self.page: ExplainPage | None = None
        page.editor.hover.explained.connect(self.explain)
        page.editor.hover.mended.connect(self._mend)
        page.editor.pasted.connect(self.look_at_paste)

    # -- problems ------------------------------------------------------------------------------------------

    def show_fixes(self) -> None:
        """Offers what mends the problems at the caret, or on its line, in a menu there."""
        editor = self._editor
        if editor.isReadOnly() or editor.filling:
            return
        self._page.checking.catch_up()
        here = editor.problems_at(editor.textCursor().position())
        if not any(item.fix for item in here):
            here = (*here, *(item for item in editor.problems_of_line(editor.textCursor().block()) if item.fix))
        if not here:
            some = any(item.fix for item in self._page.diagnostics)
            words = _("No problem at the caret. F8 goes to the next.") if some else _("There is nothing to mend here.")
            self._context.toast(words)
            return
        theme = self._context.theme
        self.menu = FixMenu(editor, theme, here, self._page.diagnostics, self.ignore_edits, self.explain)
        self.menu.open()

    def explain(self, code: str) -> None:
        """Shows the page of a diagnostic."""
        self.page = ExplainPage(self._context.theme, code, self._page.window())
        self.page.open()

    def _mend(self, shown: Diagnostic, position: int) -> None:
        """Makes the fix that the card under the pointer shows, as it stands in the text now."""
        editor = self._editor
        self._page.checking.catch_up()
        title = shown.fix.title if shown.fix is not None else ""
        for item in editor.problems_at(position):
            if item.fix is not None and (item.code, item.fix.title) == (shown.code, title):
                editor.apply(item.fix.edits)
                break
        editor.setFocus()

    def ignore_edits(self, item: Diagnostic) -> tuple[Edit, ...]:
        """The comment before its block that has a problem left be; none where there is no block to put it before."""
        blocks = self._page.checking.catch_up().blocks
        at = item.span.start
        block = next((one for one in blocks if one.span.start <= at < one.span.end), None)
        if block is None or (block.kind is BlockKind.BLOCK and block.name != "SYSTEM"):
            start = block.span.start if block is not None else None
        else:  # before SYSTEM it holds for the whole file
            start = next((one.span.start for one in blocks if one.name == "SYSTEM"), None)
        if start is None:
            return ()
        return (Edit(Span(start, start), f"<!-- lorewright: ignore {item.code} -->\n"),)

    # -- what is pasted ------------------------------------------------------------------------------------

    def look_at_paste(self, start: int, text: str) -> None:
        """Offers to turn a pasted talk into turns; until then it stays as it was pasted."""
        if len(text) < _LEAST_PASTED:
            return
        names = self._page.editor.popup.names.characters
        found = as_turns(text)
        if found is None or not found.turns:
            return
        player = next((name for name in found.players if name in names), None)
        if player is not None:
            found = found.told(player=player)
        count = plural("{count} turn", "{count} turns", len(found.turns))
        shape = _(found.shape)
        told = f" {_('{name} is the narrator.').format(name=found.narrator)}" if found.narrator else ""
        words = _("This looks like {shape}. It can become {turns}.").format(shape=shape, turns=count) + told
        actions: list[Action] = [(_("Make it turns"), partial(self._take_paste, start, text, found))]
        others = [name for name in found.speakers if name != found.narrator][:_MOST_NARRATORS]
        if len(found.speakers) > 1:
            actions += [
                (_("{name} narrates").format(name=name), partial(self._take_paste, start, text, found, name))
                for name in others
            ]
        self._page.offer("write", words, *actions)

    def _take_paste(self, start: int, text: str, found: Pasted, narrator: str | None = None) -> None:
        """Writes the turns where the talk stands now."""
        self._page.withdraw()
        editor = self._editor
        whole = editor.text()
        place = start if whole.startswith(text, start) else whole.find(text)
        if place < 0:
            self._context.toast(_("What was pasted was changed since, so it stays as it is."), "warning")
            return
        told = found.told(narrator=narrator) if narrator is not None else found
        system = told.system_text if "<SYSTEM>" not in whole else ""
        written = "\n\n".join(part for part in (system, told.text) if part)
        before, after = whole[:place], whole[place + len(text) :]
        if before.strip() and not before.endswith("\n\n"):
            written = "\n" * (1 if before.endswith("\n") else 2) + written
        if after.strip() and not after.startswith("\n\n"):
            written += "\n" * (1 if after.startswith("\n") else 2)
        editor.apply((Edit(Span(place, place + len(text)), written),))
        editor.put_caret(place + len(written), place + len(written))
        editor.setFocus()

    # -- the whole text ------------------------------------------------------------------------------------

    def lay_out(self) -> None:
        """Lays the scenario out in the one way; says where it was so already."""
        editor = self._editor
        if editor.isReadOnly() or editor.filling:
            return
        if not editor.apply(format_edits(self._page.checking.catch_up())):
            self._context.toast(_("The scenario is laid out already."), "success")

    def go_to_line(self) -> None:
        """Asks for a line's number and goes there."""
        last = self._editor.blockCount()

        def look(word: str, _choice: int) -> None:
            right = word.strip().isdecimal() and 1 <= int(word) <= last
            self.ask.say(right, "" if right else _("A number from 1 to {last}").format(last=last))

        self.ask.ask(Question(_("Go to line"), _("Go"), look, lambda word, _choice: self._editor.show_line(int(word))))
