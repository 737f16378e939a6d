"""Owns the commands on the file in front: its history, its name, its place; knows nothing of how they are done."""

from typing import TYPE_CHECKING

from studio.language import _
from studio.ui.commands import Command

if TYPE_CHECKING:
    from studio.ui.write.tab import WriteTab


def commands(tab: "WriteTab") -> list[Command]:
    """History, rename, delete, take back, and how changes by other programs are taken."""

    def some() -> bool:
        return tab.pages.current is not None

    def on_file(run: str) -> None:
        page = tab.pages.current
        if page is not None:
            {"history": tab.filer.show_history, "rename": tab.filer.ask_name, "delete": tab.filer.delete}[run](
                page.document.path
            )

    def quiet() -> None:
        settings = tab.context.settings
        now = not settings.flag("write.reload_clean", False)
        settings.set("write.reload_clean", now)
        tab.context.toast(
            _("Files without unsaved text are reloaded by themselves when another program changes them.")
            if now
            else _("A file that another program changes is only reloaded when you say so.")
        )

    return [
        Command("write.history", _("History of the scenario"), lambda: on_file("history"), "Ctrl+Alt+Z", "clock", some),
        Command("write.rename-file", _("Rename the scenario's file"), lambda: on_file("rename"), "", "write", some),
        Command("write.delete-file", _("Move the scenario to the bin"), lambda: on_file("delete"), "", "trash", some),
        Command("write.undo-file", _("Undo the last change to a file"), tab.filer.undo, "", "undo"),
        Command("write.reload-quietly", _("Reload changed files without asking, or ask again"), quiet, "", "retry"),
    ]
