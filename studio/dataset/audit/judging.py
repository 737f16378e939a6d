"""Owns having a GGUF judge rows from beginning to end: its rubric, its hash, its worker and its judgements.

What stands in the workspace already is not asked again. Knows neither heuristics nor people.
"""

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.dataset.audit.judge import verdict_of
from studio.dataset.audit.judged import CONTEXT, Seat, Standing, Way, judged
from studio.dataset.audit.judgements import SHORT, JudgeCache, cache_folder, models_in
from studio.dataset.audit.lines import append_line, read_lines
from studio.dataset.audit.rubric import BadRubric, rubric_named, rubric_names
from studio.dataset.description import JudgeSettings, placed
from studio.dataset.problems import RowProblem
from studio.dataset.rows import Kind, Row
from studio.dataset.verdicts import Verdict
from studio.errors import PathMissing, UnreadableFile, UsageError
from studio.files import sha256_of
from studio.inference.engine import Engine, LlamaEngine
from studio.language import N_

_MODELS = "models.jsonl"
_MANY = 10
AUTO = "auto"
_BY_KIND = {Kind.SCENARIO: "play", Kind.PLAY: "play", Kind.DECISION: "decision"}
_OTHERS = "instruction"


class NoJudge(UsageError):
    """No model is named that should judge."""

    sentence = N_(
        "No model is named to judge with. Give one (`data judge --model GGUF`, `data audit --judge GGUF`), or write"
        " `audit: {{judge: {{model: PATH}}}}` in the data set."
    )


@dataclass(frozen=True, slots=True)
class Judging:
    """What came of it: verdicts by row key, the rows without one, and how far it came.

    `model` is the GGUF, `rubric` names what it was asked.
    """

    model: Path
    rubric: str
    verdicts: dict[str, Verdict]
    problems: tuple[RowProblem, ...]
    standing: Standing

    @property
    def uniform(self) -> bool:
        """Whether it says one and the same of a good many rows: then it has judged none of them."""
        said = {(verdict.decision, verdict.score) for verdict in self.verdicts.values()}
        return len(self.verdicts) >= _MANY and len(said) == 1


def judge_rows(
    rows: Sequence[Row],
    settings: JudgeSettings,
    root: Path,
    *,
    told: Callable[[Standing], None] = lambda _standing: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Judging:
    """Has the settings' model judge all rows, in an event loop of its own; `root` is the workspace.

    Raises Cancelled, with what was judged kept, and whatever the rubric or the model cannot be used for.
    """
    return asyncio.run(_judged(rows, settings, root, told, stopped))


def remembered(settings: JudgeSettings, root: Path, rows: Iterable[Row]) -> dict[str, Verdict]:
    """The verdicts on these rows that the settings' model has given so far, by row key; it is not loaded."""
    ways = _Ways(settings, root)
    found: dict[str, Verdict] = {}
    for row in rows:
        way, key = ways.of(row), row.key
        judgement = way.cache.get(key)
        if judgement is not None:
            found[key] = verdict_of(judgement, way.rubric, settings.bin_below)
    return found


def every_judge(root: Path, bin_below: float) -> dict[str, dict[str, Verdict]]:
    """All that any model has said so far by a rubric that the workspace knows, by the names of model and rubric."""
    folder = cache_folder(root)
    models = {str(line.get("sha256"))[:SHORT]: _stem(line.get("file")) for line in read_lines(folder / _MODELS)}
    found: dict[str, dict[str, Verdict]] = {}
    for name in rubric_names(root):
        with contextlib.suppress(BadRubric):
            rubric = rubric_named(name, root)
            for digest in models_in(folder, rubric):
                called = judge_name(models.get(digest, digest), name)
                found[called] = JudgeCache(folder, rubric, digest).verdicts(rubric, bin_below)
    return found


def judge_name(model: str, rubric: str) -> str:
    """What to call a model that judges by a rubric."""
    return f"{model} ({rubric})"


def _stem(file: object) -> str:
    return Path(str(file[0])).stem if isinstance(file, list) and file else ""


async def _judged(
    rows: Sequence[Row],
    settings: JudgeSettings,
    root: Path,
    told: Callable[[Standing], None],
    stopped: Callable[[], bool],
) -> Judging:
    ways = _Ways(settings, root)
    ordered = sorted(rows, key=ways.name)  # rows of one rubric together: its tokens are read once
    each = [ways.of(row) for row in ordered]
    verdicts: dict[str, Verdict] = {}
    problems: list[RowProblem] = []
    last = Standing(0, len(rows))

    def hear(standing: Standing) -> None:
        nonlocal last
        last = standing
        told(standing)

    async def load() -> Engine:
        return await LlamaEngine.load(ways.model, context=CONTEXT)

    seat = Seat(load)
    try:
        async for found in judged(ordered, seat, each, bin_below=settings.bin_below, told=hear, stopped=stopped):
            if isinstance(found, Verdict):
                verdicts[found.key] = found
            else:
                problems.append(found)
    finally:
        await seat.leave()
    return Judging(ways.model, ", ".join(sorted(set(map(ways.name, rows)))), verdicts, tuple(problems), last)


class _Ways:
    """What each row is asked by the settings: one rubric for all, or with `auto` the one that fits its kind."""

    def __init__(self, settings: JudgeSettings, root: Path) -> None:
        if settings.model is None:
            raise NoJudge
        self.model = placed(root, settings.model)
        self._settings, self._root = settings, root
        self._hash = hash_of(self.model, cache_folder(root))
        self._known: dict[str, Way] = {}

    def name(self, row: Row) -> str:
        """The name of a row's rubric."""
        asked = self._settings.rubric
        return _BY_KIND.get(row.kind, _OTHERS) if asked == AUTO else asked

    def of(self, row: Row) -> Way:
        """How a row is judged; raises RubricMissing or BadRubric."""
        name = self.name(row)
        if name not in self._known:
            rubric = rubric_named(name, self._root)
            self._known[name] = Way(rubric, JudgeCache(cache_folder(self._root), rubric, self._hash))
        return self._known[name]


def hash_of(model: Path, folder: Path) -> str:
    """The SHA-256 of a model, remembered in `folder` while its size and time of change stay; raises PathMissing.

    A model has gigabytes, and whoever stops and goes on would wait for its hash each time.
    """
    try:
        facts = model.stat()
        mark = [str(model.resolve()), facts.st_size, facts.st_mtime_ns]
        for line in read_lines(folder / _MODELS):
            if line.get("file") == mark and isinstance(line.get("sha256"), str):
                return str(line["sha256"])
        found = sha256_of(model)
    except FileNotFoundError as error:
        raise PathMissing(path=model) from error
    except OSError as error:
        raise UnreadableFile(path=model, reason=error.strerror or str(error)) from error
    append_line(folder / _MODELS, {"file": mark, "sha256": found})
    return found
