"""Owns building the window from workspace, settings and tabs; knows no tab's inside and no event loop."""

import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from PySide6.QtWidgets import QApplication

from studio.language import _
from studio.setup.places import Places
from studio.ui.context import Context
from studio.ui.shell.arrivals import Arrivals
from studio.ui.shell.garbage import GarbageTimer
from studio.ui.shell.log import WindowLog
from studio.ui.shell.vitals import Vitals
from studio.ui.shell.watchdog import Watchdog
from studio.ui.shell.window import Window
from studio.ui.status import Note, Place
from studio.ui.tabs import TABS, Tab, tab_class
from studio.ui.theme import Appearance, Theme
from studio.ui.theme.fonts import load_fonts
from studio.workspace import Settings, find, open_or_make

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Studio:
    """The window and what runs beside it."""

    context: Context
    window: Window
    watchdog: Watchdog
    log: WindowLog
    arrivals: Arrivals
    vitals: Vitals
    garbage: GarbageTimer

    @classmethod
    def build(
        cls, workspace: Path | None, config: Path, theme: Theme | None = None, tabs: Sequence[str] = tuple(TABS)
    ) -> "Studio":
        """Builds everything, with the tabs named; raises the errors of making a workspace."""
        load_fonts()
        settings = Settings(config / "settings.json")
        opened = open_or_make(find(workspace, last=settings.text("workspace")))
        theme = theme or _theme(settings)
        theme.apply()
        context = Context(opened, settings, theme)
        made: dict[str, Tab] = {name: tab_class(name)(context) for name in tabs}
        window = Window(context, made, config / "window.ini")
        log = WindowLog()
        log.relay.written.connect(window.drawer.log.add)
        logging.getLogger().addHandler(log)
        watchdog = Watchdog()
        watchdog.start()
        _say_workspace(context, window)
        context.workspace_changed.connect(lambda: _say_workspace(context, window))
        sys.excepthook = _tell(context)
        arrivals = Arrivals(Places.here().state, context.parts, context.status)
        arrivals.arrived.connect(lambda title: context.toast(_("{part} is there.").format(part=title), "success"))
        arrivals.start()
        vitals = Vitals(context.status)
        vitals.start()
        garbage = GarbageTimer()
        garbage.start()
        return cls(context, window, watchdog, log, arrivals, vitals, garbage)

    def close(self) -> None:
        """Lets go of what runs beside the window."""
        self.watchdog.stop()
        self.vitals.close()
        self.arrivals.stop()
        self.garbage.stop()
        logging.getLogger().removeHandler(self.log)
        sys.excepthook = sys.__excepthook__


def _theme(settings: Settings) -> Theme:
    said = settings.text("appearance", Appearance.SYSTEM)
    appearance = Appearance(said) if said in list(Appearance) else Appearance.SYSTEM
    theme = Theme(appearance, settings.number("zoom", 1.0))
    theme.system_faces = settings.flag("system_faces", False)
    return theme


def _say_workspace(context: Context, window: Window) -> None:
    workspace = context.workspace
    window.setWindowTitle(_("Lorewright — {workspace}").format(workspace=workspace.name))
    note = Note(workspace.name, _("The workspace in {path}").format(path=workspace.root), "folder")
    context.status.say(Place.WORKSPACE, note)


def _tell(context: Context):  # type: ignore[no-untyped-def]  # the hook's type is sys's own
    """An exception that nobody caught is logged and told; the window stays."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        _log.error("unexpected failure", exc_info=(kind, error, trace))
        if QApplication.instance() is not None and issubclass(kind, Exception):
            sentence = _(
                "This is a mistake in Lorewright, not yours: {detail}. Your texts are kept; the log says more."
            )
            context.toast(
                sentence.format(detail=f"{kind.__name__}: {error}"),
                "error",
                _("Show"),
                lambda: context.show_drawer("log"),
            )

    return hook
