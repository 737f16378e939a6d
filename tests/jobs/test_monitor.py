import json
import os
import plistlib
import sys
from pathlib import Path
from types import SimpleNamespace

import pynvml
import pytest

from studio.jobs.apple import Apple
from studio.jobs.monitor import Monitor
from studio.jobs.samples import GpuProcess

LIBRARIES = Path(__file__).resolve().parent / "libraries"
CARD = {"name": "AMD Radeon RX 7900 XTX", "load": 63, "vram": [4096, 24560], "heat": 71, "power": ["N/A", 212],
        "processes": [[999_999_999, 1 << 30]]}  # fmt: skip
MUTE = dict.fromkeys(("name", "load", "vram", "heat", "power", "processes"), "error")


@pytest.fixture
def monitor():
    monitor = Monitor()
    yield monitor
    monitor.close()


def test_the_machine_is_sampled(monitor):
    sample = monitor.sample()
    assert 0 <= sample.cpu <= 100
    assert 0 < sample.memory_used <= sample.memory_total
    assert 0 < sample.disk_free < sample.disk_total
    assert sample.disk_read >= 0 and sample.disk_written >= 0


def test_a_disk_that_is_gone_is_no_reason_to_stop(tmp_path):
    monitor = Monitor(tmp_path / "unplugged")
    assert (monitor.sample().disk_free, monitor.sample().disk_total) == (0, 0)
    monitor.close()


def test_it_shows_cards_or_says_in_a_sentence_why_not(monitor):
    cards = monitor.sample().gpus
    assert bool(cards) != bool(monitor.no_gpu)
    assert all(card.memory_used <= card.memory_total for card in cards)
    if not cards:
        assert monitor.no_gpu.endswith(".")


def nvidia(monkeypatch, **answers):
    """The boundary is the driver: this machine has none, so its answers are given here."""

    def unsupported(*_):
        raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_SUPPORTED)

    for name in ("nvmlInit", "nvmlShutdown"):
        monkeypatch.setattr(pynvml, name, lambda: None)
    monkeypatch.setattr(pynvml, "nvmlDeviceGetCount", lambda: 2)
    monkeypatch.setattr(pynvml, "nvmlDeviceGetHandleByIndex", lambda index: index)
    for name in ("MemoryInfo", "Name", "PowerUsage", "UtilizationRates", "Temperature", "ComputeRunningProcesses",
                 "GraphicsRunningProcesses"):  # fmt: skip
        monkeypatch.setattr(pynvml, f"nvmlDeviceGet{name}", answers.get(name, unsupported))


def test_a_card_that_does_not_answer_a_question_is_shown_without_it(monkeypatch):
    nvidia(monkeypatch)
    monitor = Monitor()
    card, _other = monitor.sample().gpus
    monitor.close()
    assert monitor.no_gpu is None
    assert (card.load, card.temperature, card.power, card.memory_total, card.processes) == (None, None, None, 0, ())
    assert monitor.sample().gpus == ()


def test_who_holds_a_card_s_memory_is_named_and_not_asked_every_time(monkeypatch):
    def computing(card):
        asked.append(card)
        return [SimpleNamespace(pid=os.getpid(), usedGpuMemory=3 << 30)] if card == 0 else []

    def drawing(card):  # the same process again, of which Windows does not say how much
        here, gone = os.getpid(), 999_999_999
        return [SimpleNamespace(pid=pid, usedGpuMemory=None) for pid in (gone, here)] if card == 0 else []

    asked: list[int] = []
    nvidia(monkeypatch, ComputeRunningProcesses=computing, GraphicsRunningProcesses=drawing)
    monitor = Monitor()
    first, other = monitor.sample().gpus
    own, unknown = first.processes
    assert (own.pid, own.memory) == (os.getpid(), 3 << 30) and "python" in own.name.lower()
    assert unknown == GpuProcess(999_999_999, "999999999", None) and other.processes == ()
    for _again in range(3):
        monitor.sample()
    assert asked == [0, 1]
    monitor.sample()
    assert asked == [0, 1, 0, 1]
    monitor.close()


@pytest.fixture
def amd(monkeypatch):
    """AMD's library is found, as if ROCm were installed."""
    monkeypatch.syspath_prepend(str(LIBRARIES))
    monkeypatch.delitem(sys.modules, "amdsmi", raising=False)
    yield lambda *cards: monkeypatch.setenv("AMDSMI_CARDS", json.dumps(cards))
    sys.modules.pop("amdsmi", None)


def test_amd_s_cards_are_shown_with_what_they_say(amd):
    amd({**CARD, "hotspot": False}, MUTE)
    monitor, other = Monitor(), Monitor()
    other.close()  # what another one of this process has, it keeps
    card, mute = monitor.sample().gpus[-2:]
    assert (card.name, card.load, card.temperature, card.power) == ("AMD Radeon RX 7900 XTX", 63, 71, 212.0)
    assert (card.memory_used, card.memory_total) == (4096 << 20, 24560 << 20)
    assert card.processes == (GpuProcess(999_999_999, "999999999", 1 << 30),)
    assert (mute.name, mute.load, mute.memory_total, mute.temperature, mute.power) == ("AMD", None, 0, None, None)
    assert monitor.no_gpu is None
    monitor.close()
    assert all(card.name != "AMD" for card in monitor.sample().gpus)


def test_amd_s_library_without_its_driver_is_told(amd, capsys):
    monitor = Monitor()
    if not monitor.sample().gpus:
        assert monitor.no_gpu == "AMD's driver does not answer ('libamd_smi.so'). The CPU is used."
    monitor.close()
    assert capsys.readouterr().out == ""


def test_apple_s_gpu_tells_its_load_without_any_rights(monkeypatch):
    rows = [{"model": "Apple M2", "PerformanceStatistics": {"Device Utilization %": 41, "In use system memory": 700}}]
    asked: list[int] = []

    def ioreg() -> bytes:
        asked.append(1)
        return plistlib.dumps(rows)

    apple = Apple(ioreg, "darwin")
    (card,) = apple.cards()
    assert (card.name, card.load, card.memory_used, card.power, apple.why) == ("Apple M2", 41, 700, None, None)
    assert len(asked) == 1


@pytest.mark.parametrize("answer", [b"", b"no plist", plistlib.dumps([{"PerformanceStatistics": {}}])])
def test_where_macos_says_nothing_a_sentence_does(answer):
    apple = Apple(lambda: answer, "darwin")
    assert apple.cards() == () and (apple.why or "").endswith("rights.")
    assert Apple(lambda: answer, "linux").why is None
