"""Several examples in one row: the same loss as one by one, and none learns from another."""

from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from studio.dataset import Example
from studio.training.config import TrainingConfig
from studio.training.retreat import ATTEMPTS, smaller

torch = pytest.importorskip("torch")

LENGTHS = (130, 41, 200, 77, 66)


def example(length: int, seed: int, vocabulary: int = 280) -> Example:
    """Ids without a meaning; the first fifth of them is not trained on."""
    ids = tuple((7 * i * seed + seed) % vocabulary + 5 for i in range(length))
    return Example(None, ids, tuple(i > length // 5 for i in range(length)), (0, 1))


EXAMPLES = [example(length, seed) for seed, length in enumerate(LENGTHS, 3)]

SMALL: dict[str, Any] = {
    "vocab_size": 300,
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
FAMILIES: dict[str, dict[str, Any]] = {
    "llama": {},
    "mistral": {"sliding_window": 80},
    "qwen2": {},
    "gemma2": {"sliding_window": 80, "attn_logit_softcapping": 0.5},
    "gemma3_text": {"sliding_window": 80},
    "phi3": {"rope_scaling": None},
}


@pytest.fixture(scope="module")
def parts() -> Iterator[Any]:
    """The worker's modules, imported late: they bring torch with them."""
    import studio.workers._adapter as adapter
    import studio.workers._attention as attention
    import studio.workers._loss as loss
    import studio.workers._memory as memory
    import studio.workers._passes as passes

    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # on so small a model a second one only waits
    yield SimpleNamespace(adapter=adapter, attention=attention, loss=loss, memory=memory, passes=passes)
    torch.set_num_threads(threads)


def made(parts: Any, family: str, attention: str, **more: object) -> Any:
    """A random model of a family in float32."""
    from transformers import AutoConfig, AutoModelForCausalLM

    torch.manual_seed(1)
    if attention == "ours":
        attention = parts.attention.register()
    config = AutoConfig.for_model(family, **{**SMALL, **FAMILIES[family], **more})
    library: Any = AutoModelForCausalLM
    return library.from_config(config, attn_implementation=attention).float()


def run(parts: Any, examples: Sequence[Example] = EXAMPLES, layers: object = "all", **more: object) -> Any:
    """The passes over a small Llama with an adapter whose weights are not zero, and what they told."""
    from studio.workers._fused import fuse

    plain = {"base": "b", "scenarios": ["s"], "lora": {"rank": 4, "layers": layers}, "batch_size": 1}
    config = TrainingConfig.model_validate({**plain, **more})
    adapter = parts.adapter.Adapter(made(parts, "llama", "ours"), config)
    for weight in adapter._weights:
        weight.data.add_(torch.randn(weight.shape, generator=torch.Generator().manual_seed(2)) * 0.1)
    fuse(adapter.model)
    adapter.model.train()
    told: list[dict[str, Any]] = []

    def tell(event: str, **fields: Any) -> None:
        told.append({"event": event, **fields})

    passes = parts.passes.Passes(adapter, config, examples, lambda: None, tell)
    return SimpleNamespace(passes=passes, adapter=adapter, config=config, told=told)


def learnt(trial: Any, examples: Sequence[Example]) -> tuple[float, list[Any]]:
    """A step's loss and its gradients, which are cleared."""
    loss = trial.passes.gradients(examples, 3)
    gradients = [weight.grad.clone() for weight in trial.adapter._weights]
    trial.adapter.forget_gradients()
    return loss, gradients


def close(one: tuple[float, list[Any]], other: tuple[float, list[Any]]) -> bool:
    """Whether two steps are the same but for rounding."""
    same = all(torch.allclose(a, b, rtol=1e-3, atol=1e-5) for a, b in zip(one[1], other[1], strict=True))
    return same and abs(one[0] - other[0]) < 1e-4


@pytest.mark.parametrize("family", FAMILIES)
def test_packed_is_unpacked_in_every_family(parts: Any, family: str) -> None:
    documents = [example.ids for example in EXAMPLES]
    weights = [[float(trained) for trained in example.mask] for example in EXAMPLES]
    losses = {}
    for attention in ("ours", "eager" if family == "gemma2" else "sdpa"):
        model = made(parts, family, attention)
        with torch.no_grad():
            pairs = zip(documents, weights, strict=True)
            apart = sum(float(parts.loss.example_loss(model, ids, given)) for ids, given in pairs)
            with parts.attention.documents([len(ids) for ids in documents]):
                packed = float(parts.loss.row_loss(model, documents, weights))
        assert packed == pytest.approx(apart, abs=1e-3 * sum(map(sum, weights)) / 100)
        losses[attention] = packed
    one, other = losses.values()
    assert one == pytest.approx(other, rel=1e-5)


@pytest.mark.parametrize("attention", ["ours", "sdpa"])
def test_what_stands_beside_an_example_changes_nothing_of_it(parts: Any, attention: str) -> None:
    model = made(parts, "llama", attention)
    weights = list(model.parameters())
    silent = [0.0] * 90

    def of(first: tuple[int, ...]) -> tuple[float, list[Any]]:
        documents, given = [first, EXAMPLES[0].ids], [silent, [1.0] * LENGTHS[0]]
        with parts.attention.documents([len(ids) for ids in documents]):
            loss = parts.loss.row_loss(model, documents, given)
            gradients = torch.autograd.grad(loss, weights)
        return float(loss.detach()), list(gradients)

    one, other = of(example(90, 3).ids), of(example(90, 8).ids)
    assert one[0] == other[0]
    assert all(torch.allclose(a, b, atol=1e-5) for a, b in zip(one[1], other[1], strict=True))
    joined = [  # the twin: one document of both
        float(
            parts.loss.example_loss(model, (*ids, *EXAMPLES[0].ids), [*silent, 0.0, *[1.0] * (LENGTHS[0] - 1)]).detach()
        )
        for ids in (example(90, 3).ids, example(90, 8).ids)
    ]
    assert abs(joined[0] - joined[1]) > 1e-3


@pytest.mark.parametrize("layers", ["all", 1])
def test_rows_of_any_size_learn_the_same(parts: Any, layers: object) -> None:
    alone = learnt(run(parts, layers=layers), EXAMPLES)
    for size in (2, 3, 8):
        trial = run(parts, layers=layers, batch_size=size)
        assert trial.passes._lower.on == (layers == 1)
        assert close(learnt(trial, EXAMPLES), alone)
        assert close(learnt(trial, EXAMPLES), alone)  # from kept states, where there are any
        assert not trial.told


def test_a_model_in_which_neighbours_see_each_other_takes_one_example_a_row(
    parts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = parts.attention.attend

    def blind(*arguments: Any, **named: Any) -> Any:
        parts.attention._Row.lengths = ()
        return whole(*arguments, **named)

    monkeypatch.setattr(parts.attention, "attend", blind)
    trial = run(parts, batch_size=4)
    assert trial.passes.batch_size == 1 and [event["batch_size"] for event in trial.told] == [1]
    assert learnt(trial, EXAMPLES)[0] > 0


@pytest.mark.parametrize("layers", ["all", 1])
def test_layers_computed_twice_change_nothing(parts: Any, layers: object, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = learnt(run(parts, layers=layers), EXAMPLES)
    trial = run(parts, layers=layers, gradient_checkpointing=True, batch_size=3)
    assert close(learnt(trial, EXAMPLES), plain)
    kept: list[Any] = []

    def counted(state: Any) -> Any:
        kept.append(state)
        return state

    def to_main_memory(**_pinned: object) -> Any:  # without a card nothing can be pinned: what is moved is counted
        return torch.autograd.graph.saved_tensors_hooks(counted, lambda state: state)

    monkeypatch.setattr("transformers.modeling_utils.save_on_cpu", to_main_memory)
    parts.memory.recompute(trial.adapter.model, trial.config, offload=True)
    assert close(learnt(trial, EXAMPLES), plain)
    states = [state.shape[1] for state in kept if state.dim() == 3]
    trained = 2 if layers == "all" else 1
    assert states == [*[sum(LENGTHS[:3])] * trained, *[sum(LENGTHS[3:])] * trained]


class Limit:
    """An allocator that refuses as torch's does, for any row of more tokens than it has room for."""

    def __init__(self, attend: Any, tokens: int, error: BaseException) -> None:
        self.attend, self.tokens, self.error, self.tried = attend, tokens, error, list[int]()

    def __call__(self, module: Any, query: Any, *more: Any, **named: Any) -> Any:
        if module.layer_idx == 1 and module.training:
            self.tried.append(query.shape[2])
            if query.shape[2] > self.tokens:
                raise self.error
        return self.attend(module, query, *more, **named)


CPU_FULL = RuntimeError("[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: 12")
FULL = [CPU_FULL, MemoryError(), torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")]
EIGHT = [example(100, seed) for seed in range(3, 11)]


def limited(parts: Any, monkeypatch: pytest.MonkeyPatch, tokens: int, error: BaseException) -> Limit:
    """The attention of models made from here on fails for rows that are too long."""
    limit = Limit(parts.attention.attend, tokens, error)
    monkeypatch.setattr(parts.attention, "attend", limit)
    return limit


@pytest.mark.parametrize("error", FULL, ids=["cpu", "python", "cuda"])
def test_too_little_memory_makes_the_step_again_in_smaller_rows(
    parts: Any, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    plain = learnt(run(parts, EIGHT), EIGHT)
    limit = limited(parts, monkeypatch, 250, error)
    trial = run(parts, EIGHT, batch_size=8)
    assert close(learnt(trial, EIGHT), plain)
    assert [row["batch_size"] for row in trial.told] == [4, 2]
    assert {(row["event"], row["step"]) for row in trial.told} == {("memory", 3)}
    assert limit.tried == [800, 400, 200, 200, 200, 200]
    assert trial.passes.batch_size == 2
    learnt(trial, EIGHT)
    assert limit.tried[6:] == [200] * 4  # the size that worked is kept


def test_where_nothing_fits_the_error_comes_through_after_all_sizes(
    parts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = limited(parts, monkeypatch, 50, CPU_FULL)
    trial = run(parts, EIGHT, batch_size=8)
    with pytest.raises(RuntimeError, match="can't allocate"):
        trial.passes.gradients(EIGHT)
    assert limit.tried == [800, 400, 200, 100, 100]  # the last time with layers computed twice
    assert [row.get("gradient_checkpointing") for row in trial.told] == [None, None, None, True]


def test_without_the_retreat_the_first_refusal_ends_it(parts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    limit = limited(parts, monkeypatch, 250, CPU_FULL)
    monkeypatch.setattr(parts.passes, "smaller", lambda size: (size,))
    trial = run(parts, EIGHT, batch_size=8, gradient_checkpointing=False)
    with pytest.raises(RuntimeError, match="can't allocate"):
        trial.passes.gradients(EIGHT)
    assert limit.tried == [800]


def test_a_limit_is_held_and_what_is_learnt_stays(parts: Any) -> None:
    import psutil

    long = [example(700, seed) for seed in range(3, 11)]
    plain = learnt(run(parts, long), long)
    parts.memory.release(torch.device("cpu"))
    allowed = psutil.Process().memory_info().rss + (60 << 20)  # where all eight in a row take three times as much
    trial = run(parts, long, batch_size=8, memory_limit_gb=allowed / (1 << 30))
    assert close(learnt(trial, long), plain)
    assert [row["batch_size"] for row in trial.told][:1] == [4]
    assert "are allowed" in trial.told[0]["reason"]
    free = run(parts, long, batch_size=8)
    assert close(learnt(free, long), plain) and not free.told  # the twin: without a limit nothing is made again


def test_another_error_is_not_taken_for_too_little_memory(parts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    limit = limited(parts, monkeypatch, 250, RuntimeError("expected scalar type Float but found BFloat16"))
    with pytest.raises(RuntimeError, match="expected scalar"):
        run(parts, EIGHT, batch_size=8).passes.gradients(EIGHT)
    assert limit.tried == [800]


@pytest.mark.parametrize(("size", "sizes"), [(1, (1,)), (5, (5, 2, 1)), (8, (8, 4, 2, 1)), (64, (64, 16, 4, 1))])
def test_sizes_go_down_within_the_attempts(size: int, sizes: tuple[int, ...]) -> None:
    assert smaller(size) == sizes
    assert all(smaller(large)[-1] == 1 and len(smaller(large)) < ATTEMPTS for large in range(1, 1025))
