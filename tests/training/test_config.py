"""Settings from outside: profiles, bounds, other names, and that everything that is wrong is told at once."""

from pathlib import Path

import pydantic
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import LorewrightError, from_event
from studio.faults import valid
from studio.training import BadSettings, NamedNowhere
from studio.training.config import read_config, save_config, settings, with_files
from studio.training.names import OTHER_NAMES, PARTS
from studio.training.profiles import profile_settings, profiles

BARE: dict[str, object] = {"base": "b.gguf", "scenarios": ["s"]}


def faulty(values: dict[str, object]) -> BadSettings:
    """The error that settings bring."""
    with pytest.raises(BadSettings) as caught:
        read_config({**BARE, **values})
    return caught.value


def test_the_profile_fills_in_and_what_is_given_wins() -> None:
    assert "cpu-starter" in profiles()
    config = read_config({**BARE, "learning_rate": 0.25, "lora": {"rank": 4}, "name": None})
    assert config.learning_rate == 0.25
    assert config.max_minutes == profile_settings("cpu-starter")["max_minutes"]
    assert config.max_length == 2048
    assert config.name == "first-model"
    assert (config.lora.rank, config.lora.layers) == (4, 15), "of a part only what is given is replaced"
    assert read_config({**BARE, "lora.rank": 4}) == read_config({**BARE, "lora": {"rank": 4}})


def test_none_is_a_value_where_it_can_be_one_and_survives_the_way_to_the_worker() -> None:
    config = read_config({**BARE, "max_minutes": None})
    assert config.max_minutes is None
    assert read_config(config.model_dump(mode="json")) == config


@pytest.mark.parametrize(
    ("values", "setting"),
    [
        ({"learning_rate": 5}, "learning_rate"),
        ({"learning_rate": float("nan")}, "learning_rate"),
        ({"max_grad_norm": float("inf")}, "max_grad_norm"),
        ({"batch_size": 0}, "batch_size"),
        ({"batch_size": "many"}, "batch_size"),
        ({"batch_size": True}, "batch_size"),
        ({"lora": {"rank": 0}}, "lora.rank"),
        ({"lora": 7}, "lora"),
        ({"lora": {"layers": 0}}, "lora.layers"),
        ({"lerning_rate": 0.1}, "lerning_rate"),
        ({"scenarios": []}, "scenarios"),
        ({"scenarios": [7]}, "scenarios"),
        ({"dataset": "d"}, "scenarios"),
        ({"precision": "fp8"}, "precision"),
        ({"seed": -1}, "seed"),
        ({"base": None}, "base"),
        ({"lora_rank": 8, "lora": {"rank": 16}}, "lora.rank"),
    ],
)
def test_a_bad_setting_is_named(values: dict[str, object], setting: str) -> None:
    error = faulty(values)
    assert [fault.setting for fault in error.faults] == [setting]
    assert error.exit_code == 3


def test_everything_that_is_wrong_is_told_at_once_with_what_would_be_valid() -> None:
    wrong = {"learning_rate": 5, "batch_size": 0, "lora": {"rank": 0, "rnak": 4}, "epoks": 3, "precision": "fp8",
             "scenarios": [], "profile": "cpu-startr"}  # fmt: skip
    error = faulty(wrong)
    told = {fault.setting: str(fault) for fault in error.faults}
    assert set(told) == {"learning_rate", "batch_size", "lora.rank", "lora.rnak", "epoks", "precision", "scenarios",
                         "profile"}  # fmt: skip
    assert told["batch_size"] == "batch_size: 0 can't be used. It takes a whole number from 1 up to 1024."
    assert "above 0 up to 1" in told["learning_rate"]
    assert "auto, bf16, fp32" in told["precision"]
    assert "did you mean lora.rank?" in told["lora.rnak"] and "did you mean epochs?" in told["epoks"]
    assert "cpu-starter" in told["profile"]
    for sentence in told.values():
        assert sentence in str(error)


def test_every_setting_says_what_it_takes_and_refuses_what_is_out_of_range() -> None:
    for name, schema in settings().items():
        assert valid(schema), name
        if "minimum" in schema:
            (fault,) = faulty({name: schema["minimum"] - 1}).faults
            assert fault.setting == name and str(schema["minimum"]) in fault.valid
        if "maximum" in schema:
            (fault,) = faulty({name: schema["maximum"] + 1}).faults
            assert fault.setting == name and f"{schema['maximum']:.0f}" in fault.valid
        if schema.get("type") in ("integer", "number"):
            assert {"minimum", "exclusiveMinimum"} & schema.keys(), f"{name} has no lower bound"
            assert {"maximum", "exclusiveMaximum"} & schema.keys(), f"{name} has no upper bound"


def test_the_error_is_the_same_beyond_a_pipe() -> None:
    error = faulty({"batch_size": 0, "epoks": 3})
    event = error.as_event()
    fields = event["fields"]
    assert isinstance(fields, dict)
    again: LorewrightError = from_event(str(event["code"]), fields)
    assert isinstance(again, BadSettings) and str(again) == str(error) and again.faults == error.faults


def test_what_names_nothing_that_exists_is_wrong_usage() -> None:
    error = faulty({"profile": "cpu-startr"})
    assert isinstance(error, NamedNowhere) and error.exit_code == 2
    assert faulty({"profile": "cpu-startr", "epochs": 0}).exit_code == 3


def test_the_names_of_others_are_read_as_well() -> None:
    config = read_config(
        {"base_model": "b.gguf", "scenarios": ["s"], "lora_rank": 8, "lora_alpha": 12, "max_seq_length": 512,
         "batch_size": 2, "epochs": 4, "gradient_accumulation_steps": 3, "warmup_steps": 10, "learning_rate": "2e-4"}
    )  # fmt: skip
    assert (config.base, config.lora.rank, config.lora.alpha, config.max_length) == (Path("b.gguf"), 8, 12, 512)
    assert (config.effective_batch, config.learning_rate) == (6, 2e-4)
    assert config.climb(100) == pytest.approx(0.1) and config.climb(5) == 1.0
    assert read_config(BARE).climb(100) == read_config(BARE).warmup


def test_every_other_name_stands_for_a_setting() -> None:
    assert set(OTHER_NAMES.values()) <= set(settings()) and not set(OTHER_NAMES) & set(settings())
    assert {name.partition(".")[0] for name in settings() if "." in name} == set(PARTS)


def test_a_folder_stands_for_its_scenarios(tmp_path: Path) -> None:
    for name in ("b.md", "a.md", ".hidden.md", "c.txt"):
        (tmp_path / name).write_text("x", encoding="utf-8")
    config = with_files(read_config({**BARE, "scenarios": [str(tmp_path), str(tmp_path / "a.md")]}))
    assert config.scenarios == (tmp_path / "a.md", tmp_path / "b.md")


def test_what_is_saved_can_be_read_back(tmp_path: Path) -> None:
    config = read_config({**BARE, "name": "Zwölf", "steps": 9})
    save_config(config, tmp_path, {"processor": "x"})
    values = yaml.safe_load((tmp_path / "config.yaml").read_text(encoding="utf-8"))
    assert values.pop("resolved") == {"processor": "x"}
    assert read_config(values) == config


def test_a_config_made_in_code_is_held_to_the_same() -> None:
    with pytest.raises(pydantic.ValidationError):
        read_config(BARE).model_validate({**BARE, "dataset": "d"})


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=4,
)


@given(st.dictionaries(st.sampled_from([*settings(), "lora", "base_model", "x", ""]), ANYTHING, max_size=6))
def test_whatever_is_given_is_a_configuration_or_a_list_of_what_is_wrong(values: dict[str, object]) -> None:
    try:
        config = read_config({**BARE, **values})
    except BadSettings as error:
        assert error.faults and str(error)
        assert all(fault.wrong for fault in error.faults)
    else:
        assert read_config(config.model_dump(mode="json")) == config
