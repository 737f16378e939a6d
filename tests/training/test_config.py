"""Settings from outside: profile_settings, profiles, bounds, sentences that name the setting."""

from pathlib import Path

import pytest
import yaml

from studio.training import BadSetting, UnknownProfile
from studio.training.config import profile_settings, profiles, read_config, save_config, with_files

BARE: dict[str, object] = {"base": "b.gguf", "scenarios": ["s"]}


def test_the_profile_fills_in_and_what_is_given_wins() -> None:
    assert "cpu-starter" in profiles()
    config = read_config({**BARE, "learning_rate": 0.25, "lora": {"rank": 4}, "max_minutes": None})
    assert config.learning_rate == 0.25
    assert config.lora.rank == 4
    assert config.max_minutes == profile_settings("cpu-starter")["max_minutes"]
    assert config.max_length == 2048


@pytest.mark.parametrize(
    ("values", "setting"),
    [
        ({"learning_rate": 5}, "learning_rate"),
        ({"batch_size": 0}, "batch_size"),
        ({"batch_size": "many"}, "batch_size"),
        ({"lora": {"rank": 0}}, "lora.rank"),
        ({"lerning_rate": 0.1}, "lerning_rate"),
        ({"scenarios": []}, "scenarios"),
        ({"dataset": "d"}, "scenarios"),
        ({"precision": "fp8"}, "precision"),
    ],
)
def test_a_bad_setting_is_named(values: dict[str, object], setting: str) -> None:
    with pytest.raises(BadSetting) as caught:
        read_config({**BARE, **values})
    assert caught.value.fields["setting"] == setting


def test_an_unknown_profile_has_a_suggestion() -> None:
    with pytest.raises(UnknownProfile, match="cpu-starter"):
        read_config({**BARE, "profile": "cpu-startr"})


def test_a_folder_stands_for_its_scenarios(tmp_path: Path) -> None:
    for name in ("b.md", "a.md", ".hidden.md", "c.txt"):
        (tmp_path / name).write_text("x", encoding="utf-8")
    config = with_files(read_config({**BARE, "scenarios": [str(tmp_path), str(tmp_path / "a.md")]}))
    assert config.scenarios == (tmp_path / "a.md", tmp_path / "b.md")


def test_what_is_saved_can_be_read_back(tmp_path: Path) -> None:
    config = read_config({**BARE, "name": "Zwölf", "steps": 9})
    save_config(config, tmp_path / "config.yaml", {"processor": "x"})
    values = yaml.safe_load((tmp_path / "config.yaml").read_text(encoding="utf-8"))
    assert values.pop("resolved") == {"processor": "x"}
    assert read_config(values) == config


@pytest.mark.parametrize(
    ("values", "near"), [({"lerning_rate": 0.1}, "learning_rate"), ({"lora": {"rnak": 4}}, "lora.rank")]
)
def test_a_setting_that_is_none_brings_the_nearest_that_is_one(values: dict[str, object], near: str) -> None:
    with pytest.raises(BadSetting, match=rf"did you mean {near}\?"):
        read_config({**BARE, **values})
