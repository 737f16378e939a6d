"""Owns remembering what was seen of a row by itself, so that an audit after a small change looks at little.

Segments of a folder, each written once: a line of JSON that says what is in it, then the numbers of the rows' likeness.
What is damaged is left aside; without it an audit is slower, no more. Knows no check.
"""

import json
import logging
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from studio.dataset.audit.language import Spoken
from studio.dataset.audit.looking import Looked
from studio.dataset.audit.sketches import Sketch
from studio.dataset.verdicts import Decision, Reason
from studio.errors import LorewrightError
from studio.files import read_bytes, save_atomic

_log = logging.getLogger(__name__)

_LIMIT = 4 * 1024**3
_MOST = 8
"""Segments, past which all are written as one."""


class Recalled:
    """What is known by row key, of one program and one list of settings (`mark`). Never raises."""

    def __init__(self, folder: Path, mark: str) -> None:
        self._folder = folder / mark[:16]
        self._known: dict[str, Looked] = {}
        self._asked: dict[str, None] = {}
        self._new: dict[str, Looked] = {}
        self._numbers: list[int] = []
        for path in sorted(self._folder.glob("*.seg")):
            self._numbers.append(int(path.stem) if path.stem.isdigit() else 0)
            self._known.update(_read(path))

    def get(self, key: str) -> Looked | None:
        """What was seen of a row, or None."""
        self._asked[key] = None
        return self._known.get(key)

    def put(self, key: str, looked: Looked) -> None:
        """Remembers what was seen of a row."""
        self._asked[key] = None
        self._new[key] = looked

    def save(self) -> None:
        """Writes what is new; now and then everything that was asked for, and nothing else."""
        dead = len(self._known) - sum(key in self._known for key in self._asked)
        if len(self._numbers) >= _MOST or dead > len(self._asked):
            whole = {**self._known, **self._new}
            rows = {key: whole[key] for key in self._asked if key in whole}
            if self._write(0, rows):
                for number in self._numbers:
                    if number:
                        (self._folder / f"{number:06}.seg").unlink(missing_ok=True)
        elif self._new:
            self._write(max(self._numbers, default=-1) + 1, self._new)

    def _write(self, number: int, rows: dict[str, Looked]) -> bool:
        try:
            save_atomic(self._folder / f"{number:06}.seg", b"".join(_segment(rows)))
        except (LorewrightError, OSError) as error:
            _log.info("%s", error)
            return False
        return True


def _segment(rows: dict[str, Looked]) -> Iterator[bytes]:
    body = b"".join(part for one in rows.values() for part in _numbers_of(one.sketch))
    head = {"crc": zlib.crc32(body), "rows": [_line(key, one) for key, one in rows.items()]}
    yield json.dumps(head, separators=(",", ":")).encode() + b"\n"
    yield body


def _numbers_of(sketch: Sketch) -> Sequence[bytes]:
    return sketch.bands.tobytes(), sketch.whole.tobytes(), sketch.learnt.tobytes()


def _line(key: str, one: Looked) -> list[Any]:
    told = [[why.code, why.sentence, why.decision.value, why.value, why.limit] for why in one.reasons]
    sketch = one.sketch
    sizes = [len(sketch.bands), len(sketch.whole), len(sketch.learnt)]
    return [key, told, one.spoken.code, one.spoken.certainty, str(sketch.exact), *sizes]


def _read(path: Path) -> dict[str, Looked]:
    try:
        head, _line_end, body = read_bytes(path, _LIMIT).partition(b"\n")
        told = json.loads(head)
        if told["crc"] != zlib.crc32(body):
            return {}
        return dict(_rows(told["rows"], body))
    except (LorewrightError, ValueError, TypeError, KeyError, RecursionError) as error:
        _log.debug("nothing recalled: %s", error)
        return {}


def _rows(lines: Sequence[Sequence[Any]], body: bytes) -> Iterator[tuple[str, Looked]]:
    at = 0
    for key, told, code, certainty, exact, bands, whole, learnt in lines:
        reasons = tuple([Reason(one[0], one[1], Decision(one[2]), one[3], one[4]) for one in told])
        ends = at + 8 * bands, at + 8 * bands + 4 * whole, at + 8 * bands + 4 * (whole + learnt)
        sketch = Sketch(
            int(exact),
            np.frombuffer(body, np.uint64, bands, at),
            np.frombuffer(body, np.uint32, whole, ends[0]),
            np.frombuffer(body, np.uint32, learnt, ends[1]),
        )
        at = ends[2]
        yield key, Looked(reasons, Spoken(code, certainty), sketch)
