"""Whose verdict counts: the table of authorities, denials, and what is passed over."""

import itertools

import pytest

from studio.dataset.audit.authority import decide
from studio.dataset.verdicts import By, Decision, Reason, Verdict

KEEP, FLAG, BIN = Decision.KEEP, Decision.FLAG, Decision.BIN
H, J, P = By.HEURISTICS, By.JUDGE, By.PERSON


def verdict(by: By, decision: Decision | None, code: str = "chatter") -> Verdict | None:
    if decision is None:
        return None
    return Verdict("k", by, decision, (Reason(code, "because", decision),))


TABLE = [
    # authority, heuristics, judge, person, counts, by
    ("person", BIN, KEEP, KEEP, KEEP, P),
    ("person", KEEP, KEEP, BIN, BIN, P),
    ("person", BIN, BIN, FLAG, FLAG, P),
    ("person", BIN, KEEP, None, KEEP, J),
    ("person", KEEP, BIN, None, BIN, J),
    ("person", BIN, None, None, BIN, H),
    ("person", None, None, None, KEEP, H),
    ("person", BIN, FLAG, None, BIN, H),
    ("person", KEEP, FLAG, None, FLAG, J),
    ("judge", BIN, KEEP, None, KEEP, J),
    ("judge", KEEP, BIN, None, BIN, J),
    ("judge", KEEP, None, None, FLAG, J),
    ("judge", BIN, None, None, FLAG, J),
    ("heuristics", BIN, KEEP, None, BIN, H),
    ("heuristics", None, BIN, None, KEEP, H),
    ("both", BIN, BIN, None, BIN, J),
    ("both", KEEP, KEEP, None, KEEP, J),
    ("both", None, KEEP, None, KEEP, J),
    ("both", BIN, KEEP, None, FLAG, J),
    ("both", KEEP, BIN, None, FLAG, J),
    ("both", FLAG, BIN, None, FLAG, J),
    ("both", BIN, None, None, FLAG, J),
    ("both", KEEP, None, None, FLAG, J),
]


@pytest.mark.parametrize(("authority", "heuristics", "judge", "person", "counts", "by"), TABLE)
def test_who_decides(authority, heuristics, judge, person, counts, by) -> None:
    found = decide("k", verdict(H, heuristics), verdict(J, judge), verdict(P, person), authority)
    assert (found.decision, found.by) == (counts, by)


def test_without_a_verdict_of_the_judge_the_row_says_so() -> None:
    for authority in ("judge", "both"):
        found = decide("k", verdict(H, KEEP), None, None, authority)
        assert found.reasons[0].code == "unjudged"


@pytest.mark.parametrize("code", ["canon:hurricane", "duplicate", "near-duplicate", "secret"])
@pytest.mark.parametrize("authority", ["heuristics", "judge", "both", "person"])
def test_a_denial_holds_under_every_authority_and_only_a_person_stands_above_it(authority, code) -> None:
    denied = verdict(H, BIN, code)
    found = decide("k", denied, verdict(J, KEEP), None, authority)
    assert (found.decision, found.by, found.reasons[0].code) == (BIN, H, code)
    by_person = decide("k", denied, verdict(J, KEEP), verdict(P, KEEP), authority)
    assert by_person.decision is (KEEP if authority == "person" else BIN)


def test_a_canon_rule_that_only_flags_is_no_denial() -> None:
    assert decide("k", verdict(H, FLAG, "canon:x"), verdict(J, KEEP), None, "judge").decision is KEEP


@pytest.mark.parametrize("authority", ["heuristics", "judge", "both"])
def test_a_person_who_is_passed_over_is_named_and_their_bin_is_looked_at(authority) -> None:
    found = decide("k", verdict(H, KEEP), verdict(J, KEEP), verdict(P, BIN), authority)
    assert (found.decision, found.reasons[-1].code) == (FLAG, "passed-over")
    found = decide("k", verdict(H, BIN), verdict(J, BIN), verdict(P, KEEP), authority)
    assert (found.decision, found.reasons[-1].code) == (BIN, "passed-over")
    assert "authority" in found.reasons[-1].sentence


def test_nothing_is_kept_that_the_one_who_decides_bins() -> None:
    """Over all cases: what everybody bins is binned, what nobody speaks against is kept."""
    for authority, one in itertools.product(("heuristics", "judge", "both", "person"), (KEEP, FLAG, BIN)):
        assert decide("k", verdict(H, one), verdict(J, one), verdict(P, one), authority).decision is one
