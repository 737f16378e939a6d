"""Each family by its real vocabulary and template, on two random layers: rendered, masked, trained, converted, played.

Small vocabularies take the whole way in every run, all of them in the slow one.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from studio.chat import ChatTemplate, examine, pieces, render
from tests.workers.families import FAMILIES, TALK, build, chat_side, template_of_makers, vocabulary_of

pytestmark = pytest.mark.native
QUICK = ("mistral-shape", "smollm")


def ids_of_llama_cpp(gguf: Path, rows: list[tuple[str, bool]]) -> list[list[int]]:
    """What llama.cpp makes of texts, each with or without its control tokens, with the vocabulary alone."""
    child = [sys.executable, str(Path(__file__).parents[1] / "gguf" / "vocabulary_child.py"), str(gguf)]
    asked = "".join(json.dumps(row) + "\n" for row in rows)
    done = subprocess.run(child, input=asked, capture_output=True, text=True, timeout=300, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("name", FAMILIES)
def test_a_talk_has_llama_cpps_ids_and_trains_on_the_narrator_alone(name: str, root: Path, starter: Path) -> None:
    template, tokeniser = chat_side(root, starter, name)
    parts = pieces(template, TALK, add_generation_prompt=False)
    made = render(parts, tokeniser)
    told = ids_of_llama_cpp(vocabulary_of(root, starter, name), [(part.text, part.special) for part in parts])
    assert list(made.ids) == [number for row in told for number in row]
    learnt = tokeniser.decode([number for number, trained in zip(made.ids, made.mask, strict=True) if trained])
    end = next(part.text for part in parts if part.trained and part.special)
    assert learnt.replace(f"{end} ", end) == "".join(row.content + end for row in TALK if row.trained)
    assert tokeniser.id_of(end) is not None
    assert examine(template).trainable


def test_the_newest_gemma_cannot_be_trained_by_its_own_template(root: Path) -> None:
    """It opens an answer with an empty thought that it leaves out where the answer was given: play would differ."""
    verdict = examine(ChatTemplate(template_of_makers(root, "gemma"), "<bos>", "<eos>", "gemma"))
    assert not verdict.trainable
    assert "turns before" in verdict.reason


def test_mistrals_own_vocabulary() -> None:
    pytest.skip("not run: no vocabulary of Mistral (tekken) is at hand; its shape and template are run with Llama 2's")


def trained(root: Path, starter: Path, name: str, place: Path) -> tuple[Any, Any, float, float]:
    """A family's model after one step: its base, its adapter, and the loss before and after."""
    import torch

    from studio.gguf.base import open_base
    from studio.training.config import read_config
    from studio.workers._adapter import Adapter
    from studio.workers._base import load_model
    from studio.workers._fused import fuse
    from studio.workers._loss import example_loss

    base = open_base(build(root, starter, name, place))
    row = render(pieces(base.template, TALK, add_generation_prompt=False), base.tokeniser)
    weights = [float(one) for one in row.mask]
    model = load_model(place, torch.float32, for_training_on_cpu=True)
    adapter = Adapter(model, read_config({"base": "b", "scenarios": ["s"]}))
    assert fuse(adapter.model) > 0
    before = example_loss(adapter.model, row.ids, weights)
    torch.autograd.backward(before)
    adapter.step(1e-2)
    after = example_loss(adapter.model, row.ids, weights)
    return base, adapter, float(before.detach()), float(after.detach())


def converted(base: Any, adapter: Any, place: Path) -> Any:
    """The trained model as a GGUF beside the merged one."""
    import torch

    from studio.workers._base import load_model
    from studio.workers._compare import compare, reference
    from studio.workers._converter import to_gguf
    from studio.workers._inert import inert_folder
    from studio.workers._merge import Source, merged_folder

    (place / "merged").mkdir()
    adapter.save(place / "adapter", {})
    source = Source(base.path, "trial", base, place / "adapter")
    folder = inert_folder(merged_folder(source, place, place / "merged"), place / "inert")
    to_gguf(folder, place / "trial.gguf", source.inner_name, lambda _share: None, lambda: None)
    return compare(place / "trial.gguf", reference(base, load_model(folder, torch.float32)))[0]


@pytest.mark.parametrize("name", QUICK)
def test_one_step_learns(name: str, root: Path, starter: Path, tmp_path: Path) -> None:
    _base, _adapter, before, after = trained(root, starter, name, tmp_path / name)
    assert after < before


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name == "phi" else pytest.mark.slow) for name in FAMILIES]
)
def test_the_whole_way(name: str, root: Path, starter: Path, tmp_path: Path) -> None:
    base, adapter, before, after = trained(root, starter, name, tmp_path / name)
    assert after < before
    found = converted(base, adapter, tmp_path)
    assert found.ids_identical
    assert found.top1 > 0.99


@pytest.mark.slow
def test_without_a_telling_name_llama_cpp_reads_phi_otherwise(
    root: Path, starter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: llama.cpp knows by a model's name alone that blank space after Phi's control tokens is dropped."""
    from studio.workers._merge import Source

    base, adapter, _before, _after = trained(root, starter, "phi", tmp_path / "phi")
    monkeypatch.setattr(Source, "inner_name", property(lambda source: source.name))
    assert not converted(base, adapter, tmp_path).ids_identical
