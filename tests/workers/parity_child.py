"""Child of test_parity: a tiny model merged and converted, and gates over it and over files that were spoilt.

`python parity_child.py TINY_BASE STARTER PLACE SCENARIO [packed]` prints a JSON object: the report and the events of
each gate by its name, and what merging both ways found.
"""

import hashlib
import json
import shutil
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.numpy import load_file, save_file

from studio.gguf.reader import Array, Gguf
from studio.gguf.writer import Written, write_gguf
from studio.workers import parity
from studio.workers._converter import quantise
from studio.workers._merge import merged_folder, source_of
from studio.workers._ways import merged_the_nearer_way

BASE, STARTER, PLACE, SCENARIO = (Path(word) for word in sys.argv[1:5])
RANK = 4


class Asked:
    """A request as the worker's side sees it, whose events are kept."""

    def __init__(self, **fields: object) -> None:
        self.fields, self.events = fields, list[tuple[str, dict[str, object]]]()

    def get(self, key: str, _kind: type) -> Any:
        return self.fields[key]

    def emit(self, event: str, **fields: object) -> None:
        self.events.append((event, fields))

    def check(self) -> None:
        """Nobody cancels."""

    def journal_to(self, _folder: Path) -> None:
        """Nobody reads it."""


def loud_base() -> Path:
    """The tiny model with weights so large that what its attention looks at decides what it says."""
    folder = PLACE / "loud"
    shutil.copytree(BASE, folder)
    weights = load_file(folder / "model.safetensors")
    for name in weights:
        times = 25 if "q_proj" in name or "k_proj" in name else 12
        if weights[name].ndim > 1:
            weights[name] = (weights[name].astype(np.float32) * times).astype(np.float16)
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    return folder


def run_of(base: Path) -> Path:
    """A finished run on that base: an adapter of small random weights."""
    run, drawn = PLACE / "run", np.random.default_rng(1)
    (run / "adapter").mkdir(parents=True)
    tensors = {}
    for name, weight in load_file(base / "model.safetensors").items():
        if name.endswith("_proj.weight"):
            rows, width = weight.shape
            inner = "base_model.model." + name.removesuffix(".weight")
            for side, shape in (("A", (RANK, width)), ("B", (rows, RANK))):
                tensors[f"{inner}.lora_{side}.weight"] = drawn.normal(0, 0.05, shape).astype(np.float32)
    save_file(tensors, run / "adapter" / "adapter_model.safetensors", {"format": "pt"})
    names = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    settings = {"peft_type": "LORA", "task_type": "CAUSAL_LM", "r": RANK, "lora_alpha": 8, "target_modules": names}
    (run / "adapter" / "adapter_config.json").write_text(json.dumps(settings), encoding="utf-8")
    files = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in (run / "adapter").iterdir()}
    (run / "adapter" / "manifest.json").write_text(json.dumps(files), encoding="utf-8")
    config = {
        "name": "weir",
        "base": str(base),
        "resolved": {"precision": "bf16", "files": {"held_out": [str(SCENARIO)]}},
    }
    (run / "config.yaml").write_text(json.dumps(config), encoding="utf-8")
    return run


def model_of(name: str, run: Path, files: dict[str, Path]) -> Path:
    """A model's folder as converting leaves it, with these files by their packing."""
    folder = PLACE / "models" / name
    folder.mkdir(parents=True)
    rows = []
    for kind, path in files.items():
        shutil.copy2(path, folder / f"{name}-{kind}.gguf")
        rows.append({"file": f"{name}-{kind}.gguf", "quantisation": kind})
    card = {"format": 1, "name": name, "source": str(run), "files": rows}
    (folder / "card.json").write_text(json.dumps(card), encoding="utf-8")
    return folder


def gate(folder: Path) -> tuple[dict[str, object], list[tuple[str, dict[str, object]]]]:
    """The gate's report on a model, and its events."""
    run = PLACE / "runs" / folder.name
    run.mkdir(parents=True, exist_ok=True)
    asked = Asked(
        run=str(run),
        model=str(folder),
        cache=str(PLACE / "bases"),
        remembered=str(PLACE / "kept"),
        least=30,
        cases=2 if "packed" in sys.argv else 0,
    )
    found = parity.parity(asked)["report"]  # type: ignore[arg-type]  # as much of a request as it uses
    return found, asked.events


def written(folder: Path, starter: Path, target: Path) -> Path:
    """The merged model as a GGUF of 32-bit floats, by the studio's own writer: quicker than llama.cpp's converter."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    heads, keys = config["num_attention_heads"], config["num_key_value_heads"]
    with Gguf(starter) as gguf:
        told = {key: value.values if isinstance(value, Array) else value for key, value in gguf.metadata.items()}
    entries = {key: value for key, value in told.items() if key.startswith("tokenizer.")}
    entries |= {
        "general.architecture": "llama",
        "general.name": "weir",
        "llama.block_count": config["num_hidden_layers"],
        "llama.context_length": config["max_position_embeddings"],
        "llama.embedding_length": config["hidden_size"],
        "llama.feed_forward_length": config["intermediate_size"],
        "llama.attention.head_count": heads,
        "llama.attention.head_count_kv": keys,
        "llama.attention.layer_norm_rms_epsilon": config["rms_norm_eps"],
        "llama.rope.freq_base": 10_000.0,
    }
    tensors = []
    for name, weight in load_file(folder / "model.safetensors").items():
        rows = weight.astype(np.float32)
        part = name.removeprefix("model.").replace("layers.", "blk.")
        if part.endswith(("q_proj.weight", "k_proj.weight")):
            rows = turned(rows, heads if "q_proj" in part else keys, (2, -1))
        for old, new in NAMES.items():
            part = part.replace(old, new)
        part = "output_norm.weight" if part == "norm.weight" else part
        tensors.append(Written(part, rows.shape, lambda rows=rows: rows))  # type: ignore[misc]
    return write_gguf(target, entries, tensors)


NAMES = {
    "embed_tokens": "token_embd", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down", "post_attention_layernorm": "ffn_norm",
    "input_layernorm": "attn_norm",
}  # fmt: skip


def turned(rows: "np.ndarray[Any, Any]", heads: int, pair: tuple[int, int]) -> "np.ndarray[Any, Any]":
    """Rows of attention as the other side has them: both halves of a head together, or turn by turn."""
    width = rows.shape[-1]
    return np.ascontiguousarray(rows.reshape(heads, *pair, width).swapaxes(1, 2)).reshape(-1, width)


# -- how a good file is spoilt


def unpermuted(path: Path) -> None:
    """The rows of q and k as transformers has them, not as llama.cpp wants them."""
    with Gguf(path) as gguf:
        heads = {
            "attn_q": gguf.number("llama.attention.head_count"),
            "attn_k": gguf.number("llama.attention.head_count_kv"),
        }
        places = [
            (gguf.data_start + tensor.offset, tensor.shape, heads[tensor.name.split(".")[2]])
            for tensor in gguf.tensors
            if tensor.name.split(".")[-2] in heads
        ]
    assert len(places) == 4
    data = np.memmap(path, np.uint8, "r+")
    for start, (width, rows), count in places:
        weights = data[start : start + 4 * width * rows].view(np.float32).reshape(rows, width)
        weights[:] = turned(weights, count or 1, (-1, 2))
    data.flush()


def without_template(path: Path) -> None:
    """The entry is there and says something else."""
    _replaced(path, b"tokenizer.chat_template", b"tokenizer.chat_templatE")


def shifted(path: Path) -> None:
    """Every token but the first hundred is called what its neighbour is called."""
    data = bytearray(path.read_bytes())
    key = b"tokenizer.ggml.tokens"
    at = data.index(key) + len(key) + 4
    _inner, count = struct.unpack_from("<IQ", data, at)
    at += 12
    entries, begin = [], at
    for _number in range(count):
        length = struct.unpack_from("<Q", data, at)[0]
        entries.append(bytes(data[at : at + 8 + length]))
        at += 8 + length
    turned = entries[:100] + entries[101:] + entries[100:101]
    data[begin:at] = b"".join(turned)
    path.write_bytes(data)


def _replaced(path: Path, old: bytes, new: bytes) -> None:
    data = path.read_bytes()
    assert data.count(old) == 1 and len(old) == len(new)
    path.write_bytes(data.replace(old, new))


def both_ways(run: Path) -> dict[str, object]:
    """What merging both ways finds of the same run, had it been trained on a base in 4 bit."""
    config = json.loads((run / "config.yaml").read_text(encoding="utf-8"))
    four = PLACE / "run-nf4"
    shutil.copytree(run, four)
    (four / "config.yaml").write_text(json.dumps({**config, "quantisation": "nf4"}), encoding="utf-8")
    found = merged_the_nearer_way(source_of(four, None), PLACE / "bases", PLACE / "ways", lambda: None, least=30)
    return {"way": found.way, "card": found.as_card(), "kept": (found.folder / "model.safetensors").is_file()}


def main() -> None:
    """Gates over a good file and over spoilt ones; with `packed` also over a quantisation, beside the base's."""
    torch.set_num_threads(1)
    run = run_of(loud_base())
    whole = PLACE / "whole"
    whole.mkdir()
    merged_folder(source_of(run, None), PLACE / "bases", whole)
    plain, packed = written(whole, STARTER, PLACE / "F16.gguf"), PLACE / "Q4_K_M.gguf"
    files, spoilers = {"F16": plain}, SPOILERS
    if "packed" in sys.argv:
        quantise(plain, packed, "Q4_K_M", 1, lambda _share: None, lambda: None)
        files, spoilers = {"Q4_K_M": packed}, {}
    good = model_of("good", run, files)
    reports: dict[str, object] = {}
    events: dict[str, object] = {}
    reports["good"], events["good"] = gate(good)
    reports["again"], events["again"] = gate(good)
    for name, spoil in spoilers.items():
        folder = model_of(name, run, {"F16": plain})
        spoil(folder / f"{name}-F16.gguf")
        reports[name], events[name] = gate(folder)
    json.dump({"reports": reports, "events": events, "both": both_ways(run) if spoilers else None}, sys.stdout)


SPOILERS: dict[str, Callable[[Path], None]] = {
    "unpermuted": unpermuted, "without-template": without_template, "shifted": shifted,
}  # fmt: skip


if __name__ == "__main__":
    main()
