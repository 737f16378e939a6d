"""Owns one trial of a native package: `python -m studio.workers.prove decode MODEL | torch | training`.

Set-up runs it in a child process to see whether a build works on this machine. It prints one JSON object with what it
found. A build that does not fit may kill the process: that is an answer too.
"""

import json
import sys
import time
from collections.abc import Sequence
from typing import Any

_TOKENS = 8


def decode(model: str) -> dict[str, Any]:
    """Loads a GGUF and decodes a few tokens greedily."""
    import llama_cpp

    offload = llama_cpp.llama_supports_gpu_offload()
    llama = llama_cpp.Llama(model, n_ctx=256, n_gpu_layers=-1 if offload else 0, verbose=False)
    prompt = llama.tokenize(b"The old lighthouse keeper opened the door and", special=False)
    begun = time.perf_counter()
    tokens = [token for token, _ in zip(llama.generate(prompt, temp=0.0), range(_TOKENS), strict=False)]
    seconds = time.perf_counter() - begun
    text = llama.detokenize(tokens).decode("utf-8", "replace")
    if len(tokens) < _TOKENS or not text.strip():
        raise RuntimeError(f"a decode gave {len(tokens)} tokens: {text!r}")
    device = backend_of(llama_cpp.llama_print_system_info().decode("utf-8", "replace")) if offload else "cpu"
    return {"device": device, "text": text, "seconds": round(seconds, 2), "version": llama_cpp.__version__}


def backend_of(description: str) -> str:
    """The kind of card that llama.cpp's own description of its build names."""
    words = description.lower()
    return next((name for name in ("cuda", "metal", "vulkan", "rocm") if name in words), "gpu")


def device_of(torch: Any) -> str:
    """The processor that torch trains on here: cuda (also ROCm's name), mps, else cpu."""
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def step() -> dict[str, Any]:
    """One training step of a small network on the device that would train."""
    import torch

    device = device_of(torch)
    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 8)).to(device)
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-2)
    data, target = torch.randn(32, 64, device=device), torch.randint(0, 8, (32,), device=device)
    losses = []
    for _ in range(2):
        loss = torch.nn.functional.cross_entropy(network(data), target)
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
        losses.append(loss.item())
    if not losses[1] < losses[0]:
        raise RuntimeError(f"a training step did not lower the loss: {losses}")
    name = torch.cuda.get_device_name() if device == "cuda" else device
    return {"device": device, "name": name, "version": torch.__version__}


def training() -> dict[str, Any]:
    """One step of a LoRA adapter on a two-layer model, through the libraries that train for real."""
    import peft
    import torch
    import transformers
    import trl

    device = device_of(torch)
    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        vocab_size=128, hidden_size=64, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4
    )
    model = peft.get_peft_model(
        transformers.LlamaForCausalLM(config), peft.LoraConfig(r=4, target_modules="all-linear", task_type="CAUSAL_LM")
    ).to(device)
    ids = torch.arange(32, device=device).unsqueeze(0)
    loss = model(input_ids=ids, labels=ids).loss
    loss.backward()
    moved = sum(float(weight.grad.abs().sum()) for weight in model.parameters() if weight.grad is not None)
    if not moved > 0:
        raise RuntimeError("a training step reached no weight of the adapter")
    versions = {package.__name__: package.__version__ for package in (transformers, trl, peft)}
    return {"device": device, **versions}


def main(words: Sequence[str]) -> int:
    """Runs the named trial and prints what it found."""
    found = decode(words[1]) if words[0] == "decode" else {"torch": step, "training": training}[words[0]]()
    print(json.dumps(found), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
