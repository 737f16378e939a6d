"""What fits a device is chosen by its priorities, and never from under its quality floor."""

import random
from pathlib import Path

import pytest

from studio.gguf.devices import DeviceFaulty, UnknownDevice, device, devices
from studio.gguf.fitting import fit, rows_of
from studio.gguf.outline import Outline, outline_of, outline_of_sizes
from studio.training.catalogue import find_model

GIB = 1 << 30


def outline(name: str) -> Outline:
    """A model of the catalogue."""
    return outline_of_sizes(find_model(name).shape)


LARGE, MIDDLE, SMALL = outline("llama-3.2-3b"), outline("qwen2.5-1.5b"), outline("smollm2-135m")


def test_priorities_decide_between_what_fits() -> None:
    assert fit(LARGE, device("server")).quantisation == "Q8_0"
    assert fit(LARGE, device("desktop")).quantisation == "Q6_K"
    assert fit(LARGE, device("tablet")).quantisation == "Q5_K_M"
    assert {one.target_platform for one in devices()} == {"mobile", "desktop", "server"}


@pytest.mark.parametrize("seed", range(16))
def test_memory_and_floor_hold_for_any_room(seed: int) -> None:
    dice = random.Random(seed)
    model, told = dice.choice((LARGE, MIDDLE, SMALL)), dice.choice(devices())
    room = round(dice.uniform(0.1, 8) * GIB)
    importance = dice.random() < 0.5
    chosen = fit(model, told, room, importance=importance)
    packing = told.quantization_settings
    if chosen.row is None:
        least = [row for row in rows_of(model, packing.least_context, importance=importance)
                 if row.loss is not None and row.loss <= packing.floor and row.memory.total <= room
                 and not any(row.name.startswith(start) for start in packing.avoid)
                 and (importance or not row.forecast.needs_importance)]  # fmt: skip
        assert not least, "something would have fitted"
        return
    assert chosen.row.memory.total <= room
    assert chosen.row.loss is not None and chosen.row.loss <= packing.floor
    assert packing.least_context <= chosen.context <= packing.context
    assert importance or not chosen.row.forecast.needs_importance


def test_a_shorter_context_is_given_up_and_said_before_nothing_fits() -> None:
    room = round(2.3 * GIB)
    chosen = fit(LARGE, device("phone"), room)
    assert chosen.row is not None and chosen.context < device("phone").quantization_settings.context
    assert any("shortened from 4096" in sentence for sentence in chosen.given_up)
    assert any("nats a token against F16" in sentence for sentence in chosen.given_up)


def test_where_nothing_fits_the_largest_smaller_base_is_named() -> None:
    bases = [("middle", MIDDLE), ("small", SMALL)]
    chosen = fit(LARGE, device("phone"), round(1.3 * GIB), smaller=bases)
    assert chosen.quantisation is None and chosen.smaller is not None
    assert chosen.smaller.base == "middle"
    assert "Nothing fits into 1.30 GB" in chosen.given_up[0]
    assert fit(LARGE, device("phone"), round(0.2 * GIB), smaller=bases).smaller is None


def test_what_was_measured_on_the_model_counts_before_the_table() -> None:
    """A small model that loses more than the table says gets more bits."""
    told = device("desktop")
    assert fit(MIDDLE, told).quantisation == "Q6_K"
    measured = {"Q6_K": 0.09, "Q5_K_M": 0.12, "Q8_0": 0.001}
    chosen = fit(MIDDLE, told, measured=measured)
    assert chosen.quantisation == "Q8_0" and chosen.row is not None and chosen.row.measured
    assert any("measured on this model" in sentence for sentence in chosen.given_up)
    hopeless = dict.fromkeys((row.name for row in rows_of(MIDDLE, 4096)), 1.0)
    refused = fit(MIDDLE, told, measured=hopeless)
    assert refused.quantisation is None and "quality floor" in refused.given_up[0]


def test_a_profile_of_ones_own_is_read_and_a_faulty_one_is_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "box.yaml"
    file.write_text(
        "target_platform: desktop\nmemory_limit_gb: 3\ninference_speed_priority: 0.1\nquality_priority: 0.9\n"
        "quantization_settings: {context: 2048, floor: 0.02}\n", "utf-8"
    )  # fmt: skip
    own = device(str(file))
    assert (own.name, own.room, own.quantization_settings.floor) == ("box", 3 * GIB, 0.02)
    whole = file.read_text("utf-8")
    for text, said in (
        ("- 1", "It is no list of settings."),
        ("a: [", "It is not YAML (line "),
        (
            "target_platform: toaster",
            'target_platform: "toaster" can\'t be used. It takes one of mobile, desktop, server.',
        ),
        ("target_platform: mobile", "memory_limit_gb: it is not given. It takes a number above 0 up to 4096."),
        (whole.replace("3", ".nan", 1), "memory_limit_gb: NaN can't be used."),
        (whole.replace("floor", "flor"), "quantization_settings.flor: there is no setting of this name (did you mean"),
        (whole.replace("2048", "1024"), "Its least_context is more than its context."),
        (
            whole.replace("0.02", "-1"),
            "settings.floor: -1 can't be used. It takes a number above 0 up to 10.",
        ),
    ):
        broken = tmp_path / f"broken{len(text)}{said[:3]}.yaml"
        broken.write_text(text, "utf-8")
        with pytest.raises(DeviceFaulty) as refused:
            device(str(broken))
        assert said in str(refused.value) and "should be" not in str(refused.value)
    with pytest.raises(UnknownDevice, match="desktop"):
        device("desktp")


def test_a_folder_is_forecast_as_the_file_that_is_made_of_it(tiny_base: Path) -> None:
    """The head of the file (vocabulary, merges, template) is told from the folder's own files."""
    model = outline_of(tiny_base)
    assert (model.layers, model.heads, model.groups, model.tied, model.vocabulary) == (2, 2, 1, True, 49152)
    assert model.merges == 48900
    assert abs(model.head_bytes - 1_785_664) < 0.02 * 1_785_664, "what the starter has, whose vocabulary it is"
