"""Owns where results are kept: `results/SUITE/VERSION/MODEL.jsonl`, a header and then a line a case.

Lines are only ever added. A line torn by a crash is left out when the file is read, and what comes after it begins on
a line of its own, so that a run that was killed goes on where it stood. Knows no kind and no figure.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from studio.errors import InputError, NotSaved
from studio.evaluation.kind import CaseResult
from studio.files import read_text
from studio.jobs.kept_paths import found_path, kept_path, root_above
from studio.language import N_, _

_LIMIT = 1 << 30
_NONE = (ValueError, KeyError, TypeError, StopIteration, OverflowError, RecursionError)
"""What reading a line raises that is no result."""

_SHORT = 12
_ROOT = 4
"""Folders from a file up to the workspace: the version, the suite, `results`, and the workspace itself."""
_ODD = re.compile(r"[^A-Za-z0-9._-]+")


class DamagedResults(InputError):
    """A file of results cannot be read from its beginning."""

    sentence = N_("{path} holds no results ({reason}). Nothing was changed; delete it or measure again.")


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured: the header of a file of results. `model` and `rival` are the identity and, for a rival, which.

    `name` is for people, `kind` how it was loaded (`gguf`, `hf`, `remote`, `rule`), `place` where it lay.
    """

    suite: str
    version: str
    seed: int
    model: str
    name: str
    kind: str = ""
    rival: str = ""
    place: str = ""
    facts: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Plain values, as they stand in the first line."""
        return {"format": 1, **asdict(self)}

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        """The header that `as_json` wrote; raises KeyError, TypeError or ValueError for anything else."""
        if told["format"] != 1:
            raise ValueError(_("its format is {format}").format(format=told["format"]))
        texts = {name: str(told[name]) for name in ("suite", "version", "model", "name", "kind", "rival", "place")}
        return cls(seed=int(told["seed"]), facts=dict(told["facts"]), **texts)


@dataclass(frozen=True, slots=True)
class Kept:
    """A file of results as it was read: the results by part, in the order of their lines; `damaged` lines left out."""

    path: Path
    measured: Measured
    parts: Mapping[str, tuple[CaseResult, ...]]
    damaged: int = 0

    def done(self, part: str) -> frozenset[str]:
        """The cases of a part that have a result."""
        return frozenset(result.id for result in self.parts.get(part, ()))


def file_of(results: Path, measured: Measured) -> Path:
    """Where the results of a model on a suite of a version are kept; a model that was renamed is the same one."""
    name = _ODD.sub("-", measured.rival or measured.name).strip("-.")[:60] or "model"
    folder = results / _ODD.sub("-", measured.suite) / measured.version[:_SHORT]
    path = folder / f"{name}-{measured.model[:_SHORT]}.jsonl"
    if path.exists():
        return path
    others = sorted(folder.glob(f"*-{measured.model[:_SHORT]}.jsonl"))
    return next((other for other in others if _is_of(other, measured)), path)


def _is_of(path: Path, measured: Measured) -> bool:
    """Whether a file holds the results of that model or rival, whatever it was called then."""
    try:
        head = Measured.from_json(json.loads(_beginning(path)))
    except (OSError, *_NONE):
        return False
    return (head.model, head.rival, head.version) == (measured.model, measured.rival, measured.version)


def read_results(path: Path) -> Kept:
    """A file of results; lines that are none are left out and counted. Raises DamagedResults without a header."""
    lines = iter(read_text(path, limit=_LIMIT).split("\n"))
    try:
        measured = Measured.from_json(json.loads(next(lines)))
        measured = replace(measured, place=_found(measured.place, path))
    except _NONE as error:
        raise DamagedResults(path=path, reason=_("its first line is not a header")) from error
    parts: dict[str, dict[str, CaseResult]] = {}
    damaged = 0
    for line in lines:
        if not line:
            continue
        try:
            told = json.loads(line)
            part, result = str(told["part"]), CaseResult.from_json(told["result"])
        except _NONE:
            damaged += 1
            continue
        parts.setdefault(part, {}).setdefault(result.id, result)
    return Kept(path, measured, {part: tuple(found.values()) for part, found in parts.items()}, damaged)


def _written(place: str, file: Path) -> str:
    """Where a model lay as it is written down: from the workspace's root, where it lies inside; a name as it is."""
    return kept_path(str(Path(place).absolute()), root_above(file, _ROOT)) if place and Path(place).exists() else place


def _found(place: str, file: Path) -> str:
    whole = found_path(place, root_above(file, _ROOT))
    return whole if Path(whole).exists() else place


class ResultsFile:
    """A file of results that is added to; each line has reached the system when `add` returns."""

    def __init__(self, path: Path, measured: Measured) -> None:
        """Opens the file, or begins it where there is none or not even a header. Raises NotSaved, DamagedResults."""
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            whole = path.exists() and b"\n" in _beginning(path)
            self._stream = path.open("ab" if whole else "wb", buffering=0)
            if not whole:
                self._write(replace(measured, place=_written(measured.place, path)).as_json())
            elif not _ends_whole(path):
                self._stream.write(b"\n")
        except OSError as error:
            raise NotSaved(path=path, reason=error.strerror or str(error)) from error
        self.kept = read_results(path)

    def add(self, part: str, result: CaseResult) -> None:
        """Writes one result; raises NotSaved."""
        try:
            self._write({"part": part, "result": result.as_json()})
        except OSError as error:
            raise NotSaved(path=self.path, reason=error.strerror or str(error)) from error

    def close(self) -> None:
        """Ends the file; what it holds is on the disk."""
        try:
            os.fsync(self._stream.fileno())
        except OSError as error:
            raise NotSaved(path=self.path, reason=error.strerror or str(error)) from error
        finally:
            self._stream.close()

    def _write(self, value: object) -> None:
        data = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode() + b"\n"
        if self._stream.write(data) != len(data):
            raise OSError(_("the disk is full"))


def _beginning(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.readline(1 << 20)


def _ends_whole(path: Path) -> bool:
    with path.open("rb") as stream:
        stream.seek(-1, os.SEEK_END)
        return stream.read(1) == b"\n"


def kept_results(results: Path) -> Iterator[Kept]:
    """Every file of results below a folder, by suite, version and name; what is none is left out."""
    for path in sorted(results.glob("*/*/*.jsonl")):
        try:
            yield read_results(path)
        except InputError:
            continue
