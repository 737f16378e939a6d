"""Owns the commands of the Data tab; knows nothing of how they are done."""

from functools import partial
from typing import TYPE_CHECKING

from studio.dataset.verdicts import Decision
from studio.language import _
from studio.ui.commands import Command
from studio.ui.data.words import DECISION_ICONS, DECISIONS

if TYPE_CHECKING:
    from studio.ui.data.tab import DataTab


def commands(tab: "DataTab") -> list[Command]:
    """Looking, judging, building, sources, verdicts, and taking back."""
    deeds = tab.deeds

    def described() -> bool:
        return tab.data is not None and tab.data.description is not None

    def idle() -> bool:
        return described() and not tab.desk.working

    verdicts = [
        Command(
            f"data.{one.value}", _("Data: {word} the example").format(word=_(DECISIONS[one.value]).lower()),
            partial(tab.decide, one), "", DECISION_ICONS[one.value][0], described,
        )
        for one in Decision
    ]  # fmt: skip
    return [
        Command("data.build", _("Data: build"), deeds.build, "Ctrl+Return", "build", idle),
        Command("data.audit", _("Data: read and audit"), deeds.examine, "Ctrl+R", "audit", idle),
        Command("data.judge", _("Data: have a model judge"), deeds.judge, "", "judge", idle),
        Command("data.compare", _("Data: compare with the build before"), deeds.compare, "", "compare", idle),
        Command("data.export", _("Data: export the build"), deeds.export, "", "export", idle),
        Command("data.stop", _("Data: stop"), deeds.stop, "", "stop", lambda: tab.desk.working),
        Command("data.new", _("Data: new data set"), deeds.begin, "Ctrl+N", "add"),
        Command("data.source", _("Data: add a source"), lambda: tab.sets.ask(), "Ctrl+Shift+N", "add", described),
        Command("data.search", _("Data: search the examples"), tab.search, "Ctrl+F", "search", described),
        Command("data.undo", _("Data: undo"), tab.undo.undo, "Ctrl+Z", "undo", tab.undo.canUndo),
        Command("data.redo", _("Data: redo"), tab.undo.redo, "Ctrl+Shift+Z", "retry", tab.undo.canRedo),
        *verdicts,
    ]
