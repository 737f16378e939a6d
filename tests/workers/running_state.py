"""A small model whose memory is one running state (Mamba), as a GGUF that llama.cpp loads: every weight is drawn."""

from pathlib import Path

import numpy as np

from studio.gguf.writer import Written, write_gguf
from tests.gguf.tiny_model import TOKENS, metadata

WIDTH, INNER, STATE, RANK, KERNEL = 64, 128, 16, 4, 4


def write_running(path: Path) -> Path:
    """Writes it."""
    rng = np.random.default_rng(0)

    def drawn(*shape: int) -> np.ndarray:
        return rng.standard_normal(shape, dtype=np.float32) / np.float32(4)

    ones = np.ones(WIDTH, np.float32)
    rows = {"token_embd.weight": drawn(len(TOKENS), WIDTH), "output.weight": drawn(len(TOKENS), WIDTH)}
    rows["output_norm.weight"] = ones
    for n in range(2):
        layer = {
            "attn_norm.weight": ones,
            "ssm_in.weight": drawn(2 * INNER, WIDTH),
            "ssm_conv1d.weight": drawn(INNER, KERNEL),
            "ssm_conv1d.bias": drawn(INNER),
            "ssm_x.weight": drawn(RANK + 2 * STATE, INNER),
            "ssm_dt.weight": drawn(INNER, RANK),
            "ssm_dt.bias": drawn(INNER),
            "ssm_a": -np.abs(drawn(INNER, STATE)) - np.float32(0.1),
            "ssm_d": drawn(INNER),
            "ssm_out.weight": drawn(WIDTH, INNER),
        }
        rows |= {f"blk.{n}.{name}": row for name, row in layer.items()}
    told = {key: value for key, value in metadata().items() if not key.startswith("llama.")}
    about = {
        "general.architecture": "mamba",
        "mamba.context_length": 1024,
        "mamba.embedding_length": WIDTH,
        "mamba.feed_forward_length": 0,
        "mamba.attention.head_count": 0,
        "mamba.block_count": 2,
        "mamba.ssm.conv_kernel": KERNEL,
        "mamba.ssm.inner_size": INNER,
        "mamba.ssm.state_size": STATE,
        "mamba.ssm.time_step_rank": RANK,
        "mamba.attention.layer_norm_rms_epsilon": 1e-5,
        "mamba.vocab_size": len(TOKENS),
    }
    return write_gguf(path, told | about, [Written(name, row.shape, lambda row=row: row) for name, row in rows.items()])
