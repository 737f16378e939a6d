"""Owns what Play shows in a picture: a demo's model beside the untrained one, on the lines that lead to most."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from studio.jobs.runs import Run
from studio.ui.context import Comparison
from studio.ui.convert.result import result_from
from studio.ui.play import shelf

if TYPE_CHECKING:
    from studio.ui.play.tab import PlayTab


async def show_both(tab: "PlayTab", run: Path) -> None:
    """Seats both models, and says the lines of a scenario that was kept out of training."""
    await tab.look()
    made = await asyncio.to_thread(result_from, tab.context.workspace.models, Run(run))
    starter = next((model for model in tab.models if model.starter), None)
    if made is None or starter is None:
        return
    held_out = [entry.path for entry in tab.scenarios if entry.held_out]
    path, lines = await asyncio.to_thread(_telling_scene, held_out)
    if path is not None:
        await tab.pairing.compare(Comparison(starter.path, made.path, path, ""))
        for line in lines:
            await tab.table.say(line)


def _telling_scene(held_out: list[Path]) -> tuple[Path | None, tuple[str, ...]]:
    """The held-out scenario whose lines lead to most: dice, and a sheet that changes."""
    found = [(path, shelf.telling_lines(scenario)) for path in held_out if (scenario := shelf.read(path))]
    return max(found, key=lambda scene: len(scene[1]), default=(None, ()))
