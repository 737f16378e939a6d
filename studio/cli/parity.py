"""`lorewright parity`: is a converted model the model that was trained; knows neither models nor converters."""

import argparse
from pathlib import Path

from studio.cli.jobs import follow
from studio.cli.output import columns, print_json, print_line
from studio.errors import PathMissing
from studio.evaluation.parity import ParityReport
from studio.evaluation.parity_file import as_values, read_parity
from studio.evaluation.parity_subject import model_folder
from studio.evaluation.parity_words import lines_of, part_word, rows_of
from studio.inference.remote import is_address
from studio.jobs.protocol import Fields
from studio.language import N_, _
from studio.publishing.listed_models import unknown
from studio.workspace.folder import Workspace, find, named

_TAKEN = N_("a run that was converted, or a converted model: it is held against what it was made of")


def add(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `parity`."""
    about = _("a model's name, folder or file, or the run that it was made of")
    parser.add_argument("model", metavar="RUN|MODEL", help=about)


def run(args: argparse.Namespace) -> int:
    """Measures, prints the chain; 1 where it does not hold."""
    workspace = Workspace(named(args.workspace) or find())
    folder = _folder(args.model, workspace)
    fields: Fields = {
        "model": str(folder),
        "cache": str(workspace.private / "bases"),
        "remembered": str(workspace.private / "parity"),
    }
    follow("parity", workspace.runs, folder.name, fields, said)
    report = read_parity(folder)
    if args.format == "json":
        print_json(as_values(report))
    else:
        for line in text_of(report):
            print_line(line)
    return 0 if report.passed else 1


def _folder(word: str, workspace: Workspace) -> Path:
    """The converted model that is meant; raises UnknownModel, NotAFile or what is wrong with it."""
    if is_address(word):
        raise unknown(workspace, word, _(_TAKEN))
    try:
        return model_folder(Path(word), workspace)
    except PathMissing as error:
        raise unknown(workspace, word, _(_TAKEN), made_here=True) from error


def said(event: Fields) -> str | None:
    """One line for an event, or None."""
    if event.get("event") == "phase":
        return f"[{part_word(str(event['name']), event.get('file'))}]"
    step = event.get("step")
    if event.get("event") == "step" and isinstance(step, dict):
        return (
            _("{step}: holds").format(**_named(step)) if step["passed"] else _("{step}: fails").format(**_named(step))
        )
    return None


def _named(step: Fields) -> dict[str, str]:
    return {"step": str(step["name"])}


def text_of(report: ParityReport) -> list[str]:
    """The chain as a table, then what is to be said of it."""
    told = _("{positions} tokens of {texts} held-out talks, {trained} of them the narrator's").format(
        positions=report.positions, texts=report.texts, trained=report.trained
    )
    return [f"{report.model}: {told}", *columns(rows_of(report)), "", *lines_of(report)]
