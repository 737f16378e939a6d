"""Child of conftest: a random two-layer model with the starter's tokeniser. `python tiny_base.py STARTER OUT`."""

import json
import sys
from pathlib import Path

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from studio.gguf.base import open_base

starter, out = Path(sys.argv[1]), Path(sys.argv[2])
base = open_base(starter)
torch.manual_seed(0)
config = LlamaConfig(
    vocab_size=49152, hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=2,
    num_key_value_heads=1, tie_word_embeddings=True, max_position_embeddings=4096, bos_token_id=1, eos_token_id=2,
)  # fmt: skip
LlamaForCausalLM(config).half().save_pretrained(str(out))
base.tokeniser.full.save(str(out / "tokenizer.json"))
(out / "chat_template.jinja").write_text(base.template.source, encoding="utf-8")
settings = {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<|im_start|>", "eos_token": "<|im_end|>"}
(out / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
