"""Owns the commands for character cards and for spelling; knows nothing of how they are done."""

from typing import TYPE_CHECKING

from studio.language import _
from studio.scenario import Scenario
from studio.ui.commands import Command
from studio.ui.write.export_card import ExportCard

if TYPE_CHECKING:
    from studio.ui.write.tab import WriteTab


def commands(tab: "WriteTab") -> list[Command]:
    """Cards in, cards out, spelling on and off."""

    def peopled() -> bool:
        found = _scenario(tab)
        return found is not None and found.system is not None and bool(found.system.party)

    return [
        Command("write.import-cards", _("New scenario from character cards"), tab.new_from_cards, "", "add"),
        Command("write.export-card", _("Write a character as a card"), lambda: export(tab), "", "person", peopled),
        Command("write.spelling", _("Turn spelling on or off"), tab.spelling.toggle, "", "write"),
    ]


def export(tab: "WriteTab", name: str = "") -> None:
    """Asks where a character of the scenario in front is to be written as a card."""
    found = _scenario(tab)
    if found is not None:
        ExportCard(tab.context, tab.window(), found, tab.pages.files, name).open()


def _scenario(tab: "WriteTab") -> Scenario | None:
    page = tab.pages.current
    parsed = page.parsed if page is not None else None
    return parsed.scenario if parsed is not None else None
