"""`lorewright data show FILE`: what a file of records is taken for, its first rows, and what is wrong with it.

With `--format json` it prints one value; its schema is `data-show.schema.json`.
"""

import argparse
from collections import Counter
from itertools import islice
from pathlib import Path

from studio.cli.output import print_json, print_line
from studio.dataset.description import SourceSettings
from studio.dataset.problems import RowProblem
from studio.dataset.reading import Reading
from studio.dataset.rows import Row
from studio.dataset.sources.json_records import Record
from studio.dataset.sources.records import files_in, records
from studio.dataset.sources.shapes import recognise
from studio.dataset.sources.tables import read_path
from studio.dataset.sources.texts import BadRecord
from studio.language import _, plural
from studio.workspace.folder import find

_SAMPLE = 1000
_PROBLEMS = 20
_WIDTH = 100


def add(parser: argparse.ArgumentParser) -> None:
    """The arguments of `data show`."""
    parser.add_argument("file", type=Path, metavar="FILE", help=_("JSONL, JSON, CSV or Parquet, or a folder of them"))
    parser.add_argument("--limit", type=int, default=5, metavar="N", help=_("how many rows to print"))
    parser.add_argument("--shape", default="auto", choices=_SHAPES, help=_("take the records for this"))


_SHAPES = ("auto", "messages", "sharegpt", "instruction", "prompt-completion", "preference", "snapshots")


def run(args: argparse.Namespace) -> int:
    """Prints the shape, rows and problems; 1 where a record is left out for an error."""
    path = args.file.expanduser().absolute()
    told = _sentence(path, args.shape)
    source = SourceSettings.model_validate({"name": path.name[:60], "file": path, "shape": args.shape})
    rows: list[Row] = []
    problems: list[RowProblem] = []
    counts: Counter[str] = Counter()
    for one in read_path(path, source, Reading(find(args.workspace))):
        counts["rows" if isinstance(one, Row) else "errors" if one.error else "told"] += 1
        if isinstance(one, Row) and len(rows) < args.limit:
            rows.append(one)
        elif isinstance(one, RowProblem) and len(problems) < _PROBLEMS:
            problems.append(one)
    _print(args.format, told, rows, problems, counts)
    return 1 if counts["errors"] else 0


def _sentence(path: Path, shape: str) -> str:
    """What the first records are, in words."""
    first = (one.values for file in files_in(path) for one in records(file) if isinstance(one, Record))
    try:
        return recognise(list(islice(first, _SAMPLE)), shape=shape).sentence
    except BadRecord as error:
        return str(error)


def _print(form: str, told: str, rows: list[Row], problems: list[RowProblem], counts: Counter[str]) -> None:
    if form == "json":
        shown = [_row(row) for row in rows]
        listed = [problem.as_json() for problem in problems]
        numbers = {name: counts[name] for name in ("rows", "errors", "told")}
        print_json({"recognised": told, **numbers, "first": shown, "problems": listed})
        return
    print_line(told)
    print_line(plural("{count} row.", "{count} rows.", counts["rows"]))
    for row in rows:
        print_line(f"\n{row.place}  {row.kind.value}")
        for message in row.messages:
            print_line(f"  {message.role}: {_short(message.content)}")
        if row.rejected is not None:
            print_line(f"  {_('worse')}: {_short(row.rejected)}")
    for problem in problems:
        print_line(f"\n{problem.place}: {problem.sentence}")
    more = counts["errors"] + counts["told"] - len(problems)
    if more > 0:
        print_line(plural("… and {count} more.", "… and {count} more.", more))


def _row(row: Row) -> dict[str, object]:
    messages = [{"role": one.role, "content": one.content, "trained": one.trained} for one in row.messages]
    return {
        "path": row.place.path, "line": row.place.line, "kind": row.kind.value, "group": row.group,
        "messages": messages, "rejected": row.rejected, "calls": row.calls,
    }  # fmt: skip


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _WIDTH else f"{words[: _WIDTH - 1]}…"
