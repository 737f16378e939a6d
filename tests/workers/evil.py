"""A table of folders that a stranger could offer: models, adapters and runs, each with one trick in it.

`sound` builds a small model and an adapter of it; each row then spoils a copy. What is expected of a row is `taken`
(the trick is without effect) or `refused` (one of our errors).
"""

import json
import os
import pickle
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

TAKEN, REFUSED = "taken", "refused"
CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
CODE = "from pathlib import Path\nPath({marker!r}).touch()\nclass Evil: pass\n"
FAR = "http://192.0.2.1/model"
DEEP = "[" * 200_000 + "]" * 200_000
Trick = Callable[[Path, Path], None]


def sound(folder: Path) -> None:
    """A model of two random layers whose tokeniser knows bytes alone."""
    import torch
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM

    tokenizer = Tokenizer(
        models.BPE({sign: i for i, sign in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}, [])
    )
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(name, special=True) for name in ("<|im_start|>", "<|im_end|>")])
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=260, hidden_size=64, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2,
        tie_word_embeddings=True, bos_token_id=256, eos_token_id=257,
    )  # fmt: skip
    model: Any = LlamaForCausalLM(config)
    model.save_pretrained(str(folder))
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "chat_template.jinja").write_text(CHATML, encoding="utf-8")
    names = {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<|im_start|>", "eos_token": "<|im_end|>"}
    (folder / "tokenizer_config.json").write_text(json.dumps(names), encoding="utf-8")


class Touch:
    """Unpickled, it makes the marker."""

    def __init__(self, marker: Path) -> None:
        self.marker = str(marker)

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.system, (f"touch {self.marker}",))


def values(name: str, **more: object) -> Trick:
    """Sets values in a JSON file."""

    def trick(folder: Path, marker: Path) -> None:
        path = folder / name
        found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        text = json.dumps({**found, **more}).replace("MARKER", str(marker))
        path.write_text(text, encoding="utf-8")

    return trick


def text(name: str, content: str | bytes) -> Trick:
    """Writes a file."""

    def trick(folder: Path, marker: Path) -> None:
        data = content.encode() if isinstance(content, str) else content
        (folder / name).write_bytes(data.replace(b"MARKER", str(marker).encode()))

    return trick


def code(*names: str) -> Trick:
    """Puts code that makes the marker beside the model."""

    def trick(folder: Path, marker: Path) -> None:
        for name in names:
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(CODE.format(marker=str(marker)), encoding="utf-8")

    return trick


def pickled(name: str, instead: str = "") -> Trick:
    """Puts a pickle that runs a command, beside or instead of the weights."""

    def trick(folder: Path, marker: Path) -> None:
        (folder / name).write_bytes(pickle.dumps(Touch(marker)))
        if instead:
            (folder / instead).unlink()

    return trick


def header(
    rows: object, name: str = "model.safetensors", length: int | None = None, after: bytes = b"\0" * 64
) -> Trick:
    """Writes weights with that header."""

    def trick(folder: Path, _marker: Path) -> None:
        head = rows if isinstance(rows, bytes) else json.dumps(rows).encode()
        (folder / name).write_bytes(struct.pack("<Q", len(head) if length is None else length) + head + after)

    return trick


def link(name: str, target: str) -> Trick:
    """Makes a file of the folder a link."""

    def trick(folder: Path, _marker: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(target)

    return trick


def pipe(name: str) -> Trick:
    """Makes a file of the folder a pipe, on which a reader would wait for ever."""

    def trick(folder: Path, _marker: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        os.mkfifo(folder / name)

    return trick


def both(*tricks: Trick) -> Trick:
    """Several tricks in one folder."""

    def trick(folder: Path, marker: Path) -> None:
        for one in tricks:
            one(folder, marker)

    return trick


def tensor(start: int, end: int, shape: tuple[int, ...] = (4, 4), kind: str = "F32") -> dict[str, object]:
    """A row of a header."""
    return {"dtype": kind, "shape": list(shape), "data_offsets": [start, end]}


CONFIG, TOKENS, ADAPTER = "config.json", "tokenizer_config.json", "adapter_config.json"
AUTO = {"AutoConfig": "evil.Evil", "AutoModelForCausalLM": "evil.Evil"}
INDEX = "model.safetensors.index.json"
MODELS: dict[str, tuple[Trick, str]] = {
    "auto_map": (both(code("evil.py"), values(CONFIG, auto_map=AUTO)), TAKEN),
    "auto_map to another repository": (values(CONFIG, auto_map={"AutoConfig": "evil/repo--evil.Evil"}), TAKEN),
    "auto_map of an unknown type": (both(code("evil.py"), values(CONFIG, auto_map=AUTO, model_type="evil")), REFUSED),
    "trust_remote_code": (both(code("evil.py"), values(CONFIG, trust_remote_code=True, auto_map=AUTO)), TAKEN),
    "modeling file of the architecture": (code("modeling_llama.py", "configuration_llama.py"), TAKEN),
    "package beside it": (code("__init__.py", "transformers/__init__.py", "torch/__init__.py"), TAKEN),
    "sitecustomize": (code("sitecustomize.py", "usercustomize.py", "conftest.py"), TAKEN),
    "tokenizer auto_map": (
        both(code("evil.py"), values(TOKENS, tokenizer_class="Evil", auto_map={"AutoTokenizer": [None, "evil.Evil"]})),
        TAKEN,
    ),
    "tokenizer file of its own": (
        both(code("tokenization.py"), values(TOKENS, tokenizer_file="tokenization.py")),
        TAKEN,
    ),
    "attention from the Hub": (values(CONFIG, attn_implementation="evil/kernel", _attn_implementation="evil/k"), TAKEN),
    "kernels": (values(CONFIG, use_kernels=True, kernel_config={"RMSNorm": "evil/kernel:Evil"}), TAKEN),
    "experts from the Hub": (values(CONFIG, experts_implementation="evil/kernel"), TAKEN),
    "name is an address": (values(CONFIG, _name_or_path=FAR), TAKEN),
    "weights by another name": (
        both(pickled("evil.bin"), values(CONFIG, transformers_weights="evil.bin")),
        TAKEN,
    ),
    "weights elsewhere": (values(CONFIG, transformers_weights="../../../../etc/passwd"), TAKEN),
    "adapter in the base": (
        values(ADAPTER, peft_type="LORA", base_model_name_or_path=FAR, auto_mapping={"parent_library": "evil"}),
        TAKEN,
    ),
    "pickle beside": (both(pickled("pytorch_model.bin"), pickled("training_args.bin"), pickled("optimizer.pt")), TAKEN),
    "pickle instead": (pickled("pytorch_model.bin", "model.safetensors"), REFUSED),
    "pickle named safetensors": (pickled("model.safetensors"), REFUSED),
    "pickle in shards": (
        both(
            pickled("pytorch_model-00001-of-00001.bin", "model.safetensors"),
            values("pytorch_model.bin.index.json", weight_map={"a": "pytorch_model-00001-of-00001.bin"}),
        ),
        REFUSED,
    ),
    "numpy and flax": (both(pickled("flax_model.msgpack"), pickled("tf_model.h5"), pickled("model.npz")), TAKEN),
    "index out of the folder": (
        both(text("model.safetensors", b""), values(INDEX, weight_map={"a": "../../../etc/passwd"})),
        REFUSED,
    ),
    "index with a missing shard": (
        both(
            lambda folder, _m: (folder / "model.safetensors").unlink(),
            values(INDEX, weight_map={"a": "model-00002-of-00002.safetensors"}),
        ),
        REFUSED,
    ),
    "header larger than the file": (header({}, length=1 << 62), REFUSED),
    "header of no length": (header(b"", length=0), REFUSED),
    "header is deep": (header(DEEP.encode()), REFUSED),
    "header is no object": (header([1]), REFUSED),
    "tensors overlap": (header({"a": tensor(0, 64), "b": tensor(32, 96)}), REFUSED),
    "tensor past the end": (header({"a": tensor(0, 64), "b": tensor(1 << 40, (1 << 40) + 64)}), REFUSED),
    "tensor of another size": (header({"a": tensor(0, 64, (1 << 40, 1 << 40))}), REFUSED),
    "tensor of negative size": (header({"a": tensor(64, 0, (-4, 4))}), REFUSED),
    "settings are deep": (text(CONFIG, DEEP), REFUSED),
    "settings are a list": (text(CONFIG, "[1]"), REFUSED),
    "settings are no text": (text(CONFIG, b"\xff\xfe\0"), REFUSED),
    "a number too long": (text(CONFIG, '{"vocab_size": ' + "9" * 20_000 + "}"), REFUSED),
    "layers without end": (values(CONFIG, num_hidden_layers=10**9), REFUSED),
    "width without end": (values(CONFIG, hidden_size=10**12), REFUSED),
    "heads of no size": (values(CONFIG, head_dim=10**12), REFUSED),
    "quantised by what nobody knows": (values(CONFIG, quantization_config={"quant_method": "evil"}), REFUSED),
    "quantised by a plug-in": (
        values(CONFIG, quantization_config={"quant_method": "bitsandbytes", "load_in_4bit": True, "evil": "x.Evil"}),
        REFUSED,
    ),
    "quantised by code of its own": (
        values(CONFIG, quantization_config={"quant_method": "torchao", "quant_type": {"default": {"_type": "Evil"}}}),
        REFUSED,
    ),
    "generation with code": (
        both(
            code("custom_generate/generate.py"),
            values("generation_config.json", custom_generate="custom_generate", trust_remote_code=True),
        ),
        TAKEN,
    ),
    "generation settings are deep": (text("generation_config.json", DEEP), REFUSED),
    "template reaches for classes": (
        text("chat_template.jinja", "{{ messages.__class__.__mro__[1].__subclasses__() }}" + CHATML),
        REFUSED,
    ),
    "template runs a command": (
        text("chat_template.jinja", "{{ cycler.__init__.__globals__.os.system('touch MARKER') }}" + CHATML),
        REFUSED,
    ),
    "template includes a file": (text("chat_template.jinja", "{% include '/etc/passwd' %}" + CHATML), REFUSED),
    "template imports a file": (text("chat_template.jinja", "{% import 'evil.py' as e %}" + CHATML), REFUSED),
    "template never ends": (text("chat_template.jinja", "{% for i in range(10**12) %}x{% endfor %}"), REFUSED),
    "tokeniser is deep": (text("tokenizer.json", DEEP), REFUSED),
    "tokeniser is another's": (values("tokenizer.json", model={"type": "Evil", "module": "evil"}), REFUSED),
    "weights are a link to nowhere": (link("model.safetensors", "/nowhere/at/all"), REFUSED),
    "weights are a link out": (link("model.safetensors", "/etc/passwd"), REFUSED),
    "settings are a link to themselves": (link(CONFIG, CONFIG), REFUSED),
    "settings are a pipe": (pipe(CONFIG), REFUSED),
    "weights are a device": (link("model.safetensors", "/dev/zero"), REFUSED),
}
ADAPTERS: dict[str, tuple[Trick, str]] = {
    "base is an address": (values(ADAPTER, base_model_name_or_path=FAR, revision="evil"), TAKEN),
    "code beside": (both(code("evil.py", "__init__.py"), pickled("adapter_model.bin")), TAKEN),
    "auto_mapping": (
        both(code("evil.py"), values(ADAPTER, auto_mapping={"base_model_class": "Evil", "parent_library": "evil"})),
        REFUSED,
    ),
    "another kind": (values(ADAPTER, peft_type="PROMPT_TUNING", tokenizer_name_or_path=FAR), REFUSED),
    "megatron": (values(ADAPTER, megatron_config={"a": 1}, megatron_core="evil"), REFUSED),
    "modules of its own": (values(ADAPTER, modules_to_save=["lm_head"], layer_replication=[[0, 2], [0, 2]]), REFUSED),
    "starts from files": (values(ADAPTER, init_lora_weights="loftq", loftq_config={"evil": FAR}), REFUSED),
    "all that matches": (values(ADAPTER, target_modules="(a+)+$"), REFUSED),
    "names that are paths": (values(ADAPTER, target_modules=["../../q_proj"]), REFUSED),
    "rank without end": (values(ADAPTER, r=10**9), REFUSED),
    "settings are deep": (text(ADAPTER, DEEP), REFUSED),
    "pickle instead": (pickled("adapter_model.bin", "adapter_model.safetensors"), REFUSED),
    "header larger than the file": (header({}, "adapter_model.safetensors", length=1 << 62), REFUSED),
    "weights of another model": (header({"a": tensor(0, 64)}, "adapter_model.safetensors"), REFUSED),
    "a key that nobody knows": (values(ADAPTER, evil_plugin="evil.Evil"), REFUSED),
}
RUNS: dict[str, tuple[Trick, str]] = {
    "base is an address": (text("config.yaml", f"base: {FAR}\n"), REFUSED),
    "settings name a class": (
        text("config.yaml", "base: !!python/object/apply:os.system ['touch MARKER']\n"),
        REFUSED,
    ),
    "settings are deep": (text("config.yaml", "base: " + "[" * 5_000 + "]" * 5_000), REFUSED),
    "settings refer to themselves": (text("config.yaml", "&a [*a, *a]"), REFUSED),
    "a manifest that leads out": (
        text("adapter/manifest.json", '{"../../../../etc/passwd": "0"}'),
        REFUSED,
    ),
    "a manifest that is deep": (text("adapter/manifest.json", DEEP), REFUSED),
    "a link for an adapter": (
        both(lambda folder, _marker: shutil.rmtree(folder / "adapter"), link("adapter", "/etc")),
        REFUSED,
    ),
}
