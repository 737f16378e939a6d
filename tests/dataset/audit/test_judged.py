"""Judging many rows with the real starter: remembered, stopped at any time, and outliving its worker."""

import asyncio
import os
import signal
from dataclasses import replace
from types import SimpleNamespace

import pytest
import pytest_asyncio

from studio.dataset.audit import judged as module
from studio.dataset.audit.judge import Judgement
from studio.dataset.audit.judged import Seat, Way, judged
from studio.dataset.audit.judgements import JudgeCache, cache_folder
from studio.dataset.audit.judging import NoJudge, hash_of, judge_rows, remembered
from studio.dataset.audit.rubric import Rubric, rubric_named
from studio.dataset.description import JudgeSettings
from studio.dataset.problems import RowProblem
from studio.dataset.rows import Kind
from studio.dataset.verdicts import Decision, Verdict
from studio.errors import Cancelled, PathMissing
from studio.inference.engine import LlamaEngine
from studio.jobs.errors import WorkerDied

pytestmark = [pytest.mark.native, pytest.mark.asyncio(loop_scope="module")]


@pytest.fixture
def rows(pair):
    asked = ["What is 2 + 2?", "Who rolls first?", "What does a DC mean?"]
    return [pair(question, f"Answer {n}.", n) for n, question in enumerate(asked)]


class Cursed(LlamaEngine):
    """The real engine, whose worker is killed each time it is asked about a cursed row."""

    async def tokenise(self, parts):
        if any("cursed" in text for text, _special in parts):
            os.kill(self.worker.pid, signal.SIGKILL)
        return await super().tokenise(parts)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def engine(starter):
    engine = await LlamaEngine.load(starter, context=512)
    yield engine
    await engine.close()


@pytest.fixture
def seat(engine):
    """A seat at an engine that all tests share; for those that do it no harm."""

    async def load():
        return engine

    return Seat(load)


@pytest_asyncio.fixture(loop_scope="module")
async def seats(starter):
    """Seats at engines of their own, closed in the end; `loads` counts how often one was loaded."""
    made = []

    def make(kind=LlamaEngine):
        async def load():
            made[-1].loads += 1
            return await kind.load(starter, context=512)

        seat = Seat(load)
        seat.loads = 0
        made.append(seat)
        return seat

    yield make
    for seat in made:
        await seat.leave()


async def refused():
    raise AssertionError("the model was loaded")


async def all_of(rows, seat, rubric, cache, **options):
    return [found async for found in judged(rows, seat, Way(rubric, cache), **options)]


async def test_what_was_judged_is_not_judged_again(rows, seat, short_rubric, tmp_path) -> None:
    standings = []
    cache = JudgeCache(tmp_path, short_rubric, "abc")
    first = await all_of([*rows, rows[0]], seat, short_rubric, cache, told=standings.append)
    assert all(isinstance(found, Verdict) for found in first)
    assert first[0] == first[-1]
    assert [(one.done, one.remembered) for one in standings] == [(1, 0), (2, 0), (3, 0), (4, 1)]
    assert standings[0].seconds_left > standings[2].seconds_left == 0
    assert standings[-1].reused > standings[-1].prompt_tokens / 3
    again = JudgeCache(tmp_path, short_rubric, "abc")
    assert await all_of([*rows, rows[0]], Seat(refused), short_rubric, again) == first
    for other in (JudgeCache(tmp_path, short_rubric, "other model"), JudgeCache(tmp_path / "x", short_rubric, "abc")):
        assert len(other) == 0


def said(cache, rows):
    """The cache, where a judge has said something of the rows."""
    for row in rows:
        cache.keep(Judgement(row.key, Decision.KEEP, {"right": 2}, "So so."))
    return cache


async def test_another_limit_needs_no_new_judging(rows, short_rubric, tmp_path) -> None:
    cache = said(JudgeCache(tmp_path, short_rubric, "abc"), rows)
    found = [await all_of(rows, Seat(refused), short_rubric, cache, bin_below=limit) for limit in (0.5, 0.6)]
    assert {one.decision for one in found[0]} == {Decision.KEEP}
    assert {one.decision for one in found[1]} == {Decision.FLAG}
    assert {one.score for one in (*found[0], *found[1])} == {0.5}


async def test_stopped_between_rows_it_goes_on_where_it_was(rows, seat, short_rubric, tmp_path) -> None:
    cache = JudgeCache(tmp_path, short_rubric, "abc")
    with pytest.raises(Cancelled):
        await all_of(rows, seat, short_rubric, cache, stopped=lambda: len(cache) == 1)
    again = JudgeCache(tmp_path, short_rubric, "abc")
    assert len(again) == 1
    standings = []
    assert len(await all_of(rows[:2], seat, short_rubric, again, told=standings.append)) == 2
    assert standings[-1].remembered == 1


async def test_stopped_within_a_row_the_worker_is_ready_for_the_next(rows, seats, short_rubric, tmp_path) -> None:
    long = short_rubric.model_copy(update={"reason": 200})
    seat, cache = seats(), JudgeCache(tmp_path, long, "abc")
    asked = []

    def stopped():
        asked.append(True)
        return len(asked) > 2

    with pytest.raises(Cancelled):
        await asyncio.wait_for(all_of(rows, seat, long, cache, stopped=stopped), 60)
    assert len(cache) == 0
    assert len(await all_of(rows[:1], seat, short_rubric, JudgeCache(tmp_path, short_rubric, "abc"))) == 1
    assert seat.loads == 1


async def test_a_killed_worker_costs_one_row_a_second_try(rows, seats, short_rubric, tmp_path, monkeypatch) -> None:
    """The twin: without the second try the row has no verdict."""

    async def kill_once(seat, cache):
        found = []
        async for one in judged(rows[:2], seat, Way(short_rubric, cache)):
            found.append(one)
            if len(found) == 1:
                os.kill((await seat.engine()).worker.pid, signal.SIGKILL)
        return found

    seat = seats()
    found = await kill_once(seat, JudgeCache(tmp_path / "with", short_rubric, "abc"))
    assert [type(one) for one in found] == [Verdict, Verdict]
    assert seat.loads == 2

    async def once(bench, row, rubric):
        try:
            return await bench._asked(row, rubric)
        except WorkerDied:
            await bench.seat.leave()
            raise

    monkeypatch.setattr(module._Bench, "_tried", once)
    found = await kill_once(seats(), JudgeCache(tmp_path / "without", short_rubric, "abc"))
    assert [type(one) for one in found] == [Verdict, RowProblem]


async def test_a_row_on_which_the_worker_dies_twice_is_listed_and_the_others_are_judged(
    rows, seats, short_rubric, pair, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(module, "MOST_DEATHS", 2)
    seat, cache = seats(Cursed), JudgeCache(tmp_path, short_rubric, "abc")
    found = await all_of([pair("Is it cursed?", "Yes.", 9), rows[1]], seat, short_rubric, cache)
    assert [type(one) for one in found] == [RowProblem, Verdict]
    assert (found[0].code, found[0].place.line, found[0].error) == ("judge-died", 9, False)
    assert seat.loads == 3
    cursed = [pair(f"cursed {n}", "Yes.", n) for n in range(3)]
    with pytest.raises(WorkerDied):  # row after row: it is not the rows
        await all_of(cursed, seat, short_rubric, cache)


async def test_an_answer_that_is_cut_is_listed_and_not_remembered(
    rows, seat, short_rubric, tmp_path, monkeypatch
) -> None:
    cache = JudgeCache(tmp_path, short_rubric, "abc")
    monkeypatch.setattr(Rubric, "most_tokens", 9)
    found = await all_of(rows[:1], seat, short_rubric, cache)
    assert [one.code for one in found] == ["judge-cut"]
    assert len(cache) == len(JudgeCache(tmp_path, short_rubric, "abc")) == 0


async def test_a_torn_line_costs_its_own_row_only(rows, short_rubric, tmp_path) -> None:
    cache = said(JudgeCache(tmp_path, short_rubric, "abc"), rows)
    cache.path.write_bytes(cache.path.read_bytes()[:-30])
    torn = JudgeCache(tmp_path, short_rubric, "abc")
    assert len(torn) == 2
    said(torn, rows[2:])
    assert len(JudgeCache(tmp_path, short_rubric, "abc")) == 3
    with cache.path.open("ab") as stream:
        stream.write(b'{"key": "x", "says": "keep", "scores": {"wrong": 1}, "reason": ""}\n[1]\n{"says": 3}\n')
        stream.write(b'{"key": "y", "says": "keep", "scores": {"right": "2"}, "reason": ""}\n')
    assert len(JudgeCache(tmp_path, short_rubric, "abc")) == 3


async def test_from_the_settings_to_verdicts(rows, starter, tmp_path) -> None:
    (tmp_path / "rubrics").mkdir()
    (tmp_path / "rubrics" / "own.yaml").write_text(
        "title: t\ntask: Read it.\nbin: Bin what is wrong.\ncriteria: [{name: right, ask: is it}]\nreason: 20\n"
    )
    settings = JudgeSettings(model=starter, rubric="own")
    first = await asyncio.to_thread(judge_rows, rows[:1], settings, tmp_path)
    assert set(first.verdicts) == {row.key for row in rows[:1]} == set(remembered(settings, tmp_path, rows))
    again = await asyncio.to_thread(judge_rows, rows[:1], settings, tmp_path)
    assert (again.standing.remembered, again.verdicts) == (1, first.verdicts)
    with pytest.raises(NoJudge):
        await asyncio.to_thread(judge_rows, rows, JudgeSettings(), tmp_path)
    with pytest.raises(PathMissing):
        await asyncio.to_thread(judge_rows, rows, JudgeSettings(model=tmp_path / "none.gguf"), tmp_path)


async def test_a_model_is_hashed_once_while_it_stays_the_same(tmp_path) -> None:
    model = tmp_path / "m.gguf"
    model.write_bytes(b"one")
    first = hash_of(model, tmp_path)
    lines = (tmp_path / "models.jsonl").read_bytes()
    assert hash_of(model, tmp_path) == first
    assert (tmp_path / "models.jsonl").read_bytes() == lines
    model.write_bytes(b"other")
    assert hash_of(model, tmp_path) != first


async def test_each_kind_of_row_is_asked_what_fits_it(rows, tmp_path) -> None:
    model = tmp_path / "m.gguf"
    model.write_bytes(b"one")
    mixed = [rows[0], replace(rows[1], kind=Kind.SCENARIO), replace(rows[2], kind=Kind.DECISION)]
    for row, name in zip(mixed, ("instruction", "play", "decision"), strict=True):
        rubric = rubric_named(name)
        cache = JudgeCache(cache_folder(tmp_path), rubric, hash_of(model, cache_folder(tmp_path)))
        cache.keep(Judgement(row.key, Decision.KEEP, {one.name: 4 for one in rubric.criteria}, name))
    found = await asyncio.to_thread(judge_rows, mixed, JudgeSettings(model=model), tmp_path)
    assert {key: one.reasons[0].sentence for key, one in found.verdicts.items()} == {
        mixed[0].key: "instruction", mixed[1].key: "play", mixed[2].key: "decision"
    }  # fmt: skip
    assert found.rubric == "decision, instruction, play"
    assert remembered(JudgeSettings(model=model, rubric="play"), tmp_path, mixed).keys() == {mixed[1].key}


async def test_the_time_left_is_told_without_the_loading_of_the_model(monkeypatch) -> None:
    now = 0.0
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now))
    tally = module._Tally(of=101, to_judge=101, began=0.0)
    left = []
    for now in (60.0, 61.0, 62.0):  # noqa: B007  # the clock above reads it: a minute of loading, then a second a row
        tally.count(Judgement("k", Decision.KEEP, {}, "why"))
        left.append(tally.standing().seconds_left)
    assert left == [6000.0, 99.0, 98.0]
