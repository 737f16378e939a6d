"""Owns what `lorewright evaluate` says of suites and of results that are kept: lists them, and compares two."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from studio.cli.evaluate_text import against
from studio.cli.output import print_json, print_line
from studio.errors import InputError, LorewrightError, UsageError, did_you_mean
from studio.evaluation import comparing
from studio.evaluation.plain_words import shown
from studio.evaluation.results import Kept, kept_results
from studio.evaluation.suites import find_suite
from studio.evaluation.summary import summarise
from studio.language import N_, _, plural


class NothingShared(InputError):
    """Two results have no case in common."""

    sentence = N_("{one} and {other} were measured on no case of one suite and version; measure both on the same.")


def suites(parsed: argparse.Namespace, names: Sequence[str], root: Path | None) -> int:
    """Lists the suites; one with mistakes is listed with them."""
    rows: list[dict[str, object]] = []
    for name in names:
        try:
            suite = find_suite(name, root)
        except LorewrightError as error:
            rows.append({"name": name, "title": "", "parts": [], "path": "", "error": str(error)})
            continue
        parts = [part.name for part in suite.parts]
        rows.append({"name": name, "title": suite.title, "parts": parts, "path": str(suite.path), "error": None})
    if parsed.format == "json":
        print_json(rows)
        return 0
    wide = max((len(str(row["name"])) for row in rows), default=0)
    for row in rows:
        print_line(f"{row['name']:<{wide}}  {row['error'] or row['title']}")
    return 0


def listed(parsed: argparse.Namespace, results: Path) -> int:
    """Lists every result that is kept, by suite and version, the oldest first."""
    found = sorted(kept_results(results), key=lambda one: (one.path.parent, one.path.stat().st_mtime, one.path.name))
    rows = [_row(one) for one in found]
    if parsed.format == "json":
        print_json(rows)
        return 0
    if not rows:
        print_line(_("No results are kept in {folder} yet.").format(folder=results))
    before: tuple[object, object] | None = None
    for row, one in zip(rows, found, strict=True):
        if (row["suite"], row["version"]) != before:
            before = (row["suite"], row["version"])
            version = str(row["version"])[:12]
            print_line(_("{suite}, version {version}").format(suite=row["suite"], version=version))
        for part in summarise(one).parts:
            cases = plural("{count} case", "{count} cases", part.cases)
            who = str(row["rival"] or row["name"])
            print_line(f"  {who:<32}  {part.part:<12}  {shown(part.figure(part.main)):>20}  {cases}")
    return 0


def _row(one: Kept) -> dict[str, object]:
    measured = one.measured
    parts = {part.part: part.as_json() for part in summarise(one).parts}
    main = {name: next((f for f in part["figures"] if f["name"] == part["main"]), None) for name, part in parts.items()}
    return {
        "suite": measured.suite, "version": measured.version, "name": measured.name, "model": measured.model,
        "kind": measured.kind, "rival": measured.rival, "place": measured.place, "path": str(one.path),
        "parts": {name: {"cases": parts[name]["cases"], "figure": figure} for name, figure in main.items()},
    }  # fmt: skip


def compared(parsed: argparse.Namespace, results: Path) -> int:
    """Compares two models on every suite and version that both were measured on."""
    kept = list(kept_results(results))
    ones, others = (_named(kept, name) for name in parsed.compare)
    found = [
        (one.measured, comparison)
        for one in ones
        for other in others
        if _same(one, other)
        for comparison in comparing.compared(one, other)
    ]
    if not found:
        raise NothingShared(one=parsed.compare[0], other=parsed.compare[1])
    if parsed.format == "json":
        print_json([
            {"suite": measured.suite, "version": measured.version, **comparison.as_json()}
            for measured, comparison in found
        ])  # fmt: skip
        return 0
    for measured, comparison in found:
        print_line(_("{suite}, version {version}").format(suite=measured.suite, version=measured.version[:12]))
        for line in against(comparison):
            print_line(line)
        if comparison.first:
            print_line("    " + _("the first case that differs: {id}").format(id=comparison.first))
    return 0


def _same(one: Kept, other: Kept) -> bool:
    return one.path != other.path and one.path.parent == other.path.parent


def _named(kept: Sequence[Kept], name: str) -> list[Kept]:
    """The results of a model: by its name, the beginning of its identity (6 signs or more), or a file; the last first.

    Raises UsageError where there are none.
    """
    found = [one for one in kept if name in (one.measured.name, one.measured.rival, one.path.name, str(one.path))]
    if not found and len(name) >= 6:
        found = [one for one in kept if one.measured.model.startswith(name)]
    if found:
        return sorted(found, key=lambda one: -one.path.stat().st_mtime)
    near = did_you_mean(name, {one.measured.rival or one.measured.name for one in kept})
    question = _(" Did you mean “{near}”?").format(near=near) if near else ""
    sentence = _("No results are kept of “{name}”.{question} `lorewright evaluate --results` lists them.")
    raise UsageError(detail=sentence.format(name=name, question=question))
