"""Owns the commands of the Write tab; knows nothing of how they are done."""

from typing import TYPE_CHECKING

from studio.language import _
from studio.ui.commands import Command
from studio.ui.write import editing_commands, file_commands

if TYPE_CHECKING:
    from studio.ui.write.tab import WriteTab


def commands(tab: "WriteTab") -> list[Command]:
    """Files, problems, finding, and what is shown."""
    return [*_files(tab), *file_commands.commands(tab), *_text(tab), *editing_commands.commands(tab), *_view(tab)]


def _files(tab: "WriteTab") -> list[Command]:
    def some() -> bool:
        return tab.pages.current is not None

    def save_all() -> None:
        for page in tab.pages.pages:
            tab.pages.save(page)

    return [
        Command("write.new", _("New scenario"), tab.new_scenario, "Ctrl+N", "add"),
        Command("write.save", _("Save"), tab.pages.save, "Ctrl+S", "save", some),
        Command("write.save-all", _("Save all scenarios"), save_all, "Ctrl+Shift+S", "save", some),
        Command("write.close", _("Close the scenario"), tab.pages.close_page, "Ctrl+W", "close", some),
        Command("write.game", _("Tools and rules of this workspace"), tab.edit_game, "", "tool"),
        Command("write.rescan", _("Read the scenario folder again"), tab.surveyor.start, "", "retry"),
    ]


def _text(tab: "WriteTab") -> list[Command]:
    def some() -> bool:
        return tab.pages.current is not None

    def find() -> None:
        if tab.pages.current is not None:
            tab.pages.current.find_bar.open()

    def complete() -> None:
        if tab.pages.current is not None:
            tab.pages.current.editor.popup.offer(asked=True)

    return [
        Command("write.find", _("Find and replace"), find, "Ctrl+F", "search", some),
        Command("write.fix", _("Mend the problem at the cursor"), tab.apply_fix, "Ctrl+.", "fix", some),
        Command("write.next-problem", _("Next problem"), lambda: tab.next_problem(1), "F8", "next", some),
        Command(
            "write.last-problem", _("Previous problem"), lambda: tab.next_problem(-1), "Shift+F8", "previous", some
        ),
        Command("write.play", _("Play from here"), tab.play_from_here, "F5", "start", some),
        Command("write.complete", _("What can be written here"), complete, "", "", some),
    ]


def _view(tab: "WriteTab") -> list[Command]:
    return [
        Command("write.search", _("Search scenarios"), tab.tree.search.setFocus, "Ctrl+Shift+F", "search"),
        Command("write.preview", _("Show the preview"), tab.words["preview"].click, "", "preview"),
        Command("write.party", _("Show the party's sheets"), tab.words["party"].click, "", "person"),
        Command("write.tokens", _("Show the tokens"), tab.words["tokens"].click, "", "chip"),
        Command("write.outline", _("Show the outline"), tab.words["outline"].click, "", "outline"),
        Command("write.left", _("Fold the scenario list"), lambda: tab.sides.toggle("left"), "Ctrl+B", "fold-left"),
        Command("write.right", _("Fold the preview"), lambda: tab.sides.toggle("right"), "Ctrl+Alt+B", "fold-right"),
    ]
