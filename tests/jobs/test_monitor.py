import pynvml
import pytest

from studio.jobs.monitor import Monitor


@pytest.fixture
def monitor():
    monitor = Monitor()
    yield monitor
    monitor.close()


def test_the_machine_is_sampled(monitor):
    sample = monitor.sample()
    assert 0 <= sample.cpu <= 100
    assert 0 < sample.memory_used <= sample.memory_total


def test_it_shows_cards_or_says_in_a_sentence_why_not(monitor):
    cards = monitor.sample().gpus
    assert bool(cards) != bool(monitor.no_gpu)
    assert all(card.memory_used <= card.memory_total for card in cards)
    if not cards:
        assert monitor.no_gpu.endswith(".")


def test_a_card_that_does_not_answer_a_question_is_shown_without_it(monkeypatch):
    """The boundary is the driver: this machine has none, so its answers are given here."""

    def unsupported(*_):
        raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_SUPPORTED)

    for name in ("nvmlInit", "nvmlShutdown"):
        monkeypatch.setattr(pynvml, name, lambda: None)
    monkeypatch.setattr(pynvml, "nvmlDeviceGetCount", lambda: 1)
    monkeypatch.setattr(pynvml, "nvmlDeviceGetHandleByIndex", lambda index: index)
    for name in ("MemoryInfo", "Name", "PowerUsage", "UtilizationRates", "Temperature"):
        monkeypatch.setattr(pynvml, f"nvmlDeviceGet{name}", unsupported)
    monitor = Monitor()
    (card,) = monitor.sample().gpus
    monitor.close()
    assert monitor.no_gpu is None
    assert (card.load, card.temperature, card.power, card.memory_total) == (None, None, None, 0)
    assert monitor.sample().gpus == ()
