"""Owns the coroutines that a view has under way: keeps them, tells their errors, ends them with the view."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from studio.errors import Cancelled, LorewrightError, UnexpectedFailure

_log = logging.getLogger(__name__)
Told = Callable[[LorewrightError], object]


class Errands:
    """Coroutines started from slots. What goes wrong is told once; being cancelled is not an error."""

    def __init__(self, tell: Told) -> None:
        self._tell = tell
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def busy(self) -> bool:
        """Whether anything is under way."""
        return bool(self._tasks)

    def start(self, work: Coroutine[Any, Any, object]) -> None:
        """Runs `work` on the window's event loop; where none runs (a window that is only built) nothing starts."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            work.close()
            return
        task = loop.create_task(self._run(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, work: Coroutine[Any, Any, object]) -> None:
        try:
            await work
        except Cancelled:
            return
        except LorewrightError as error:
            self._tell(error)
        except Exception as error:
            _log.exception("unexpected failure in the window")
            self._tell(UnexpectedFailure(detail=f"{type(error).__name__}: {error}"))

    def end(self) -> None:
        """Ends everything that is under way."""
        for task in list(self._tasks):
            task.cancel()
