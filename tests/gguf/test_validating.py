"""Whether a GGUF is sound: each check bites where its fault is, and nowhere else."""

import asyncio
import contextlib
import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from studio.errors import LorewrightError, PathMissing
from studio.gguf import tokeniser
from studio.gguf.adapter_file import write_adapter
from studio.gguf.base import Base, open_base
from studio.gguf.errors import DamagedGguf, NotAGguf, NotTrainable
from studio.gguf.inspecting import inspected
from studio.gguf.reader import Gguf
from studio.gguf.validating import CHECKS, NotSound, Row, check_sound, loads_row, read_rows, validated
from studio.inference.engine import LlamaEngine
from tests.gguf.adapters import adapter_folder, drawn
from tests.gguf.mutations import mutated
from tests.gguf.tiny_model import TEMPLATE, TOKENS, weights, write_model


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole model."""
    return write_model(tmp_path_factory.mktemp("tiny") / "tiny.gguf")


@pytest.fixture(scope="module")
def base(tiny: Path) -> Base:
    """The same as a base."""
    return open_base(tiny)


def failed(rows: tuple[Row, ...]) -> dict[str, str]:
    """The checks that failed, with what they say."""
    return {row.check: row.detail for row in rows if row.ok is False}


def poisoned(path: Path) -> Path:
    tensors = weights()
    tensors["blk.1.ffn_up.weight"][3, 5] = np.nan
    return write_model(path, tensors)


def swapped(path: Path) -> Path:
    tokens = [*TOKENS]
    tokens[40], tokens[41] = tokens[41], tokens[40]
    return write_model(path, tokenizer__ggml__tokens=tokens)


def shorter(path: Path) -> Path:
    tensors = weights()
    tensors["token_embd.weight"] = tensors["token_embd.weight"][:-5]
    return write_model(path, tensors)


def cut(path: Path) -> Path:
    whole = write_model(path).read_bytes()
    path.write_bytes(whole[:-400])
    return path


def ends_nowhere(path: Path) -> Path:
    return write_model(path, tokenizer__chat_template=TEMPLATE.replace("<|im_end|>", "<end_of_turn>"))


def ends_otherwise(path: Path) -> Path:
    return write_model(path, tokenizer__chat_template=TEMPLATE.replace("<|im_end|>", "<|endoftext|>"))


def other_template(path: Path) -> Path:
    return write_model(
        path, tokenizer__chat_template=TEMPLATE.replace("message['content']", "' ' + message['content']")
    )


def no_template(path: Path) -> Path:
    return write_model(path, tokenizer__chat_template="")


def strange_merges(path: Path) -> Path:
    return write_model(path, tokenizer__ggml__merges=["i n", "no where"])


def strange_types(path: Path) -> Path:
    return write_model(path, tokenizer__ggml__token_type=["?"] * len(TOKENS))


def endless_template(path: Path) -> Path:
    return write_model(path, tokenizer__chat_template="{% for n in range(10**9) %}{{ n }}{% endfor %}")


def other_words(path: Path) -> Path:
    return write_model(path, tokenizer__chat_template="{# the same #}" + TEMPLATE)


@pytest.mark.parametrize(
    ("damage", "checks", "said"),
    [
        (write_model, set(), ""),
        (other_words, set(), ""),
        (cut, {"bounds"}, "past the end"),
        (poisoned, {"numbers"}, "blk.1.ffn_up.weight (F32) has 1 blocks that are no numbers, the first at 197"),
        (swapped, {"tokeniser"}, "by number: "),
        (shorter, {"tokeniser"}, "the weights know"),
        (ends_nowhere, {"turn_end", "template"}, "which is no token"),
        (ends_otherwise, {"turn_end", "template"}, "the base ends it with <|im_end|>"),
        (other_template, {"template"}, "otherwise"),
        (no_template, {"template"}, "chat template"),
        (strange_merges, {"tokeniser"}, "its vocabulary"),
        (strange_types, {"tokeniser"}, "its vocabulary"),
        (endless_template, {"turn_end", "template"}, "cannot be used"),
    ],
)
def test_each_fault_is_found_by_its_check(
    tmp_path: Path, base: Base, damage: Callable[[Path], Path], checks: set[str], said: str
) -> None:
    path = damage(tmp_path / "m.gguf")
    found = failed(read_rows(path, base))
    assert found.keys() == checks
    assert said in " ".join(found.values())
    if checks:
        with pytest.raises(NotSound, match=r"m\.gguf is not sound"):
            check_sound(path, base)
    else:
        assert all(row.ok for row in check_sound(path, base))


def test_a_strange_vocabulary_would_end_in_an_error_of_the_library(tmp_path: Path) -> None:
    """The twin of the rows above: what the tokeniser's own boundary keeps from them."""
    with Gguf(strange_merges(tmp_path / "m.gguf")) as gguf:
        with pytest.raises(DamagedGguf):
            tokeniser.tokeniser_of(gguf)
        with pytest.raises(Exception, match="out of vocabulary") as caught:
            tokeniser._rebuilt(gguf)
    assert not isinstance(caught.value, LorewrightError)


def test_damaged_models_give_rows_and_never_anything_else(tmp_path: Path, base: Base) -> None:
    path, sound = tmp_path / "m.gguf", 0
    for data in mutated(base.path.read_bytes(), 300, seed=3, header=9000):
        path.write_bytes(data)
        sound += not failed(read_rows(path, base))
        with contextlib.suppress(DamagedGguf, NotAGguf):
            json.dumps(inspected(path, whole=True), allow_nan=False)
    assert 0 < sound < 200


def test_a_base_that_cannot_be_trained_on_still_serves(tmp_path: Path) -> None:
    """Its template writes turns before otherwise once there is a later one."""
    last = "{% if loop.last %}!{% endif %}"
    source = TEMPLATE.replace("{% endfor %}", last + "{% endfor %}")
    path = write_model(tmp_path / "m.gguf", tokenizer__chat_template=source)
    with pytest.raises(NotTrainable):
        open_base(path)
    assert not failed(read_rows(path, open_base(path, to_train=False)))


def test_without_a_base_nothing_is_held_against_one(tmp_path: Path) -> None:
    rows = {row.check: row.ok for row in read_rows(swapped(tmp_path / "m.gguf"), None)}
    assert rows == {"bounds": True, "numbers": True, "tokeniser": None, "turn_end": True, "template": None}
    with pytest.raises(PathMissing):
        read_rows(tmp_path / "none.gguf", None)


async def test_an_adapter_is_held_against_its_base_loaded_on_it_and_does_what_merging_does(
    tmp_path: Path, tiny: Path, base: Base
) -> None:
    tensors = drawn()
    made = write_adapter(adapter_folder(tmp_path / "a", tensors), tiny, tmp_path / "a.gguf")
    found = await validated(made, tiny)
    assert found.ok
    assert [row.check for row in found.rows] == ["bounds", "numbers", "fits", "loads"]
    merged = await _logits(write_model(tmp_path / "merged.gguf", _merged(tensors)))
    assert np.allclose(await _logits(tiny, made), merged, atol=2e-3)
    assert not np.allclose(await _logits(tiny), merged, atol=0.1)
    alone = {row.check: row.ok for row in (await validated(made)).rows}
    assert (alone["fits"], alone["loads"]) == (None, None)
    other = write_model(tmp_path / "other.gguf", {k: v for k, v in weights().items() if "attn_q" not in k})
    assert "blk.0.attn_q.weight" in failed(read_rows(made, dataclasses.replace(base, path=other)))["fits"]


def _merged(tensors: dict[str, np.ndarray]) -> dict[str, np.ndarray]:  # type: ignore[type-arg]  # float32 throughout
    """The base with the adapter merged as peft does, its query and key rows in llama.cpp's order."""
    from studio.gguf.adapter_file import turned
    from tests.gguf.adapters import HEADS, KEYS, LAYERS

    rows = weights()
    for n in (0, 1):
        for module, (name, _high, _wide) in LAYERS.items():
            stem = f"base_model.model.model.layers.{n}.{module}.lora_"
            change = tensors[f"{stem}B.weight"] @ tensors[f"{stem}A.weight"] * np.float32(12 / 4)
            heads = {"attn_q": HEADS, "attn_k": KEYS}.get(name)
            rows[f"blk.{n}.{name}.weight"] += change if heads is None else turned(change, heads)
    return rows


async def _logits(model: Path, adapter: Path | None = None) -> np.ndarray:  # type: ignore[type-arg]  # float32
    engine = await LlamaEngine.load(model, context=64, together=1, adapter=adapter)
    try:
        return await engine.score([1, 40, 41, 90, 12, 7], 1)
    finally:
        await engine.close()


def test_what_llama_cpp_refuses_is_told_by_the_child(tmp_path: Path) -> None:
    """A file without its layers: all that stands in it is in order."""
    path = write_model(tmp_path / "m.gguf", {"token_embd.weight": weights()["token_embd.weight"]})
    found = asyncio.run(validated(path))
    assert failed(found.rows).keys() == {"loads"}
    assert not found.ok


@pytest.mark.parametrize(
    ("finite", "tokens", "stop", "ok"),
    [(True, 8, "length", True), (True, 0, "end", True), (True, 0, "length", False), (False, 8, "length", False)],
)
def test_what_was_loaded_already_counts_as_its_row(
    tiny: Path, base: Base, finite: bool, tokens: int, stop: str, ok: bool
) -> None:
    loaded = loads_row(finite, tokens, stop, "a lamp")
    assert loaded.ok is ok
    if ok:
        assert check_sound(tiny, base, loaded)[-1] == loaded
    else:
        with pytest.raises(NotSound, match=r"llama\.cpp loads it and writes with it"):
            check_sound(tiny, base, loaded)
    assert check_sound(tiny, base)[-1].check == "template"


def test_every_check_has_its_words() -> None:
    assert set(CHECKS) == {"bounds", "numbers", "tokeniser", "turn_end", "template", "fits", "loads"}
