"""Canon: what may not be said together, what must be, and numbers in range; and a file with every mistake listed."""

from pathlib import Path

import pytest

from studio.chat.messages import ASSISTANT, USER
from studio.dataset.audit.canon import Canon, numbers
from studio.dataset.audit.canon_file import BadCanon, read_canon
from studio.dataset.audit.sight import Sight, Talk
from studio.dataset.rows import Kind
from studio.dataset.verdicts import Decision

STRATEGY = """\
format: 1
aliases:
  Eye of the Hurricane: [EoH]
  Modified Xyclon: [MX]
rules:
  - name: hurricane-needs-no-clip
    when: [Eye of the Hurricane]
    must not mention: Miniclip
    unless: [never, not, without]
    reason: The Hurricane is played with Windborne and dodging.
  - name: xyclon-reloads
    when: Modified Xyclon
    must mention: [Miniclip, reload loop]
    action: flag
    reason: It lives from the reload loop.
  - name: diamonds
    when: Aeroplane Chess
    number: {near: [diamonds, diamond], from: 27000, to: 27000, within: 6, least: 1000}
    reason: Those who pay little save up 27,000 first.
"""


@pytest.fixture
def strategy(tmp_path: Path) -> Canon:
    path = tmp_path / "strategy.yaml"
    path.write_text(STRATEGY)
    return read_canon([path])


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("Put a Miniclip on your EoH and fire.", {"canon:hurricane-needs-no-clip"}),
        ("The eye of the\nhurricane likes a MINICLIP.", {"canon:hurricane-needs-no-clip"}),
        ("Play EoH with Windborne.", set()),
        ("Never put a Miniclip on EoH.", set()),
        ("Miniclips and EoHs are other words.", set()),
        ("MX is a fine weapon.", {"canon:xyclon-reloads"}),
        ("MX wants the reload-loop.", set()),
        ("MX with a miniclip.", set()),
        ("Save 27k diamonds for Aeroplane Chess.", set()),
        ("Save 27,000 diamonds for aeroplane chess.", set()),
        ("Save 27 000 diamonds for aeroplane chess.", set()),
        ("Save 15k diamonds for Aeroplane Chess.", {"canon:diamonds"}),
        ("For Aeroplane Chess 2 diamonds are gone with each step.", set()),
        ("Aeroplane Chess opens at level 30,000, and long after that one day some people have diamonds.", set()),
    ],
)
def test_the_three_denials(strategy: Canon, text: str, broken: set[str]) -> None:
    assert {reason.code for reason in strategy.check_text(text)} == broken


def test_a_reason_says_what_stood_there_and_why(strategy: Canon) -> None:
    number = strategy.check_text("Aeroplane Chess: 15.5k diamonds will do.")[0]
    assert (number.decision, number.value, number.limit) == (Decision.BIN, 15500, 27000)
    assert "15.5k" in number.sentence and "save up 27,000" in number.sentence
    assert strategy.check_text("MX!")[0].decision is Decision.FLAG


def test_scope_says_where_it_is_looked_for(tmp_path: Path) -> None:
    path = tmp_path / "canon.yaml"
    rule = "rules:\n" + "".join(
        f"  - {{name: {scope}, scope: {scope}, must not mention: dragon}}\n" for scope in ("answer", "prompt", "row")
    )
    path.write_text(rule)
    canon = read_canon([path])

    def broken(prompt: str, answer: str) -> set[str]:
        talk = Talk(Kind.PAIR, ((USER, prompt, False), (ASSISTANT, answer, True)))
        return {reason.code for reason in canon.check(Sight(talk))}

    assert broken("A dragon?", "No.") == {"canon:prompt", "canon:row"}
    assert broken("What?", "A dragon.") == {"canon:answer", "canon:row"}
    assert canon.without(("canon:row",)).check_text("A dragon.")[0].code == "canon:answer"
    assert len(canon.check_text("A dragon.")) == 2


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("27k", [27_000]),
        ("27,000", [27_000]),
        ("27.000", [27_000]),
        ("27 000", [27_000]),
        ("27.5k", [27_500]),
        ("1.250k", [1_250]),
        ("1.2 million", [1_200_000]),
        ("3m", [3_000_000]),
        ("3 men", [3]),
        ("12 kings", [12]),
        ("0.5", [0.5]),
        ("1,234,567", [1_234_567]),
        ("1, 2 and 3", [1, 2, 3]),
        ("v1.2.3", []),
        ("abc12", []),
        ("5'000", [5_000]),
    ],
)
def test_numbers_are_read_as_people_write_them(text: str, values: list[float]) -> None:
    assert [value for _start, _end, value in numbers(text)] == pytest.approx(values)


def test_every_mistake_is_listed_with_line_and_field(tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(
        "rules:\n  - name: a b\n    must mention: x\n  - name: two\n    action: burn\n    must not mention: y\n"
        "  - name: three\n    must not menton: z\n  - name: four\n    number: {near: gold, from: 5, to: 1}\n"
    )
    with pytest.raises(BadCanon) as caught:
        read_canon([path])
    told = str(caught.value)
    for place in (
        "line 2, rules.0.name",
        "line 5, rules.1.action",
        "line 8, rules.2.must not menton",
        "line 10, rules.3.number",
    ):
        assert place in told
    assert "must not mention”?" in told


@pytest.mark.parametrize(
    "text", ["", "rules: []", "rules: 3", "- a", "a: [", "rules: [{name: x, must mention: '...'}]", "\x00"]
)
def test_what_is_no_canon_is_our_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(text)
    with pytest.raises(BadCanon):
        read_canon([path])


def test_two_rules_of_one_name_are_a_mistake(tmp_path: Path) -> None:
    rule = "  - {name: same, must mention: x}\n"
    one, other = tmp_path / "one.yaml", tmp_path / "other.yaml"
    one.write_text("rules:\n" + rule + rule)
    with pytest.raises(BadCanon, match="line 3, rules"):
        read_canon([one])
    one.write_text("rules:\n" + rule)
    other.write_text("rules:\n" + rule)
    with pytest.raises(BadCanon, match="same"):
        read_canon([one, other])


def test_a_list_is_empty_only_where_nothing_stands_in_it(tmp_path: Path) -> None:
    """Rules that all have mistakes are there; they are told, and not that there are none beside."""
    path = tmp_path / "canon.yaml"
    path.write_text("format: 1\nrules:\n  - {name: a, must mention: x, action: burn}\n")
    with pytest.raises(BadCanon, match=r"1 mistake\. line 3, rules\.0\.action") as caught:
        read_canon([path])
    assert "it is empty" not in str(caught.value)
    path.write_text("format: 1\nrules: []\n")
    with pytest.raises(BadCanon, match=r"1 mistake\. line 2, rules: it is empty"):
        read_canon([path])
