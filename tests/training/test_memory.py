"""The forecast of memory: shapes read without torch, sums by part, and what is changed so that a training fits."""

from pathlib import Path

import pytest

from studio.errors import PathMissing
from studio.gguf.errors import BaseIncomplete
from studio.training.config import TrainingConfig
from studio.training.memory import PARTS, DeviceRoom, ModelShape, forecast

GIB = 1 << 30
LLAMA_3B = ModelShape("llama", "llama", 28, 3072, 8192, 24, 8, 128, 128256, tied=True)


def settings(**more: object) -> TrainingConfig:
    """A run on all layers."""
    plain: dict[str, object] = {"base": "b", "scenarios": ["s"], "lora": {"rank": 16, "layers": "all"}}
    return TrainingConfig.model_validate({**plain, **more})


def card(gigabytes: float) -> DeviceRoom:
    """A graphics card with so much free."""
    return DeviceRoom("Card", "cuda", int(gigabytes * GIB), int(gigabytes * GIB))


SMALL_CARD: dict[str, object] = {
    "quantisation": "nf4",
    "optimiser": "adamw-8bit",
    "max_length": 2048,
    "batch_size": 1,
    "gradient_accumulation_steps": 8,
    "gradient_checkpointing": True,
    "offload_activations": True,
}


def test_a_gguf_and_the_folder_made_of_it_have_one_shape(starter: Path, tmp_path: Path) -> None:
    shape = ModelShape.of(starter)
    assert (shape.layers, shape.width, shape.vocabulary, shape.tied, shape.packed) == (30, 576, 49152, True, True)
    assert shape.weights == 134_515_008  # as transformers counts them
    with pytest.raises(PathMissing):
        ModelShape.of(tmp_path / "none.gguf")
    (tmp_path / "config.json").write_text('{"model_type": "llama", "hidden_size": "wide"}', encoding="utf-8")
    with pytest.raises(BaseIncomplete):
        ModelShape.of(tmp_path)


def test_three_billion_weights_train_on_a_card_with_four_gigabytes() -> None:
    found = forecast(LLAMA_3B, settings(**SMALL_CARD), card(3.4), [2048] * 50)
    assert tuple(found.parts) == PARTS and found.total == sum(found.parts.values())
    assert found.fits and not found.changes
    assert 2.6 * GIB < found.total <= 3.0 * GIB
    assert found.parts["weights"] == pytest.approx((1.354 + 0.734) * GIB, rel=0.01)


def test_what_does_not_fit_is_changed_in_order_and_said() -> None:
    open_settings = settings(batch_size=8, gradient_accumulation_steps=1, quantisation="none")
    wide = forecast(LLAMA_3B, open_settings, card(200), [2048] * 50)
    assert wide.fits and not wide.changes and wide.config == open_settings
    steps = [forecast(LLAMA_3B, open_settings, card(room), [2048] * 50) for room in (24, 9, 4, 3.1)]
    firsts = [sentence.split()[0] for sentence in steps[-1].changes]
    kinds = ["batch_size", "gradient_checkpointing", "offload_activations", "quantisation", "max_length"]
    assert firsts == kinds
    for found in steps:
        assert [sentence.split()[0] for sentence in found.changes] == kinds[: len(found.changes)]
        assert found.config.effective_batch == 8
        assert found.fits and found.total <= found.room
    assert [len(found.changes) for found in steps] == sorted(len(found.changes) for found in steps)


def test_what_is_set_stays_as_it_is_set() -> None:
    fixed = settings(batch_size=1, gradient_checkpointing=False, quantisation="nf4", max_length=512)
    found = forecast(LLAMA_3B, fixed, card(3), [512])
    assert not found.changes and found.config == fixed and not found.fits


def test_a_limit_is_a_ceiling_over_what_is_free(starter: Path) -> None:
    shape, room = ModelShape.of(starter), DeviceRoom("CPU", "cpu", 64 * GIB, 64 * GIB)
    free = forecast(shape, settings(batch_size=4), room, [1000] * 9)
    assert free.fits and not free.changes
    held = forecast(shape, settings(batch_size=4, memory_limit_gb=1.6), room, [1000] * 9)
    assert held.fits and held.changes and held.total < held.room == int(1.6 * GIB)
    tight = forecast(shape, settings(memory_limit_gb=0.2), room, [1000] * 9)
    assert not tight.fits


def test_a_batch_is_split_into_parts_that_make_it_up() -> None:
    found = forecast(LLAMA_3B, settings(batch_size=6, gradient_accumulation_steps=1), card(12), [2048] * 50)
    assert found.config.effective_batch == 6 and found.config.batch_size in (1, 3)


_TINY = ModelShape("tiny", "llama", 2, 64, 128, 2, 1, 32, 49152, tied=True)
_STARTER = ModelShape("starter", "llama", 30, 576, 1536, 9, 3, 64, 49152, tied=True)
_ROW_OF_EIGHT = [2023, 2016, 1212, 1183, 1165, 1163, 1162, 1149]


@pytest.mark.parametrize(
    ("shape", "lengths", "more", "measured"),
    [
        (_STARTER, [1144, 1081, 1047], {}, 1_871_659_008),
        (
            _STARTER,
            [1144, 1081],
            {"lora": {"rank": 16, "layers": "all"}, "gradient_checkpointing": True},
            1_243_181_056,
        ),
        (_TINY, [2016, 1144, 1093, 1091, 1081, 1047], {}, 844_464_128),
        (_TINY, [1011, 998, 989, 974], {"batch_size": 4}, 837_603_328),
        (_TINY, _ROW_OF_EIGHT, {"batch_size": 8, "gradient_checkpointing": True, "precision": "fp32"}, 820_699_136),
    ],
    ids=["starter", "starter-twice", "tiny", "tiny-rows-of-4", "tiny-rows-of-8-twice-fp32"],
)
def test_on_a_cpu_it_is_within_a_tenth_of_what_runs_took(
    shape: ModelShape, lengths: list[int], more: dict[str, object], measured: int
) -> None:
    """`measured`: resident memory at its highest in runs of the worker with these settings, from report.json."""
    config = settings(**{"lora": {"rank": 32, "layers": 15}, **more})
    found = forecast(shape, config, DeviceRoom("CPU", "cpu", 64 * GIB, 64 * GIB), lengths)
    assert found.total == pytest.approx(measured, rel=0.1)
