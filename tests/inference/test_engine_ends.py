"""An engine that dies, is killed or hangs at work: a named error, soon, and another can be loaded after it."""

import asyncio
import os
import signal

import pytest
import pytest_asyncio

from studio.inference import loading
from studio.inference.engine import Ask, LlamaEngine
from studio.inference.errors import (
    EngineCrashed,
    EngineCrashedLoading,
    EngineHung,
    EngineHungLoading,
    EngineKilled,
    EngineKilledLoading,
)
from studio.inference.opening import open_engine
from studio.inference.sampling import Sampling
from studio.jobs.process import WorkerProcess
from tests.gguf.tiny_model import write_model
from tests.inference.chats import chat

pytestmark = [pytest.mark.native, pytest.mark.asyncio(loop_scope="module")]


@pytest.fixture(scope="module")
def tiny_gguf(tmp_path_factory):
    return write_model(tmp_path_factory.mktemp("tiny") / "tiny.gguf")


@pytest_asyncio.fixture(loop_scope="module")
async def engine(tiny_gguf):
    engine = await open_engine(tiny_gguf, context=512, together=4)
    yield engine
    await engine.worker.kill()


async def at_work(engine):
    """An answer that never comes by itself: the process is stopped."""
    os.kill(engine.worker.pid, signal.SIGSTOP)
    running = asyncio.create_task(engine.generate([40, 41, 42], Sampling(max_tokens=400)))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.shield(running), 0.3)
    return running


async def test_killed_by_the_system_is_want_of_memory_and_it_may_be_loaded_again(engine, tiny_gguf):
    running = await at_work(engine)
    os.kill(engine.worker.pid, signal.SIGKILL)
    with pytest.raises(EngineKilled, match=r"SIGKILL.*smaller quantisation"):
        await running
    with pytest.raises(EngineKilled, match=r"tiny"):
        await engine.answer_many([Ask(chat("Hello?"))])
    again = await open_engine(tiny_gguf, context=512)
    assert (await again.answer_many([Ask(chat("Hello?"), max_tokens=2)]))[0].ids
    await again.close()


async def test_ended_otherwise_it_says_how(engine):
    running = await at_work(engine)
    os.kill(engine.worker.pid, signal.SIGABRT)
    os.kill(engine.worker.pid, signal.SIGCONT)
    with pytest.raises(EngineCrashed, match=r"^tiny crashed .*SIGABRT.*load it again") as caught:
        await running
    assert "words: -" not in str(caught.value)
    with pytest.raises(EngineCrashed, match="SIGABRT"):
        await engine.generate([40], Sampling(max_tokens=1))


@pytest.mark.parametrize(
    ("number", "kind", "told"),
    [(signal.SIGKILL, EngineKilledLoading, "memory runs out"), (signal.SIGSEGV, EngineCrashedLoading, "crashed")],
)
@pytest.mark.parametrize("early", [False, True])
async def test_ended_while_loading_it_names_the_model(tiny_gguf, monkeypatch, number, kind, told, early):
    start = WorkerProcess.start

    async def started(name, *more, **options):
        worker = await start(name, *more, **options)
        os.kill(worker.pid, number)
        if early:
            await worker.call("load")
        return worker

    monkeypatch.setattr(WorkerProcess, "start", started)
    with pytest.raises(kind, match=f"tiny.*{told}"):
        await open_engine(tiny_gguf, context=512)


async def test_what_does_not_get_on_is_ended(engine):
    """The twin: with the usual patience nobody hears of it."""
    running = await at_work(engine)
    assert engine.worker.alive
    os.kill(engine.worker.pid, signal.SIGCONT)
    assert (await running).ids
    engine.patience = 0.4
    os.kill(engine.worker.pid, signal.SIGSTOP)
    running = asyncio.create_task(engine.answer_many([Ask(chat("Hello?"))]))
    with pytest.raises(EngineHung, match=r"0\.4 seconds"):
        await asyncio.wait_for(running, 30)
    assert not engine.worker.alive


async def test_loading_that_does_not_get_on_is_ended(tiny_gguf, monkeypatch):
    workers, start = [], WorkerProcess.start

    async def started(name, *more, **options):
        workers.append(await start(name, *more, **options))
        os.kill(workers[-1].pid, signal.SIGSTOP)
        return workers[-1]

    monkeypatch.setattr(WorkerProcess, "start", started)
    monkeypatch.setattr(loading, "_LOOK_SECONDS", 0.02)
    with pytest.raises(EngineHungLoading, match=r"tiny did not go on for 0\.6 seconds"):
        await asyncio.wait_for(LlamaEngine.load(tiny_gguf), 30)
    assert not workers[0].alive


class Slow:
    """A load that says nothing for forty looks."""

    pid = 0

    def __init__(self):
        self.looks = 0
        self.loaded = asyncio.Event()

    def __aiter__(self):
        return self

    async def __anext__(self):
        await self.loaded.wait()
        raise StopAsyncIteration

    async def result(self):
        return {"bos": 1}

    def look(self, done):
        self.looks += 1
        if self.looks == 40:
            asyncio.get_running_loop().call_soon(self.loaded.set)
        return done(self.looks)


@pytest.mark.parametrize(
    ("done", "lives"),
    [
        (lambda looks: (0.1 * looks, 0), True),
        (lambda looks: (0.0, 70_000 * looks), True),
        (lambda looks: (0.1 * (looks // 20), 0), True),
        (lambda looks: (0.001 * looks, 10 * looks), False),
    ],
)
async def test_loading_that_works_or_reads_may_take_as_long_as_it_needs(monkeypatch, done, lives):
    slow = Slow()

    async def here(call, pid):
        return call(pid)

    monkeypatch.setattr(loading, "_LOOK_SECONDS", 0.001)
    monkeypatch.setattr(loading.asyncio, "to_thread", here)
    monkeypatch.setattr(loading, "work_of", lambda pid: slow.look(done))
    if lives:
        assert await loading.loaded(slow, slow, "slow", None) == {"bos": 1}
        assert slow.looks >= 40
    else:
        with pytest.raises(EngineHungLoading):
            await loading.loaded(slow, slow, "slow", None)
        assert slow.looks == 30


async def test_a_process_that_cannot_be_killed_keeps_nobody_waiting(monkeypatch):
    class Stuck:
        async def kill(self):
            await asyncio.Event().wait()

    monkeypatch.setattr(loading, "_KILL_SECONDS", 0.01)
    await asyncio.wait_for(loading.ended(Stuck()), 30)


async def test_pace_and_memory(engine):
    pace = await engine.pace(64, 8)
    assert pace.load_seconds > 0
    assert pace.first_token_seconds > 0
    assert pace.prompt_tokens_per_second == pytest.approx(64 / pace.first_token_seconds)
    assert pace.tokens_per_second > 0
    assert 20e6 < pace.peak < 4e9
