"""Settings in a file: notes stay where values change, places are meant from the file, a profile can be begun from."""

from pathlib import Path

import pytest
import yaml

from studio.training.config import read_config
from studio.training.config_file import ConfigUnreadable, changed, read_settings, save_settings
from studio.training.names import over

TEXT = """# For the tavern.
base: m.gguf
scenarios: [s]   # all of them
lora:
  # more learns more
  rank: 8
  alpha: 16
lora_dropout: 0.1  # the other name
learning_rate: 0.001
"""


def test_a_changed_value_leaves_the_notes(tmp_path: Path) -> None:
    made = changed(tmp_path, TEXT, {"lora.rank": 32, "lora.dropout": 0.2, "epochs": 3})
    for note in ("# For the tavern.", "# all of them", "# more learns more", "# the other name"):
        assert note in made
    values = yaml.safe_load(made)
    assert values["lora"] == {"rank": 32, "alpha": 16} and values["lora_dropout"] == 0.2 and values["epochs"] == 3
    assert read_config(values).lora.dropout == 0.2
    assert changed(tmp_path, TEXT, {"lora": {"rank": 8}}) == TEXT


def test_places_are_meant_from_the_file(tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    (tmp_path / "own.yaml").write_text(TEXT + "resolved: {processor: x}\n", encoding="utf-8")
    values = read_settings(tmp_path / "own.yaml")
    assert values["scenarios"] == [str(tmp_path / "s")]
    assert values["base"] == "m.gguf", "what is not there may be the name of a model"
    assert "resolved" not in values
    (tmp_path / "c.jsonl").write_text("", encoding="utf-8")
    (tmp_path / "dpo.yaml").write_text("preferences: c.jsonl\nstart_from: s\n", encoding="utf-8")
    assert read_settings(tmp_path / "dpo.yaml") == {
        "preferences": str(tmp_path / "c.jsonl"),
        "start_from": str(tmp_path / "s"),
    }


@pytest.mark.parametrize(
    "text", ["epochs: 1\nbase: m\nepochs: 2\n", "base: m\nlora:\n  rank: 8\n  rank: 9\n"], ids=["epochs", "rank"]
)
def test_a_setting_that_stands_there_twice_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigUnreadable, match=r"line [34].*second time"):
        read_settings(path)


@pytest.mark.parametrize("text", ["a: [", "- a\n- b\n", "a: &x 1\nb: *x\n", "a: " + "[" * 40])
def test_what_is_no_table_of_settings_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigUnreadable, match=r"own\.yaml"):
        read_settings(path)
    with pytest.raises(ConfigUnreadable):
        save_settings(path, {"epochs": 3}, begin="cpu-starter")
    assert path.read_text(encoding="utf-8") == text


def test_a_new_file_begins_as_a_profile_with_its_notes(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    save_settings(path, {"epochs": 3, "scenarios": ("s",)}, begin="cpu-starter")
    text = path.read_text(encoding="utf-8")
    assert "# " in text
    values = yaml.safe_load(text)
    assert values["profile"] == "cpu-starter" and values["epochs"] == 3 and "title" not in values
    save_settings(tmp_path / "second.yaml", {"epochs": 4}, begin=path)
    assert yaml.safe_load((tmp_path / "second.yaml").read_text(encoding="utf-8")) == {**values, "epochs": 4}


def test_what_is_given_replaces_a_setting_under_whatever_name() -> None:
    assert over({"lora_rank": 8, "lora": {"alpha": 1}}, {"lora.rank": 4}) == {"lora.alpha": 1, "lora.rank": 4}
    assert over({"lora": {"rank": 8}}, {"lora_rank": 4}) == {"lora_rank": 4}
