"""What a data set covers, what is missing of it, and which scenarios to write."""

from dataclasses import replace
from pathlib import Path

import pytest

from studio.chat.messages import Message
from studio.dataset.balance import Bands, shipped_balance
from studio.dataset.coverage import WHATS, Coverage, coverage, marks_of
from studio.dataset.enough import BadCurves, Curves, Fit, how_many, read_curves
from studio.dataset.rows import Kind, Place, Row
from studio.dataset.targets import BadTarget, gaps, sentences, targets_for
from studio.dataset.writing_plan import to_write
from studio.rules import Rules

CURVES = Curves(fits={"skill": Fit(top=0.8, scale=9, enough=15, low=8, high=33, cases=100)})


def row(text: str, group: str = "g", **facts: tuple[str, ...]) -> Row:
    spoken = (Message("user", "Go on."), Message("assistant", text, trained=True))
    return replace(Row(Kind.SCENARIO, "core", Place(f"{group}.md"), spoken, group), facts=facts)


def test_occurrences_types_and_rows_are_counted() -> None:
    one = row("one " * 60, "a", type=("combat",), skill=("stealth", "stealth"), dc=("15", "11"), level=("3",))
    two = row("two", "a", type=("combat",), skill=("arcana",), level=("3",))
    found = coverage([one, two, row("three", "b", type=("mixed",), level=("6",))])
    assert (found.rows, found.groups) == (3, 2)
    assert found.counts["skill"] == {"stealth": 2, "arcana": 1}
    assert found.counts["type"] == {"combat": 1, "mixed": 1}
    assert found.counts["dc"] == {"10-12": 1, "13-15": 1}
    assert found.counts["level"] == {"3": 1, "5-7": 1}
    assert found.counts["length"] == {"0-49": 2, "50-99": 1}
    assert found.counts["turns"] == {"1": 3}
    assert found.keys("type", "combat") == (one.key, two.key)
    assert found.keys("skill", "stealth") == (one.key,)
    assert list(found.counts) == [what for what in WHATS if what in found.counts]


def test_a_talk_without_facts_is_read_for_its_calls() -> None:
    talk = replace(row("He waits.\n\n[roll: persuasion dc 17]"), kind=Kind.CHAT, calls=1)
    assert {("tool", "roll"), ("skill", "persuasion"), ("dc", "16-18")} <= set(marks_of(talk, Rules.shipped()))


@pytest.mark.parametrize(
    ("number", "name", "bounds"), [(-2, "0-9", (0, 9)), (12, "10-12", (10, 12)), (40, "19+", (19, None))]
)
def test_bands(number: int, name: str, bounds: tuple[int, int | None]) -> None:
    bands = Bands(shipped_balance().bands["dc"])
    assert bands.of(number) == name
    assert bands.bounds(name) == bounds


def counted(**counts: dict[str, int]) -> Coverage:
    return Coverage({"kind": {"scenario": 10}, **counts}, {}, 10, 10)


def test_enough_is_said_in_words() -> None:
    found = counted(skill={"persuasion": 3, "stealth": 18, "arcana": 40})
    own = {"skill": {"persuasion": 15, "stealth": 15, "arcana": 15}}
    assert sentences(found, own, CURVES) == (
        "3 persuasion checks: about 12 more (5 to 30).",
        "18 stealth checks: about enough; up to 15 more may help.",
        "40 arcana checks: enough.",
    )
    [gap] = gaps(found, own, CURVES)
    assert (gap.missing, gap.low, gap.high) == (12, 5, 30)
    assert sentences(found, {"skill": {"persuasion": 4}}, CURVES) == ("3 persuasion checks: 1 more to reach 4.",)
    assert how_many("outcome", "failure", 1) == "1 failed check"


def test_no_bound_is_made_up() -> None:
    open_ = Curves(fits={"tool": Fit(top=0.9, scale=60, enough=97, low=40, high=None, cases=9)})
    [said] = sentences(counted(tool={"give": 10}), {"tool": {"give": 97}}, open_)
    assert said == "10 calls of give: about 87 more, or many more: the measured curve still rises there."


def test_targets_are_the_descriptions_over_the_shipped() -> None:
    found = counted(skill={"persuasion": 3}, type={"combat": 10})
    made = targets_for({"skill": {"sleight_of_hand": 40, "stealth": 0}, "level": {"6": 2}}, found, CURVES)
    assert made["skill"]["persuasion"] == 15
    assert made["skill"]["sleight of hand"] == 40
    assert "stealth" not in made["skill"]
    assert made["level"]["5-7"] == 2
    assert made["type"]["roleplay"] == 2
    assert not made["tool"]
    with pytest.raises(BadTarget, match="Did you mean “skill”"):
        targets_for({"skil": {"stealth": 1}}, found, CURVES)


def test_question_and_answer_has_no_targets_of_a_game() -> None:
    pairs = Coverage({"kind": {"pair": 500}, "length": {"0-49": 500}}, {}, 500, 500)
    assert targets_for({}, pairs, CURVES) == {}


def test_the_most_needed_comes_first() -> None:
    found = counted(skill={"persuasion": 3, "stealth": 14})
    order = [gap.value for gap in gaps(found, {"skill": {"stealth": 15, "persuasion": 15, "arcana": 15}}, CURVES)]
    assert order == ["arcana", "persuasion", "stealth"]


def test_one_scenario_fills_several_gaps() -> None:
    found = counted(skill={"persuasion": 3}, outcome={"success": 9, "failure": 1})
    own = {
        "type": {"roleplay": 1}, "skill": {"persuasion": 5}, "outcome": {"failure": 2}, "dc": {"16-18": 2},
        "class": {"bard": 1}, "level": {"5-7": 1}, "turns": {"10-14": 1}, "tool": {"give": 1},
    }  # fmt: skip
    missing = gaps(found, own, CURVES)
    [one] = to_write(missing)
    assert one.sentence == (
        "A roleplay of 10 to 14 turns with 2 persuasion checks and 1 call of give, 1 check failed, DC 16 to 18, "
        "for a level 5 bard."
    )
    filled: dict[tuple[str, str], int] = {}
    for what, value, count in one.fills:
        filled[what, value] = filled.get((what, value), 0) + count
    assert all(filled[gap.what, gap.value] >= gap.missing for gap in missing)


def test_all_that_is_missing_gets_written_in_the_end() -> None:
    skills = [name.replace("_", " ") for name in Rules.shipped().skills]
    own = {"skill": dict.fromkeys(skills, 3), "tool": {"roll": 99, "level up": 4}, "dc": {"19+": 5}}
    missing = gaps(counted(), own, CURVES)
    written = to_write(missing, most=500)
    assert len(written) < 60
    for gap in missing:
        done = sum(n for one in written for what, value, n in one.fills if (what, value) == (gap.what, gap.value))
        assert done >= gap.missing, gap
    assert to_write((), most=5) == ()


def test_the_shipped_curves_are_measured_and_fit_their_points() -> None:
    curves = Curves.shipped()
    assert set(curves.fits) == {"skill", "tool"}
    for what, fit in curves.fits.items():
        points = [one for one in curves.points if one.what == what]
        assert fit.cases == sum(one.of for one in points)
        assert fit.right(fit.enough) == pytest.approx(curves.share * fit.top, abs=0.1)
        expected = sum(fit.right(one.occurrences) * one.of for one in points)
        assert sum(one.right for one in points) == pytest.approx(expected, rel=0.25)
        assert fit.enough <= max(one.occurrences for one in points)


def test_damaged_curves_are_told(tmp_path: Path) -> None:
    unordered = "fits: {skill: {top: 0.5, scale: 1, enough: 1, low: 2, cases: 1}}"
    for text in ("fits: {skill: {top: 2}}", "fits: [", unordered):
        path = tmp_path / "curves.yaml"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(BadCurves, match="has no learning curves"):
            read_curves(path)
