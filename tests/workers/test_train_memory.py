"""A graphics card with too little memory: the CPU takes its place where that is worth it, else a sentence says so."""

import gc
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from studio.jobs.job import CARDS, without_cards
from studio.jobs.protocol import Fields
from studio.training.errors import CardFails, DoesNotFit, GpuTooSmall, TooSlowWithoutGpu
from studio.training.planning import Plan, Timing, worth_it
from tests.workers.conftest import PLAIN

torch = pytest.importorskip("torch")

CARD = "Small Card 2000"


class Port:
    """Where a worker's events go."""

    def __init__(self) -> None:
        self.sent: list[Fields] = []

    def send(self, message: Fields) -> None:
        self.sent.append(message)


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The train worker on a machine whose card has no memory left: torch says so where the model is put on it."""
    import studio.workers._device as device
    import studio.workers._retreat as retreat
    import studio.workers._serve as serving
    import studio.workers.train as training

    monkeypatch.setattr(device, "_there", lambda kind: kind in ("cuda", "cpu"))
    monkeypatch.setattr(device, "_has_bf16", lambda _kind: False)
    monkeypatch.setattr(device, "_name", lambda kind: CARD if kind == "cuda" else "A processor")
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _device: (8 << 30, 8 << 30))
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda _device: 0)
    monkeypatch.setattr(torch.cuda, "reset_peak_memory_stats", lambda _device: None)
    threads, to = torch.get_num_threads(), torch.nn.Module.to

    def put(module: Any, *places: Any, **named: Any) -> Any:
        if any(isinstance(place, torch.device) and place.type == "cuda" for place in places):
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")
        return to(module, *places, **named)

    monkeypatch.setattr(torch.nn.Module, "to", put)
    yield SimpleNamespace(train=training, retreat=retreat, request=serving.Request)
    torch.set_num_threads(threads)
    gc.collect()


@pytest.fixture
def run(worker: Any, tmp_path: Path, tiny_base: Path, scenarios: Path) -> Callable[..., tuple[Fields, list[Fields]]]:
    """Trains in this process; what the worker gives and sends."""

    def started(**more: object) -> tuple[Fields, list[Fields]]:
        short: Fields = {"sample_every": 2, "sample_tokens": 2, "checkpoint_every": 9, "threads": 1, **PLAIN, **more}
        fields = {
            "run": str(tmp_path / "run"),
            "config": {"base": str(tiny_base), "scenarios": [str(scenarios)], **short},
        }
        (tmp_path / "run").mkdir(exist_ok=True)
        port = Port()
        return worker.train.train(worker.request(port, 1, "train", fields)), port.sent

    return started


def test_the_cpu_takes_the_place_of_a_card_that_is_too_small(
    run: Callable[..., tuple[Fields, list[Fields]]], tmp_path: Path
) -> None:
    done, sent = run(steps=2)
    report = done["report"]
    assert isinstance(report, dict)
    assert (report["device"], report["processor"], report["steps"]) == ("cpu", "A processor", 2)
    bases = [event for event in sent if event.get("name") == "base"]
    assert [event["processor"] for event in bases] == [CARD, "A processor"]
    assert [event.get("gpu_too_small") for event in bases] == [None, CARD]
    config = yaml.safe_load((tmp_path / "run" / "config.yaml").read_text("utf-8"))
    assert config["device"] == "auto" and config["resolved"]["gpu_too_small"] == CARD
    assert json.loads((tmp_path / "run" / "report.json").read_text("utf-8"))["device"] == "cpu"
    assert (tmp_path / "run" / "adapter" / "adapter_model.safetensors").is_file()


def test_without_the_retreat_the_run_ends_there(
    run: Callable[..., tuple[Fields, list[Fields]]], worker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker.retreat, "trouble_with", lambda _processor, _error: None)
    with pytest.raises(torch.OutOfMemoryError):
        run(steps=2)


def test_a_card_that_the_settings_name_is_not_left_unasked(run: Callable[..., tuple[Fields, list[Fields]]]) -> None:
    with pytest.raises(GpuTooSmall) as raised:
        run(steps=2, device="cuda")
    assert CARD in str(raised.value) and "auto" in str(raised.value)


def test_where_the_cpu_is_too_slow_a_sentence_says_so(run: Callable[..., tuple[Fields, list[Fields]]]) -> None:
    with pytest.raises(TooSlowWithoutGpu) as raised:
        run(max_minutes=0.001)
    sentence = str(raised.value)
    assert CARD in sentence and "0.001 are allowed" in sentence


LENGTHS = [100] * 50


@pytest.mark.parametrize(
    ("token", "steps", "minutes", "worth"),
    [
        (0.001, 50, 5.0, True),
        (0.001, 24, 5.0, False),
        (0.1, 25, 5.0, False),
        (0.1, 50, None, True),
        (9, 50, None, False),
    ],
)
def test_a_stand_in_is_worth_it_where_each_example_is_seen_once_in_time(
    token: float, steps: int, minutes: float | None, worth: bool
) -> None:
    from studio.training.errors import NoTimeToTrain

    timing = Timing(10.0, token, 1.0, 3.0)
    found = Plan(steps, steps * 2 * 100 * token, steps * 2 / len(LENGTHS))
    if worth:
        worth_it(found, LENGTHS, batch=2, minutes=minutes, timing=timing)
        return
    with pytest.raises(NoTimeToTrain):
        worth_it(found, LENGTHS, batch=2, minutes=minutes, timing=timing)


FULL = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")
BROKEN = RuntimeError("CUDA error: no kernel image is available for execution on the device")


@pytest.fixture
def failing_card(worker: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[RuntimeError, int], None]:
    """A card that takes the model, as far as torch here can be made to believe it, and fails from a pass on."""
    import studio.workers._passes as passes

    to, whole, count = torch.nn.Module.to, passes.Passes._tried, [0]

    def put(module: Any, *places: Any, **named: Any) -> Any:
        on_card = any(isinstance(place, torch.device) and place.type == "cuda" for place in places)
        return module if on_card else to(module, *places, **named)

    def set_up(error: RuntimeError, at: int) -> None:
        def tried(self: Any, examples: Any, size: int, weight: float) -> float:
            if self._adapter.model.config._attn_implementation == "sdpa":  # as only cards are given
                count[0] += 1
                if count[0] >= at:
                    raise error
            return whole(self, examples, size, weight)

        monkeypatch.setattr(passes.Passes, "_tried", tried)
        monkeypatch.setattr(torch.nn.Module, "to", put)
        monkeypatch.setattr(torch.cuda, "get_rng_state", lambda _device: torch.get_rng_state())
        monkeypatch.setattr(torch.cuda, "set_rng_state", lambda _state, _device: None)

    return set_up


def test_a_card_that_is_full_at_a_step_hands_the_run_to_the_cpu(
    run: Callable[..., tuple[Fields, list[Fields]]],
    failing_card: Callable[[RuntimeError, int], None],
    worker: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    failing_card(FULL, 5)  # two proving passes, two steps
    done, sent = run(steps=4, gradient_accumulation_steps=1)
    report = done["report"]
    assert isinstance(report, dict)
    assert (report["device"], report["steps"]) == ("cpu", 4)
    steps = [event for event in sent if event["event"] == "step"]
    assert [event["step"] for event in steps] == [1, 2, 3, 4]
    assert [event["step"] for event in sent if event["event"] == "resumed"] == [2]
    memory = report["memory"]
    assert memory["forecast"] == sum(memory["parts"].values()) and memory["measured"] > 0
    (tmp_path / "run").rename(tmp_path / "moved")
    monkeypatch.setattr(worker.retreat, "trouble_with", lambda _processor, _error: None)
    done, sent = run(steps=4, gradient_accumulation_steps=1, device="cpu")
    alone = [event["loss"] for event in sent if event["event"] == "step"]
    assert [event["loss"] for event in steps] == pytest.approx(alone, abs=1e-3)


def test_a_card_that_fails_is_named_and_the_cpu_takes_over(
    run: Callable[..., tuple[Fields, list[Fields]]], failing_card: Callable[[RuntimeError, int], None], tmp_path: Path
) -> None:
    failing_card(BROKEN, 1)
    done, sent = run(steps=1, max_minutes=0.001, gpu_fallback="accept")
    assert isinstance(done["report"], dict) and done["report"]["device"] == "cpu"
    told = [event for event in sent if event["event"] == "card_fails"]
    assert [event["card"] for event in told] == [CARD] and "no kernel image" in str(told[0]["reason"])
    config = yaml.safe_load((tmp_path / "run" / "config.yaml").read_text("utf-8"))
    assert config["resolved"]["gpu_failed"] == CARD


@pytest.mark.parametrize("more", [{"gpu_fallback": "refuse"}, {"device": "cuda"}])
def test_a_card_that_fails_ends_the_run_where_nothing_may_stand_in(
    run: Callable[..., tuple[Fields, list[Fields]]],
    failing_card: Callable[[RuntimeError, int], None],
    more: dict[str, object],
) -> None:
    failing_card(BROKEN, 1)
    with pytest.raises(CardFails) as raised:
        run(steps=1, **more)
    assert CARD in str(raised.value) and "no kernel image" in str(raised.value)


def test_without_the_defence_a_failing_card_ends_in_torchs_own_words(
    run: Callable[..., tuple[Fields, list[Fields]]],
    failing_card: Callable[[RuntimeError, int], None],
    worker: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    failing_card(BROKEN, 1)
    monkeypatch.setattr(worker.retreat, "trouble_with", lambda _processor, _error: None)
    with pytest.raises(RuntimeError, match="no kernel image"):
        run(steps=1)


def test_what_cannot_fit_is_refused_before_anything_is_loaded(
    run: Callable[..., tuple[Fields, list[Fields]]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import studio.workers._trainee as trainee

    def loaded(*_arguments: Any, **_named: Any) -> Any:
        raise AssertionError("a model was loaded")

    monkeypatch.setattr(trainee, "load_model", loaded)
    with pytest.raises(DoesNotFit) as raised:
        run(steps=1, memory_limit_gb=0.3, use_gpu=False)
    sentence = str(raised.value)
    assert "0.30 GB can be had" in sentence and "workspace" in sentence and "memory_limit_gb" in sentence
    (tmp_path / "run").rename(tmp_path / "refused")
    with pytest.raises(AssertionError, match="loaded"):  # the twin: with room enough it goes on to loading
        run(steps=1, memory_limit_gb=4, use_gpu=False)


def test_without_use_gpu_no_card_is_so_much_as_asked(
    run: Callable[..., tuple[Fields, list[Fields]]], worker: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import studio.workers._device as device

    def asked(*_arguments: Any) -> Any:
        raise AssertionError("a card was asked")

    monkeypatch.setattr(torch.cuda, "_lazy_init", asked)
    monkeypatch.setattr(torch.cuda, "mem_get_info", asked)
    monkeypatch.setattr(device, "_there", lambda kind: kind == "cpu" or asked())
    for name in CARDS:
        monkeypatch.setenv(name, "0")
    done, _sent = run(steps=1, use_gpu=False)
    assert isinstance(done["report"], dict) and done["report"]["device"] == "cpu"
    assert [os.environ[name] for name in CARDS] == [""] * len(CARDS)
    assert not torch.cuda.is_initialized()
    (tmp_path / "run").rename(tmp_path / "without")
    with pytest.raises(AssertionError, match="asked"):  # the twin
        run(steps=1)


def test_a_job_without_use_gpu_starts_where_no_card_can_be_seen() -> None:
    assert without_cards({"config": {"use_gpu": False}}) == dict.fromkeys(CARDS, "")
    assert without_cards({"config": {"use_gpu": True}}) == without_cards({"config": {}}) == without_cards({}) == {}


@pytest.mark.parametrize("error", [FULL, RuntimeError("DefaultCPUAllocator: can't allocate memory: 12 bytes")])
def test_too_little_memory_while_loading_is_not_taken_for_a_damaged_base(
    tiny_base: Path, monkeypatch: pytest.MonkeyPatch, error: RuntimeError
) -> None:
    import studio.workers._base as base

    def loading(*_arguments: Any, **_named: Any) -> Any:
        raise error

    monkeypatch.setattr(base.AutoModelForCausalLM, "from_pretrained", loading)
    with pytest.raises(RuntimeError) as raised:
        base.load_model(tiny_base, torch.float32)
    assert raised.value is error
