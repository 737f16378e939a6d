"""`lorewright data coverage`: what a data set covers, whether that is enough, and which scenarios to write."""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.cli.output import print_json, print_line
from studio.dataset.balance import shipped_balance
from studio.dataset.coverage import WHATS, Coverage, coverage
from studio.dataset.description import FOLDER, Description, SourceSettings, description_path, read_description
from studio.dataset.enough import Curves
from studio.dataset.problems import RowProblem
from studio.dataset.rows import Row
from studio.dataset.sources import Reading, read_sources
from studio.dataset.targets import Gap, Targets, gaps, sentences, targets_for
from studio.dataset.to_write import ToWrite
from studio.dataset.weighting import Weights, weights
from studio.dataset.writing_plan import MOST, to_write
from studio.errors import UsageError
from studio.language import _, plural
from studio.rules import Rules
from studio.scenario.game import Game
from studio.workspace.folder import find

WIDTH, MOST_BARS = 32, 24


def add(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `data coverage`."""
    parser.add_argument("what", metavar=_("NAME|PATH"), help=_("a data set, a folder of scenarios or a file"))
    parser.add_argument("--most", type=int, default=MOST, help=_("how many scenarios to write are listed at most"))


@dataclass(frozen=True, slots=True)
class Report:
    """All that is said of a data set's balance."""

    found: Coverage
    targets: Targets
    missing: tuple[Gap, ...]
    said: tuple[str, ...]
    written: tuple[ToWrite, ...]
    weights: Weights
    problems: int

    def as_json(self) -> dict[str, object]:
        """The report as plain values."""
        return {
            **self.found.as_json(),
            "targets": self.targets,
            "enough": list(self.said),
            "missing": [gap.as_json() for gap in self.missing],
            "to_write": [one.as_json() for one in self.written],
            "passes": {name: round(passes, 4) for name, passes in self.weights.passes.items()},
            "problems": self.problems,
        }


def run(args: argparse.Namespace) -> int:
    """Counts and prints."""
    root = find(args.workspace)
    made = report(described(args.what, root), root, args.most)
    if args.format == "json":
        print_json(made.as_json())
    else:
        for line in lines(made):
            print_line(line)
    if made.problems:
        said = plural(
            "{count} error was found; what has it is not counted. `lorewright check` or `lorewright data audit` "
            "lists it.",
            "{count} errors were found; what has them is not counted. `lorewright check` or `lorewright data audit` "
            "lists them.",
            made.problems,
        )
        print_line(said, sys.stderr)
    return 0


def described(what: str, root: Path) -> Description:
    """The description of that name, else one of the folder or file at that path; raises UsageError."""
    named = description_path(root, what) if Path(what).name == what else None
    if named is not None and named.is_file():
        return read_description(named)
    path = Path(what).expanduser().absolute()
    if not path.exists():
        sentence = _("There is no data set {what} in {folder}, and no file or folder of that name.")
        raise UsageError(detail=sentence.format(what=what, folder=root / FOLDER))
    if path.suffix == ".yaml":
        return read_description(path)
    scenarios = path.is_dir() or path.suffix.lower() == ".md"
    source = SourceSettings.model_validate({"name": path.name, "scenarios" if scenarios else "file": path})
    return Description(sources=(source,))


def report(description: Description, root: Path, most: int = MOST) -> Report:
    """What a data set covers and what it lacks, from its sources as they stand."""
    rows: list[Row] = []
    problems = 0
    for one in read_sources(description, root, Reading(root)):
        if isinstance(one, Row):
            rows.append(one)
        elif isinstance(one, RowProblem):
            problems += one.error
    game = Game.of(root)
    rules, curves = Rules.of(game.words), Curves.shipped()
    found = coverage(rows, rules)
    targets = targets_for(description.targets, found, curves, game)
    missing = gaps(found, targets, curves)
    said, written = sentences(found, targets, curves), to_write(missing, most, found, rules)
    return Report(found, targets, missing, said, written, weights(rows, description.sources, rules=rules), problems)


def lines(made: Report) -> Iterator[str]:
    """The report as text."""
    rows = plural("{count} example", "{count} examples", made.found.rows)
    groups = plural("{count} scenario, game or talk", "{count} scenarios, games or talks", made.found.groups)
    yield _("{rows} from {groups}").format(rows=rows, groups=groups)
    for what, counts in made.found.counts.items():
        yield from ("", _(WHATS[what]), *bars(counts, made.targets.get(what, {}), _order(what)))
    if made.weights.passes:
        yield from ("", _("passes over each source in one epoch"))
        yield from _columns([(name, f"{passes:.2f}") for name, passes in made.weights.passes.items()])
    if made.said:
        yield from ("", _("enough?"), *(f"  {sentence}" for sentence in made.said))
    if made.written:
        yield from ("", _("to write, most needed first"))
        yield from (f"  {number}. {one.sentence}" for number, one in enumerate(made.written, 1))


def bars(counts: Mapping[str, int], wanted: Mapping[str, int], order: Sequence[str] = ()) -> Iterator[str]:
    """Counts as aligned bars on one scale; where a value is wanted more often, the bar goes on as dots up to there.

    `order` is that of bands; other values stand as counted, those that are wanted and not there last.
    """
    values = {**counts, **dict.fromkeys((value for value in wanted if value not in counts), 0)}
    values = {**{value: values[value] for value in order if value in values}, **values}
    shown = dict(list(values.items())[:MOST_BARS])
    most = max([*shown.values(), *(wanted.get(value, 0) for value in shown), 1])
    names, digits = max(map(len, shown)), len(str(most))
    for value, count in shown.items():
        full, whole = (-(-WIDTH * number // most) for number in (count, max(count, wanted.get(value, 0))))
        yield f"  {value:<{names}}  {count:>{digits}}  {'█' * full}{'·' * (whole - full)}".rstrip()
    if len(values) > len(shown):
        yield "  " + plural("and {count} more", "and {count} more", len(values) - len(shown))


def _order(what: str) -> tuple[str, ...]:
    bands = shipped_balance().banded(what)
    return bands.names if bands is not None else ()


def _columns(rows: Sequence[tuple[str, str]]) -> Iterator[str]:
    width = max(len(name) for name, _value in rows)
    return (f"  {name:<{width}}  {value}" for name, value in rows)
