"""Owns measuring one model on cases: prompts out, replies back, verdicts; knows no file of a report."""

from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path

from studio.evaluation.toolcalls import Case, Verdict, judge_reply
from studio.inference.engine import Ask, Engine, LlamaEngine
from studio.scenario.tools import ToolTable

REPLY_TOKENS = 96
"""Tokens a reply may have; the samples' narrators need fewer."""


TOGETHER = 16
"""Cases answered at once: all of a scenario of usual length, so that its text is read once."""


async def engine_for(path: Path) -> LlamaEngine:
    """A model loaded for measuring."""
    return await LlamaEngine.load(path, context=8192, together=TOGETHER)


async def measure(
    engine: Engine, cases: Sequence[Case], table: ToolTable, told: Callable[[int, int], None] | None = None
) -> list[Verdict]:
    """The verdicts on the engine's likeliest reply to each case, in order; `told` hears (done, of).

    Cases that begin alike and stand together, as those of one scenario do, are read together.
    """
    verdicts: list[Verdict] = []
    for _opening, together in groupby(cases, key=lambda case: case.messages[:1]):
        part = list(together)
        asks = [Ask(case.messages, case.opening, REPLY_TOKENS) for case in part]
        replies = await engine.answer_many(asks)
        verdicts += [
            judge_reply(case, f"{case.opening}{reply.text}", table) for case, reply in zip(part, replies, strict=True)
        ]
        if told is not None:
            told(len(verdicts), len(cases))
    return verdicts
