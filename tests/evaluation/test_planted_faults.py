"""A fault of one kind is planted in a player who is right throughout: its own figure tells it, and no other."""

from collections.abc import Callable
from pathlib import Path

import pytest

from studio.evaluation.kind import Context
from studio.evaluation.summary import PartSummary, summarise_part
from studio.evaluation.tool_call_kind import TOOL_CALLS
from tests.evaluation.plays import Scripted, as_written, open_suite, workspace

Change = Callable[[str], str]


async def _summary(folder: Path, change: Change) -> PartSummary:
    one = open_suite(workspace(folder))
    (cases,) = one.cases.values()
    engine = Scripted(lambda last, opening: change(as_written(last, opening)))
    return summarise_part("tool-calls", [case async for case in TOOL_CALLS.measure(engine, cases, Context(one.place))])


def _values(part: PartSummary) -> dict[str, float | None]:
    return {figure.name: figure.value for figure in part.figures}


_RISE = {"missed", "invented", "malformed", "refused"}
_TURNS = {"right", "turns", "turns_due"}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda text: text.replace("[roll: stealth]", "[roll: insight]"), {"arguments", *_TURNS}),
        (lambda text: text.replace("[roll: stealth]", "[begin combat]"), {"name", "missed", "invented", *_TURNS}),
        (lambda text: text.replace("[roll: stealth]", ""), {"name", "missed", *_TURNS}),
        (lambda text: text.replace("[roll: stealth]", "[roll:]"), {"name", "missed", "malformed", *_TURNS}),
        (
            lambda text: text.replace("a price.", "a price. [begin combat]"),
            {"invented", "right", "turns", "turns_none_due"},
        ),
        (
            lambda text: text.replace("a price.", "a price. [heal: Nobody 3]"),
            {"invented", "refused", "right", "turns", "turns_none_due"},
        ),
        (
            lambda text: text.replace("[condition: Wren hidden]", "").replace("wet.", "wet. [condition: Wren hidden]"),
            {"placement", *_TURNS},
        ),
    ],
)
async def test_each_planted_fault_is_told_by_its_own_figures(tmp_path: Path, change: Change, told: set[str]) -> None:
    sound = _values(await _summary(tmp_path / "sound", lambda text: text))
    assert all(value == (0.0 if name in _RISE else 1.0) for name, value in sound.items())
    faulty = _values(await _summary(tmp_path / "faulty", change))
    worse = {name for name, value in faulty.items() if value != sound[name]} - {"f1", "precision", "recall"}
    assert worse == told
    assert faulty["f1"] is not None and faulty["f1"] < 1.0
