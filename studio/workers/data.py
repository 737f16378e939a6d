"""Worker `data`: one job on a data set, so that the window's own process never reads, checks or builds; then it ends.

Every request names the `workspace`; every event is `progress {part, done, of, left}`. `examine {name}` gives `{rows}`,
`build {name}` gives `{build, errors}`, `judge {name}` gives `{judged, missing}`, `compare {name}` gives the comparison
of its two latest builds, `draft {wanted, model, address=null, key_env=null}` gives
`{path, errors}`, `export {name, format, out}` gives
`{path, format, rows, written, records, listed, left_out}`: of the rows left out the first are listed.
"""

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from studio.dataset.reading import Progress
from studio.jobs.protocol import Fields
from studio.workers._serve import Handler, Request, serve
from studio.workspace import Workspace

if TYPE_CHECKING:
    from studio.dataset.drafting import Draft, Wanted

_EVERY_SECONDS = 0.1
_CONTEXT = 4096
_LISTED = 2000


class _Tell(Protocol):
    def __call__(self, progress: Progress, left: float | None = None) -> None: ...


def _teller(request: Request) -> _Tell:
    """Tells of progress, not more often than anybody can see."""
    last, part = 0.0, ""

    def tell(progress: Progress, left: float | None = None) -> None:
        nonlocal last, part
        now = time.monotonic()
        if progress.part != part or now - last >= _EVERY_SECONDS or progress.done == progress.of:
            last, part = now, progress.part
            request.emit("progress", part=progress.part, done=progress.done, of=progress.of, left=left)

    return tell


def _workspace(request: Request) -> Workspace:
    return Workspace(Path(request.get("workspace", str)))


def examine(request: Request) -> Fields:
    """Reads, checks and counts."""
    from studio.dataset.examining import examine as look
    from studio.gguf.measure import cutter_of

    root, name = _workspace(request).root, request.get("name", str)
    found = look(root, name, cutter_of=cutter_of, told=_teller(request), stopped=request.cancelled.is_set)
    return {"rows": found.rows}


def build(request: Request) -> Fields:
    """Writes a build."""
    from studio.dataset.build import Setting
    from studio.dataset.build import build as make
    from studio.gguf.measure import cutter_of

    setting = Setting(told=_teller(request), stopped=request.cancelled.is_set)
    built = make(request.get("name", str), _workspace(request), cutter_of, setting)
    return {"build": built.build.name, "errors": built.build.manifest.errors}


def judge(request: Request) -> Fields:
    """Has the model of the description judge every row; what it said before is not asked again."""
    from studio.dataset.audit.judging import judge_rows
    from studio.dataset.audit.subject import subject
    from studio.gguf.measure import cutter_of

    tell, root = _teller(request), _workspace(request).root
    found = subject(
        request.get("name", str), root, cutter_of=cutter_of, told=lambda part, done: tell(Progress(part, done)),
        stopped=request.cancelled.is_set,
    )  # fmt: skip
    rows = tuple({row.key: row for row in found.rows}.values())
    judging = judge_rows(
        rows, found.settings.judge, root, told=lambda now: tell(Progress("judge", now.done, now.of), now.seconds_left),
        stopped=request.cancelled.is_set,
    )  # fmt: skip
    return {"judged": len(judging.verdicts), "missing": judging.standing.missing}


def compare(request: Request) -> Fields:
    """Holds the latest build against the one before."""
    from studio.dataset.builds import Build, NoBuild, builds_of
    from studio.dataset.comparing import compare as hold
    from studio.language import _

    name = request.get("name", str)
    found = builds_of(_workspace(request), name)
    if len(found) < 2:
        raise NoBuild(name=name, advice=_("It has one build only; there is nothing to compare it with."))
    return hold(Build.open(found[1]), Build.open(found[0])).as_json()


def draft(request: Request) -> Fields:
    """Has a model draft a scenario that is to be written, and keeps it among the drafts."""
    from studio.dataset.drafting import wanted_for
    from studio.dataset.drafts import Drafts
    from studio.dataset.to_write import ToWrite

    workspace = _workspace(request)
    wanted = wanted_for(ToWrite.from_json(request.get("wanted", dict)))
    made = asyncio.run(_drafted(request, wanted, workspace))
    return {"path": str(Drafts(workspace).save(made)), "errors": made.errors}


async def _drafted(request: Request, wanted: "Wanted", workspace: Workspace) -> "Draft":
    """The draft of a GGUF, or of a model behind an address."""
    from studio.dataset.drafting import LocalWriter, RemoteWriter, key_from
    from studio.dataset.drafting import draft as write
    from studio.inference.engine import LlamaEngine
    from studio.scenario.game import Game

    tell, game, seed = _teller(request), Game.of(workspace.root), time.time_ns()

    def told(progress: Progress) -> None:
        request.check()
        tell(Progress("draft", progress.done, progress.of))

    model, address = request.get("model", str), request.fields.get("address")
    if isinstance(address, str):
        variable = request.fields.get("key_env")
        key = key_from(variable) if isinstance(variable, str) and variable else ""
        return await write(wanted, RemoteWriter(model, address, key), game, seed=seed, told=told)
    tell(Progress("model", 0))
    engine = await LlamaEngine.load(Path(model), context=_CONTEXT)
    try:
        return await write(wanted, LocalWriter(engine), game, seed=seed, told=told)
    finally:
        await engine.close()


def export(request: Request) -> Fields:
    """Writes the latest build in another format."""
    from studio.dataset.builds import find_build
    from studio.dataset.export import export as write

    found = find_build(_workspace(request), request.get("name", str))
    found.verify()
    made = write(found, request.get("format", str), Path(request.get("out", str)), _teller(request))
    listed = [{"key": one.key, "place": str(one.place), "reason": one.reason} for one in made.listed[:_LISTED]]
    return {
        "path": str(made.path), "format": made.form, "rows": made.rows, "written": made.written,
        "records": made.records, "listed": listed, "left_out": len(made.listed),
    }  # fmt: skip


def _handlers() -> Mapping[str, Handler]:
    import pyarrow  # noqa: F401  # the part that may be missing is told before anything else is done

    return {
        "examine": examine, "build": build, "judge": judge, "compare": compare, "draft": draft, "export": export,
    }  # fmt: skip


if __name__ == "__main__":
    serve(_handlers, part="data", one_job=True)
