"""Owns which training rows are nearest to each validation row, and remembers it: a rebuild looks at new rows only.

A few of the nearest are kept of each: where one goes, the next stands in. Another validation side is another question.
Plain JSON; what is damaged is left aside. Knows not how nearness is measured.
"""

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.dataset.remembered import digest_of, program
from studio.dataset.rows import Row
from studio.errors import LorewrightError
from studio.files import read_bytes, save_atomic

_log = logging.getLogger(__name__)

_LIMIT = 256 * 1024 * 1024
KEPT = 5
"""How many of the nearest are kept of each validation row."""
_WAITING = 10

Overlaps = Callable[[Iterable[Row]], Iterator[tuple[Row, NDArray[np.int64], NDArray[np.float64]]]]
"""Of training rows in order: the row, the places of validation rows that share something with it, and how much."""
Near = list[tuple[float, str]]
"""The nearest of one validation row, the nearest first: what is shared, and the key of the training row."""


class Nearest:
    """The nearest rows of a validation side. Without a file everything is looked at."""

    def __init__(self, path: Path | None, validation: Sequence[Row]) -> None:
        self._path = path
        told = repr((program(), KEPT, [row.key for row in validation]))
        self._mark = digest_of(told.encode("utf-8", "surrogatepass"))
        self._of = len(validation)

    def found(self, training: Sequence[Row], overlaps: Overlaps) -> list[tuple[float, Row] | None]:
        """The nearest training row of each validation row, the first of equals; None where none shares anything."""
        order = {row.key: place for place, row in enumerate(training)}
        known, seen = self._read()
        near = [_still(rows, order) for rows in known]
        if any(left is None for left in near) or not near:
            near, seen = [[] for _row in range(self._of)], frozenset()
        lists = [rows or [] for rows in near]
        least = np.zeros(self._of)
        for row, places, shares in overlaps(row for row in training if row.key not in seen):
            near_enough = shares >= least[places]  # most are not, and this is soon said
            for place, share in zip(places[near_enough].tolist(), shares[near_enough].tolist(), strict=True):
                lists[place].append((share, row.key))
                if len(lists[place]) > _WAITING:
                    lists[place] = _first(lists[place], order)
                    least[place] = lists[place][-1][0]
        lists = [_first(rows, order) for rows in lists]
        self._save(lists, order)
        return [(rows[0][0], training[order[rows[0][1]]]) if rows else None for rows in lists]

    def _read(self) -> tuple[list[Near], frozenset[str]]:
        if self._path is None:
            return [], frozenset()
        try:
            values = json.loads(read_bytes(self._path, _LIMIT))
            near = [[(float(share), str(key)) for share, key in rows] for rows in values["near"]]
            if values["mark"] == self._mark and len(near) == self._of:
                return near, frozenset(map(str, values["training"]))
        except (LorewrightError, ValueError, TypeError, KeyError, RecursionError) as error:
            _log.debug("nothing remembered: %s", error)
        return [], frozenset()

    def _save(self, lists: Sequence[Near], training: Iterable[str]) -> None:
        if self._path is None:
            return
        values = {"mark": self._mark, "near": lists, "training": list(training)}
        try:
            save_atomic(self._path, json.dumps(values, separators=(",", ":")))
        except LorewrightError as error:
            _log.info("%s", error)


def _first(rows: Near, order: Mapping[str, int]) -> Near:
    """The nearest few, of equals the first."""
    return sorted(rows, key=lambda one: (-one[0], order[one[1]]))[:KEPT]


def _still(rows: Near, order: Mapping[str, int]) -> Near | None:
    """Those that are trained on still; None where that does not tell which is the nearest."""
    left = [one for one in rows if one[1] in order]
    return None if not left and len(rows) == KEPT else left
