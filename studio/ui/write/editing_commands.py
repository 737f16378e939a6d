"""Owns the commands that work on the text in front: layout, names, lines, folds; knows nothing of how they are done."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from studio.language import _
from studio.ui.commands import Command
from studio.ui.write.folding import Folds
from studio.ui.write.line_edits import double_lines, move_lines
from studio.ui.write.page import Page

if TYPE_CHECKING:
    from studio.ui.write.tab import WriteTab


def commands(tab: "WriteTab") -> list[Command]:
    """What can be done to the scenario in front."""

    def some() -> bool:
        return tab.pages.current is not None

    def here(name: str, title: str, run: Callable[[Page], object], shortcut: str = "", icon_name: str = "") -> Command:
        def go() -> None:
            if tab.pages.current is not None:
                run(tab.pages.current)

        return Command(f"write.{name}", title, go, shortcut, icon_name, some)

    def folds(page: Page) -> Folds:
        return page.editor.folds

    def block(page: Page) -> None:
        folds(page).toggle(page.editor.textCursor().block())

    renamer = tab.pages.renamer
    back = _("Take back the last renaming everywhere")
    return [
        here("format", _("Lay the scenario out"), lambda page: page.acts.lay_out(), "Shift+Alt+F", "write"),
        here("rename", _("Rename a character or a place"), renamer.begin, "F2", "person"),
        Command("write.rename-back", back, renamer.take_back, "", "retry", lambda: renamer.can_take_back),
        here("line", _("Go to line"), lambda page: page.acts.go_to_line(), "Ctrl+G", "right"),
        here("up", _("Move the line up"), lambda page: move_lines(page.editor, -1), "Alt+Up", "up"),
        here("down", _("Move the line down"), lambda page: move_lines(page.editor, 1), "Alt+Down", "down"),
        here("double", _("Duplicate the line"), lambda page: double_lines(page.editor), "Shift+Alt+Down", "add"),
        here("fold", _("Fold or unfold the block"), block, "Ctrl+Shift+[", "right"),
        here("fold-all", _("Fold all blocks"), lambda page: folds(page).fold_all(), "Ctrl+K, Ctrl+0", "right"),
        here("unfold-all", _("Unfold all blocks"), lambda page: folds(page).unfold_all(), "Ctrl+K, Ctrl+J", "down"),
    ]
