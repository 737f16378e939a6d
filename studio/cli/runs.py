"""`lorewright runs`: what was trained and converted in a workspace, looked at, held side by side, deleted, pinned."""

import argparse
import datetime
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from studio.cli.asking import confirm
from studio.cli.output import print_json, print_line
from studio.cli.run_tables import comparison_lines, facts_lines
from studio.errors import UsageError, did_you_mean
from studio.jobs.run_names import find_run
from studio.jobs.runs import Run, runs_in
from studio.language import _
from studio.training.checkpoints import Checkpoint, checkpoints_of
from studio.training.run_comparison import compare
from studio.training.run_deletion import check_ended, delete
from studio.training.run_facts import converted_from, facts_of
from studio.workspace import Workspace
from studio.workspace.bin import Filing
from studio.workspace.folder import find, named
from studio.workspace.system_bin import throw


def add(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `runs`."""
    words = _("list (the default), show, compare, delete, pin or unpin")
    parser.add_argument("word", nargs="?", default="list", metavar="WORD", help=words)
    parser.add_argument("names", nargs="*", metavar="RUN", help=_("runs by name or folder; pin and unpin: RUN STEP"))
    parser.add_argument("--yes", action="store_true", help=_("delete without asking"))


def run(args: argparse.Namespace) -> int:
    """Does what the word says."""
    deed = _WORDS.get(args.word)
    if deed is None:
        near = did_you_mean(args.word, _WORDS)
        question = _(" Did you mean “{near}”?").format(near=near) if near else ""
        sentence = _("There is no `lorewright runs {word}`.{question} The words: {words}.")
        raise UsageError(detail=sentence.format(word=args.word, question=question, words=", ".join(_WORDS)))
    return deed(args, Workspace(named(args.workspace) or find()))


def _list(args: argparse.Namespace, workspace: Workspace) -> int:
    rows = [_row(found, time.time()) for found in runs_in(workspace.runs)]
    if args.format == "json":
        print_json(rows)
        return 0
    for row in rows:
        loss = "" if row["loss"] is None else f"  {_('loss')} {row['loss']:.3f}"
        status = _("paused") if row["paused"] else row["status"]
        steps = f"  {row['step']}/{row['of']}" if row["of"] else ""
        print_line(f"{row['name']}  {status}{steps}{loss}")
    if not rows:
        print_line(_("Nothing was trained here yet. `lorewright train` begins."))
    return 0


def _row(found: Run, now: float) -> dict[str, object]:
    state = found.state()
    started = state.started
    return {
        "name": found.name,
        "path": str(found.path),
        "status": state.status_at(now),
        "paused": state.paused,
        "step": state.step,
        "of": state.of,
        "loss": state.losses[-1][1] if state.losses else None,
        "started": datetime.datetime.fromtimestamp(started, datetime.UTC).isoformat() if started else None,
        "adapter": str(found.adapter) if found.adapter.is_dir() else None,
    }


def _named(args: argparse.Namespace, workspace: Workspace, least: int, most: int | None = None) -> list[Run]:
    """The runs that were named; raises UsageError where they are too few or too many, or NoSuchRun."""
    if len(args.names) < least or (most is not None and len(args.names) > most):
        sentence = _("Name the run, as in `lorewright runs {word} RUN`; `lorewright runs` lists them.")
        if least > 1:
            sentence = _("Name two runs or more, as in `lorewright runs {word} RUN RUN`; `lorewright runs` lists them.")
        raise UsageError(detail=sentence.format(word=args.word))
    return [find_run(workspace.runs, name) for name in args.names]


def _show(args: argparse.Namespace, workspace: Workspace) -> int:
    facts = facts_of(_named(args, workspace, 1, 1)[0], workspace.models)
    if args.format == "json":
        print_json(_plain({**asdict(facts), "tokens_a_second": facts.tokens_a_second, "seconds": facts.seconds}))
        return 0
    for line in facts_lines(facts):
        print_line(line)
    return 0


def _compare(args: argparse.Namespace, workspace: Workspace) -> int:
    found = compare([facts_of(run, workspace.models) for run in _named(args, workspace, 2)])
    if args.format == "json":
        print_json(_plain(asdict(found)))
        return 0
    for line in comparison_lines(found):
        print_line(line)
    return 0


def _delete(args: argparse.Namespace, workspace: Workspace) -> int:
    found = _named(args, workspace, 1)
    for one in found:
        check_ended(one)
    made = [path.name for one in found for path in converted_from(one.path, workspace.models)]
    question = _("This puts {runs} into the bin.").format(runs=", ".join(one.name for one in found))
    if made:
        question += " " + _("What was converted from it stays: {models}.").format(models=", ".join(made))
    confirm(args, question)
    filing = Filing(throw, workspace.bin)
    deeds = [delete(one, filing) for one in found]
    if args.format == "json":
        print_json(
            {"deleted": [{"run": str(deed.before), "lies_in": str(deed.after)} for deed in deeds], "models": made}
        )
        return 0
    for deed in deeds:
        print_line(_("{name} lies in the bin: {path}").format(name=deed.before.name, path=deed.after))
    return 0


def _pin(args: argparse.Namespace, workspace: Workspace) -> int:
    found = _step(args, workspace)
    found.pin(args.word == "pin")
    if args.format == "json":
        print_json({"checkpoint": str(found.path), "step": found.step, "pinned": found.pinned})
    elif found.pinned:
        print_line(_("The checkpoint of step {step} stays until you delete it.").format(step=found.step))
    else:
        print_line(_("The checkpoint of step {step} may go when newer ones are saved.").format(step=found.step))
    return 0


def _step(args: argparse.Namespace, workspace: Workspace) -> Checkpoint:
    if len(args.names) != 2:
        raise UsageError(
            detail=_("Name a run and a step, as in `lorewright runs {word} RUN 120`.").format(word=args.word)
        )
    found = {str(one.step): one for one in checkpoints_of(find_run(workspace.runs, args.names[0]).path)}
    wanted = args.names[1].lstrip("0") or "0"
    if wanted not in found:
        steps = ", ".join(sorted(found, key=int)) or _("none")
        raise UsageError(detail=_("There is no checkpoint of step {step}; there is: {steps}.").format(
            step=args.names[1], steps=steps
        ))  # fmt: skip
    return found[wanted]


def _plain(value: object) -> object:
    """A value as JSON can say it."""
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return str(value) if isinstance(value, Path) else value


_WORDS: dict[str, Callable[[argparse.Namespace, Workspace], int]] = {
    "list": _list,
    "show": _show,
    "compare": _compare,
    "delete": _delete,
    "pin": _pin,
    "unpin": _pin,
}
