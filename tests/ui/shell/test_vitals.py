from studio.jobs.monitor import GpuSample, Sample
from studio.ui.shell.vitals import memory_note

GIB = 2**30


def test_a_machine_without_a_card_says_so_and_why() -> None:
    note = memory_note(Sample(3.0, 6 * GIB, 24 * GIB, ()), "No NVIDIA driver is installed here.")
    assert note.text == "no GPU · RAM 6.0/24.0 GB"
    assert "No NVIDIA driver" in note.why


def test_a_card_shows_its_own_memory() -> None:
    card = GpuSample("RTX 3050", 40, 3 * GIB, 4 * GIB, 61, 70.0)
    note = memory_note(Sample(3.0, 6 * GIB, 24 * GIB, (card,)), None)
    assert note.text == "VRAM 3.0/4.0 GB"
    assert "RTX 3050" in note.why
