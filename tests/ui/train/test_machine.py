"""The meters tell what was sampled."""

from studio.jobs.monitor import GpuSample, Sample
from studio.ui.train.machine import HISTORY, MachineLog

GIB = 2**30
CARD = GpuSample("NVIDIA GeForce RTX 3050", 81, 3 * GIB, 4 * GIB, 66, 58.4)


def test_without_a_card_it_says_so() -> None:
    machine = MachineLog("No NVIDIA card was found. The CPU is used.").take(Sample(37.0, 3 * GIB, 24 * GIB, ()))
    assert [meter.key for meter in machine.meters] == ["cpu", "ram"]
    assert machine.no_gpu == "No NVIDIA card was found. The CPU is used."
    assert machine.meters[1].value == "3.0 / 24 GB" and machine.meters[1].share == 0.125


def test_a_card_has_load_and_memory_and_no_sentence() -> None:
    machine = MachineLog(None).take(Sample(5.0, GIB, 8 * GIB, (CARD,)))
    load, memory = machine.meters[2:]
    assert machine.no_gpu is None
    assert (load.name, load.value) == ("RTX 3050", "81 % · 66 °C · 58 W")
    assert (memory.name, memory.value, memory.share) == ("VRAM", "3.0 / 4 GB", 0.75)


def test_a_card_that_does_not_say_its_load_has_no_share() -> None:
    mute = GpuSample("Tesla", None, GIB, 2 * GIB, None, None)
    load = MachineLog(None).take(Sample(0.0, 0, 1, (mute,))).meters[2]
    assert load.share is None and load.history == ()


def test_the_history_is_as_long_as_the_picture() -> None:
    log = MachineLog(None)
    for percent in range(HISTORY + 10):
        machine = log.take(Sample(float(percent), 0, 1, ()))
    assert len(machine.meters[0].history) == HISTORY
    assert machine.meters[0].history[-1] == (HISTORY + 9) / 100
