"""The forecast of memory in play is what the worker takes at its height."""

import re
import sys
from pathlib import Path

import pytest

from studio.gguf.fitting import rows_of
from studio.gguf.memory import memory_of
from studio.gguf.outline import outline_of
from studio.gguf.reader import Gguf
from studio.jobs.process import WorkerProcess

pytestmark = [pytest.mark.native, pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")]


async def peak(path: Path, context: int, tokens: int) -> int:
    """The highest resident memory of the worker after so many tokens were read."""
    worker = await WorkerProcess.start("llama")
    try:
        await worker.call("load", path=str(path), context=context, threads=1)
        ids = [(number * 7919) % 40000 + 100 for number in range(tokens)]
        await worker.call("generate", ids=ids, sampling={"max_tokens": 2, "temperature": 0.0})
        status = Path(f"/proc/{worker.pid}/status").read_text("ascii")
        match = re.search(r"VmHWM:\s+(\d+) kB", status)
        assert match is not None
        return int(match[1]) * 1024
    finally:
        await worker.close()


async def test_the_workers_peak_is_within_a_tenth_of_the_forecast(starter: Path) -> None:
    model = outline_of(starter)
    with Gguf(starter) as gguf:
        weights = sum(tensor.size for tensor in gguf.tensors)
    told = memory_of(model, weights, 0, 1024)
    assert await peak(starter, 1024, 520) == pytest.approx(told.total, rel=0.1)
    assert told.keys == 2 * 1024 * 30 * 3 * 128, "two bytes for each number of keys and values"


def test_a_longer_play_and_more_bits_take_more(starter: Path) -> None:
    model = outline_of(starter)
    short, long = rows_of(model, 2048), rows_of(model, 8192)
    grown = {a.name: b.memory.total - a.memory.total for a, b in zip(short, long, strict=True)}
    assert set(grown.values()) == {6144 * (30 * 3 * 128 * 2 + 2048)}
    by_name = {row.name: row.memory.total for row in short}
    assert by_name["F32"] > by_name["F16"] > by_name["Q8_0"] > by_name["Q4_1"]
