"""Speed by the length of what is read, and one run of the suite's kinds on a real model."""

from pathlib import Path

import pytest

from studio.evaluation.comparing import compared
from studio.evaluation.decision_cases import DecisionSettings
from studio.evaluation.device_card import card_of
from studio.evaluation.gates import checked
from studio.evaluation.kind import CaseResult, Context, Part, Place
from studio.evaluation.kinds import KINDS
from studio.evaluation.knowledge import KnowledgeSettings
from studio.evaluation.limits import Limit
from studio.evaluation.plain_words import opening, shown
from studio.evaluation.results import Kept, Measured
from studio.evaluation.speed import SPEED, SpeedSettings
from studio.evaluation.stress import StressSettings
from studio.evaluation.suites import find_suite
from studio.evaluation.summary import Summary, summarise_part
from studio.evaluation.trust import TrustSettings
from studio.inference.engine import LlamaEngine
from studio.inference.errors import NotOffered
from studio.inference.protocol import ModelCard, Pace
from studio.scenario.game import Game
from tests.evaluation.plays import HELD

PART = Part("speed", SpeedSettings.model_validate({"lengths": [2048, 512, 8190], "tokens": 8}), "speed")


class Paced:
    """Reads a thousand tokens a second and writes ten; a longer text takes more memory."""

    def __init__(self, *, remote: bool = False) -> None:
        self.card = ModelCard("paced", Path(), None, "", "", 8192, 0, 0)
        self.asked: list[int] = []
        self._remote = remote

    async def pace(self, prompt_tokens: int, new_tokens: int) -> Pace:
        """As told."""
        self.asked.append(prompt_tokens)
        if self._remote:
            raise NotOffered(name="paced", reason="it lies behind an address.")
        return Pace(prompt_tokens, new_tokens, 0.25, prompt_tokens / 1000, 1000.0, 10.0, prompt_tokens << 20)


async def _measured(engine: Paced, place: Place) -> list[CaseResult]:
    return [one async for one in SPEED.measure(engine, SPEED.cases(PART, place), Context(place))]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """An empty workspace."""
    return Place(tmp_path, tmp_path, Game.shipped())


async def test_figures_are_by_length_and_have_their_units(place: Place) -> None:
    engine = Paced()
    results = await _measured(engine, place)
    assert engine.asked == [16, 512, 512, 2048, 2048], "warmed first; what does not fit the context is not tried"
    assert [one.id for one in results if not one.scores] == ["8190/1", "8190/2"] and "8192" in results[-1].got
    part = summarise_part("speed", results)
    told = {figure.name: (figure.value, figure.unit, figure.less) for figure in part.figures}
    assert told["generation"] == (10.0, "tokens/s", False)
    assert told["load"] == (0.25, "s", True)
    lengths = [group.value.split()[0] for group in part.groups if group.what == "length"]
    assert lengths == ["512", "2048"]
    first = part.figure("first_token", "length", part.groups[0].value)
    assert first is not None and (first.value, first.low, first.high, first.unit) == (0.512, 0.512, 0.512, "s")
    said = opening(part, results, place)
    assert len(said.sentences) == 1 and "10 tokens/s" in said.sentences[0]


async def test_a_model_behind_an_address_says_that_it_cannot_be_timed(place: Place) -> None:
    results = await _measured(Paced(remote=True), place)
    assert {one.right for one in results} == {None} and "behind an address" in results[0].got
    assert "could not be measured" in opening(summarise_part("speed", results), results, place).sentences[0]


async def test_what_was_measured_once_is_told_without_an_interval(place: Place) -> None:
    part = summarise_part("speed", (await _measured(Paced(), place))[:1])
    figure = part.figure("generation")
    assert figure is not None and shown(figure) == "10 tokens/s"
    measured = Measured("s", "v", 0, "m", "m")
    limits = [Limit(figure="speed/generation", at_least=5), Limit(figure="speed/generation", at_least=5, surely=True)]
    kept, unsure = checked(limits, Summary(measured, (part,)), [])
    assert kept.kept and kept.sentence == "speed/generation is 10.000; wanted is at least 5.0."
    assert not unsure.kept and "measured once" in unsure.sentence


async def test_two_models_are_compared_in_the_figures_own_unit(place: Place) -> None:
    results = tuple(await _measured(Paced(), place))
    kept = [Kept(Path(name), Measured("s", "v", 0, name, name, "gguf", "", ""), {"speed": results}) for name in "ab"]
    (gap,) = compared(*kept)
    assert (gap.unit, gap.p, gap.first) == ("tokens/s", None, "")


@pytest.mark.parametrize("name", ["game-master", "quick"])
def test_the_shipped_suites_can_be_read(name: str) -> None:
    assert {part.kind for part in find_suite(name, None).parts} == {"speed", "tool-calls", "trust", "stress"}


@pytest.mark.native
async def test_a_real_model_is_paced_and_played_with(starter: Path, tmp_path: Path) -> None:
    (tmp_path / "held.md").write_text(HELD, encoding="utf-8")
    rule = "rules: [{name: toll, ask: What does the ferry cost?, must mention: [copper]}]"
    (tmp_path / "canon.yaml").write_text(rule, encoding="utf-8")
    trials = "system: You are the narrator.\ntrials: [{name: long, kind: long, line: more, fill: 100000}]"
    (tmp_path / "trials.yaml").write_text(trials, encoding="utf-8")
    (tmp_path / "pairs.jsonl").write_text('{"prompt": "Hold or march?", "completion": "Hold."}\n', encoding="utf-8")
    place = Place(tmp_path, tmp_path, Game.shipped())
    parts = [
        Part("speed", SpeedSettings.model_validate({"lengths": [64], "tokens": 4, "rounds": 1}), "speed"),
        Part("trust", TrustSettings.model_validate({"turns": 2, "tokens": 8}), "trust"),
        Part("knowledge", KnowledgeSettings.model_validate({"canon": ["canon.yaml"], "tokens": 8}), "knowledge"),
        Part("stress", StressSettings.model_validate({"trials": "trials.yaml", "tokens": 8}), "stress"),
        Part("decisions", DecisionSettings.model_validate({"files": ["pairs.jsonl"], "tokens": 8}), "decisions"),
    ]
    engine = await LlamaEngine.load(starter, context=1024, together=2)
    try:
        found = [
            [one async for one in KINDS[part.kind].measure(engine, KINDS[part.kind].cases(part, place), Context(place))]
            for part in parts
        ]
    finally:
        await engine.close()
    (pace,), talk, (knowledge,), (long,), (decision,) = found
    assert all(pace.scores[name] > 0 for name in ("load", "first_token", "prompt", "generation", "peak"))
    assert [one.id for one in talk] == ["held.md#0", "held.md#4"] and all(one.got for one in talk)
    assert knowledge.got and decision.expected == "Hold." and decision.scores.keys() == {"action"}
    assert long.right and long.scores["refused"] == 1.0, "100 kB do not fit, and the engine says so"


async def test_a_card_tells_measured_speed_by_length_and_forecasts_the_rest(place: Place, starter: Path) -> None:
    part = summarise_part("speed", await _measured(Paced(), place))
    card = card_of(starter, Summary(Measured("s", "v", 0, "m", "m"), (part,)))
    assert card is not None
    machine = [row for row in card.rows if row[0].startswith("this machine")]
    assert [(row[0].split(", ")[1], *row[-2:]) for row in machine] == [
        ("measured after 512 tokens", "0.512 s", "10 tokens/s"),
        ("measured after 2048 tokens", "2.05 s", "10 tokens/s"),
    ]
    others = [row for row in card.rows if row not in machine]
    assert len(others) >= 4 and all("forecast" in row[2] and row[-1] == "not measured" for row in others)
    bare = card_of(starter)
    assert bare is not None and list(bare.rows) == others
