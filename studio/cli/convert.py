"""`lorewright convert`: GGUF files from a run or a base, and what they would come to; knows neither converter nor
quantiser."""

import argparse
import math
import sys
from pathlib import Path

from studio.amounts import MB
from studio.cli.converting import choice_fields, chosen_by_fit, forecast_rows, forecast_table
from studio.cli.jobs import follow
from studio.cli.output import columns, print_json, print_line
from studio.errors import InputError, LorewrightError, PathMissing, UsageError, did_you_mean
from studio.evaluation.device_fit import base_under, told_choice
from studio.gguf.devices import DEFAULT_DEVICE
from studio.gguf.leftovers import clean, leftovers
from studio.gguf.phases import part_word
from studio.gguf.quantisations import BY_QUANTISATION
from studio.inference.remote import is_address
from studio.jobs.protocol import Fields
from studio.jobs.runs import runs_in
from studio.language import N_, _
from studio.publishing.listed_models import run_named, unknown
from studio.training.convertible import check_convertible
from studio.training.local_models import NotFetchedYet, resolve_base
from studio.workspace import Workspace
from studio.workspace.folder import find, open_or_make

USUAL = "Q4_K_M"
FINDINGS = 1
_TAKEN = N_("a run, a checkpoint's folder, or a base: a folder, a GGUF, or a name of `lorewright models`")


class NothingTrained(InputError):
    """No run was named and none has an adapter."""

    sentence = N_("Nothing was trained in {path} yet. Begin with `lorewright train`, or name a run's folder or a base.")


class NoSuchQuantisation(UsageError):
    """A quantisation was named that there is not."""

    sentence = N_("There is no quantisation “{name}”.{near} `lorewright convert --forecast` lists what there is.")


def add(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `convert`."""
    parser.add_argument(
        "source",
        nargs="?",
        metavar="RUN",
        help=_("a run's folder or name, or a base such as `starter` (default: the last run)"),
    )
    parser.add_argument(
        "--quant", "--quantise", action="append", dest="quant", metavar="NAME,…",
        help=_("how to pack the weights, several with commas between (default: {usual})").format(usual=USUAL),
    )  # fmt: skip
    parser.add_argument(
        "--fit-gb", type=_positive, metavar="N", help=_("choose the quantisation that fits into N GB of memory in play")
    )
    parser.add_argument("--device", metavar="NAME", help=_("the device profile to choose for (default: {name})").format(
        name=DEFAULT_DEVICE))  # fmt: skip
    parser.add_argument(
        "--context", type=_tokens, metavar="N", help=_("how many tokens of play to forecast memory for")
    )
    parser.add_argument(
        "--imatrix",
        action="store_true",
        help=_("measure which weights matter on what the run learned from, and pack by it"),
    )
    parser.add_argument(
        "--forecast", action="store_true", help=_("only say what each quantisation would come to; nothing is made")
    )
    parser.add_argument("--fresh", action="store_true", help=_("do not go on with an interrupted conversion"))
    parser.add_argument("--clean", action="store_true", help=_("remove what interrupted conversions left, and end"))
    parser.add_argument("--name", help=_("what to call the model (default: the run's name)"))
    parser.add_argument("--out", type=Path, help=_("where models go (default: the workspace's models/)"))


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < 1e6:
        raise argparse.ArgumentTypeError(_("{text} is no number of GB").format(text=text))
    return value


def _tokens(text: str) -> int:
    value = int(text) if text.isdecimal() else 0
    if not 1 <= value <= 1 << 24:
        raise argparse.ArgumentTypeError(_("{text} is no number of tokens").format(text=text))
    return value


def run(args: argparse.Namespace) -> int:
    """Converts and prints the comparison with the unconverted model; or only the forecast, or cleans up."""
    makes = not (args.clean or args.forecast)
    workspace = open_or_make(find(args.workspace)) if makes else Workspace(find(args.workspace))
    out = (args.out or workspace.models).resolve()
    if args.clean:
        return _clean(out, args.format)
    kinds = _kinds(args.quant)
    source = _source(args.source, workspace)
    if args.forecast:
        return _forecast(source, args, workspace)
    choice = None
    if args.fit_gb is not None or args.device is not None:
        choice = chosen_by_fit(base_under(source), source, args, workspace)
        for line in told_choice(choice):
            print_line(line, sys.stderr if args.format == "json" else sys.stdout)
        if choice.quantisation is None:
            if args.format == "json":
                print_json({"choice": choice_fields(choice)})
            return FINDINGS
        kinds = kinds or [choice.quantisation]
    check_convertible(source, kinds or [USUAL], importance=args.imatrix)
    fields: Fields = {
        "source": str(source),
        "out": str(out),
        "quantisations": kinds or [USUAL],
        "name": args.name,
        "cache": str(workspace.private / "bases"),
        "importance": args.imatrix,
        "go_on": not args.fresh,
    }
    done = follow("convert", workspace.runs, args.name or source.name, fields, said)
    report = done.report() or {}
    if args.format == "json":
        chosen = {"choice": choice_fields(choice)} if choice is not None else {}
        print_json({"run": str(done.path), **chosen, **report})
        return 0
    for line in table(report):
        print_line(line)
    return 0


def _clean(out: Path, form: str) -> int:
    rows = [{"path": str(left.path), "name": left.name, "bytes": clean(left)} for left in leftovers(out)]
    if form == "json":
        print_json({"removed": rows})
        return 0
    for row in rows:
        size = f"{int(str(row['bytes'])) / MB:.0f}"
        print_line(_("Removed what was left of {name} ({size} MB).").format(name=row["name"], size=size))
    if not rows:
        print_line(_("No interrupted conversion is left in {path}.").format(path=out))
    return 0


def _forecast(source: Path, args: argparse.Namespace, workspace: Workspace) -> int:
    rows = forecast_rows(base_under(source), source, args, workspace)
    if args.format == "json":
        print_json({"source": str(source), "context": rows[0].context if rows else args.context,
                    "quantisations": [row.as_fields() for row in rows]})  # fmt: skip
        return 0
    for line in forecast_table(rows):
        print_line(line)
    return 0


def _kinds(given: list[str] | None) -> list[str]:
    """The quantisations that were named, each once; raises NoSuchQuantisation, or UsageError where none is."""
    names = [word.strip() for text in given or () for word in text.split(",") if word.strip()]
    if given and not names:
        raise UsageError(detail=_("--quant names no quantisation. Write it like --quant Q4_K_M,Q8_0, or leave it out."))
    by_upper = {name.upper(): name for name in BY_QUANTISATION}
    for name in names:
        if name.upper() not in by_upper:
            near = did_you_mean(name, BY_QUANTISATION)
            raise NoSuchQuantisation(name=name, near=_(" Did you mean “{near}”?").format(near=near) if near else "")
    return list(dict.fromkeys(by_upper[name.upper()] for name in names))


def _source(word: str | None, workspace: Workspace) -> Path:
    if word is None:
        trained = [found for found in runs_in(workspace.runs) if (found.path / "adapter").is_dir()]
        if not trained:
            raise NothingTrained(path=workspace.root)
        return trained[0].path
    if is_address(word):
        raise unknown(workspace, word, _(_TAKEN))
    given = Path(word)
    for path in (given, workspace.runs / given):
        if path.exists():
            return path.resolve()
    try:
        return resolve_base(given)
    except NotFetchedYet:
        raise
    except LorewrightError as error:
        if given.name != word or given.suffix == ".gguf":
            raise PathMissing(path=given) from error
    return run_named(workspace, word, _(_TAKEN)).resolve()


def said(event: Fields) -> str | None:
    """One line for an event, or None."""
    match event.get("event"):
        case "phase":
            return f"[{part_word(str(event['name']))}]"
        case "going_on":
            files = event.get("files")
            names = ", ".join(map(str, files)) if isinstance(files, list) else ""
            return _("Going on with an interrupted conversion: {files} were finished.").format(files=names)
        case "left":
            size = f"{float(str(event.get('size') or 0)) / MB:.0f}"
            told = _(
                "An interrupted conversion of {name} takes {size} MB in {path}: convert it again to go on with it, or "
                "`lorewright convert --clean` removes it."
            )
            return told.format(name=event.get("name"), size=size, path=event.get("path"))
    return None


def table(report: Fields) -> list[str]:
    """The files with true size and bits, and how near each is to the unconverted model."""
    head = (_("file"), "MB", _("bits a weight"), _("same ids"), _("same top token"), _("mean KL"))
    rows = [head]
    files = report.get("files")
    for row in files if isinstance(files, list) else []:
        near = row["comparison"]
        same = _("yes") if near["ids_identical"] else _("no")
        rows.append((row["file"], f"{row['size'] / MB:.1f}", f"{row['bits']:.2f}", same, f"{near['top1']:.3f}",
                     f"{near['divergence']:.4f}"))  # fmt: skip
    lines = columns(rows)
    model = report.get("model")
    lines += ["", _("same ids: whether it reads a text as the same tokens as the unconverted model.")]
    lines.append(_("same top token: how often both would write the same next (1 is always)."))
    lines.append(_("mean KL: how far their odds for it lie apart (0 is not at all)."))
    lines.append(_("No check of `lorewright validate` failed; llama.cpp loads each file and writes with it."))
    lines.append(_("model: {path}").format(path=model))
    return [*lines, _next(Path(str(model)) / str(rows[1][0]))] if len(rows) > 1 else lines


def _next(model: Path) -> str:
    """What to type to play with it."""
    return _("Next: lorewright play {path}").format(path=f'"{model}"' if " " in str(model) else model)
