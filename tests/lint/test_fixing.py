"""Fixes applied until nothing changes: every sure one, never two that touch, always to an end."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.files import read_text
from studio.lint import TABLE, Diagnostic, Edit, Fix, Severity, check
from studio.lint.fixing import MOST_ROUNDS, edited, mend
from studio.scenario import Span, parse

FIXTURES = Path(__file__).parents[1] / "fixtures" / "scenarios"
WRONG = {path.name[:4]: path for path in sorted(FIXTURES.glob("*.wrong.md")) if path.name[:4] != "S001"}


def of(text: str) -> list[Diagnostic]:
    return check(parse(text))


def fixes(text: str, *, sure: bool) -> list[Diagnostic]:
    return [one for one in of(text) if one.fix is not None and one.fix.sure is sure]


def test_at_least_twenty_rules_of_all_families_are_mended_surely() -> None:
    mended = {one.code for code, path in WRONG.items() for one in fixes(read_text(path), sure=True) if one.code == code}
    assert len(mended) >= 30
    assert {code[0] for code in mended} == set("SPTRW")
    assert len(TABLE) >= 100
    assert {code[0] for code in TABLE} == set("SPTRW")


@pytest.mark.parametrize("code", WRONG)
def test_a_mended_fixture_is_at_rest_and_no_worse(code: str) -> None:
    text = read_text(WRONG[code])
    after = mend(text, of)
    assert fixes(after.text, sure=True) == []
    assert mend(after.text, of).applied == ()
    assert bool(after.applied) == (after.text != text)
    if any(one.code == code for one in fixes(text, sure=True)):
        assert code in [one.code for one in after.applied]
        assert code not in [one.code for one in of(after.text) if one.fix and one.fix.sure]
    errors = [sum(one.severity is Severity.ERROR for one in of(now)) for now in (text, after.text)]
    assert errors[1] <= errors[0]


def test_what_a_person_must_choose_is_left() -> None:
    text = read_text(WRONG["R108"])
    assert [one.code for one in fixes(text, sure=False)] == ["R108"]
    assert mend(text, of).text == text


def test_it_says_what_it_did_and_where() -> None:
    text = read_text(WRONG["W010"]).replace("</User>", "</user>")
    after = mend(text, of)
    assert [(one.code, one.line, bool(one.title)) for one in after.applied] == [("S010", 41, True), ("W010", 43, True)]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("code", ["S017", "W017", "W022", "R106", "W011"])
def test_line_ends_stay_as_they_were(code: str, newline: str) -> None:
    text = read_text(WRONG[code]).replace("\n", newline)
    after = mend(text, of).text
    assert after != text
    rest = after.replace(newline, "")
    assert "\r" not in rest and "\n" not in rest


def fix(start: int, end: int, new: str) -> Diagnostic:
    edits = (Edit(Span(start, end), new),)
    return Diagnostic("S007", Severity.ERROR, Span(start, end), "x", Fix("x", edits))


def test_of_fixes_that_touch_the_first_is_applied_and_the_rest_looked_for_again() -> None:
    rounds: list[str] = []

    def judge(text: str) -> list[Diagnostic]:
        rounds.append(text)
        return [fix(place, place + 2, "b") for place in range(len(text) - 1) if text[place : place + 2] == "aa"]

    assert mend("aaaa c", judge).text == "bb c"
    assert rounds[:3] == ["aaaa c", "baa c", "bb c"]


def test_two_fixes_that_undo_each_other_come_to_an_end() -> None:
    def judge(text: str) -> list[Diagnostic]:
        return [fix(0, 1, "b" if text == "a" else "a")]

    assert mend("a", judge).text == "b"


def test_a_fix_that_feeds_itself_is_stopped() -> None:
    after = mend("a", lambda text: [fix(0, 0, "a")])
    assert after.text == "a" * (MOST_ROUNDS + 1)


def test_edits_are_applied_by_their_place_and_not_by_their_order() -> None:
    assert edited("abc", [Edit(Span(2, 3), "z"), Edit(Span(0, 1), "x"), Edit(Span(1, 1), "-")]) == "x-bz"
    assert edited("abc", []) == "abc"


PIECES = [line for path in WRONG.values() for line in read_text(path).splitlines(keepends=True)]


@settings(max_examples=60)
@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_any_text_comes_to_rest(text: str) -> None:
    after = mend(text, of)
    assert fixes(after.text, sure=True) == []
