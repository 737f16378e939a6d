"""The window's composition root: builds the application from its parts and runs it; the only place that knows all."""

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING

from studio.errors import LorewrightError, MachineError
from studio.language import N_, _

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

_log = logging.getLogger(__name__)
_GRACE_SECONDS = 6.0


class NoDisplay(MachineError):
    """There is no screen to open a window on."""

    sentence = N_(
        "There is no display here, so no window can open. `lorewright demo` shows the whole path without one."
    )


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for on the command line."""

    workspace: Path | None
    shots: Path | None
    run: Path | None
    files: tuple[Path, ...]


def main(argv: Sequence[str] | None = None) -> int:
    """Opens the window, or with `--shots DIR` draws every tab; returns the exit code."""
    try:
        options = _read(list(sys.argv[1:] if argv is None else argv))
        if options.shots is not None:
            from studio.ui.shots import draw

            return draw(options.shots, options.workspace, options.run)
        return _run(options)
    except LorewrightError as error:
        print(error, file=sys.stderr)
        return error.exit_code


def _read(argv: list[str]) -> Options:
    parser = argparse.ArgumentParser(prog="python -m studio.app", description=_("Opens Lorewright's window."))
    parser.add_argument("files", nargs="*", type=Path, help=_("files to open"))
    parser.add_argument("--workspace", type=Path, help=_("the workspace's folder"))
    parser.add_argument("--shots", type=Path, metavar="DIR", help=_("draw a picture of every tab into DIR, and end"))
    parser.add_argument("--run", type=Path, help=_("the folder of a demo whose results the pictures show"))
    known = parser.parse_args(argv)
    return Options(known.workspace, known.shots, known.run, tuple(known.files))


def _run(options: Options) -> int:
    if not has_display(os.environ, sys.platform):
        raise NoDisplay()
    import qasync
    from PySide6.QtWidgets import QApplication

    from studio.workspace.places import config_folder

    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    application.setQuitOnLastWindowClosed(False)  # the loop below ends by itself, after what is under way was let go
    loop = qasync.QEventLoop(application)
    asyncio.set_event_loop(loop)
    config = config_folder()
    _log_to(config / "lorewright.log")
    with loop:
        loop.run_until_complete(_show(options, config, application))
    return 0


async def _show(options: Options, config: Path, application: "QApplication") -> None:
    """The window from its building to its end; what its tabs still have to let go of gets a moment."""
    from studio.ui.start import Studio

    studio = Studio.build(options.workspace, config)
    studio.window.show()
    for path in options.files:
        studio.window.open_path(path.absolute())
    await asyncio.sleep(0)  # the window is drawn
    _log.info("the window is there")
    ended = asyncio.Event()
    application.lastWindowClosed.connect(ended.set)
    await ended.wait()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:
        await asyncio.wait(others, timeout=_GRACE_SECONDS)
    studio.close()


def has_display(environment: "os._Environ[str] | dict[str, str]", platform: str) -> bool:
    """Whether a window can be shown: always on Windows and macOS, else where a display server is named."""
    if platform in ("win32", "darwin") or environment.get("QT_QPA_PLATFORM"):
        return True
    return bool(environment.get("WAYLAND_DISPLAY") or environment.get("DISPLAY"))


def _log_to(path: Path) -> None:
    """Keeps the log in the user's settings folder; where that cannot be written the window's own log still has it."""
    logging.getLogger().setLevel(logging.INFO)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(path, maxBytes=1_000_000, backupCount=2, encoding="utf-8")
    except OSError as error:
        _log.warning("the log cannot be kept in %s: %s", path, error)
        return
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(handler)


if __name__ == "__main__":
    sys.exit(main())
