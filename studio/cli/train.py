"""`lorewright train`: an adapter from scenarios or a data set, in a run folder; knows no model and no library."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from studio.cli.jobs import followed
from studio.cli.output import print_json, print_line
from studio.cli.train_news import said
from studio.cli.train_settings import save, values_of
from studio.errors import UsageError
from studio.jobs.protocol import Fields
from studio.jobs.queue import Queue, Queued
from studio.jobs.run_names import find_run
from studio.jobs.runs import Run
from studio.language import _
from studio.training.checkpoints import newest_whole, whole_of
from studio.training.errors import AlreadyDone, OtherProcesses
from studio.training.prepared import prepared
from studio.training.profiles import DEFAULT_PROFILE, profiles
from studio.training.sharing import launched, rank_beside
from studio.training.story import news
from studio.training.supervising import KIND, SEEN_THROUGH, SupervisedJob
from studio.workspace import Workspace
from studio.workspace.folder import find, open_or_make

_OF_A_NEW_RUN = ("scenarios", "dataset", "allow_errors", "base", "name", "profile", "minutes", "set", "save",
                 "queue")  # fmt: skip


def add_settings(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments that say what is trained on what, and how."""
    paths = _("scenarios or folders of them, and a file of settings (NAME.yaml)")
    parser.add_argument("scenarios", nargs="*", type=Path, metavar="PATH", help=paths)
    dataset = _("a build of a data set in their stead: NAME, NAME/BUILD or a folder")
    parser.add_argument("--dataset", metavar="NAME", help=dataset)
    anyway = _("train from a data set in whose sources there were errors")
    parser.add_argument("--allow-errors", action="store_true", help=anyway)
    base = _("a model's name, a GGUF or a Hugging Face folder (default: the profile's)")
    parser.add_argument("--base", type=Path, help=base)
    parser.add_argument("--name", help=_("what to call the run"))
    profile = _("the settings to start from: {names} (default: {default})")
    told = profile.format(names=", ".join(profiles()), default=DEFAULT_PROFILE)
    parser.add_argument("--profile", metavar="NAME", help=told)
    minutes = _("how long it may take, about one of them for preparing (default: the profile's)")
    parser.add_argument("--minutes", type=float, help=minutes)
    setting = _("one setting, as in config.yaml; may be repeated")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help=setting)


def add(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `train`."""
    add_settings(parser)
    keep = _("write the settings into a file and start nothing; notes in it stay")
    parser.add_argument("--save", nargs="?", const="", metavar="FILE", help=keep)
    parser.add_argument("--resume", metavar="RUN", help=_("go on with a run that ended early, by its name or folder"))
    wait = _("start nothing: let it wait in the queue, for `lorewright queue run` or the window")
    parser.add_argument("--queue", action="store_true", help=wait)
    step = _("with --resume: from the checkpoint of this step, not from the newest that is whole")
    parser.add_argument("--step", type=int, metavar="N", help=step)


def run(args: argparse.Namespace) -> int:
    """Trains and prints where the run is and what came of it; one of a launcher's processes helps its first."""
    mine = launched()
    if mine is not None and mine[0] > 0:
        return rank_beside()
    if args.step is not None and args.resume is None:
        raise UsageError(detail=_("--step goes with --resume; how many steps to take is --set steps=N."))
    if args.save is not None and args.resume is None:
        return _saved(args)
    workspace = open_or_make(find(args.workspace))
    cache = str(workspace.private / "bases")
    if args.resume is not None:
        return _ended(args, _resumed(args, workspace, cache))
    values = values_of(args)
    if mine is not None:
        values["processes"] = mine[1]
    config = prepared(values, workspace)
    fields: Fields = {"config": config.model_dump(mode="json"), "cache": cache}
    if args.queue:
        return _waits(args, Queue(workspace.private).add(KIND, config.name, fields))
    return _ended(args, followed(SupervisedJob.start(workspace.runs, config.name, fields), told))


def _saved(args: argparse.Namespace) -> int:
    path = save(args)
    if args.format == "json":
        print_json({"settings": str(path.resolve())})
    else:
        print_line(_("The settings stand in {path}. Nothing was started.").format(path=path))
    return 0


def _waits(args: argparse.Namespace, job: Queued) -> int:
    if args.format == "json":
        print_json({"job": job.id, "name": job.name})
    else:
        print_line(_("{name} waits in the queue as {id}. Nothing was started.").format(name=job.name, id=job.id))
        print_line(_("Next: lorewright queue run"))
    return 0


def _resumed(args: argparse.Namespace, workspace: Workspace, cache: str) -> Run:
    """Goes on with a run; its settings are those that it has."""
    others = [name for name in _OF_A_NEW_RUN if getattr(args, name) not in (None, False, [])]
    if others:
        named = ", ".join("PATH" if name == "scenarios" else f"--{name.replace('_', '-')}" for name in others)
        sentence = _("--resume goes on with the settings that the run has, so leave out {named}. To change settings, "
                     "start a new run.")  # fmt: skip
        raise UsageError(detail=sentence.format(named=named))
    found = find_run(workspace.runs, args.resume)
    if found.state().status == "done":
        raise AlreadyDone(path=found.path)
    _as_many(found)
    if args.step is None:
        newest_whole(found.path)
    else:
        whole_of(found.path, args.step)
    return followed(SupervisedJob.go_on(found, {"cache": cache, "step": args.step}), told)


def _as_many(found: Run) -> None:
    """Raises OtherProcesses where a launcher started another number of processes than the run began with."""
    mine, shared = launched(), found.config().get("processes")
    if mine is not None and isinstance(shared, int) and mine[1] != shared:
        raise OtherProcesses(run=found.name, shared=shared, given=mine[1])


def told(event: Fields) -> str | None:
    """One line for an event, be it the worker's or of the side that sees it through."""
    if event.get("event") in SEEN_THROUGH:
        return "\n".join(sentence for sentence, _kind in news(event))
    return said(event)


def _ended(args: argparse.Namespace, done: Run) -> int:
    report = done.report() or {}
    if args.format == "json":
        print_json({"run": str(done.path), **report})
        return 0
    print_line(_("{steps} steps in {minutes:.1f} minutes, loss {first} to {last}").format(
        steps=report["steps"], minutes=float(str(report["seconds"])) / 60, first=report["first_loss"],
        last=report["last_loss"],
    ))  # fmt: skip
    for line in _adapter_said(report):
        print_line(line)
    print_line(_("run: {path}").format(path=done.path))
    if Path(str(done.config().get("base"))).is_file():  # an adapter is played on a GGUF
        print_line(_("Play now: lorewright play {run}").format(run=done.name))
    print_line(_("Next: lorewright convert"))
    return 0


def _adapter_said(report: Fields) -> Iterator[str]:
    """Where a run ended before its last step, and of which step its adapter is where that is not the last one."""
    if report.get("stopped_early"):
        yield _("It ended early: the validation loss had stopped falling.")
    if report.get("adapter_step", report["steps"]) != report["steps"]:
        yield _("The adapter is that of step {step}, where the validation loss was lowest.").format(
            step=report["adapter_step"]
        )
