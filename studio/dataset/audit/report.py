"""Owns a whole audit of rows and its report as plain values: heuristics, a judge where one is asked, people, and whose
verdict counts.

It is the audit of a build as a function of any rows. Knows no command and no window.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.dataset.audit.agreement import SAMPLE, Agreement, agreement
from studio.dataset.audit.audit import Audited, audit, check_settings
from studio.dataset.audit.authority import decide
from studio.dataset.audit.judged import Standing
from studio.dataset.audit.judging import Judging, every_judge, judge_name, judge_rows
from studio.dataset.audit.people import PeopleFile
from studio.dataset.audit.subject import Subject
from studio.dataset.description import JudgeSettings
from studio.dataset.problems import RowProblem
from studio.dataset.rows import Row
from studio.dataset.verdicts import Decision, Reason, Verdict

_EXCERPT = 240
_Told = Callable[[str, int, int | None], None]


@dataclass(frozen=True, slots=True)
class AuditReport:
    """Verdicts on the rows of a subject, by key and in its order: `decided` are those that count.

    `copies` are rows that equal an earlier one word for word; they have its key, and a build takes one of them.
    """

    subject: Subject
    rows: Mapping[str, Row]
    copies: int
    heuristics: Mapping[str, Verdict]
    people: Mapping[str, Verdict]
    decided: Mapping[str, Verdict]
    judging: Judging | None = None
    agreement: Agreement | None = None

    @property
    def judge(self) -> Mapping[str, Verdict]:
        """The judge's verdicts."""
        return self.judging.verdicts if self.judging is not None else {}

    @property
    def problems(self) -> tuple[RowProblem, ...]:
        """What could not be read, and the rows on which the judge gave no verdict; of very many the first."""
        return (*self.subject.problems, *(self.judging.problems if self.judging is not None else ()))

    @property
    def more(self) -> int:
        """How many problems there are beside those that are listed."""
        return self.subject.problems.more

    @property
    def decisions(self) -> dict[Decision, int]:
        """How many rows, copies left out, are kept, flagged and binned."""
        counts = Counter(verdict.decision for verdict in self.decided.values())
        return {decision: counts[decision] for decision in Decision}

    @property
    def reasons(self) -> dict[str, int]:
        """How many rows each reason flags or bins, the commonest first."""
        return reasons_of(self.decided.values())

    def as_json(self, *, every: bool = False) -> dict[str, object]:
        """The report as in `resources/schemas/data-audit.schema.json`; kept rows are listed only with `every`."""
        listed = (one for one in self.decided.values() if every or one.decision is not Decision.KEEP)
        return {
            "format": 1,
            "name": self.subject.name,
            "authority": self.subject.settings.authority,
            "rows": len(self.subject.rows),
            "copies": self.copies,
            "decisions": {decision.value: count for decision, count in self.decisions.items()},
            "reasons": self.reasons,
            "verdicts": [self._verdict(verdict) for verdict in listed],
            "problems": [problem.as_json() for problem in self.problems],
            "more": self.more,
            "judge": _judge_json(self.judging),
            "agreement": None if self.agreement is None else self.agreement.as_json(),
            "sample": [self._case(key) for key in self.sample],
        }

    @property
    def sample(self) -> tuple[str, ...]:
        """Keys of the rows to decide by hand."""
        return () if self.agreement is None else self.agreement.sample

    def _verdict(self, verdict: Verdict) -> dict[str, object]:
        row = self.rows[verdict.key]
        return {
            "key": verdict.key,
            "source": row.source,
            "path": row.place.path,
            "line": row.place.line,
            "decision": verdict.decision.value,
            "by": verdict.by.value,
            "score": verdict.score,
            "reasons": [_reason(reason) for reason in verdict.reasons],
        }

    def _case(self, key: str) -> dict[str, object]:
        row, found, judged = self.rows[key], self.heuristics.get(key), self.judge[key]
        return {
            "key": key,
            "path": row.place.path,
            "line": row.place.line,
            "heuristics": Decision.KEEP.value if found is None else found.decision.value,
            "judge": judged.decision.value,
            "reasons": [_reason(one) for one in (*(found.reasons if found is not None else ()), *judged.reasons)],
            "prompt": excerpt(row.prompt),
            "answer": excerpt(row.answer),
        }


def audit_report(
    subject: Subject,
    root: Path,
    *,
    judge: JudgeSettings | None = None,
    judged: Mapping[str, Verdict] | None = None,
    sample: int = SAMPLE,
    seed: int = 0,
    told: _Told = lambda _part, _done, _of: None,
    judging_told: Callable[[Standing], None] = lambda _standing: None,
    stopped: Callable[[], bool] = lambda: False,
) -> AuditReport:
    """Audits the rows; with `judge`, or a model in the subject's settings, a model judges each of them too.

    `judged` are a judge's verdicts that are known already; then no model is asked. `root` is the workspace with
    people's verdicts and what was judged before. Raises Cancelled, and what bad settings raise before a model is asked.
    """
    ordered = _once(subject.rows)
    check_settings(subject.settings, root)
    asked = judge if judge is not None else subject.settings.judge
    judging = None
    if asked.model is not None and judged is None:
        judging = judge_rows(tuple(ordered.values()), asked, root, told=judging_told, stopped=stopped)
    said = PeopleFile(root).read()
    people = {key: said[key] for key in ordered if key in said}
    by_judge = judged or {}
    if judging is not None:
        by_judge = judging.verdicts

    def counts(own: Verdict) -> Verdict:
        return decide(own.key, own, by_judge.get(own.key), people.get(own.key), subject.settings.authority)

    found = _heard(subject, root, counts, told, stopped)
    decided = {key: counts(found.verdicts[key]) for key in ordered}
    agreed = None
    if by_judge or judging is not None or people:
        name = judge_name(asked.model.stem, asked.rubric) if asked.model is not None else ""
        others = every_judge(root, asked.bin_below) if people else {}
        agreed = agreement(found.verdicts, by_judge, people, others=others, name=name, sample=sample, seed=seed)
    copies = len(subject.rows) - len(ordered)
    return AuditReport(subject, ordered, copies, found.verdicts, people, decided, judging, agreed)


def _heard(
    subject: Subject, root: Path, counts: Callable[[Verdict], Verdict], told: _Told, stopped: Callable[[], bool]
) -> Audited:
    """What the heuristics say."""
    return audit(
        subject.rows,
        subject.settings,
        root,
        weights=subject.weights,
        told=lambda progress: told(progress.part, progress.done, progress.of),
        stopped=stopped,
        decides=counts,
    )


def _once(rows: Sequence[Row]) -> dict[str, Row]:
    """The rows by key, each in its first place."""
    first = {row.key: row for row in reversed(rows)}
    return {row.key: first[row.key] for row in rows}


def reasons_of(verdicts: Iterable[Verdict]) -> dict[str, int]:
    """How many of the verdicts have each reason that flags or bins, the commonest first."""
    counts: Counter[str] = Counter()
    for verdict in verdicts:
        counts.update({reason.code for reason in verdict.reasons if reason.decision is not Decision.KEEP})
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def excerpt(text: str) -> str:
    """The beginning of a text on one line."""
    line = " ".join(text[: _EXCERPT * 4].split())
    return line if len(line) <= _EXCERPT else f"{line[:_EXCERPT].rstrip()}…"


def _reason(reason: Reason) -> dict[str, object]:
    return {
        "code": reason.code,
        "decision": reason.decision.value,
        "message": reason.sentence,
        "value": reason.value,
        "limit": reason.limit,
    }


def _judge_json(judging: Judging | None) -> dict[str, object] | None:
    if judging is None:
        return None
    standing = judging.standing
    return {
        "model": judging.model.name,
        "rubric": judging.rubric,
        "verdicts": len(judging.verdicts),
        "remembered": standing.remembered,
        "missing": standing.missing,
        "uniform": judging.uniform,
        "prompt_tokens": standing.prompt_tokens,
        "reused": standing.reused,
    }
