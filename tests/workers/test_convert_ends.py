"""How a conversion ends before its end: cancelled while native code runs, killed, or begun from an unfinished run."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from studio.errors import Cancelled
from studio.gguf.errors import NoAdapter
from studio.jobs.errors import WorkerDied
from studio.jobs.job import WorkerJob
from studio.jobs.protocol import Fields
from studio.jobs.runs import Run
from tests.workers.conftest import PLAIN, SCENARIO, Ended, run_job

pytestmark = pytest.mark.native


def fields(tmp_path: Path, source: Path, *kinds: str) -> Fields:
    """A request that converts to `tmp_path/models`."""
    return {"source": str(source), "out": str(tmp_path / "models"), "quantisations": list(kinds)}


# -- cancelled while llama.cpp quantises


async def test_cancelled_while_it_quantises_it_is_cancelled(tmp_path: Path, tiny_base: Path) -> None:
    async def stop(job: WorkerJob, event: Fields) -> None:
        if event["event"] == "phase" and event["name"] == "quantise":
            await job.cancel()

    request = fields(tmp_path, tiny_base, "Q2_K", "Q3_K_M", "Q4_K_M", "Q5_K_M", "Q6_K", "Q8_0")
    ended = await run_job("convert", tmp_path / "runs", request, stop)
    assert isinstance(ended.error, Cancelled)
    assert ended.run.state().status == "cancelled"
    assert list((tmp_path / "models").iterdir()) == []


def test_what_llama_cpp_still_says_is_heard_by_nobody(tmp_path: Path, tiny_base: Path) -> None:
    from studio.workers import _converter

    plain, heard, told = tmp_path / "F16.gguf", threading.Event(), []
    _converter.to_gguf(tiny_base, plain, "tiny", lambda _share: None, lambda: None)

    def listen(share: float) -> None:
        told.append(share)
        heard.set()
        time.sleep(0.05)  # native code waits for this, so it is still at work when the reader gives up

    def check() -> None:
        if heard.is_set():
            raise Cancelled

    with pytest.raises(Cancelled):
        _converter.quantise(plain, tmp_path / "out.gguf", "Q8_0", 1, listen, check)
    count = len(told)
    for thread in threading.enumerate():
        if thread.name == "quantise":
            thread.join()
    assert count == len(told)
    assert told[-1] < 1
    assert not _converter.still_quantising()


# -- killed


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere other means tie it, tested with the lifeline")
async def test_the_converter_dies_with_its_worker(tmp_path: Path, tiny_base: Path) -> None:
    started: list[psutil.Process] = []

    async def kill(job: WorkerJob, event: Fields) -> None:
        if event["event"] == "phase" and event["name"] == "convert":
            while not started:
                children = psutil.Process(job.worker.pid).children()
                started.extend(child for child in children if any("convert_hf" in word for word in child.cmdline()))
                await asyncio.sleep(0.01)
            started[0].suspend()  # stopped, it neither ends by itself nor by a broken pipe
            os.kill(job.worker.pid, signal.SIGKILL)

    ended = await run_job("convert", tmp_path / "runs", fields(tmp_path, tiny_base, "Q8_0"), kill)
    assert isinstance(ended.error, WorkerDied)
    _gone, alive = psutil.wait_procs(started, timeout=10)
    left = [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]
    for process in left:
        process.kill()
    assert not left


def test_what_killed_conversions_left_is_swept(tmp_path: Path) -> None:
    from studio.workers._workshop import workshop

    day = 25 * 3600
    own, init = os.getpid(), 1
    left = {f".converting-{2**22 + 7}-a": 0, ".converting-old": day, f".converting-{own}-reused": 400 * day}
    kept = {f".converting-{own}-b": 0, f".converting-{init}-c": 0, ".converting-new": 0, "tavern": 400 * day}
    for name, age in {**left, **kept}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "half.gguf").write_bytes(b"GGUF")
        os.utime(tmp_path / name, (time.time() - age,) * 2)
    with workshop(tmp_path) as building:
        assert {path.name for path in tmp_path.iterdir()} == {*kept, building.path.name}
    assert {path.name for path in tmp_path.iterdir()} == set(kept)


def left_behind(folder: Path, key: str) -> Path:
    """What a killed conversion leaves that had written its F16 file."""
    from studio.gguf.leftovers import note

    path = folder / f".converting-{2**22 + 7}-x"
    path.mkdir(parents=True)
    (path / "tiny-1M-v1.0-F16.gguf").write_bytes(b"GGUF")
    (path / "tiny-1M-v1.0-Q8_0.gguf").write_bytes(b"half")  # begun, and not noted
    note(path, key, "tiny", "/runs/tiny", {"F16": "tiny-1M-v1.0-F16.gguf"})
    return path


@pytest.mark.parametrize(("key", "go_on", "taken"), [("a", True, ["F16"]), ("a", False, []), ("b", True, [])])
def test_only_whole_files_of_the_same_conversion_are_gone_on_with(
    tmp_path: Path, key: str, go_on: bool, taken: list[str]
) -> None:
    from studio.workers._workshop import workshop

    old = left_behind(tmp_path, "a")
    with workshop(tmp_path, key, "tiny", "/runs/tiny", go_on=go_on) as shop:
        assert sorted(shop.files) == taken
        assert [path.name for path in shop.path.glob("*.gguf")] == ["tiny-1M-v1.0-F16.gguf"] * len(taken)
    assert old.exists() is (key == "b"), "what another conversion left waits for somebody to go on with it"


@pytest.mark.slow  # two conversions, the first killed
async def test_a_killed_conversion_is_gone_on_with(tmp_path: Path, tiny_base: Path) -> None:
    async def kill(job: WorkerJob, event: Fields) -> None:
        if event["event"] == "phase" and event["name"] == "quantise":
            os.kill(job.worker.pid, signal.SIGKILL)

    request = fields(tmp_path, tiny_base, "Q8_0")
    ended = await run_job("convert", tmp_path / "runs", request, kill)
    assert isinstance(ended.error, WorkerDied)
    (left,) = (tmp_path / "models").iterdir()
    assert left.name.startswith(".converting-"), "nothing has a final name"
    again = await run_job("convert", tmp_path / "runs", request)
    assert again.error is None
    assert again.named("going_on")[0]["files"] == ["F16"]
    assert not [event for event in again.named("progress") if event["part"] == "convert"], "it is not written again"
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["tiny"]


# -- a run that was not finished


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def finished(tiny_base: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run of six steps on one example, so that each ends an epoch; the checkpoints of the last two before the end
    are there."""
    folder = tmp_path_factory.mktemp("finished")
    (folder / "s.md").write_text(SCENARIO.format(n=1, tag=""), encoding="utf-8")
    more: dict[str, object] = {"steps": 6, "checkpoint_every": 2, "sample_tokens": 2, "name": "weir", **PLAIN}
    config = {"base": str(tiny_base), "scenarios": [str(folder)], **more}
    ended: Ended = await run_job("train", folder / "runs", {"config": config})
    assert ended.error is None, ended.error
    return ended.run


@pytest.fixture
def run(tmp_path: Path, finished: Run) -> Path:
    """A copy of that run."""
    return Path(shutil.copytree(finished.path, tmp_path / "run"))


def damage(path: Path) -> None:
    """Changes one byte."""
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


async def test_a_run_that_stopped_early_is_converted_from_its_newest_whole_checkpoint(
    tmp_path: Path, run: Path
) -> None:
    from studio.workers._merge import source_of

    assert source_of(run, None).trained == "adapter"
    shutil.rmtree(run / "adapter")
    assert source_of(run, None).trained == "checkpoints/step-000005"
    damage(run / "checkpoints" / "step-000005" / "adapter_model.safetensors")
    ended = await run_job("convert", tmp_path / "runs", fields(tmp_path, run, "Q8_0"))
    assert ended.error is None
    assert (ended.run.report() or {})["adapter"] == "checkpoints/step-000004"
    shutil.rmtree(run / "checkpoints")
    with pytest.raises(NoAdapter, match="never finished"):
        source_of(run, None)


@pytest.mark.parametrize(
    "harm",
    [
        lambda _names: [],
        lambda _names: {},
        lambda _names: 3,
        lambda names: dict.fromkeys(names, 7),
        lambda names: {"state.json": names["state.json"]},
    ],
)
def test_a_manifest_that_names_nothing_proves_nothing(run: Path, harm: Callable[[Fields], object]) -> None:
    from studio.workers._merge import source_of

    manifest = run / "adapter" / "manifest.json"
    manifest.write_text(json.dumps(harm(json.loads(manifest.read_text(encoding="utf-8")))), encoding="utf-8")
    with pytest.raises(NoAdapter):
        source_of(run, None)


# -- a folder that takes the place of another


def test_the_old_folder_stands_until_the_new_one_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from studio.errors import NotSaved
    from studio.workers._base import finished_folder

    folder = tmp_path / "adapter"
    for word in ("old", "new"):
        with finished_folder(folder) as building:
            (building / "weights").write_text(word, encoding="utf-8")
    assert (folder / "weights").read_text(encoding="utf-8") == "new"
    rename = Path.rename

    def refuse(path: Path, target: Path) -> Path:
        if path.suffix != ".old" and target == folder:
            raise OSError("no")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(NotSaved), finished_folder(folder) as building:
        (building / "weights").write_text("newer", encoding="utf-8")
    assert (folder / "weights").read_text(encoding="utf-8") == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["adapter"]


def test_what_killed_processes_were_building_goes_with_the_next_building(tmp_path: Path) -> None:
    from studio.workers._base import finished_folder

    folder = tmp_path / "base"
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    gone = [tmp_path / f".base.{child.pid}-{word}" for word in ("abc", "abc.old")]
    stay = [tmp_path / f".base.{os.getpid()}-abc", tmp_path / f".other.{child.pid}-abc"]
    for half in (*gone, *stay):
        half.mkdir()
    with finished_folder(folder):
        assert [half.exists() for half in gone] == [False, True], "what stood aside may be the only one that is whole"
    with finished_folder(folder):
        assert not gone[1].exists()
    assert all(half.exists() for half in stay)
