"""The parts of the train worker that compute: each held against the plain way of doing the same."""

from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")


@pytest.fixture(scope="module")
def parts() -> Any:
    """The worker's modules, imported late: they bring torch with them."""
    import studio.workers._answers as answers
    import studio.workers._attention as attention
    import studio.workers._base as base
    import studio.workers._fused as fused
    import studio.workers._loss as loss
    import studio.workers._lower as lower
    from studio.workers._adapter import Adapter

    class Parts:
        """A bundle of names."""

    found: Any = Parts()
    found.answers, found.attention, found.base, found.loss, found.lower = answers, attention, base, loss, lower
    found.fused = fused
    found.adapter = Adapter
    return found


def adapted(parts: Any, folder: Path, **settings: object) -> Any:
    """The tiny model in float32 with an adapter whose weights are not zero."""
    from studio.training.config import read_config

    torch.manual_seed(1)
    model = parts.base.load_model(folder, torch.float32, for_training_on_cpu=True)
    adapter = parts.adapter(model, read_config({"base": "b", "scenarios": ["s"], **settings}))
    with torch.no_grad():
        for weight in adapter._weights:
            weight.add_(torch.randn_like(weight) * 0.1)
        for master, weight in zip(adapter._masters, adapter._weights, strict=True):
            master.copy_(weight)
    return adapter


IDS = [(7 * i) % 5000 + 17 for i in range(300)]
WEIGHTS = [0.0 if i < 40 or i % 5 < 2 else (3.0 if i % 7 == 0 else 1.0) for i in range(300)]


def test_attention_in_blocks_is_causal_attention(parts: Any) -> None:
    torch.manual_seed(0)
    query, key, value = (torch.randn(1, heads, 600, 16, requires_grad=True) for heads in (6, 2, 2))
    ours, _ = parts.attention.attend(None, query, key, value, None, scaling=0.25)
    theirs = parts.attention._kernel(query, key, value, None, 0.25, 0.0).transpose(1, 2)
    assert torch.allclose(ours, theirs, atol=1e-5)
    weights = torch.randn_like(ours)
    one = torch.autograd.grad((ours * weights).sum(), (query, key, value), retain_graph=True)
    other = torch.autograd.grad((theirs * weights).sum(), (query, key, value))
    assert all(torch.allclose(a, b, atol=1e-4) for a, b in zip(one, other, strict=True))


def test_the_loss_is_the_plain_cross_entropy_at_trained_places(parts: Any, tiny_base: Path) -> None:
    model = adapted(parts, tiny_base).model
    loss = parts.loss.example_loss(model, IDS, WEIGHTS)
    logits = model(input_ids=torch.tensor([IDS])).logits[0, :-1]
    plain = torch.nn.functional.cross_entropy(logits, torch.tensor(IDS[1:]), reduction="none")
    plain = (plain * torch.tensor(WEIGHTS[1:])).sum()
    assert float(loss.detach()) == pytest.approx(float(plain.detach()), rel=1e-5)
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    one, other = torch.autograd.grad(loss, weights), torch.autograd.grad(plain, weights)
    assert all(torch.allclose(a, b, rtol=1e-3, atol=1e-4) for a, b in zip(one, other, strict=True))


def test_a_bent_head_is_run_by_the_model_itself(parts: Any, tiny_base: Path) -> None:
    model = adapted(parts, tiny_base).model
    straight = float(parts.loss.example_loss(model, IDS, WEIGHTS).detach())
    model.get_base_model().config.logits_scaling = 8.0
    assert not parts.loss.plain_head(model.get_base_model())
    assert float(parts.loss.example_loss(model, IDS, WEIGHTS).detach()) == pytest.approx(straight, rel=1e-5)


def test_what_is_not_trained_on_does_not_change_the_loss(parts: Any, tiny_base: Path) -> None:
    model = adapted(parts, tiny_base).model
    last = max(i for i, weight in enumerate(WEIGHTS) if weight)
    longer = [*IDS[: last + 1], *[99] * 20]
    padded = [*WEIGHTS[: last + 1], *[0.0] * 20]
    one = parts.loss.example_loss(model, IDS[: last + 1], WEIGHTS[: last + 1])
    assert float(one.detach()) == pytest.approx(
        float(parts.loss.example_loss(model, longer, padded).detach()), rel=1e-5
    )


def test_an_example_with_nothing_to_train_on_never_reaches_the_model(parts: Any, tiny_base: Path) -> None:
    model = adapted(parts, tiny_base).model
    with pytest.raises(AssertionError, match="nothing to train on"):
        parts.loss.example_loss(model, IDS, [0.0] * len(IDS))
    with pytest.raises(AssertionError, match="nothing to train on"):
        parts.loss.example_loss(model, IDS, [1.0, *[0.0] * (len(IDS) - 1)])  # nothing stands before the first id


def test_fused_layers_give_the_same_loss_and_gradients(parts: Any, tiny_base: Path) -> None:
    adapter = adapted(parts, tiny_base)
    weights = [weight for weight in adapter.model.parameters() if weight.requires_grad]
    plain = parts.loss.example_loss(adapter.model, IDS, WEIGHTS)
    one = torch.autograd.grad(plain, weights)
    layers = len(adapter.model.get_base_model().base_model.layers)
    assert parts.fused.fuse(adapter.model) == layers * (7 + 2) + 1
    ours = parts.loss.example_loss(adapter.model, IDS, WEIGHTS)
    other = torch.autograd.grad(ours, weights)
    assert float(ours.detach()) == pytest.approx(float(plain.detach()), rel=1e-5)
    assert all(torch.allclose(a, b, rtol=1e-3, atol=1e-4) for a, b in zip(one, other, strict=True))
    with adapter.model.disable_adapter():
        bare = parts.loss.example_loss(adapter.model, IDS, WEIGHTS)
    assert float(bare.detach()) != pytest.approx(float(ours.detach()), rel=1e-3)


def test_a_layer_that_is_more_than_the_product_is_not_fused(parts: Any, tiny_base: Path) -> None:
    model = adapted(parts, tiny_base, lora={"dropout": 0.1}).model
    norms = [part for part in model.modules() if type(part).__name__.endswith("RMSNorm")]
    norms[0].forward = lambda states: 2 * states
    assert parts.fused.fuse(model) == len(norms) - 1


def test_kept_lower_layers_give_the_same_loss_and_gradients(parts: Any, tiny_base: Path) -> None:
    adapter = adapted(parts, tiny_base, lora={"layers": 1})
    lower = parts.lower.Lower(adapter.model, adapter.first_layer, IDS[:64])
    assert lower.on
    weights = [weight for weight in adapter.model.parameters() if weight.requires_grad]
    whole = parts.loss.example_loss(adapter.model, IDS, WEIGHTS)
    one = torch.autograd.grad(whole, weights)
    for _again in range(2):
        states = lower.states(0, IDS)
        with lower.left_out():
            short = parts.loss.example_loss(adapter.model, IDS, WEIGHTS, states)
        other = torch.autograd.grad(short, weights)
        assert float(short.detach()) == pytest.approx(float(whole.detach()), rel=1e-5)
        assert all(torch.allclose(a, b, rtol=1e-3, atol=1e-4) for a, b in zip(one, other, strict=True))
    assert len(adapter.model.get_base_model().base_model.layers) == 2


def test_what_there_is_no_room_to_keep_comes_to_the_same_bits(
    parts: Any, tiny_base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    adapter = adapted(parts, tiny_base, lora={"layers": 1})
    lower = parts.lower.Lower(adapter.model, adapter.first_layer, IDS[:64])
    kept = lower.row([0, 1], [IDS, IDS[:100]])
    monkeypatch.setattr(parts.lower, "KEPT_MOST", 0)
    lower.forget()
    assert torch.equal(lower.row([0, 1], [IDS, IDS[:100]]), kept)
    assert not lower._kept


def test_a_family_that_does_more_between_its_layers_keeps_nothing(parts: Any, tiny_base: Path) -> None:
    adapter = adapted(parts, tiny_base, lora={"layers": 1})
    inner = adapter.model.get_base_model().base_model
    straight = inner.forward

    def scaled(*arguments: Any, inputs_embeds: Any = None, **named: Any) -> Any:
        if inputs_embeds is not None:
            return straight(*arguments, inputs_embeds=inputs_embeds * 3, **named)
        return straight(*arguments, **named)

    inner.forward = scaled
    lower = parts.lower.Lower(adapter.model, adapter.first_layer, IDS[:64])
    assert not lower.on
    assert lower.states(0, IDS) is None


def test_answers_of_a_batch_are_those_of_each_line_alone(parts: Any, tiny_base: Path) -> None:
    model = adapted(parts, tiny_base).model.eval()
    prompts = [parts.answers.Prompt("a", tuple(IDS[:50])), parts.answers.Prompt("b", tuple(IDS[100:120]))]
    together = parts.answers.answers(model, prompts, 6, frozenset(), lambda: None)
    alone = [parts.answers.answers(model, [prompt], 6, frozenset(), lambda: None)[0] for prompt in prompts]
    assert together == alone
    assert all(len(ids) == 6 for ids in together)
    stopped = parts.answers.answers(model, prompts, 6, frozenset({together[0][2]}), lambda: None)
    assert stopped[0] == together[0][:2]


def test_small_steps_add_up_in_bfloat16(parts: Any, tiny_base: Path) -> None:
    """A bfloat16 weight near 1 loses steps of 0.0001; the float32 masters keep them."""
    from studio.training.config import read_config

    model = parts.base.load_model(tiny_base, torch.bfloat16)
    adapter = parts.adapter(model, read_config({"base": "b", "scenarios": ["s"]}))
    weight, master = adapter._weights[0], adapter._masters[0]
    with torch.no_grad():
        weight.fill_(1.0)
        master.fill_(1.0)
    for _step in range(40):
        weight.grad = torch.ones_like(weight)
        adapter.step(1e-4)
    assert float(weight.detach().float().mean()) == pytest.approx(1 - 40e-4, abs=3e-3)
    coarse = torch.ones((), dtype=torch.bfloat16)  # the twin: the same steps on the weight itself
    for _step in range(40):
        coarse -= 1e-4
    assert float(coarse) == 1.0


@pytest.mark.parametrize("layers", [1, "all"])
def test_what_fills_a_row_up_changes_nothing_but_rounding(
    parts: Any, tiny_base: Path, monkeypatch: pytest.MonkeyPatch, layers: object
) -> None:
    """And without it there would be kernels for each length: the row really is filled up, one document or two."""
    seen: list[int] = []
    found = []
    for filled in (False, True):
        monkeypatch.setattr(parts.loss, "fills", lambda _model, filled=filled: filled)
        monkeypatch.setattr(parts.lower, "fills", lambda _model, filled=filled: filled)
        adapter = adapted(parts, tiny_base, lora={"rank": 4, "alpha": 8, "layers": layers})
        lower = parts.lower.Lower(adapter.model, adapter.first_layer, IDS[:64])
        last = adapter.model.get_base_model().base_model.layers[-1]
        last.register_forward_pre_hook(
            lambda _layer, given, named: seen.append((*given, *named.values())[0].shape[1]), with_kwargs=True
        )
        documents, losses = [IDS[:100], IDS[100:270]], []
        for row in (documents[:1], documents):
            states = lower.row(list(range(len(row))), row)
            with parts.attention.documents([len(ids) for ids in row]):
                if states is None:
                    loss = parts.loss.row_loss(adapter.model, row, [WEIGHTS[40:][: len(ids)] for ids in row])
                else:
                    with lower.left_out():
                        loss = parts.loss.row_loss(
                            adapter.model, row, [WEIGHTS[40:][: len(ids)] for ids in row], states
                        )
                loss.backward()
            losses.append(float(loss.detach()))
        found.append((losses, torch.cat([weight.grad.flatten() for weight in adapter._weights])))
    (plain, given), (full, other) = found
    assert {100, 270} <= set(seen) and {128, 320} <= set(seen)
    assert full == pytest.approx(plain, rel=1e-5) and torch.allclose(given, other, rtol=1e-3, atol=1e-4)
