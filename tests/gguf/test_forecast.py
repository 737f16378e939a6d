"""The forecast of a quantisation is what llama.cpp makes, to the byte."""

import subprocess
import sys
from pathlib import Path

import pytest

from studio.gguf.forecast import QUANTISATIONS, forecasts
from studio.gguf.reader import Gguf

QUANTISE = """
import ctypes, sys
import llama_cpp as ll
settings = ll.llama_model_quantize_default_params()
settings.allow_requantize, settings.nthread = True, 2
settings.ftype = getattr(ll, "LLAMA_FTYPE_MOSTLY_" + sys.argv[3])
sys.exit(ll.llama_model_quantize(sys.argv[1].encode(), sys.argv[2].encode(), ctypes.byref(settings)))
"""


def test_sizes_fall_in_the_order_of_the_table(starter: Path) -> None:
    found = forecasts(starter)
    assert [forecast.quantisation for forecast in found] == list(QUANTISATIONS)
    sizes = [forecast.size for forecast in found]
    assert sizes == sorted(sizes, reverse=True)


def test_narrow_rows_are_told_and_the_bits_are_the_true_ones(starter: Path) -> None:
    usual = next(forecast for forecast in forecasts(starter) if forecast.quantisation.name == "Q4_K_M")
    assert round(usual.bits, 2) == 6.17, "measured on the starter; the name promises less than five"
    assert usual.fallbacks == 181 and usual.quantised == 211


@pytest.mark.native
@pytest.mark.parametrize("name", ["Q4_K_M", "Q3_K_M"])
def test_llama_cpp_makes_what_was_forecast(starter: Path, tmp_path: Path, name: str) -> None:
    made = tmp_path / "made.gguf"
    subprocess.run([sys.executable, "-c", QUANTISE, starter, made, name], check=True, capture_output=True, timeout=300)
    forecast = next(forecast for forecast in forecasts(starter) if forecast.quantisation.name == name)
    with Gguf(made) as gguf:
        assert forecast.bits == pytest.approx(gguf.bits_per_weight)
        assert abs(forecast.size - gguf.bytes) < 4096
