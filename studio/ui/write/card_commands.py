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

    def scenario() -> Scenario | None:
        page = tab.pages.current
        parsed = page.parsed if page is not None else None
        return parsed.scenario if parsed is not None else None

    def peopled() -> bool:
        found = scenario()
        return found is not None and found.system is not None and bool(found.system.party)

    def export() -> None:
        found = scenario()
        if found is not None:
            ExportCard(tab.context, tab.window(), found).open()

    return [
        Command("write.import-cards", _("New scenario from character cards"), tab.new_from_cards, "", "add"),
        Command("write.export-card", _("Write a character as a card"), export, "", "person", peopled),
        Command("write.spelling", _("Turn spelling on or off"), tab.spelling.toggle, "", "write"),
    ]
