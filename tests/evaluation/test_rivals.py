"""Who a model is measured beside: what rules learn, what a base is told, what is said of those that are missing."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from studio.chat import Message
from studio.evaluation.absence import absent
from studio.evaluation.decision_cases import DecisionSettings
from studio.evaluation.decisions import DECISIONS
from studio.evaluation.evaluating import Evaluating
from studio.evaluation.foretelling import Foretelling
from studio.evaluation.kind import CaseResult, Context, Kind, Part, Place
from studio.evaluation.kinds import KINDS
from studio.evaluation.knowledge import KNOWLEDGE
from studio.evaluation.plain_words import opening
from studio.evaluation.rivals import RIVALS, UNREAD, Answering, Forbearing
from studio.evaluation.stress import STRESS
from studio.evaluation.summary import summarise_part
from studio.evaluation.trust import TRUST
from studio.inference.errors import ContextTooSmall
from studio.inference.protocol import Ask, Generation
from studio.inference.service_errors import RequestRefused
from studio.scenario.game import Game
from tests.evaluation.plays import Scripted, as_written, open_suite, workspace

PLACE = Place(Path(), Path(), Game.shipped())
SAID = {"wolves": "hold", "bandits": "attack", "traders": "trade"}


def _snapshot(turn: int, foe: str) -> dict[str, Any]:
    return {
        "game_id": f"g{turn}", "turn": turn, "house": "velm", "game_state": {"turn": turn, "foe": foe},
        "expert_decision": {"order": SAID[foe], "reasoning": f"turn {turn}"},
    }  # fmt: skip


def _decisions(root: Path, **settings: Any) -> tuple[Part, Place]:
    seen = ["wolves", "bandits", "wolves", "bandits", "wolves", "bandits", "bandits", "traders"]
    for name, foes in (("seen.jsonl", seen), ("asked.jsonl", ["wolves", "bandits", "traders"])):
        turns = [json.dumps(_snapshot(at + (100 if name == "seen.jsonl" else 0), foe)) for at, foe in enumerate(foes)]
        (root / name).write_text("\n".join(turns) + "\n", encoding="utf-8")
    told = {"files": ["asked.jsonl"], "action": "order", **settings}
    return Part("decisions", DecisionSettings.model_validate(told), "decisions"), Place(root, root, Game.shipped())


async def _measured(kind: Kind, rule: Answering, part: Part, place: Place) -> list[CaseResult]:
    return [one async for one in kind.measure(rule, kind.cases(part, place), Context(place))]


async def test_the_rules_of_decisions_learn_from_what_is_trained_on(tmp_path: Path) -> None:
    part, place = _decisions(tmp_path, learn=["seen.jsonl"])
    keyword, commonest = DECISIONS.rivals(part, place)
    by_word = await _measured(DECISIONS, keyword.rule, part, place)
    assert {json.loads(one.expected)["order"]: one.right for one in by_word} == {
        "hold": True, "attack": True, "trade": False,
    }, "a word that was seen once foretells nothing"  # fmt: skip
    usual = await _measured(DECISIONS, commonest.rule, part, place)
    assert [json.loads(one.got)["order"] for one in usual] == ["attack"] * 3
    assert commonest.title == "always “attack”"


async def test_without_anything_to_learn_from_there_are_no_rules_and_that_is_said(tmp_path: Path) -> None:
    part, place = _decisions(tmp_path)
    assert DECISIONS.rivals(part, place) == ()
    base = DECISIONS.prompting(part, place)
    assert (
        base is not None
        and len(base.change(DECISIONS.cases(part, place)[0].messages and _ask(part, place)).messages) == 2
    )


def _ask(part: Part, place: Place, number: int = 0) -> Ask:
    return Ask(DECISIONS.cases(part, place)[number].messages)


async def test_a_base_that_decides_reads_what_an_answer_is_examples_and_is_held_to_json(tmp_path: Path) -> None:
    (tmp_path / "schema.json").write_text(json.dumps({"type": "object", "required": ["order"]}), encoding="utf-8")
    part, place = _decisions(tmp_path, learn=["seen.jsonl"], answer_schema="schema.json")
    base = DECISIONS.prompting(part, place)
    assert base is not None
    ask = base.change(_ask(part, place))
    system, *shown, last = ask.messages
    assert '"required": ["order"]' in system.content and last == _ask(part, place).messages[-1]
    answers = [one.content for one in shown if one.role == "assistant"]
    assert sorted(json.loads(one)["order"] for one in answers) == ["attack", "hold", "trade"]
    assert ask.grammar is not None and ask.grammar.startswith("root ::= object | array")
    again = DECISIONS.prompting(*_decisions(tmp_path, learn=["seen.jsonl"]))
    assert again is not None and again.identity != base.identity


async def test_the_sentences_speak_of_cases_where_no_scenario_is_played(tmp_path: Path) -> None:
    part, place = _decisions(tmp_path, learn=["seen.jsonl"])
    keyword, _commonest = DECISIONS.rivals(part, place)
    results = await _measured(DECISIONS, keyword.rule, part, place)
    told = opening(summarise_part("decisions", results), results, place)
    assert told.fails.startswith("Where it fails: decides as the expert, 67% (")
    assert told.write == "What to write next: more of what these cases ask for."


def test_no_case_that_is_asked_is_learnt_from(tmp_path: Path) -> None:
    part, place = _decisions(tmp_path, learn=["asked.jsonl"])
    assert DECISIONS.rivals(part, place) == ()


CANON = """rules:
  - {name: innkeeper, ask: Who keeps the Eel?, must mention: [Marra, the widow]}
  - {name: ferry, ask: What does the ferry cost?, number: {near: [copper, "the ferry"], from: 2, to: 3}}
  - {name: bell, ask: Who rings the toll bell?, must mention: [Marra]}
  - {name: river, ask: Which river is the Vess?, must mention: [Vess]}
"""


async def test_the_rules_of_knowledge_show_what_a_question_gives_away_and_what_one_answer_gets(tmp_path: Path) -> None:
    (tmp_path / "canon.yaml").write_text(CANON, encoding="utf-8")
    part = Part("knowledge", KNOWLEDGE.settings.model_validate({"canon": ["canon.yaml"]}), "knowledge")
    place = Place(tmp_path, tmp_path, Game.shipped())
    echo, usual = KNOWLEDGE.rivals(part, place)
    rights = [[one.right for one in await _measured(KNOWLEDGE, rival.rule, part, place)] for rival in (echo, usual)]
    assert rights == [[False, False, False, True], [True, False, True, False]]
    assert usual.title == "always “Marra”"
    base = KNOWLEDGE.prompting(part, place)
    assert base is not None
    changed = base.change(KNOWLEDGE.cases(part, place)[0].ask)
    assert [one.role for one in changed.messages] == ["system", "user"] and changed.grammar is None


async def test_one_sound_turn_for_ever_is_soon_faulted(tmp_path: Path) -> None:
    one = open_suite(workspace(tmp_path), "quick")
    part = next(part for part in one.suite.parts if part.kind == "trust")
    (rival,) = TRUST.rivals(part, one.place)
    results = await _measured(TRUST, rival.rule, part, one.place)
    assert [result.right for result in results] == [True, False], "the second time it says the very same"
    assert rival.title == "always “He laughs and names a price. …”"


async def test_a_base_under_stress_has_the_help_of_play(tmp_path: Path) -> None:
    one = open_suite(workspace(tmp_path), "quick")
    part = next(part for part in one.suite.parts if part.kind == "stress")
    base = STRESS.prompting(part, one.place)
    assert base is not None
    changed = base.change(Ask((Message("system", "Dark."), Message("user", "I wait."))))
    assert "[roll: SKILL]" in changed.messages[0].content and changed.grammar is not None


def test_every_kind_has_each_rival_or_says_why_not() -> None:
    for kind in KINDS.values():
        assert set(kind.beside) | set(kind.without) == set(RIVALS)
        assert all(reason.endswith(".") for reason in kind.without.values())
    assert [name for name, kind in KINDS.items() if kind.beside == RIVALS] == ["tool-calls", "decisions", "knowledge"]


async def test_who_is_missing_is_said_in_the_report(tmp_path: Path) -> None:
    root = workspace(tmp_path)

    async def opener(model: str) -> Scripted:
        return Scripted(as_written, model)

    (root / "suites").mkdir()
    (root / "suites" / "two.yaml").write_text("parts: [{kind: trust}, {kind: stress}]\n", encoding="utf-8")
    done = await Evaluating(open_suite(root, "two"), root / "results", opener=opener).run(["good"])
    told = [(one.part, one.rival) for one in done.absent]
    assert told == [("trust", "base"), ("trust", "keyword"), ("stress", "base"), ("stress", "keyword, commonest")]
    assert "No base is known" in done.absent[0].reason and "withstands everything" in done.absent[-1].reason
    assert absent(done.suite, ())[1].rival == "keyword"


async def test_a_base_that_is_helped_otherwise_in_each_part_is_called_by_both(tmp_path: Path) -> None:
    root = workspace(tmp_path)
    (root / "scenarios" / "canon.yaml").write_text(CANON, encoding="utf-8")
    (root / "suites").mkdir()
    parts = "[{kind: tool-calls}, {kind: knowledge, canon: [canon.yaml]}]"
    (root / "suites" / "two.yaml").write_text(f"parts: {parts}\n", encoding="utf-8")
    base = Scripted(as_written, "base")

    async def opener(model: str) -> Scripted:
        return base if model == "base" else Scripted(as_written, model)

    suite = open_suite(root, "two")
    done = await Evaluating(suite, root / "results", base="base", opener=opener).run(["good"])
    names = {
        one.measured.rival: [part.part for part in one.parts] for one in done.rivals if one.measured.kind != "rule"
    }
    assert names == {"base": ["tool-calls", "knowledge"]}
    (helped,) = (one.measured.name for one in done.rivals if one.measured.rival == "base")
    assert helped == "its base with instructions, and with examples and a grammar where they fit"
    grammars = [ask.grammar is not None for ask in base.asked]
    assert True in grammars and grammars[-4:] == [False] * 4, "an answer to a question is free"
    assert [one.rival for one in done.absent] == ["", ""], "what is to be known of the rules of knowledge"


class Short:
    """Refuses whatever is asked beside a long chat, and the long chat."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    async def answer_many(self, asks: Sequence[Ask]) -> list[Generation]:
        self.asked.append(len(asks))
        if any(len(ask.messages[0].content) > 10 for ask in asks):
            raise ContextTooSmall(needed=11, context=10)
        return [Generation((), "yes", "end", 1, 0, 0.0, 0.0) for _ in asks]


async def test_a_chat_that_is_too_long_ends_no_other() -> None:
    asks = [Ask((Message("user", text),)) for text in ("a", "b" * 20, "c")]
    with pytest.raises(ContextTooSmall):  # the fault, without what keeps it off
        await Short().answer_many(asks)
    engine = Short()
    found = await Forbearing(engine).answer_many(asks)
    assert [(one.text, one.stop == UNREAD) for one in found] == [("yes", False), ("", True), ("yes", False)]
    assert engine.asked == [3, 1, 1, 1]


@pytest.mark.parametrize(
    ("status", "reason", "long"),
    [
        (400, "This model's maximum context length is 4096 tokens.", True),
        (413, "Payload Too Large", True),
        (400, "temperature must be a number", False),
    ],
)
async def test_a_service_that_refuses_a_long_chat_does_not_end_the_measurement(
    status: int, reason: str, long: bool
) -> None:
    class Refusing:
        async def answer_many(self, asks: Sequence[Ask]) -> list[Generation]:
            raise RequestRefused(host="example.org", status=status, reason=reason)

    case = STRESS.cases(Part("stress", STRESS.settings(), "stress"), PLACE)[3]
    assert case.id == "a-wall-of-text"
    asked = [one async for one in STRESS.measure(Refusing(), [case], Context(PLACE))] if long else []
    assert [one.scores for one in asked] == ([{"refused": 1.0}] if long else [])
    if long:
        assert (await Forbearing(Refusing()).answer_many([Ask(())]))[0].stop == UNREAD
    else:
        with pytest.raises(RequestRefused):
            await Forbearing(Refusing()).answer_many([Ask(())])
        with pytest.raises(RequestRefused):
            _results = [one async for one in STRESS.measure(Refusing(), [case], Context(PLACE))]


async def test_a_long_chat_alone_is_refused_once() -> None:
    asks = [Ask((Message("user", "b" * 20),))]
    engine = Short()
    assert [one.stop for one in await Forbearing(engine).answer_many(asks)] == [UNREAD]
    assert engine.asked == [1]


def test_what_is_foretold_hangs_on_words_that_were_seen_often() -> None:
    seen = [("", "a wolf comes", "hold")] * 3 + [("", "a cow comes", "trade")] * 5 + [("", "an owl", "attack")] * 2
    rule = Foretelling.learnt(seen)
    assert [rule.told("", line) for line in ("The wolf!", "a cow", "an owl", "nobody")] == ["hold", "trade"] + [
        "trade"
    ] * 2
    assert rule.told("elsewhere", "a wolf") is None
