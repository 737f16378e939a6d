"""The questions of a canon, and what an answer to them is held against."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from studio.dataset.audit.canon_file import read_canon
from studio.evaluation.kind import CaseResult, Context, Part, Place
from studio.evaluation.knowledge import KNOWLEDGE, KnowledgeSettings, NothingAsked
from studio.evaluation.suites import BadSuite, read_suite
from studio.inference.protocol import Ask, Generation
from studio.scenario.game import Game

CANON = """
format: 1
rules:
  - name: ferry-toll
    ask: [What does the ferry cost?, How much must I pay the ferryman?]
    must mention: [copper]
    must not mention: [gold]
    number: {near: [copper], from: 3, to: 3}
  - name: no-dragons
    must not mention: [dragon]
    unless: [never, "no"]
  - name: capital
    ask: What is the capital called?
    when: capital
    must mention: [Harrow]
"""


class Says:
    """Answers each chat with a text that was given."""

    def __init__(self, *texts: str) -> None:
        self.texts = list(texts)
        self.asked: list[Ask] = []

    async def answer_many(self, asks: Sequence[Ask]) -> list[Generation]:
        self.asked += asks
        return [Generation((), self.texts.pop(0), "end", 1, 0, 0.0, 0.0) for _ in asks]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    (tmp_path / "canon.yaml").write_text(CANON, encoding="utf-8")
    return Place(tmp_path, tmp_path, Game.shipped())


def _results(place: Place, *texts: str) -> list[CaseResult]:
    part = Part("knowledge", KnowledgeSettings(canon=(Path("canon.yaml"),), system="You know it all."), "knowledge")

    async def go() -> list[CaseResult]:
        return [one async for one in KNOWLEDGE.measure(Says(*texts), KNOWLEDGE.cases(part, place), Context(place))]

    return asyncio.run(go())


def test_an_answer_is_held_against_its_own_rule_and_all_others(place: Place) -> None:
    right, no_number, capital = _results(place, "Three, that is 3 copper.", "Some copper.", "It is Harrow.")
    assert (right.id, right.right) == ("ferry-toll#1", True)
    assert not no_number.right and "no number from 3 to 3" in no_number.detail["broken"][0]["sentence"]
    assert capital.right, "asked directly, it need not repeat what the rule is about"


@pytest.mark.parametrize(
    ("answer", "own", "denied"),
    [
        ("3 gold pieces, or copper", 0.0, 0.0),
        ("5 copper", 0.0, 0.0),
        ("3 copper, and a dragon watches", 1.0, 1.0),
        ("3 copper; there is no dragon", 1.0, 0.0),
        ("   ", 0.0, 0.0),
    ],
)
def test_what_is_denied_in_data_is_denied_in_answers(place: Place, answer: str, own: float, denied: float) -> None:
    first, *_rest = _results(place, answer, "3 copper", "Harrow")
    assert (first.scores["own"], first.scores["denied"]) == (own, denied)
    assert first.right is (own == 1.0 and denied == 0.0)


def test_questions_bind_no_row_of_a_data_set_that_is_about_something_else(place: Place) -> None:
    canon = read_canon([place.root / "canon.yaml"])
    assert canon.check_text("The rain goes on.") == ()
    assert [reason.code for reason in canon.check_text("The capital lies east.")] == ["canon:capital"]
    assert [reason.code for reason in canon.check_text("The ferryman takes gold.")] == ["canon:ferry-toll"]


def test_a_canon_without_questions_and_one_outside_are_refused(place: Place, tmp_path: Path) -> None:
    (tmp_path / "canon.yaml").write_text("rules: [{name: a, must not mention: elf}]\n", encoding="utf-8")
    with pytest.raises(NothingAsked, match=r"canon\.yaml"):
        _results(place)
    suite = tmp_path / "own.yaml"
    suite.write_text("parts: [{kind: knowledge, tokens: 0, canon: []}]\n", encoding="utf-8")
    with pytest.raises(BadSuite, match=r"(?s)parts\.1\.canon.*parts\.1\.tokens"):
        read_suite(suite)
