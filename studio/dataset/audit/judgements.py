"""Owns where judgements lie: in the workspace's private folder, a file a pair of rubric and model.

So another rubric or another model judges anew, and a changed limit does not. Knows no model and judges nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

from studio.dataset.audit.judge import PROMPT, Judgement, verdict_of
from studio.dataset.audit.lines import append_line, read_lines
from studio.dataset.audit.rubric import Rubric
from studio.dataset.verdicts import Decision, Verdict

SHORT = 12
"""Digits of a hash that name a model or a rubric."""


class JudgeCache:
    """The judgements of one rubric and one model in a folder; every one is on the disk when `keep` returns."""

    def __init__(self, folder: Path, rubric: Rubric, model_hash: str) -> None:
        self.path = folder / f"{rubric.digest[:SHORT]}-{model_hash[:SHORT]}-{PROMPT}.jsonl"
        self._known = {one.key: one for one in _judgements(self.path, frozenset(c.name for c in rubric.criteria))}

    def __contains__(self, key: str) -> bool:
        return key in self._known

    def __len__(self) -> int:
        return len(self._known)

    def get(self, key: str) -> Judgement | None:
        """What was said of a row, or None."""
        return self._known.get(key)

    def keep(self, judgement: Judgement) -> None:
        """Remembers one; raises NotSaved."""
        append_line(self.path, {**asdict(judgement), "scores": dict(judgement.scores)})
        self._known[judgement.key] = judgement

    def verdicts(self, rubric: Rubric, bin_below: float) -> dict[str, Verdict]:
        """All that is remembered as verdicts, by row key."""
        return {key: verdict_of(one, rubric, bin_below) for key, one in self._known.items()}


def models_in(folder: Path, rubric: Rubric) -> list[str]:
    """The beginnings of the hashes of the models that have judged by a rubric."""
    return sorted(path.name.split("-")[1] for path in folder.glob(f"{rubric.digest[:SHORT]}-*-{PROMPT}.jsonl"))


def cache_folder(root: Path) -> Path:
    """Where a workspace keeps its judgements."""
    return root / ".lorewright" / "judge"


def _judgements(path: Path, criteria: frozenset[str]) -> Iterator[Judgement]:
    """The judgements in a file; lines that are none are left out."""
    for line in read_lines(path):
        try:
            one = Judgement(**{**line, "says": Decision(str(line["says"]))})  # type: ignore[arg-type]  # looked at below
        except (TypeError, ValueError, KeyError):
            continue
        if _whole(one, criteria):
            yield one


def _whole(one: Judgement, criteria: frozenset[str]) -> bool:
    scores = one.scores
    named = isinstance(scores, Mapping) and set(scores) == criteria and all(type(n) is int for n in scores.values())
    return named and isinstance(one.key, str) and isinstance(one.reason, str) and type(one.left_out) is int
