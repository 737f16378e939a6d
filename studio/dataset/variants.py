"""Owns the variants that a build adds to the scenarios it trains on; how one is made, `augment` knows.

Only of scenarios that stand whole on the training side, so every variant stays on its parent's side. What one gave is
remembered like any file.
"""

import os
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import PurePosixPath

from studio.dataset.augment import NotAParent, variants
from studio.dataset.deciding import decided_variants
from studio.dataset.description import Description
from studio.dataset.gathered import Gathered
from studio.dataset.problems import RowProblem
from studio.dataset.reading import Reading
from studio.dataset.remembered import Given, Stamp, digest_of, program
from studio.dataset.rows import Kind, Place, Row
from studio.dataset.scenario_rows import rows_of
from studio.dataset.sides import TRAINING, Sides, weighed
from studio.errors import LorewrightError
from studio.files import read_bytes
from studio.scenario import parse
from studio.scenario.game import Game

_EVERY = 50


def with_variants(gathered: Gathered, sides: Sides, description: Description, reading: Reading) -> Sides:
    """The sides with the variants of the scenarios that are trained on; they are added to the rows."""
    if not description.augment.copies:
        return sides
    made: list[Row] = []
    parents = list(_parents(gathered, sides))
    for number, (source, path) in enumerate(parents):
        if number % _EVERY == 0:
            reading.tell("variants", number, len(parents))
        for one in _of_parent(source, path, description, reading):
            if isinstance(one, RowProblem):
                gathered.problems.append(one)
            else:
                reading.notes.tokens[one.row.key] = one.tokens or 0
                made.append(one.row)
    added = _added(made, gathered, description, reading)
    gathered.rows.extend(added)
    by_key = {**sides.by_key, **{row.key: TRAINING for row in added}}
    return weighed(gathered.rows, by_key, description, sides.leakage)


def _added(made: list[Row], gathered: Gathered, description: Description, reading: Reading) -> list[Row]:
    """The variants that come in, each once; those that are binned are told."""
    found = decided_variants(made, description, reading)
    for out in found.out:
        told = RowProblem(out.row.source, out.row.place, out.reason.code, out.reason.sentence, error=False)
        gathered.problems.append(told)
    known = {row.key for row in gathered.rows}
    return [row for row in {one.key: one for one in reversed(found.rows)}.values() if row.key not in known][::-1]


def _parents(gathered: Gathered, sides: Sides) -> Iterator[tuple[str, str]]:
    """Source and path of every scenario that is trained on whole."""
    lost = {out.row.group for out in gathered.out}
    chosen = Counter(
        (row.source, row.place.path)
        for row in gathered.rows
        if row.kind is Kind.SCENARIO and not row.synthetic and sides.of(row) == TRAINING and row.group not in lost
    )
    return iter(chosen)


def _of_parent(source: str, shown: str, description: Description, reading: Reading) -> Given:
    """The rows of the variants of one scenario; none where it may have none or changed under our hands."""
    path = reading.root / shown
    game, selection = reading.games.of(path), reading.selections.of(path)
    own = "" if game is Game.shipped() else repr((sorted(game.tools.tools.items()), game.words))
    cutter, settings = reading.cutter, description.augment
    limit = (cutter.limit, cutter.mark) if cutter is not None else None
    told = repr((program(), own, repr(selection), source, limit, settings.model_dump_json(), description.seed))
    name, standard = f"{shown}#variants", digest_of(told.encode("utf-8", "surrogatepass"))
    memory = reading.memory if cutter is None or cutter.mark else None
    try:
        stamp = Stamp.of(os.stat(path))  # noqa: PTH116  # thousands of files: half the cost of Path.stat
        if memory is not None:
            known = memory.of(name, standard, stamp, partial(read_bytes, path))
            if known.given is not None:
                return known.given
        asked, content = time.time_ns(), read_bytes(path)
        text = content.decode("utf-8")
        found = variants(text, PurePosixPath(shown), settings, game, description.seed, selection)
    except (NotAParent, OSError, UnicodeDecodeError):
        return []
    given: Given = []
    for number, variant in enumerate(found, start=1):
        parsed = parse(variant.text, path=path, tools=game.tools)
        place = Place(f"{shown}#{variant.kind}-{number}")
        try:
            given += rows_of(parsed, source, place, game, cutter, shown)
        except LorewrightError as error:
            if error.exit_code == LorewrightError.exit_code:
                raise
            given.append(RowProblem(source, place, error.code, str(error), error=False))
    if memory is not None:
        memory.keep(name, standard, stamp, digest_of(content), asked, given)
    return given
