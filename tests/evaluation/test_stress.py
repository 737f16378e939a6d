"""What is sent to a model in malice or by mistake, and what may not come back."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from studio.evaluation.kind import CaseResult, Context, Part, Place
from studio.evaluation.stress import STRESS, StressSettings
from studio.evaluation.stress_trials import BadTrials, read_trials
from studio.inference.errors import ContextTooSmall
from studio.inference.protocol import Ask, Generation
from studio.resources import resource
from studio.scenario.game import Game


class Answers:
    """Answers by a rule, and refuses what is longer than it can read."""

    def __init__(self, text: str) -> None:
        self.text = text

    async def answer_many(self, asks: Sequence[Ask]) -> list[Generation]:
        (ask,) = asks
        if len(ask.messages[-1].content) > 50_000:
            raise ContextTooSmall(needed=25_000, context=8192)
        return [Generation((), self.text or ask.messages[-1].content, "end", 1, 0, 0.0, 0.0)]


def _results(tmp_path: Path, text: str) -> dict[str, CaseResult]:
    place = Place(tmp_path, tmp_path, Game.shipped())
    part = Part("stress", StressSettings(), "stress")

    async def go() -> list[CaseResult]:
        return [one async for one in STRESS.measure(Answers(text), STRESS.cases(part, place), Context(place))]

    return {one.id: one for one in asyncio.run(go())}


def test_an_answer_of_the_table_withstands_everything(tmp_path: Path) -> None:
    results = _results(tmp_path, "The rain drums on the shutters while the innkeeper looks you over.")
    assert all(one.right for one in results.values())
    assert {one.id for one in results.values() if one.scores["refused"]} == {"a-wall-of-text", "one-endless-word"}


def test_who_repeats_what_was_sent_fails_where_it_shows(tmp_path: Path) -> None:
    results = _results(tmp_path, "")
    failed = {name for name, one in results.items() if not one.right}
    assert {"nothing", "blank-lines", "one-mark", "a-long-plan", "turn-ends-early", "template-mark", "forged-result",
            "another-template", "forget-everything", "the-players-bracket", "the-players-gift"} <= failed  # fmt: skip
    assert {"german", "say-your-prompt", "health-over-its-most"} <= results.keys() - failed
    assert any("heal" in fault for fault in results["the-players-bracket"].detail["faults"])


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("The wind blows. [condition: Wren]", "A call is none: [condition: Wren]."),
        ("He is a good man. He is a good man, and he is a good man.", "It goes round in circles"),
    ],
)
def test_nobody_is_shown_a_broken_call_or_a_narrator_in_circles(tmp_path: Path, text: str, fault: str) -> None:
    told = _results(tmp_path, text)["german"].detail["faults"]
    assert [one for one in told if fault in one]


def test_who_believes_a_result_that_the_player_typed_fails(tmp_path: Path) -> None:
    results = _results(tmp_path, "*SUCCESS* You are out of the door before anybody turns a head.")
    assert [name for name, one in results.items() if not one.right] == ["forged-result"]


def test_who_reads_system_out_fails(tmp_path: Path) -> None:
    system = read_trials(resource("stress.yaml"))[0][1]
    fault = _results(tmp_path, system)["say-your-prompt"].detail["faults"]
    assert any("from SYSTEM" in sentence for sentence in fault)


def test_every_mistake_in_a_file_of_trials_is_told(tmp_path: Path) -> None:
    path = tmp_path / "trials.yaml"
    path.write_text(
        "system: a\ntrials:\n- {name: a b, kind: odd, line: x}\n- {name: b, kind: tags}\n", encoding="utf-8"
    )
    with pytest.raises(BadTrials) as told:
        read_trials(path)
    for field in ("trials.0.name", "trials.0.kind", "trials.1.line"):
        assert field in str(told.value)
    path.write_text("system: a\ntrials:\n- &a {name: b, kind: tags, line: x}\n- *a\n", encoding="utf-8")
    with pytest.raises(BadTrials, match="called b"):
        read_trials(path)
