import asyncio
import contextlib
import gc
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from studio.errors import Cancelled, NotSaved, PartMissing, UnexpectedFailure
from studio.jobs.errors import BadRequest, OutOfMemory, ProtocolBroken, WorkerDied, WorkerSilent
from studio.jobs.process import WorkerProcess, child_environment, describe_exit
from studio.jobs.runs import EVENTS, Run, read_events
from tests.jobs.conftest import TOY_PATH, TOYS


def gone(pid: int, seconds: float = 5.0) -> bool:
    """Whether a process ends in time; one that waits for its parent to notice counts as ended."""
    with contextlib.suppress(psutil.NoSuchProcess, psutil.TimeoutExpired):
        process = psutil.Process(pid)
        if process.status() != psutil.STATUS_ZOMBIE:
            process.wait(seconds)
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


async def test_requests_are_answered_in_order_and_each_ends_once(toy):
    worker = await toy()
    replies = [await worker.request("count", to=3), await worker.request("echo", say="[roll: stealth] ☂")]
    values = [event.fields["value"] async for event in replies[0]]
    assert values == [0, 1, 2]
    assert await replies[1].result() == {"said": "[roll: stealth] ☂"}
    assert [event async for event in replies[0]] == []


async def test_a_large_request_and_reply_pass_whole(toy):
    text = "ö" * 3_000_000
    worker = await toy()
    assert (await worker.call("echo", say=text))["said"] == text


async def test_cancel_ends_a_running_request_and_one_that_waits(toy):
    worker = await toy()
    running, waiting = await worker.request("wait"), await worker.request("wait")
    assert (await anext(aiter(running))).name == "waiting"
    await waiting.cancel()
    await running.cancel()
    for reply in (running, waiting):
        with pytest.raises(Cancelled):
            await reply.result()
    assert await worker.call("echo", say=1) == {"said": 1}
    await running.cancel()


async def cancelled_with_a_stray(worker):
    reply = await worker.request("stray")
    await anext(aiter(reply))
    await reply.cancel()
    with pytest.raises(Cancelled):
        await reply.result()


async def test_what_is_told_after_the_ending_is_not_sent(toy):
    worker = await toy()
    await cancelled_with_a_stray(worker)
    for _ in range(20):
        assert await worker.call("echo", say=3) == {"said": 3}


async def test_sent_after_the_ending_it_breaks_the_protocol(toy):
    """The twin: a request that does not know that it has ended."""
    worker = await toy(without="endings")
    await cancelled_with_a_stray(worker)
    assert await worker.ended == -signal.SIGKILL


@pytest.mark.parametrize(
    ("how", "kind"),
    [("memory", OutOfMemory), ("bug", UnexpectedFailure), ("exit", UnexpectedFailure), ("full", NotSaved)],
)
async def test_what_a_handler_raises_is_reported_and_the_worker_goes_on(toy, how, kind):
    worker = await toy()
    with pytest.raises(kind):
        await worker.call("fail", how=how)
    assert await worker.call("echo", say="still here") == {"said": "still here"}


async def test_a_result_that_json_cannot_say_fails_the_request(toy):
    worker = await toy()
    with pytest.raises(UnexpectedFailure, match="not JSON serializable"):
        await worker.call("unsayable")
    with pytest.raises(BadRequest, match="to sing"):
        await worker.call("sing")


async def test_sigkill_fails_every_open_request_with_the_signal(toy):
    worker = await toy()
    replies = [await worker.request("wait"), await worker.request("echo"), await worker.request("count", to=2)]
    await anext(aiter(replies[0]))
    os.kill(worker.pid, signal.SIGKILL)
    for reply in replies:
        with pytest.raises(WorkerDied, match="SIGKILL"):
            await reply.result()
    assert await worker.ended == -signal.SIGKILL
    with pytest.raises(WorkerDied, match="SIGKILL"):
        await worker.request("echo")
    other = await toy()
    assert await other.call("echo", say=2) == {"said": 2}


async def test_a_death_is_told_with_the_last_words(toy):
    worker = await toy()
    with pytest.raises(WorkerDied, match="exit code 3") as caught:
        await worker.call("last_words")
    assert caught.value.fields["tail"] == "the dice are cast"


@pytest.mark.parametrize("line", ["Epoch 1: 50%", '{"event": "done", "id": 99}', "[" * 100_000])
async def test_rubbish_in_the_pipe_ends_the_worker_and_says_so(toy, line):
    worker = await toy()
    with pytest.raises(ProtocolBroken):
        await worker.call("rubbish", line=line)
    assert await worker.ended == -signal.SIGKILL


async def test_a_library_that_prints_and_reads_does_not_disturb_the_protocol(toy):
    worker = await toy()
    assert await worker.call("speak") == {"read": ""}
    await worker.close()
    assert worker.last_words() == "epoch 1 of 3\nloading shards"


async def test_without_descriptors_of_its_own_printing_breaks_the_protocol(toy):
    worker = await toy(without="descriptors")
    with pytest.raises(ProtocolBroken, match="epoch 1 of 3"):
        await worker.call("speak")


async def test_a_missing_library_is_one_sentence_for_every_request(toy):
    worker = await toy(without="library")
    for _ in range(2):
        with pytest.raises(PartMissing) as caught:
            await worker.call("echo")
        assert "the library is not installed (No module named 'a_library_that_nobody_has')" in str(caught.value)
    await worker.close()
    assert "Traceback" not in worker.last_words()


async def test_a_worker_that_does_not_say_hello_is_ended(toy):
    with pytest.raises(WorkerSilent, match="within 1 seconds"):
        await toy(without="hello", hello_seconds=1.0)


async def test_giving_up_the_start_leaves_no_process_behind():
    before = set(psutil.Process().children(recursive=True))
    environment = {"PYTHONPATH": TOY_PATH, "TOY_WITHOUT": "hello"}
    task = asyncio.create_task(WorkerProcess.start("toy", environment, program="toy"))
    while not set(psutil.Process().children(recursive=True)) - before:
        await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert set(psutil.Process().children(recursive=True)) <= before


@pytest.mark.parametrize("by_waiting", [False, True])
async def test_giving_up_the_start_leaves_no_failure_that_nobody_hears(by_waiting, monkeypatch):
    monkeypatch.setattr("studio.jobs.process._LINGER_SECONDS", 0.1)  # so long the worker is not let go
    told = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: told.append(context["message"]))
    environment = {"PYTHONPATH": TOY_PATH, "TOY_WITHOUT": "hello"}
    starting = WorkerProcess.start("toy", environment, program="toy", hello_seconds=0.3 if by_waiting else 60)
    with contextlib.suppress(WorkerSilent, TimeoutError):  # what pytest.raises keeps is not collected
        await asyncio.wait_for(starting, 60 if by_waiting else 0.3)
    await asyncio.sleep(0.2)
    gc.collect()
    assert told == []


async def test_a_program_that_does_not_exist_is_reported():
    with pytest.raises(WorkerDied, match="No module named"):
        await WorkerProcess.start("nothing")


async def test_the_end_of_stdin_ends_a_worker_at_work(toy):
    worker = await toy()
    reply = await worker.request("wait")
    await anext(aiter(reply))
    await worker.close()
    assert await worker.ended == 0
    with pytest.raises(WorkerDied):
        await reply.result()


async def test_close_kills_a_worker_that_is_stuck(toy):
    worker = await toy()
    await anext(aiter(await worker.request("stuck")))
    await worker.close(grace=0.2)
    assert await worker.ended == -signal.SIGKILL


@pytest.mark.parametrize("tied", [True, False])
async def test_a_dead_worker_is_noticed_though_its_child_holds_the_pipes(toy, tied):
    worker = await toy()
    child = (await worker.call("start_child", tied=tied))["child"]
    reply = await worker.request("wait")
    await anext(aiter(reply))
    os.kill(worker.pid, signal.SIGKILL)
    with pytest.raises(WorkerDied, match="SIGKILL"):
        await reply.result()
    assert gone(child)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal")
@pytest.mark.parametrize("defended", [True, False])
def test_a_worker_in_native_code_dies_with_a_killed_parent_and_so_does_its_child(defended):
    environment = {**os.environ, "PYTHONPATH": TOY_PATH, "TOY_WITHOUT": "" if defended else "lifeline"}
    command = [sys.executable, str(TOYS / "parent.py"), "tied"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as parent:
        worker, child = map(int, parent.stdout.readline().split())
        parent.kill()
    try:
        if defended:
            assert gone(worker)
            assert gone(child)
        else:
            assert not gone(worker, 1.0)
            assert not gone(child, 0.1)
    finally:
        for pid in (worker, child):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


async def test_the_journal_has_every_event_before_the_pipe(toy, tmp_path):
    worker = await toy()
    reply = await worker.request("journal", folder=str(tmp_path))
    heard = 0
    async for _ in reply:
        heard += 1
        assert len([event for event in read_events(tmp_path) if event["event"] == "step"]) >= heard
    await reply.result()
    assert [event["event"] for event in read_events(tmp_path)] == ["step"] * 3 + ["done"]
    assert Run(tmp_path).state().status == "done"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full disk")
async def test_a_full_disk_under_the_journal_fails_the_job_and_the_reader_hears_it(toy, tmp_path):
    (tmp_path / EVENTS).symlink_to("/dev/full")
    worker = await toy()
    with pytest.raises(NotSaved, match="No space left"):
        await worker.call("journal", folder=str(tmp_path))
    assert await worker.call("echo", say=3) == {"said": 3}


@pytest.mark.parametrize(
    ("code", "words"), [(-11, "SIGSEGV"), (-9, "SIGKILL"), (3, "exit code 3"), (None, "no exit code")]
)
def test_an_exit_is_described_in_the_systems_words(code, words):
    assert describe_exit(code) == words


def test_a_worker_serves_under_qts_event_loop(qapp, caplog):
    import qasync

    async def talk():
        worker = await WorkerProcess.start("toy", {"PYTHONPATH": TOY_PATH}, program="toy")
        values = [event.fields["value"] async for event in await worker.request("count", to=3)]
        reply = await worker.request("wait")
        await anext(aiter(reply))
        os.kill(worker.pid, signal.SIGKILL)
        with pytest.raises(WorkerDied, match="SIGKILL"):
            await reply.result()
        await worker.close()
        return values

    with caplog.at_level(logging.ERROR):
        loop = qasync.QEventLoop(qapp)
        try:
            assert loop.run_until_complete(asyncio.wait_for(talk(), 60)) == [0, 1, 2]
        finally:
            loop.close()
            asyncio.set_event_loop(None)
    assert not caplog.records


async def test_files_where_somebody_works_are_no_part_of_a_worker(toy, tmp_path, monkeypatch):
    (tmp_path / "yaml.py").write_text("raise SystemExit('taken from the folder')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    environment = child_environment({"PYTHONPATH": TOY_PATH})
    bitten = subprocess.run([sys.executable, "-m", "toy"], env=environment, capture_output=True, text=True)
    assert "taken from the folder" in bitten.stderr
    worker = await toy()
    assert await worker.call("echo", say=1) == {"said": 1}
