"""Owns asking a model, or a rule, for the one turn of each case, given the author's text before it; judges its calls.

What follows from a turn is not played here: `multi_turn` does that.
"""

from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path

from studio.evaluation.rivals import Answering
from studio.evaluation.toolcalls import Case, Verdict, judge_reply
from studio.inference.engine import Ask, LlamaEngine
from studio.scenario.tools import ToolTable

REPLY_TOKENS = 96
"""Tokens a reply may have; the samples' narrators need fewer."""


TOGETHER = 16
"""Cases answered at once: all of a scenario of usual length, so that its text is read once."""


async def engine_for(path: Path) -> LlamaEngine:
    """A model loaded for measuring."""
    return await LlamaEngine.load(path, context=8192, together=TOGETHER)


async def replies(
    engine: Answering, cases: Sequence[Case], told: Callable[[int, int], None] | None = None
) -> list[str]:
    """The likeliest reply to each case, its opening included, in order; `told` hears (done, of).

    Cases that begin alike and stand together, as those of one scenario do, are read together.
    """
    found: list[str] = []
    for _opening, together in groupby(cases, key=lambda case: case.messages[:1]):
        part = list(together)
        answers = await engine.answer_many([Ask(case.messages, case.opening, REPLY_TOKENS) for case in part])
        found += [f"{case.opening}{answer.text}" for case, answer in zip(part, answers, strict=True)]
        if told is not None:
            told(len(found), len(cases))
    return found


async def measure(
    engine: Answering, cases: Sequence[Case], table: ToolTable, told: Callable[[int, int], None] | None = None
) -> list[Verdict]:
    """The verdicts on the reply to each case."""
    said = await replies(engine, cases, told)
    return [judge_reply(case, reply, table) for case, reply in zip(cases, said, strict=True)]
