"""The shipped profiles: each is read, names a model that there is, and fits the card that it is named for."""

import pytest
import yaml

from studio.training.catalogue import find_model
from studio.training.config import read_config, settings
from studio.training.memory import DeviceRoom, forecast
from studio.training.profiles import DEFAULT_PROFILE, profile, profile_settings, profiles

GIB = 1 << 30
ROOM = {
    "cpu-starter": 4.0,
    "cpu-larger": 8.0,
    "vram-4gb": 3.5,
    "vram-8gb": 7.5,
    "vram-12gb": 11.5,
    "vram-16gb": 15.5,
    "decisions-small": 16,
}
"""Gigabytes that such a machine has free."""


def test_there_is_a_profile_for_each_kind_of_machine() -> None:
    assert set(profiles()) == set(ROOM) and DEFAULT_PROFILE in ROOM


@pytest.mark.parametrize("name", sorted(ROOM))
def test_a_profile_is_read_and_planned_on_its_card_without_a_change(name: str) -> None:
    found = profile(name)
    config = read_config({"profile": name, "base": "-", "scenarios": ["-"]})
    assert found.title and "#" in found.text
    kind = "cpu" if name.startswith("cpu") else "cuda"
    room = DeviceRoom("Card", kind, int(ROOM[name] * GIB), int(ROOM[name] * GIB))
    planned = forecast(find_model(found.base).shape, config, room, [config.max_length] * 40)
    assert planned.fits
    assert planned.config.effective_batch == config.effective_batch
    if name != "decisions-small":  # made for no card in particular, so it leaves the planner its choice
        assert planned.changes == ()


def test_a_profile_says_nothing_that_is_no_setting() -> None:
    for name in profiles():
        flat = set(yaml.safe_load(profile(name).text))
        known = {setting.partition(".")[0] for setting in settings()}
        assert flat - {"title"} <= known and "title" in flat and "base" in flat


def test_the_figures_that_profiles_were_made_from() -> None:
    small = read_config({"profile": "vram-4gb", "base": "-", "scenarios": ["-"]})
    assert (small.max_length, small.lora.rank, small.batch_size, small.gradient_accumulation_steps) == (2048, 16, 1, 8)
    assert small.epochs == 1 and small.gradient_checkpointing is True and small.quantisation == "nf4"
    assert small.max_minutes is None
    large = profile_settings("vram-16gb")
    shape = {"rank": 16, "alpha": 32, "dropout": 0.05, "layers": "all", "target_modules": ["q_proj", "v_proj"]}
    assert large["lora"] == shape and large["epochs"] == 3
    quick = read_config({"profile": "decisions-small", "base": "-", "scenarios": ["-"]})
    assert quick.lora.target_modules == ("q_proj", "k_proj", "v_proj", "o_proj") and quick.lora.rank == 16
    assert (quick.learning_rate, quick.batch_size, quick.epochs, quick.warmup_steps) == (2e-4, 4, 3, 100)
    assert quick.climb(1000) == 0.1
