"""The llama worker on the starter model: what it loads, what it refuses, how it dies."""

import asyncio
import os
import random
import signal
import struct
import sys

import pytest

from studio.errors import FolderGiven, LorewrightError, PartMissing, PathMissing, UnreadableFile
from studio.inference import engine as _engine  # noqa: F401  # registers the errors that the worker names
from studio.inference.errors import AdapterNotLoaded, ModelNotLoaded
from studio.jobs.errors import BadRequest, WorkerDied
from studio.jobs.process import WorkerProcess
from tests.workers.llama_worker import PROMPT, generate, ids_of, load

pytestmark = [pytest.mark.native, pytest.mark.asyncio(loop_scope="module")]


# -- loading


async def test_the_card_says_what_the_model_is(starter):
    worker = await WorkerProcess.start("llama")
    card = await worker.call("load", path=str(starter), context=100_000)
    assert card["architecture"] == "llama"
    assert card["context"] == card["trained_context"] == 8192
    assert (card["bos"], card["eos"]) == ("<|im_start|>", "<|im_end|>")
    assert "<|im_start|>" in card["template"]
    assert 130e6 < card["parameters"] < 140e6
    assert card["bytes"] < starter.stat().st_size
    await worker.close()


@pytest.fixture
def damaged(starter, tmp_path):
    """The starter model with some harm done to it."""

    def make(kind):
        path = tmp_path / "model.gguf"
        head = bytearray(starter.open("rb").read(3_000_000))
        if isinstance(kind, int):
            path.write_bytes(starter.read_bytes()[:kind])
        elif kind == "random":
            path.write_bytes(random.Random(1).randbytes(100_000))
        elif kind == "random after the magic":
            path.write_bytes(b"GGUF" + random.Random(2).randbytes(100_000))
        elif kind == "version":
            path.write_bytes(head[:4] + struct.pack("<I", 99) + head[8:])
        elif kind == "counts":
            path.write_bytes(head[:8] + struct.pack("<QQ", 1 << 60, 1 << 60) + head[24:])
        elif kind == "key length":
            path.write_bytes(head[:24] + struct.pack("<Q", 1 << 62) + head[32:])
        elif kind == "text":
            path.write_text("<SYSTEM>not a model</SYSTEM>\n")
        return path

    return make


KINDS = [0, 3, 4, 24, 1000, 100_000, 2_500_000, 60_000_000, "random", "random after the magic", "version", "counts",
         "key length", "text"]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
async def test_a_damaged_file_is_refused_and_the_worker_lives_or_its_death_is_told(starter, damaged, kind):
    worker = await WorkerProcess.start("llama")
    try:
        with pytest.raises((ModelNotLoaded, WorkerDied)) as caught:
            await asyncio.wait_for(worker.call("load", path=str(damaged(kind))), 60)
        if isinstance(caught.value, ModelNotLoaded):
            assert str(damaged(kind)) in str(caught.value)
            with pytest.raises(BadRequest):
                await worker.call("decode", ids=[])
    finally:
        await worker.kill()


async def test_after_a_refused_file_a_good_one_is_loaded(starter, damaged):
    worker = await WorkerProcess.start("llama")
    with pytest.raises(ModelNotLoaded):
        await worker.call("load", path=str(damaged(2_500_000)))
    assert (await worker.call("load", path=str(starter), context=256))["context"] == 256
    await worker.close()


async def test_what_is_no_file(tmp_path):
    worker = await WorkerProcess.start("llama")
    with pytest.raises(PathMissing):
        await worker.call("load", path=str(tmp_path / "none.gguf"))
    with pytest.raises(FolderGiven):
        await worker.call("load", path=str(tmp_path))
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.gguf")
        with pytest.raises(UnreadableFile, match="no ordinary file"):
            await asyncio.wait_for(worker.call("load", path=str(tmp_path / "pipe.gguf")), 60)
    with pytest.raises(BadRequest):
        await worker.call("generate", ids=[1], sampling={})
    await worker.close()


async def test_without_the_library_it_is_one_sentence(tmp_path):
    (tmp_path / "llama_cpp.py").write_text("raise ImportError(\"No module named 'llama_cpp'\", name='llama_cpp')")
    (tmp_path / "usercustomize.py").write_text("")
    root = os.pathsep.join((str(tmp_path), *filter(None, sys.path)))
    worker = await WorkerProcess.start("llama", {"PYTHONPATH": root})
    with pytest.raises(PartMissing, match=r"llama-cpp-python is not installed .* Run `python3 launch.py` again"):
        await worker.call("load", path="x.gguf")
    await worker.close()
    assert "Traceback" not in worker.last_words()


def gguf(path, keys, tensors):
    """Writes a little GGUF: keys of text or float, tensors of float32 zeros by name and width, height."""

    def text(value):
        return struct.pack("<Q", len(value)) + value.encode()

    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(keys))
    for key, value in keys.items():
        head += text(key) + (
            struct.pack("<I", 8) + text(value) if isinstance(value, str) else struct.pack("<If", 6, value)
        )
    data = b""
    for name, (width, height) in tensors.items():
        head += text(name) + struct.pack("<IQQIQ", 2, width, height, 0, len(data))
        data += bytes(width * height * 4)
    path.write_bytes(head + bytes(-len(head) % 32) + data)
    return path


def adapter(path, width):
    keys = {
        "general.architecture": "llama",
        "general.type": "adapter",
        "adapter.type": "lora",
        "adapter.lora.alpha": 16.0,
    }
    return gguf(path, keys, {"blk.0.attn_q.weight.lora_a": (width, 8), "blk.0.attn_q.weight.lora_b": (8, width)})


async def test_an_adapter_of_this_base_is_taken_and_of_another_refused(starter, llama, tmp_path):
    (prompt,) = await ids_of(llama, PROMPT)
    plain = await generate(llama, prompt)
    worker = await load(starter, adapter=str(adapter(tmp_path / "own.gguf", 576)))
    assert (await generate(worker, prompt))["ids"] == plain["ids"]  # its weights are zero
    for path, kind in [
        (adapter(tmp_path / "other.gguf", 64), AdapterNotLoaded),
        (starter, AdapterNotLoaded),
        (tmp_path / "none.gguf", PathMissing),
    ]:
        with pytest.raises(kind):
            await worker.call("load", path=str(starter), context=256, adapter=str(path))
    assert (await worker.call("load", path=str(starter), context=256))["context"] == 256
    await worker.close()


# -- death


async def test_a_killed_worker_fails_what_is_open_and_another_goes_on(llama, starter):
    worker = await load(starter)
    (prompt,) = await ids_of(worker, PROMPT)
    reply = await worker.request("generate", ids=prompt, sampling={"max_tokens": 500, "temperature": 1.0})
    waiting = await worker.request("decode", ids=prompt)
    await anext(aiter(reply))
    os.kill(worker.pid, signal.SIGKILL)
    for open_request in (reply, waiting):
        with pytest.raises(WorkerDied, match="SIGKILL"):
            await open_request.result()
    assert (await generate(llama, prompt))["ids"]


async def test_a_model_that_is_cut_while_it_is_read_kills_only_the_worker(starter, tmp_path):
    """llama.cpp maps the file: its end then lies nowhere, and the kernel sends SIGBUS."""
    path = tmp_path / "model.gguf"
    path.write_bytes(starter.read_bytes())
    worker = await load(path)
    (prompt,) = await ids_of(worker, PROMPT)
    os.truncate(path, 3_000_000)
    try:
        with pytest.raises(LorewrightError) as caught:
            await generate(worker, prompt)
        assert isinstance(caught.value, WorkerDied)
    finally:
        await worker.kill()
