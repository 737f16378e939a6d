"""Owns the report of an audit in words, line by line; computes nothing."""

from collections.abc import Iterator

from studio.dataset.audit.agreement import Agreement, Scores
from studio.dataset.audit.judging import Judging
from studio.dataset.audit.report import AuditReport, excerpt, reasons_of
from studio.dataset.verdicts import By, Decision, Verdict
from studio.intervals import Share
from studio.language import N_, _, plural

_SHOWN = 5
_EXCERPT = 100
_LISTED = 50
_DECISIONS = {Decision.KEEP: N_("keep"), Decision.FLAG: N_("flag"), Decision.BIN: N_("bin")}
_ONLY = {
    By.HEURISTICS: N_("Only the heuristics bin {count}: {why}"),
    By.JUDGE: N_("Only the judge bins {count}: {why}"),
}
_WHO = {By.HEURISTICS: N_("heuristics"), By.JUDGE: N_("judge"), By.PERSON: N_("person")}


def told(report: AuditReport) -> Iterator[str]:
    """The report, a line at a time."""
    yield from _counts(report)
    yield from _reasons(report)
    if report.judging is not None:
        yield from _judging(report.judging)
    if report.agreement is not None:
        yield from _agreement(report, report.agreement)
        yield from _against_people(report.agreement)
        yield from _sample(report)
    yield from _problems(report)


def _counts(report: AuditReport) -> Iterator[str]:
    decisions = report.decisions
    sentence = plural(
        "{{name}}: {{rows}} row; {{keep}} to keep, {{flag}} to look at, {{bin}} to bin.",
        "{{name}}: {{rows}} rows; {{keep}} to keep, {{flag}} to look at, {{bin}} to bin.",
        len(report.subject.rows),
    )
    counts = {decision.value: f"{count:,}" for decision, count in decisions.items()}
    yield sentence.format(name=report.subject.name, rows=f"{len(report.subject.rows):,}", **counts)
    if report.copies:
        yield plural(
            "The other row says word for word what an earlier one says.",
            "The other {count} rows say word for word what earlier ones say.",
            report.copies,
        )
    if report.people:
        yield plural("{count} verdict is a person's.", "{count} verdicts are a person's.", len(report.people))


def _reasons(report: AuditReport) -> Iterator[str]:
    if not report.reasons:
        return
    yield ""
    yield _("Why")
    for code, count in report.reasons.items():
        yield f"  {count:>6,}  {code:<24} {_example(report, code)}".rstrip()


def _example(report: AuditReport, code: str) -> str:
    for verdict in report.decided.values():
        for reason in verdict.reasons:
            if reason.code == code and reason.decision is not Decision.KEEP:
                return f"{report.rows[verdict.key].place}: {_short(reason.sentence)}"
    return ""


def _judging(judging: Judging) -> Iterator[str]:
    standing = judging.standing
    sentence = plural(
        "The judge {{model}} by the rubric {{rubric}}: {{told}} verdict, {{remembered}} of them from before.",
        "The judge {{model}} by the rubric {{rubric}}: {{told}} verdicts, {{remembered}} of them from before.",
        len(judging.verdicts),
    )
    yield ""
    yield sentence.format(
        model=judging.model.stem,
        rubric=judging.rubric,
        told=f"{len(judging.verdicts):,}",
        remembered=f"{standing.remembered:,}",
    )
    if judging.uniform:
        yield _("  It says the very same of every row, so it judges nothing: choose another model.")
    if standing.missing:
        yield plural(
            "  {count} row has no verdict; it is listed below.",
            "  {count} rows have no verdict; they are listed below.",
            standing.missing,
        )


def _agreement(report: AuditReport, agreed: Agreement) -> Iterator[str]:
    if not agreed.rows:
        return
    yield ""
    yield _("Heuristics (down) against the judge (across)")
    yield "  " + " " * 8 + "".join(f"{_(_DECISIONS[other]):>10}" for other in Decision)
    for one in Decision:
        cells = "".join(f"{agreed.table[one, other]:>10,}" for other in Decision)
        yield f"  {_(_DECISIONS[one]):<8}{cells}"
    yield "  " + _("They bin alike {share}.").format(share=_share(agreed.same))
    yield "  " + _kappa(agreed)
    yield from _only(report, By.HEURISTICS, agreed.only_heuristics)
    yield from _only(report, By.JUDGE, agreed.only_judge)


def _kappa(agreed: Agreement) -> str:
    kappa = agreed.kappa
    if kappa.value is None or kappa.interval is None:
        return _("Beyond chance: {grade}.").format(grade=kappa.grade)
    low, high = kappa.interval
    sentence = _("Beyond chance: kappa {value:.2f} ({low:.2f} to {high:.2f}), {grade}.")
    return sentence.format(value=kappa.value, low=low, high=high, grade=kappa.grade)


def _only(report: AuditReport, by: By, keys: tuple[str, ...]) -> Iterator[str]:
    if not keys:
        return
    verdicts = report.heuristics if by is By.HEURISTICS else report.judge
    found = [verdicts[key] for key in keys]
    why = ", ".join(f"{code} {count}" for code, count in reasons_of(found).items())
    yield "  " + _(_ONLY[by]).format(count=f"{len(keys):,}", why=why)
    for verdict in found[:_SHOWN]:
        yield f"    {report.rows[verdict.key].place}  {verdict.key}  {_why(verdict)}"


def _against_people(agreed: Agreement) -> Iterator[str]:
    if not any(scores.right.of for scores in agreed.against_people):
        return
    yield ""
    yield _("Against people, on the rows that they decided")
    for scores in agreed.against_people:
        yield from _scores(scores)


def _scores(scores: Scores) -> Iterator[str]:
    if not scores.right.of:
        return
    yield "  " + " ".join(filter(None, (_(_WHO[scores.by]), scores.name)))
    yield " " * 15 + _("right {share}").format(share=_share(scores.right))
    yield " " * 15 + _("of what it bins, people bin {share}").format(share=_share(scores.precision))
    yield " " * 15 + _("of what people bin, it bins {share}").format(share=_share(scores.recall))


def _share(share: Share) -> str:
    if share.share is None or share.interval is None:
        return _("none of 0")
    low, high = share.interval
    sentence = _("{count} of {of} ({share:.0%}; {low:.0%} to {high:.0%})")
    return sentence.format(count=share.count, of=share.of, share=share.share, low=low, high=high)


def _sample(report: AuditReport) -> Iterator[str]:
    if not report.sample:
        return
    yield ""
    yield _("To decide by hand: `lorewright data verdict KEY keep|bin`")
    for key in report.sample:
        row, found = report.rows[key], report.heuristics.get(key)
        said = _why(found) if found is not None and found.reasons else _("nothing")
        yield f"  {key}  {row.place}"
        yield "    " + _("heuristics: {said}").format(said=said)
        yield "    " + _("judge: {said}").format(said=_why(report.judge[key]))
        yield "    " + (_short(row.answer) or _("(no answer)"))


def _why(verdict: Verdict) -> str:
    """A verdict with its sternest reason."""
    word = _(_DECISIONS[verdict.decision])
    reason = next((one for one in verdict.reasons if one.decision is verdict.decision), None)
    return word if reason is None else f"{word}: {_short(reason.sentence)}"


def _short(text: str) -> str:
    line = excerpt(text)
    return line if len(line) <= _EXCERPT else f"{line[:_EXCERPT].rstrip()}…"


def _problems(report: AuditReport) -> Iterator[str]:
    if not report.problems:
        return
    yield ""
    yield _("Left out, or without a verdict")
    for problem in report.problems[:_LISTED]:
        yield f"  {problem.place}: {problem.sentence}"
    more = max(len(report.problems) - _LISTED, 0) + report.more
    if more:
        yield "  " + plural("… and {count} more", "… and {count} more", more)
