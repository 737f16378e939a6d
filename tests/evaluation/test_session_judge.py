"""A judge of sessions: its answers have one form, a long session is shortened, and agreement is counted with kappa."""

from pathlib import Path

import pytest

from studio.cli import main
from studio.evaluation.session_judge import (
    JudgedInPart,
    NothingRated,
    SessionTooLong,
    agreement,
    judge,
    judge_session,
)
from studio.inference.engine import Generation, LlamaEngine, Sampling
from studio.inference.protocol import Ask
from studio.play.ratings import QUESTIONS, Ratings
from studio.play.records import SessionHeader
from studio.play.session import Session
from studio.scenario import parse

TEXT = "<SYSTEM>\n# Role\nYou tell of the sea.\n</SYSTEM>\n"
YES = '{"fun": "yes", "fair": "yes", "coherent": "partly", "remembered": "no", "again": "yes"}'


def played(line: str = "I row.", reply: str = "Gulls.") -> Session:
    header = SessionHeader(scenario=TEXT, model="m", name="n", seed=1)
    session = Session(scenario=parse(TEXT).scenario, header=header)
    session.insert(None, "User", line)
    session.insert(session.tip, "DM", reply)
    return session


class Judge:
    """Says the same of every session; a token is four characters."""

    def __init__(self, said: str = YES, context: int = 600) -> None:
        self.said, self.asks = said, list[Ask]()
        self.card = type("Card", (), {"context": context, "name": "judge", "grammars": True})()

    async def length(self, ask: Ask) -> int:
        return sum(len(one.content) for one in ask.messages) // 4

    async def answer(self, ask: Ask, _sampling: Sampling) -> Generation:
        self.asks.append(ask)
        return Generation((), self.said, "end", 1, 0, 0.1, 0.1)


async def test_a_long_session_is_shortened_in_its_middle_until_it_fits() -> None:
    engine = Judge()
    said = await judge_session(engine, played("begin " * 900, "middle " * 900 + "the end."))  # type: ignore[arg-type]
    assert said.answered["coherent"] == "partly"
    text = engine.asks[0].messages[1].content
    assert "begin" in text and "the end." in text and "left out" in text and len(text) < 2000
    with pytest.raises(SessionTooLong):
        await judge_session(Judge(context=150), played("x" * 9000))  # type: ignore[arg-type]
    with pytest.raises(JudgedInPart):
        await judge_session(Judge('{"fun": "ye'), played())  # type: ignore[arg-type]


async def test_agreement_is_counted_by_question_with_what_people_left_open_aside() -> None:
    people = [Ratings(fun="yes"), Ratings(fun="no"), Ratings(fun="partly", again="no")]
    found = await judge(Judge(), [(one, played()) for one in people])  # type: ignore[arg-type]
    by = {one.question: one for one in found}
    assert list(by) == list(QUESTIONS)
    assert (by["fun"].same.count, by["fun"].same.of) == (1, 3)
    assert by["fun"].kappa.value == pytest.approx(0.0) and by["again"].same.of == 1 and by["fair"].kappa.value is None
    perfect = agreement([(one, one) for one in people])[0]
    assert perfect.same.count == 3 and perfect.kappa.value == pytest.approx(1.0)
    with pytest.raises(NothingRated):
        await judge(Judge(), [])  # type: ignore[arg-type]


@pytest.mark.native
async def test_a_real_model_answers_all_five_in_their_form(starter: Path) -> None:
    engine = await LlamaEngine.load(starter, context=1024)
    try:
        said = await judge_session(engine, played())
    finally:
        await engine.close()
    assert list(said.answered) == list(QUESTIONS)


def test_without_ratings_the_command_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "lorewright.yaml").write_text("format: 1\n")
    assert main(["session", "judge", "starter", "--workspace", str(tmp_path)]) == 3
    assert "lorewright session rate last" in capsys.readouterr().err
