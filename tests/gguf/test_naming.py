"""Names of files follow the convention whatever a base or a run is called."""

from pathlib import Path

import pytest

from studio.gguf.naming import CONVENTION, model_name, size_label
from studio.gguf.quantisations import QUANTISATIONS


@pytest.mark.parametrize(
    ("base", "weights", "run", "name"),
    [
        ("SmolLM2-135M-Instruct", 134_515_008, "the-weir", "SmolLM2-135M-the-weir-v1.0-Q4_K_M.gguf"),
        ("SmolLM2-135M-Instruct", 134_515_008, None, "SmolLM2-135M-Instruct-v1.0-Q4_K_M.gguf"),
        ("llama-3.2-3b", 3_212_749_824, "tavern", "llama-3-2-3.2B-tavern-v1.0-Q4_K_M.gguf"),
        ("tiny", 3_200_000, "a-b", "tiny-3.2M-a-b-v1.0-Q4_K_M.gguf"),
        ("..", 5_000, None, "model-5.0K-v1.0-Q4_K_M.gguf"),
        ("gémma 2/Q8_0", 2_614_341_888, "é", "g-mma-2-2.6B-v1.0-Q4_K_M.gguf"),
    ],
)
def test_a_name_says_base_size_run_version_and_encoding(base: str, weights: int, run: str | None, name: str) -> None:
    found = model_name(Path("/nowhere", base.replace("/", "-")), weights, run).file("Q4_K_M")
    assert found == name
    assert CONVENTION.fullmatch(found)


def test_every_encoding_fits_the_convention(starter: Path) -> None:
    name = model_name(starter, 134_515_008, "tavern")
    for kind in QUANTISATIONS:
        match = CONVENTION.fullmatch(name.file(kind.name))
        assert (
            match and match["Encoding"] == kind.name and match["SizeLabel"] == "135M" and match["FineTune"] == "tavern"
        )
    assert name.file("F16") == "smollm2-135M-tavern-v1.0-F16.gguf", "a GGUF says its own base name"
    assert CONVENTION.fullmatch("tavern-Q4_K_M.gguf") is None, "which has neither size nor version"


def test_sizes_are_told_as_the_convention_writes_them() -> None:
    told = [size_label(count) for count in (999, 3_200_000, 134_515_008, 1_235_814_400, 70_553_706_496)]
    assert told == ["1.0K", "3.2M", "135M", "1.2B", "71B"]
