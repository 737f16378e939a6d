"""Owns whose verdict decides on a row: heuristics, judge, both of them, or a person first; reaches none itself.

- `person` (the default): a person's verdict; where nobody spoke the judge's; without one the heuristics'. A judge that
  flags has not decided: what the heuristics bin stays binned.
- `judge`: the judge's. A row without one is flagged, whatever the heuristics say, never kept in silence.
- `heuristics`: the heuristics'.
- `both`: binned only where both bin, kept where both keep, flagged everywhere else. Each of the two is wrong often
  enough that binning on one word would lose good rows; where they differ is just what a person should look at.

A canon rule that bins is a denial: it holds under every authority, and only a person under `person` stands above it. So
it is with duplicates, of which a judge, who sees one row at a time, can know nothing; and with secrets, which no judge
can unsay: a model may be talked into keeping a row by the row itself, and what is learnt or pushed is out.
Where the setting passes over what a person said, the verdict says so, and a person's bin leaves the row flagged.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from studio.dataset.description import Authority
from studio.dataset.verdicts import By, Decision, Reason, Verdict
from studio.language import N_, _

CANON = "canon:"
"""How the codes of the canon's reasons begin."""

UNSEEN = frozenset({"duplicate", "near-duplicate"})
"""Codes of what only shows between rows."""

SECRET = frozenset({"secret"})
"""Codes of what does harm as soon as it is out."""

_UNJUDGED = N_("The judge has given no verdict on this row. Run `lorewright data judge` again, or decide by hand.")
_DIFFER = N_("The heuristics say {heuristics}, the judge says {judge}.")
_PASSED_OVER = N_("A person said {decision}, which does not count while `authority` is `{authority}`.")


def decide(
    key: str, heuristics: Verdict | None, judge: Verdict | None, person: Verdict | None, authority: Authority
) -> Verdict:
    """The verdict that counts in a build. No verdict of the heuristics means that they found nothing."""
    found = heuristics if heuristics is not None else Verdict(key, By.HEURISTICS, Decision.KEEP)
    if authority == "person" and person is not None:
        return person
    denials = tuple(reason for reason in found.reasons if _denies(reason))
    denied = Verdict(key, By.HEURISTICS, Decision.BIN, denials)
    counted = denied if denials else _BY_AUTHORITY[authority](found, judge)
    return _remarked(counted, person, authority)


def _denies(reason: Reason) -> bool:
    held = reason.code.startswith(CANON) or reason.code in UNSEEN | SECRET
    return held and reason.decision is Decision.BIN


def _heuristics(found: Verdict, _judge: Verdict | None) -> Verdict:
    return found


def _judge(found: Verdict, judge: Verdict | None) -> Verdict:
    return judge if judge is not None else _unjudged(found.key)


def _both(found: Verdict, judge: Verdict | None) -> Verdict:
    if judge is None:
        return _unjudged(found.key, found.reasons)
    if found.decision is judge.decision:
        return replace(judge, reasons=(*found.reasons, *judge.reasons))
    reasons = _softened((*found.reasons, *judge.reasons))
    sentence = _(_DIFFER).format(heuristics=found.decision, judge=judge.decision)
    differ = Reason("both", sentence, Decision.FLAG)
    return Verdict(found.key, By.JUDGE, Decision.FLAG, (differ, *reasons), judge.score)


def _first_of(found: Verdict, judge: Verdict | None) -> Verdict:
    if judge is None:
        return found
    if judge.decision is Decision.FLAG and found.decision is Decision.BIN:
        return replace(found, reasons=(*found.reasons, *judge.reasons))
    return judge


_BY_AUTHORITY: Mapping[Authority, Callable[[Verdict, Verdict | None], Verdict]] = {
    "heuristics": _heuristics,
    "judge": _judge,
    "both": _both,
    "person": _first_of,
}


def _unjudged(key: str, reasons: tuple[Reason, ...] = ()) -> Verdict:
    return Verdict(key, By.JUDGE, Decision.FLAG, (Reason("unjudged", _(_UNJUDGED), Decision.FLAG), *_softened(reasons)))


def _softened(reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    """The reasons where none of them bins by itself."""
    return tuple(replace(one, decision=Decision.FLAG) if one.decision is Decision.BIN else one for one in reasons)


def _remarked(counted: Verdict, person: Verdict | None, authority: Authority) -> Verdict:
    """The verdict with what a person said, where that is passed over."""
    if person is None or person.decision is counted.decision:
        return counted
    sentence = _(_PASSED_OVER).format(decision=person.decision, authority=authority)
    decision = Decision.FLAG if counted.decision is Decision.KEEP else counted.decision
    return replace(counted, decision=decision, reasons=(*counted.reasons, Reason("passed-over", sentence, decision)))
