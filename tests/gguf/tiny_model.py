"""A whole small model as a GGUF that llama.cpp loads: two random layers, a vocabulary of bytes, a template."""

from pathlib import Path

import numpy as np
from tokenizers import pre_tokenizers

from studio.gguf.writer import Floats, Value, Written, write_gguf
from tests.gguf.adapters import HEADS, INNER, KEYS, LAYERS, WIDTH

TEMPLATE = (
    "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n'}}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
TOKENS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", *sorted(pre_tokenizers.ByteLevel.alphabet()), "in", "he"]


def metadata(**more: Value) -> dict[str, Value]:
    """What stands in the file; dots in the keys of `more` are written as two underscores."""
    return {
        "general.architecture": "llama",
        "general.name": "Tiny",
        "general.license": "cc0-1.0",
        "llama.context_length": 1024,
        "llama.embedding_length": WIDTH,
        "llama.block_count": 2,
        "llama.feed_forward_length": INNER,
        "llama.rope.dimension_count": WIDTH // HEADS,
        "llama.attention.head_count": HEADS,
        "llama.attention.head_count_kv": KEYS,
        "llama.attention.layer_norm_rms_epsilon": 1e-5,
        "llama.vocab_size": len(TOKENS),
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "smollm",
        "tokenizer.ggml.tokens": TOKENS,
        "tokenizer.ggml.token_type": [3, 3, 3, *[1] * (len(TOKENS) - 3)],
        "tokenizer.ggml.merges": ["i n", "h e"],
        "tokenizer.ggml.bos_token_id": 1,
        "tokenizer.ggml.eos_token_id": 2,
        "tokenizer.ggml.unknown_token_id": 0,
        "tokenizer.ggml.padding_token_id": 2,
        "tokenizer.ggml.add_bos_token": False,
        "tokenizer.chat_template": TEMPLATE,
        **{key.replace("__", "."): value for key, value in more.items()},
    }


def weights(seed: int = 0) -> dict[str, Floats]:
    """The tensors by llama.cpp's names, as numpy has them."""
    rng = np.random.default_rng(seed)
    shapes = {f"blk.{n}.{name}.weight": (high, wide) for n in (0, 1) for name, high, wide in LAYERS.values()}
    shapes["token_embd.weight"] = (len(TOKENS), WIDTH)
    drawn = {name: rng.standard_normal(shape, dtype=np.float32) / np.float32(8) for name, shape in shapes.items()}
    norms = [f"blk.{n}.{part}_norm.weight" for n in (0, 1) for part in ("attn", "ffn")]
    return drawn | {name: np.ones(WIDTH, np.float32) for name in (*norms, "output_norm.weight")}


def write_model(path: Path, tensors: dict[str, Floats] | None = None, **more: Value) -> Path:
    """Writes it."""
    rows = weights() if tensors is None else tensors
    return write_gguf(
        path, metadata(**more), [Written(name, one.shape, lambda one=one: one) for name, one in rows.items()]
    )
