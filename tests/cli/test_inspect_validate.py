"""`lorewright inspect` and `validate`: what they print, by their schemas, and how they end."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from studio.cli import main
from studio.gguf.made_from import base_beside
from studio.resources import resource
from tests.gguf.adapters import adapter_folder, drawn
from tests.gguf.tiny_model import TEMPLATE, TOKENS, weights, write_model


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    """The exit code, and the JSON by its schema."""
    code = main([*words, "--format", "json"])
    told = json.loads(capsys.readouterr().out)
    schema = resource("schemas") / f"{words[0]}.schema.json"
    if "error" not in told:
        jsonschema.validate(told, json.loads(schema.read_text(encoding="utf-8")))
    return code, told


def test_what_stands_in_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_model(tmp_path / "tiny.gguf")
    code, told = printed(capsys, "inspect", str(path))
    assert code == 0
    assert (told["name"], told["licence"], told["layers"], told["context"]) == ("Tiny", "cc0-1.0", 2, 1024)
    assert told["size"] == path.stat().st_size
    assert told["bits_per_weight"] == 32
    assert told["parameters"] == sum(rows.size for rows in weights().values())
    assert told["template"] == TEMPLATE
    assert told["metadata"]["tokenizer.ggml.tokens"] == {"length": len(TOKENS), "items": TOKENS[:8]}
    assert told["types"] == [
        {"type": "F32", "tensors": 20, "weights": told["parameters"], "size": 4 * told["parameters"]}
    ]
    code, told = printed(capsys, "inspect", str(path), "--whole")
    assert told["metadata"]["tokenizer.ggml.tokens"]["items"] == TOKENS
    assert main(["inspect", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("file")
    assert lines[lines.index("Chat template") + 1].startswith("{% for")
    assert any(line.split() == ["blk.0.attn_k.weight", "F32", "64×32", "8,192"] for line in lines)


def test_bad_files_end_with_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "no.gguf").write_bytes(b"no model")
    assert printed(capsys, "inspect", str(tmp_path / "no.gguf"))[0] == 3
    assert printed(capsys, "inspect", str(tmp_path / "gone.gguf"))[0] == 2
    assert printed(capsys, "validate", str(tmp_path / "gone.gguf"))[0] == 2
    code, told = printed(capsys, "validate", str(tmp_path / "no.gguf"))
    assert (code, told["ok"]) == (1, False)
    assert [(row["check"], row["ok"]) for row in told["checks"]] == [("bounds", False), ("loads", None)]


def test_a_model_is_held_against_the_base_that_its_card_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = write_model(tmp_path / "base.gguf")
    run = tmp_path / "runs" / "weir-train"
    adapter_folder(run / "adapter", drawn())
    (run / "config.yaml").write_text(json.dumps({"base": str(base)}), encoding="utf-8")
    (tmp_path / "models" / "weir").mkdir(parents=True)
    made = write_model(tmp_path / "models" / "weir" / "weir-F16.gguf")
    (made.parent / "card.json").write_text(json.dumps({"source": str(run)}), encoding="utf-8")
    code, told = printed(capsys, "validate", str(made))
    assert (code, told["ok"], told["base"]) == (0, True, str(base))
    assert {row["check"]: row["ok"] for row in told["checks"]} == dict.fromkeys(
        ("bounds", "numbers", "tokeniser", "turn_end", "template", "loads"), True
    )


def test_what_a_file_goes_back_to(tmp_path: Path) -> None:
    base = write_model(tmp_path / "base.gguf")
    assert base_beside(base) is None
    for text in ("no json", "[]", '{"source": 3}', '{"source": "../base.gguf"}', '{"source": "/nowhere/at/all"}'):
        (tmp_path / "card.json").write_text(text, encoding="utf-8")
        assert base_beside(tmp_path / "model.gguf") is None, text
    (tmp_path / "card.json").write_text(json.dumps({"source": str(base)}), encoding="utf-8")
    assert base_beside(tmp_path / "model.gguf") == base
    assert base_beside(base) is None
