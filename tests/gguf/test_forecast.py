"""The forecast of a quantisation is what llama.cpp makes: tensor by tensor, and to the byte."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from studio.gguf.errors import NeedsImportance, NotForThisModel
from studio.gguf.forecast import QUANTISATIONS, forecasts
from studio.gguf.outline import outline_of
from studio.gguf.quantisations import BY_QUANTISATION
from studio.gguf.reader import Gguf
from studio.gguf.recipes import packed
from studio.gguf.room import check_wanted
from tests.gguf.shapes import SHAPES, build

QUANTISE = """
import ctypes, sys
import llama_cpp as ll
settings = ll.llama_model_quantize_default_params()
settings.allow_requantize, settings.nthread = True, 2
settings.ftype = getattr(ll, "LLAMA_FTYPE_MOSTLY_" + sys.argv[3])
sys.exit(ll.llama_model_quantize(sys.argv[1].encode(), sys.argv[2].encode(), ctypes.byref(settings)))
"""

DRY = """
import ctypes, json, re, sys
import numpy as np
import llama_cpp as ll
heard = []
listen = ll.llama_log_callback(lambda level, text, data: heard.append(text.decode("utf-8", "replace")))
ll.llama_log_set(listen, ctypes.c_void_p(0))
found = {}
for name, number, importance in json.loads(sys.argv[2]):
    settings = ll.llama_model_quantize_default_params()
    settings.ftype, settings.nthread, settings.dry_run, settings.allow_requantize = number, 1, True, True
    if importance:
        one = (ll.llama_model_imatrix_data * 2)()
        kept = (ctypes.c_float * 1)(1.0)
        one[0].name, one[0].data, one[0].size = b"none", kept, 1
        settings.imatrix = one
    heard.clear()
    code = ll.llama_model_quantize(sys.argv[1].encode(), b"/dev/null", ctypes.byref(settings))
    text = "".join(heard)
    rows, at = {}, None
    row = (
        r"\\[ *\\d+/ *\\d+\\] (\\S+) +- \\[.*?\\], type = +(\\S+), size = +\\S+ MiB"
        r"(?: -> +\\S+ MiB \\((\\S+)\\))?"
    )
    for match in re.finditer(row, text):
        rows[match[1]] = (match[3] or match[2]).upper()
    found[f"{name} {importance}"] = {"code": code, "rows": rows, "needs": "actually completing" in text}
print(json.dumps(found))
"""


def test_sizes_fall_in_the_order_of_the_table_where_rows_are_wide(tmp_path: Path) -> None:
    made = build(tmp_path / "wide.gguf", **SHAPES["wide, tied"])
    sizes = [row.weights for row in forecasts(made) if row.quantisation.usual]
    assert sizes == sorted(sizes, reverse=True)
    assert len(forecasts(made)) == len(QUANTISATIONS)


def test_narrow_rows_are_told_and_the_bits_are_the_true_ones(starter: Path) -> None:
    usual = next(forecast for forecast in forecasts(starter) if forecast.quantisation.name == "Q4_K_M")
    assert round(usual.bits, 2) == 6.17, "measured on the starter; the name promises less than five"
    assert usual.fallbacks == 181 and usual.quantised == 211


def test_what_llama_cpp_would_refuse_is_told_before_with_what_to_take_instead(starter: Path) -> None:
    model = outline_of(starter)
    with pytest.raises(NotForThisModel, match="Q8_0"):
        check_wanted(model, ["Q4_K_M", "Q1_0"], importance=True)
    with pytest.raises(NeedsImportance, match=r"--imatrix, or choose Q2_K\b"):
        check_wanted(model, ["IQ1_S"], importance=False)
    check_wanted(model, ["IQ1_S", "Q4_K_M"], importance=True)


@pytest.mark.native
def test_the_numbers_are_those_of_the_installed_library() -> None:
    """All that llama-quantize lists: a release that adds one is told of here."""
    code = "import llama_cpp as l, json; print(json.dumps({n: getattr(l, n) for n in dir(l) if '_FTYPE_' in n}))"
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=120)
    theirs = {name.split("_FTYPE_")[1].removeprefix("MOSTLY_").removeprefix("ALL_"): number
              for name, number in json.loads(told.stdout).items()}  # fmt: skip
    ours = {name: kind.number for name, kind in BY_QUANTISATION.items()}
    assert theirs.keys() - ours.keys() == {"GUESSED", "NVFP4"}, "llama-quantize does not offer these two either"
    assert ours == {name: theirs[name] for name in ours}


@pytest.mark.native
@pytest.mark.parametrize("shape", SHAPES)
def test_every_tensor_gets_the_type_that_llama_cpp_gives_it(tmp_path: Path, shape: str) -> None:
    made = build(tmp_path / "model.gguf", **SHAPES[shape])
    asked = [(kind.name, kind.number, both) for kind in QUANTISATIONS for both in (False, True)]
    told = subprocess.run([sys.executable, "-c", DRY, made, json.dumps(asked)], check=True, capture_output=True,
                          text=True, timeout=120)  # fmt: skip
    theirs = json.loads(told.stdout)
    model, offered = outline_of(made), {row.quantisation.name: row for row in forecasts(made)}
    for name, _number, importance in asked:
        row = theirs[f"{name} {importance}"]
        if name not in offered:
            assert row["code"] != 0, f"{name} is possible after all"
            continue
        ours = {one.piece.name: one.given.name for one in packed(model, BY_QUANTISATION[name], importance=importance)}
        assert row["code"] == 0 and row["rows"] == ours, (shape, name, importance)
        assert importance or row["needs"] == offered[name].needs_importance, (shape, name)


@pytest.mark.native
def test_llama_cpp_makes_what_was_forecast_to_the_byte(tmp_path: Path) -> None:
    made = build(tmp_path / "model.gguf", **SHAPES["wide, tied"])
    for name in ("Q4_K_M", "Q2_K"):
        out = tmp_path / f"{name}.gguf"
        subprocess.run([sys.executable, "-c", QUANTISE, made, out, name], check=True, capture_output=True, timeout=300)
        forecast = next(forecast for forecast in forecasts(made) if forecast.quantisation.name == name)
        with Gguf(out) as gguf:
            assert forecast.bits == pytest.approx(gguf.bits_per_weight)
            assert abs(forecast.size - gguf.bytes) <= 128, "two entries say of which kind the file is"
