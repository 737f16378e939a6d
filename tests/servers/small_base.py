"""A whole base model in a few kilobytes, made without torch: a folder as the Hub has it."""

import json

import numpy as np
from safetensors.numpy import save
from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers

WIDTH, INNER, LAYERS = 16, 32, 1
TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def files() -> dict[str, bytes]:
    """The files by name."""
    tokeniser = _tokeniser()
    settings = {"bos_token": "<|im_start|>", "eos_token": "<|im_end|>", "tokenizer_class": "PreTrainedTokenizerFast"}
    return {
        "config.json": json.dumps(_config(tokeniser.get_vocab_size())).encode(),
        "tokenizer.json": tokeniser.to_str().encode(),
        "tokenizer_config.json": json.dumps(settings).encode(),
        "chat_template.jinja": TEMPLATE.encode(),
        "model.safetensors": save(_weights(tokeniser.get_vocab_size())),
    }


def _tokeniser() -> Tokenizer:
    letters = {letter: place for place, letter in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    made = Tokenizer(models.BPE(vocab=letters, merges=[]))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.add_special_tokens([AddedToken(text, special=True) for text in ("<|im_start|>", "<|im_end|>")])
    return made


def _config(vocabulary: int) -> dict[str, object]:
    return {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": WIDTH, "intermediate_size": INNER,
        "num_hidden_layers": LAYERS, "num_attention_heads": 2, "num_key_value_heads": 1, "vocab_size": vocabulary,
        "tie_word_embeddings": True, "rms_norm_eps": 1e-5, "max_position_embeddings": 4096, "torch_dtype": "float16",
    }  # fmt: skip


def _weights(vocabulary: int) -> dict[str, np.ndarray]:
    sizes = {"q": (WIDTH, WIDTH), "k": (WIDTH // 2, WIDTH), "v": (WIDTH // 2, WIDTH), "o": (WIDTH, WIDTH)}
    feeding = {"gate": (INNER, WIDTH), "up": (INNER, WIDTH), "down": (WIDTH, INNER)}
    weights = {"model.embed_tokens.weight": (vocabulary, WIDTH), "model.norm.weight": (WIDTH,)}
    for layer in range(LAYERS):
        head = f"model.layers.{layer}."
        weights |= {f"{head}self_attn.{name}_proj.weight": size for name, size in sizes.items()}
        weights |= {f"{head}mlp.{name}_proj.weight": size for name, size in feeding.items()}
        weights |= {f"{head}{name}_layernorm.weight": (WIDTH,) for name in ("input", "post_attention")}
    return {name: np.full(size, 0.01, dtype=np.float16) for name, size in weights.items()}
