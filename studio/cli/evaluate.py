"""`lorewright evaluate`: models measured on a suite, beside simple rivals, with results that are kept."""

import argparse
import asyncio
import sys
from pathlib import Path

from studio.cli import evaluate_kept, evaluate_leave_out
from studio.cli.evaluate_text import lines
from studio.cli.output import open_minded, print_json, print_line
from studio.cli.own_games import game_for
from studio.cli.progress import Cases, Meter
from studio.errors import PathMissing, UsageError
from studio.evaluation.evaluating import Evaluating, Evaluation
from studio.evaluation.kind import Place
from studio.evaluation.making import make_suite
from studio.evaluation.report import report_of
from studio.evaluation.running import opened
from studio.evaluation.suites import find_suite, read_gate, suite_names
from studio.language import _
from studio.publishing.named_models import Named
from studio.resources import samples
from studio.workspace.folder import MARKER, Workspace, find

DEFAULT = "tool-calls"
FORMS = ("html",)
"""How this command can print besides: a report of models as one page."""


def add(parser: argparse.ArgumentParser) -> None:
    """The arguments of `evaluate`."""
    about = _("a GGUF, a folder, an address, `starter`, or the name of a run, a model or a published version")
    parser.add_argument("models", nargs="*", metavar="MODEL", help=about)
    parser.add_argument("--suite", default=DEFAULT, help=_("what is measured (default: {name})").format(name=DEFAULT))
    parser.add_argument("--gate", type=Path, metavar="FILE", help=_("limits that the figures must keep to"))
    parser.add_argument("--base", metavar="MODEL", help=_("the untrained model to beat (default: its own)"))
    parser.add_argument(
        "--key-env", metavar="VAR", help=_("the name of an address's key: an environment variable, or in the keyring")
    )
    parser.add_argument("--no-rivals", action="store_true", help=_("measure no rivals beside the models"))
    parser.add_argument("--scenarios", type=Path, help=_("a folder with held-out scenarios (default: the workspace's)"))
    parser.add_argument("--minutes", type=float, help=_("how long each training of --leave-out may take"))
    parser.add_argument("--cases", action="store_true", help=_("list every case that is not right, too"))
    other = parser.add_mutually_exclusive_group()
    other.add_argument("--suites", action="store_true", help=_("list the suites that there are"))
    other.add_argument("--make", metavar="NAME", help=_("make a suite of the scenarios that are held out now"))
    other.add_argument(
        "--leave-out", nargs="*", metavar="TYPE", help=_("train without each type of scenario, and test on it (long)")
    )
    other.add_argument("--results", action="store_true", help=_("list the results that are kept"))
    other.add_argument("--compare", nargs=2, metavar=("A", "B"), help=_("compare two kept results, by model's name"))


def run(parsed: argparse.Namespace) -> int:
    """Measures every model and prints what came of it; 1 where a limit is broken."""
    root = find(parsed.workspace)
    if parsed.format == "html" and (not parsed.models or parsed.leave_out is not None):
        raise UsageError(detail=_("Only what is measured makes a page: name a model, or leave --format html out."))
    if parsed.suites:
        return evaluate_kept.suites(parsed, suite_names(_workspace(root)), _workspace(root))
    if parsed.make is not None:
        return _make(parsed, root)
    if parsed.results:
        return evaluate_kept.listed(parsed, root / "results")
    if parsed.compare is not None:
        return evaluate_kept.compared(parsed, root / "results")
    if parsed.leave_out is not None:
        return evaluate_leave_out.run(parsed, root, _place(parsed, root))
    if not parsed.models:
        raise UsageError(detail=_("Name a model to measure; `lorewright evaluate --help` lists what else there is."))
    done = asyncio.run(_evaluated(parsed, root))
    if parsed.format == "json":
        print_json(done.as_json())
    elif parsed.format == "html":
        open_minded(sys.stdout, encoding="utf-8").write(report_of(done))
    else:
        for line in lines(done, cases=parsed.cases):
            print_line(line)
    return 0 if done.passed else 1


async def _evaluated(parsed: argparse.Namespace, root: Path) -> Evaluation:
    place = _place(parsed, root)
    suite = find_suite(parsed.suite, _workspace(root))
    limits = [*suite.limits, *(read_gate(parsed.gate, suite.parts) if parsed.gate is not None else ())]
    named = Named(root, parsed.key_env)
    models = named.all(parsed.models)
    base = named.one(parsed.base) if parsed.base is not None else None
    results = Workspace(root).results
    meter = Meter()
    evaluating = Evaluating(
        opened(suite, place), results, limits, base, not parsed.no_rivals, Cases(meter), named.open, named.bases
    )
    try:
        return await evaluating.run(models)
    finally:
        meter.ends()


def _workspace(root: Path) -> Path | None:
    """The workspace's folder, where there is one."""
    return root if (root / MARKER).is_file() else None


def _place(parsed: argparse.Namespace, root: Path) -> Place:
    """Where the scenarios lie: the folder that was named, else the workspace's, else the samples."""
    if parsed.scenarios is not None:
        if not parsed.scenarios.is_dir():
            raise PathMissing(path=parsed.scenarios)
        folder = parsed.scenarios
        return Place(folder, folder, game_for(folder / "scenario.md", parsed.workspace))
    if _workspace(root) is None:
        return Place(samples(), samples(), game_for(samples() / "scenario.md", parsed.workspace))
    scenarios = Workspace(root).scenarios
    return Place(root, scenarios, game_for(scenarios / "scenario.md", root))


def _make(parsed: argparse.Namespace, root: Path) -> int:
    if _workspace(root) is None:
        raise PathMissing(path=root / MARKER)
    path = make_suite(root, Workspace(root).scenarios, parsed.make)
    if parsed.format == "json":
        print_json({"suite": parsed.make, "path": str(path)})
    else:
        print_line(_("{path} was made. Measure with `lorewright evaluate MODEL --suite {name}`.").format(
            path=path, name=parsed.make
        ))  # fmt: skip
    return 0
