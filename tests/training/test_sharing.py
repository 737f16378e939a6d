"""How many processes share a training, and how one knows that a launcher started it."""

import pytest

from studio.training.config import TrainingConfig, read_config
from studio.training.errors import BadSettings
from studio.training.fitting import room_under
from studio.training.room import DeviceRoom
from studio.training.sharing import launched, processes_for


def config(**more: object) -> TrainingConfig:
    return TrainingConfig.model_validate({"base": "-", "scenarios": ["-"], "gradient_accumulation_steps": 4, **more})


def test_automatic_is_one_a_card_with_an_example_for_each() -> None:
    assert processes_for(config(), "cuda", 8) == 1
    assert processes_for(config(processes="auto"), "cuda", 2) == 2
    assert processes_for(config(processes="auto"), "cuda", 8) == 4
    assert processes_for(config(processes="auto"), "cpu", 0) == 1
    assert processes_for(config(processes=3), "cpu", 0) == 3
    with pytest.raises(BadSettings, match="processes"):
        read_config({"base": "-", "scenarios": ["-"], "processes": 9, "gradient_accumulation_steps": 4})


def test_processes_share_the_machines_memory_and_not_the_cards() -> None:
    main, card = DeviceRoom("CPU", "cpu", 100, 90), DeviceRoom("card", "cuda", 100, 90)
    assert (room_under(config(), main), room_under(config(processes=2), main)) == (90, 45)
    assert room_under(config(processes=2), card) == 90


def test_a_launcher_is_known_by_what_it_leaves_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RANK", "WORLD_SIZE", "MASTER_ADDR"):
        monkeypatch.delenv(name, raising=False)
    assert launched() is None
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert launched() is None
    monkeypatch.setenv("MASTER_ADDR", "127.0.0.1")
    assert launched() == (1, 2)
    monkeypatch.setenv("WORLD_SIZE", "1")
    assert launched() is None
