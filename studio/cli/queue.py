"""`lorewright queue`: the trainings that wait in a workspace, their order, and working them off."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from studio.cli.jobs import followed
from studio.cli.output import print_json, print_line
from studio.cli.train import told
from studio.errors import Cancelled, LorewrightError, UsageError, did_you_mean
from studio.jobs.errors import Paused
from studio.jobs.queue import Line, Queue, Queued
from studio.jobs.runs import Run
from studio.language import N_, _
from studio.training.supervising import SupervisedJob
from studio.training.way_on import way_on
from studio.workspace import Workspace
from studio.workspace.folder import find, named, open_or_make

_PLACES = {"waiting": N_("waits"), "held": N_("held back"), "running": N_("is being worked on")}


def add(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `queue`."""
    words = _("list (the default), run, up, down, first, last, hold, release, remove, pause or resume")
    parser.add_argument("word", nargs="?", default="list", metavar="WORD", help=words)
    parser.add_argument("job", nargs="?", metavar="JOB", help=_("a job in the queue, by its id or name"))


def run(args: argparse.Namespace) -> int:
    """Does what the word says."""
    deed = _DEEDS.get(args.word)
    if deed is None and args.word not in ("list", "run"):
        near = did_you_mean(args.word, (*_DEEDS, "list", "run"))
        question = _(" Did you mean “{near}”?").format(near=near) if near else ""
        sentence = _("There is no `lorewright queue {word}`.{question}")
        raise UsageError(detail=sentence.format(word=args.word, question=question))
    if args.word == "run":
        workspace = open_or_make(find(args.workspace))
        return _worked_off(args, Queue(workspace.private), workspace)
    queue = Queue(Workspace(named(args.workspace) or find()).private)
    if deed is not None:
        deed(queue, args.job)
    return _shown(args, queue.line())


def _shown(args: argparse.Namespace, line: Line) -> int:
    if args.format == "json":
        jobs = [{"id": job.id, "name": job.name, "place": str(job.place), "run": job.run} for job in line.jobs]
        print_json({"paused": line.paused, "jobs": jobs})
        return 0
    for job in line.jobs:
        print_line(f"{job.id}  {job.name}  {_(_PLACES[job.place])}")
    if not line.jobs:
        print_line(_("Nothing waits. `lorewright train --queue` puts a training here."))
    elif line.paused:
        print_line(_("The queue is paused; `lorewright queue resume` lets it go on."))
    elif line.running is None:
        print_line(_("`lorewright queue run` works it off here; the window does so too while it is open."))
    return 0


def _worked_off(args: argparse.Namespace, queue: Queue, workspace: Workspace) -> int:
    """Trains one after the other until none is left; one that fails does not stop the others."""
    code, runs = 0, list[dict[str, object]]()
    while (job := queue.take()) is not None:
        if _is_done(job):  # whoever worked on it ended before that could be noted
            queue.ended(job.id)
            continue
        print_line(f"== {job.name}", sys.stderr)
        try:
            done = followed(_begun(queue, job, workspace), told)
            runs.append({"name": job.name, "run": str(done.path), "error": None})
        except Paused:
            queue.put_back(job.id, held=True)
            raise
        except Cancelled:
            queue.ended(job.id)
            raise
        except LorewrightError as error:
            print_line(str(error), sys.stderr)
            code = code or error.exit_code
            runs.append({"name": job.name, "run": queue.find(job.id).run, "error": error.code})
        queue.ended(job.id)
    if args.format == "json":
        print_json({"runs": runs})
    elif not runs:
        print_line(_("No job's turn has come. `lorewright queue` shows what waits and what is worked on."))
    return code


def _is_done(job: Queued) -> bool:
    return job.run is not None and Run(Path(job.run)).state().status == "done"


async def _begun(queue: Queue, job: Queued, workspace: Workspace) -> SupervisedJob:
    """The job's training; one that was cut off goes on where it was."""
    before = Run(Path(job.run)) if job.run is not None else None
    if before is not None and way_on(before).step is not None:
        return await SupervisedJob.go_on(before, {"cache": job.fields.get("cache")})
    begun = await SupervisedJob.start(workspace.runs, job.name, job.fields)
    queue.began(job.id, str(begun.run.path))
    return begun


def _of_a_job(deed: Callable[[Queue, str], None]) -> Callable[[Queue, str | None], None]:
    def done(queue: Queue, name: str | None) -> None:
        if name is None:
            raise UsageError(detail=_("Name a job, as in `lorewright queue up JOB`; `lorewright queue` lists them."))
        deed(queue, queue.find(name).id)

    return done


_FAR = 1_000_000

_DEEDS: dict[str, Callable[[Queue, str | None], None]] = {
    "up": _of_a_job(lambda queue, id: queue.move(id, -1)),
    "down": _of_a_job(lambda queue, id: queue.move(id, 1)),
    "first": _of_a_job(lambda queue, id: queue.move(id, -_FAR)),
    "last": _of_a_job(lambda queue, id: queue.move(id, _FAR)),
    "hold": _of_a_job(lambda queue, id: queue.hold(id)),
    "release": _of_a_job(lambda queue, id: queue.hold(id, False)),
    "remove": _of_a_job(lambda queue, id: queue.remove(id)),
    "pause": lambda queue, _job: queue.pause(),
    "resume": lambda queue, _job: queue.pause(False),
}
