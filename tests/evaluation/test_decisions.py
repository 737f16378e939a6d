"""An expert's decisions asked of a model: what counts as right, and where the cases come from."""

import asyncio
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from studio.evaluation.decision_cases import BadAnswerSchema, DecisionSettings, NothingDecided
from studio.evaluation.decisions import DECISIONS
from studio.evaluation.kind import CaseResult, Context, Part, Place
from studio.evaluation.suites import BadSuite, read_suite
from studio.inference.protocol import Ask, Generation
from studio.scenario.game import Game

WANTED = {
    "reasoning": "They are close.",
    "orders": [{"ship": "Alpha", "to": "velm", "reasoning": "near"}],
    "priority": "Defence",
}
SNAPSHOT = {
    "game_id": "g1", "turn": 3, "house": "velm", "expert_decision": WANTED,
    "game_state": {"turn": 3, "legal": ["velm", "thane"]},
}  # fmt: skip
SCHEMA = {"type": "object", "required": ["orders"], "properties": {"orders": {"type": "array"}}}
SETTINGS = {"action": "orders.*.to", "priority": "priority", "orders": "orders.*.to", "legal": "legal"}


class Says:
    """Gives the answers that it was made with, in turn."""

    def __init__(self, answers: Sequence[str]) -> None:
        self.answers = list(answers)

    async def answer_many(self, asks: Sequence[Ask]) -> list[Generation]:
        return [Generation((), self.answers.pop(0), "end", 1, 0, 0.0, 0.0) for _ in asks]


Ask1 = Callable[..., CaseResult]


@pytest.fixture
def asked(tmp_path: Path) -> Ask1:
    """Asks for the one decision of a file, and gives the result of an answer."""

    def go(answer: Any, record: dict[str, Any] = SNAPSHOT, **settings: Any) -> CaseResult:
        (tmp_path / "turns.jsonl").write_text(json.dumps(record) + "\n", encoding="utf-8")
        (tmp_path / "schema.json").write_text(json.dumps(SCHEMA), encoding="utf-8")
        part = Part("decisions", DecisionSettings.model_validate({"files": ["turns.jsonl"], **settings}), "decisions")
        place = Place(tmp_path, tmp_path, Game.shipped())
        text = answer if isinstance(answer, str) else json.dumps(answer)

        async def measured() -> list[CaseResult]:
            cases = DECISIONS.cases(part, place)
            return [one async for one in DECISIONS.measure(Says([text]), cases, Context(place))]

        (result,) = asyncio.run(measured())
        return result

    return go


@pytest.mark.parametrize(
    ("answer", "scores"),
    [
        ({**WANTED, "reasoning": "another"}, (1, 1, 1, 1, 1)),
        ({"orders": [{"to": "VELM "}], "priority": "Growth"}, (1, 1, 1, 1, 0)),
        ({"orders": [{"to": "thane"}], "priority": "defence"}, (0, 1, 1, 1, 1)),
        ({"orders": [{"to": "the moon"}], "priority": "Defence"}, (0, 1, 1, 0, 1)),
        ({"order": []}, (0, 1, 0, 1, 0)),
        ("Guard velm.", (0, 0, 0, 0, 0)),
        ('{"orders": [{"to": NaN}]}', (0, 0, 0, 0, 0)),
        ("7", (0, 0, 0, 0, 0)),
    ],
)
def test_what_is_right_of_a_decision(asked: Ask1, answer: Any, scores: tuple[int, ...]) -> None:
    result = asked(answer, **SETTINGS, answer_schema="schema.json")
    assert result.scores == dict(
        zip(("action", "json", "schema", "legal", "priority"), map(float, scores), strict=True)
    )
    assert result.right is (scores[:4] == (1, 1, 1, 1))


def test_without_paths_the_whole_decision_counts_but_for_its_reasons(asked: Ask1) -> None:
    bare = {"priority": "Defence", "orders": [{"to": "velm", "ship": "alpha"}]}
    assert asked(bare).right
    assert not asked({**bare, "priority": "Growth"}).right


@pytest.mark.parametrize(("answer", "right"), [("Bug fix - it is urgent.", True), ("bug fixing", False), ("", False)])
def test_a_decision_in_words_is_its_line(asked: Ask1, answer: str, right: bool) -> None:
    result = asked(answer, {"prompt": "Which task is next?", "completion": "Bug fix"})
    assert result.right is right
    assert "json" not in result.scores, "nothing that could not be asked is counted"


def test_where_no_decision_is_it_is_said(asked: Ask1) -> None:
    with pytest.raises(NothingDecided, match=r"turns\.jsonl"):
        asked("x", {"something": 1})


def test_a_schema_that_fetches_or_is_none_is_refused(asked: Ask1, tmp_path: Path) -> None:
    for schema in ('{"$ref": "http://127.0.0.1:9/x"}', '{"type": 3}', "[]", "{"):
        (tmp_path / "bad.json").write_text(schema, encoding="utf-8")
        with pytest.raises(BadAnswerSchema, match=r"bad\.json"):
            asked("x", answer_schema="bad.json")


def test_every_mistake_of_the_settings_is_told(tmp_path: Path) -> None:
    suite = tmp_path / "own.yaml"
    suite.write_text("parts: [{kind: decisions, dataset: a, action: a..b, tokens: 0}]\n", encoding="utf-8")
    with pytest.raises(BadSuite, match=r"(?s)parts\.1\.action.*parts\.1\.tokens"):
        read_suite(suite)
