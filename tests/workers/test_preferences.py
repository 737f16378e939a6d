"""Learning from pairs of answers: the loss is the formula's, the chosen answer gains, and a run goes on bit by bit."""

import json
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from studio.dataset import Example
from studio.dataset.preferences import Pair
from studio.training.config import TrainingConfig
from tests.workers.conftest import Forked

torch = pytest.importorskip("torch")

BASE = "You are the Dungeon Master.\n\n# Party\n\n## Wren\n- Player Character\n- Ranger\n- Health: 24/26\n"


def correction(n: int, chosen: str, rejected: str) -> dict[str, object]:
    """One line of corrections.jsonl."""
    asked = {"role": "user", "content": f"I keep low at the {n}. post."}
    messages = [{"role": "system", "content": BASE}, asked]
    return {"format": 1, "session": f"s{n % 2}", "turn": 1, "messages": messages, "chosen": chosen,
            "rejected": rejected, "state": {}}  # fmt: skip


def written(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def corrections(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four pairs, and three that are none."""
    rows = [correction(n, f"The {n}. plank holds.\n\n[roll: stealth]", f"You slip on plank {n}.") for n in range(4)]
    rows.append(correction(5, "The same.", " The same. "))
    rows.append(correction(6, "The lamp swings on.", "  "))
    rows.append({**correction(7, "A", "B"), "turn": "seven"})
    return written(tmp_path_factory.mktemp("play") / "corrections.jsonl", rows)


@pytest.fixture
def dpo(corrections: Path) -> dict[str, object]:
    return {"objective": "dpo", "preferences": str(corrections), "scenarios": [], "beta": 0.5,
            "lora": {"rank": 4, "alpha": 8, "dropout": 0.0}, "precision": "fp32", "early_stopping": None}  # fmt: skip


def test_a_run_prefers_what_was_chosen_and_goes_on_bit_by_bit(
    forked: Forked, dpo: dict[str, object], corrections: Path
) -> None:
    ended = forked.start("pairs", dpo)
    assert ended["ended"] == "done", ended
    report = ended["report"]
    assert report["first_loss"] == pytest.approx(math.log(2), abs=1e-4), "nothing is preferred before the first step"
    assert report["last_loss"] < math.log(2) and report["preference"]["accuracy"] > 0.5
    told = [event for event in ended["events"] if event["event"] == "preference"]
    assert [event["step"] for event in told] == list(range(1, 8))
    assert told[0]["margin"] == pytest.approx(0, abs=1e-4) and told[-1]["margin"] > 0.1 and told[-1]["accuracy"] == 1
    assert told[0]["chosen"] == pytest.approx(0, abs=1e-4) and told[-1]["chosen"] > 0, "and it became likelier at all"
    assert report["files"]["examples"] == 4
    reasons = [row["reason"] for row in report["files"]["refused"]]
    assert len(reasons) == 3 and "the same" in reasons[0] and "empty" in reasons[1] and "turn" in reasons[2]
    assert forked.start("cut", dpo, die="backward:12")["ended"] == "SIGKILL"
    with corrections.open("a", encoding="utf-8") as stream:  # somebody plays on meanwhile
        stream.write(json.dumps(correction(8, "The lamp goes out.", "Nothing happens.")) + "\n")
    assert forked.resume("cut")["ended"] == "done"
    assert forked.outcome("cut") == forked.outcome("pairs")


@pytest.fixture(scope="module")
def pairs() -> list[Pair]:
    """Pairs of ids without a meaning, whose prompts and answers differ in length."""
    return [pair(prompt, better, worse, seed) for seed, (prompt, better, worse) in enumerate(LENGTHS, 2)]


def pair(prompt: int, better: int, worse: int, seed: int) -> Pair:
    def side(length: int, shift: int) -> Example:
        asked = [(7 * i * seed + seed) % 280 + 5 for i in range(prompt)]
        said = [(11 * i + shift * seed) % 280 + 5 for i in range(length)]
        return Example(None, (*asked, *said), (*[False] * prompt, *[True] * length), (0, 1))

    chosen, rejected = side(better, 3), side(worse, 17)
    ids, mask = (*chosen.ids, *rejected.ids), (*chosen.mask, *rejected.mask)
    return Pair(None, ids, mask, (0, 1), chosen=chosen, rejected=rejected)


LENGTHS = ((40, 12, 30), (70, 25, 9), (33, 8, 8))


def passes(family: str, pairs: list[Pair], layers: object = "all") -> Any:
    """The passes over a random model of a family, what it holds of the pairs noted; then the adapter is moved."""
    from studio.workers._adapter import Adapter
    from studio.workers._pairs import PairPasses
    from tests.workers.test_packing import made

    config = TrainingConfig.model_validate(
        {"base": "b", "objective": "dpo", "preferences": "p", "beta": 3.0, "lora": {"rank": 4, "layers": layers}}
    )
    from studio.workers import _attention as attention

    adapter = Adapter(made(SimpleNamespace(attention=attention), family, "ours"), config)
    adapter.model.train()
    found: Any = PairPasses(adapter, config, pairs, lambda: None)
    with torch.no_grad():
        found.refer(pairs, [found.likelihoods(pair) for pair in pairs])
    for weight in adapter._weights:
        weight.data.add_(torch.randn(weight.shape, generator=torch.Generator().manual_seed(2)) * 0.1)
    found._lower.forget()
    found.config = config
    return found


def plainly(model: Any, pair: Pair, beta: float) -> Any:
    """The loss by its formula: whole logits of transformers, the reference with the adapter switched off."""

    def of(side: Example) -> Any:
        logits = model(input_ids=torch.tensor([side.ids])).logits[0, :-1].float().log_softmax(-1)
        each = logits.gather(1, torch.tensor(side.ids[1:])[:, None])[:, 0]
        return (each * torch.tensor(side.mask[1:])).sum()

    with torch.no_grad(), model.disable_adapter():
        then = [of(side) for side in (pair.chosen, pair.rejected)]
    now = [of(side) for side in (pair.chosen, pair.rejected)]
    return -torch.nn.functional.logsigmoid(beta * ((now[0] - then[0]) - (now[1] - then[1])))


@pytest.mark.parametrize(("family", "layers"), [("llama", "all"), ("llama", 1), ("gemma2", "all")])
def test_the_loss_is_that_of_the_formula(pairs: list[Pair], family: str, layers: object) -> None:
    trial = passes(family, pairs, layers)
    model, weights = trial._adapter.model, trial._adapter._weights
    assert trial._lower.on == (layers == 1) and trial._together
    loss = trial.gradients(pairs)
    gradients = [weight.grad.clone() for weight in weights]
    trial._adapter.forget_gradients()
    expected = sum(plainly(model, pair, 3.0) for pair in pairs) / len(pairs)
    assert loss == pytest.approx(float(expected.detach()), rel=1e-4) and abs(loss - math.log(2)) > 1e-3
    for ours, theirs in zip(gradients, torch.autograd.grad(expected, weights), strict=True):
        assert (ours - theirs).norm() <= 1e-3 * theirs.norm()
    trial._together = False  # as for a model in which neighbours see each other
    assert trial.gradients(pairs) == pytest.approx(loss, rel=1e-5)
    assert len(trial.rewards) == 3 and trial.measured(pairs[0]) > 0


def test_a_state_of_other_pairs_is_not_taken_up(pairs: list[Pair]) -> None:
    trial = passes("llama", pairs)
    with pytest.raises(ValueError, match="zip"):
        trial.refer(pairs, [(0.0, 0.0)])


@pytest.mark.slow
def test_the_loss_is_that_of_another_trainer(pairs: list[Pair], tmp_path: Path) -> None:
    """TRL's on the same ids, with its own reference; its batch is padded, and no row is shared."""
    trl, datasets = pytest.importorskip("trl"), pytest.importorskip("datasets")
    from peft import get_peft_model
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from transformers import PreTrainedTokenizerFast

    from studio.workers import _attention as attention
    from studio.workers._adapter import lora_of
    from tests.workers.test_packing import made

    ours = passes("llama", pairs)
    rows = []
    for pair in pairs:
        begin = pair.chosen.mask.index(True)
        sides = {"chosen_ids": pair.chosen.ids[begin:], "rejected_ids": pair.rejected.ids[begin:]}
        rows.append({name: list(ids) for name, ids in {"prompt_ids": pair.chosen.ids[:begin], **sides}.items()})

    class Trainer(trl.DPOTrainer):  # type: ignore[misc]  # the rows are ids already
        def _prepare_dataset(self, dataset: Any, *_given: object) -> Any:
            return dataset

    vocabulary = {"<pad>": 0, "<s>": 1, "</s>": 2}
    words = PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer(WordLevel(vocabulary)), pad_token="<pad>", bos_token="<s>", eos_token="</s>"
    )
    model = made(SimpleNamespace(attention=attention), "llama", "sdpa")
    worn = get_peft_model(model, lora_of(model, ours.config), autocast_adapter_dtype=False)
    settings = trl.DPOConfig(output_dir=str(tmp_path), beta=3.0, max_length=None, report_to=[], use_cpu=True,
                             bf16=False, gradient_checkpointing=False)  # fmt: skip
    trainer = Trainer(worn, args=settings, train_dataset=datasets.Dataset.from_list(rows), processing_class=words)
    with torch.no_grad():
        moved = dict(zip(ours._adapter._names, ours._adapter._weights, strict=True))
        for name, weight in trainer.model.named_parameters():
            if ".default." in name:
                weight.copy_(moved[name.replace(".default.", ".")])
        trainer.model.eval()
        theirs = float(trainer.compute_loss(trainer.model, trainer.data_collator(rows)))
    assert ours.gradients(pairs) == pytest.approx(theirs, rel=1e-4)
