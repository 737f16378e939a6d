"""`lorewright convert`: GGUF files from a run or a base; knows neither converter nor quantiser."""

import argparse
from pathlib import Path

from studio.cli.jobs import follow
from studio.cli.output import print_json, print_line
from studio.errors import InputError, PathMissing
from studio.gguf.forecast import QUANTISATIONS
from studio.gguf.phases import part_word
from studio.jobs.protocol import Fields
from studio.jobs.runs import runs_in
from studio.language import N_, _
from studio.workspace import Workspace
from studio.workspace.folder import find, open_or_make

USUAL = "Q4_K_M"


class NothingTrained(InputError):
    """No run was named and none has an adapter."""

    sentence = N_("Nothing was trained in {path} yet. Begin with `lorewright train`, or name a run's folder or a base.")


def add(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `convert`."""
    names = [kind.name for kind in QUANTISATIONS]
    about, packing = _("a run's folder or name, or a base (default: the last run)"), _("how to pack the weights")
    parser.add_argument("source", nargs="?", type=Path, metavar="RUN", help=about)
    parser.add_argument("--quantise", action="append", choices=names, help=packing)
    parser.add_argument("--name", help=_("what to call the model (default: the run's name)"))
    parser.add_argument("--out", type=Path, help=_("where models go (default: the workspace's models/)"))


def run(args: argparse.Namespace) -> int:
    """Converts and prints the comparison with the unconverted model."""
    workspace = open_or_make(find(args.workspace))
    source = _source(args.source, workspace)
    fields: Fields = {
        "source": str(source),
        "out": str((args.out or workspace.models).resolve()),
        "quantisations": args.quantise or [USUAL],
        "name": args.name,
        "cache": str(workspace.private / "bases"),
    }
    done = follow("convert", workspace.runs, args.name or source.name, fields, said)
    report = done.report() or {}
    if args.format == "json":
        print_json({"run": str(done.path), **report})
        return 0
    for line in table(report):
        print_line(line)
    return 0


def _source(given: Path | None, workspace: Workspace) -> Path:
    if given is None:
        trained = [found for found in runs_in(workspace.runs) if (found.path / "adapter").is_dir()]
        if not trained:
            raise NothingTrained(path=workspace.root)
        return trained[0].path
    for path in (given, workspace.runs / given):
        if path.exists():
            return path.resolve()
    raise PathMissing(path=given)


def said(event: Fields) -> str | None:
    """One line for an event, or None."""
    return f"[{part_word(str(event['name']))}]" if event.get("event") == "phase" else None


def table(report: Fields) -> list[str]:
    """The files with true size and bits, and how near each is to the unconverted model."""
    head = (_("file"), "MB", _("bits a weight"), _("same ids"), _("same top token"), _("mean KL"))
    rows = [head]
    files = report.get("files")
    for row in files if isinstance(files, list) else []:
        near = row["comparison"]
        same = _("yes") if near["ids_identical"] else _("no")
        rows.append((row["file"], f"{row['size'] / 1e6:.1f}", f"{row['bits']:.2f}", same, f"{near['top1']:.3f}",
                     f"{near['divergence']:.4f}"))  # fmt: skip
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    model = report.get("model")
    lines += ["", _("same ids: whether it reads a text as the same tokens as the unconverted model.")]
    lines.append(_("same top token: how often both would write the same next (1 is always)."))
    lines.append(_("mean KL: how far their odds for it lie apart (0 is not at all)."))
    lines.append(_("model: {path}").format(path=model))
    return [*lines, _next(Path(str(model)) / str(rows[1][0]))] if len(rows) > 1 else lines


def _next(model: Path) -> str:
    """What to type to play with it."""
    return _("Next: lorewright play {path}").format(path=f'"{model}"' if " " in str(model) else model)
