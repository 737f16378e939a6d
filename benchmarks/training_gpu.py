"""Trains a model of Llama 3.2 3B's shape, with random weights, in NF4 on a graphics card: ours beside others. JSON.

Run: `python benchmarks/training_gpu.py` on a machine with an NVIDIA card; without one it prints that it was not run.
`--tiny` goes the same ways on a CPU with two small layers, to try the script; its figures mean nothing.

Rank 16 on all linear layers, 2,048 tokens, one example at once, eight a step. Each side is a process of its own: `ours`
(the worker's model, adapter and passes), `ours-4gb` (the same with the allocator held to what a card of 4 GiB leaves
beside the CUDA context), `trl` (TRL's trainer as it comes), `trl-liger-packed`, `unsloth`. What is not installed is
told as not run. Memory is the most that torch had reserved, loading included; tokens a second those after the first
step.
"""

import argparse
import importlib.util
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from studio.training.room import card_rooms

ROOT = Path(__file__).resolve().parent.parent
GIB = 1 << 30
MOST_GIB = 3.0
RANK, ALPHA, RATE, BATCH = 16, 32, 2e-4, 8
SHAPE = {"hidden_size": 3072, "intermediate_size": 8192, "num_hidden_layers": 28, "num_attention_heads": 24,
         "num_key_value_heads": 8, "head_dim": 128, "vocab_size": 128256}  # fmt: skip
TINY = {"hidden_size": 128, "intermediate_size": 256, "num_hidden_layers": 2, "num_attention_heads": 2,
        "num_key_value_heads": 1, "head_dim": 64, "vocab_size": 2048}  # fmt: skip
NEEDS = {"trl-liger-packed": "liger_kernel", "unsloth": "unsloth"}
AIMS = {"trl": (0.6, 2.0), "trl-liger-packed": (0.85, 1.0), "unsloth": (1.0, 1.0)}
"""What ours should have of each side's memory and of its tokens a second."""

Given = dict[str, Any]


def make(folder: Path, shape: dict[str, int]) -> None:
    """A folder with random weights, and the starter's tokeniser so that trainers have one."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    from studio.gguf.base import open_base

    torch.manual_seed(0)
    torch.set_default_dtype(torch.bfloat16)
    rope = {"rope_type": "default", "rope_theta": 500000.0}
    config = LlamaConfig(**shape, tie_word_embeddings=True, max_position_embeddings=8192, rope_parameters=rope)
    with torch.device("cuda" if torch.cuda.is_available() else "cpu"):
        model = LlamaForCausalLM(config)
    model.save_pretrained(str(folder))
    base = open_base(ROOT / "models" / "SmolLM2-135M-Instruct.Q4_1.gguf")
    base.tokeniser.full.save(str(folder / "tokenizer.json"))
    words = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|im_end|>", "pad_token": "<|im_end|>"}
    (folder / "tokenizer_config.json").write_text(json.dumps(words), encoding="utf-8")


def rows(given: Given) -> list[list[int]]:
    """The ids of every example of a run; the second half of each is trained on."""
    chance = random.Random(0)
    return [[chance.randrange(3, 2000) for _n in range(given["length"])] for _row in range(given["steps"] * BATCH)]


class Gauge:
    """What one side took: memory from its making on, and the time of each step."""

    def __init__(self) -> None:
        import torch

        self._cuda = torch.cuda.is_available()
        self._times = [time.monotonic()]

    def step(self) -> None:
        """A step has ended."""
        import torch

        if self._cuda:
            torch.cuda.synchronize()
        self._times.append(time.monotonic())

    def tell(self, given: Given, **more: object) -> None:
        """Prints the figures."""
        import torch

        from studio.workers._memory import measured

        peak = measured(torch.device("cuda" if self._cuda else "cpu"))
        seconds = self._times[-1] - self._times[1]
        tokens = (len(self._times) - 2) * BATCH * given["length"]
        speed = round(tokens / seconds, 1) if tokens else None
        print(json.dumps({"peak_gib": round(peak / GIB, 3), "tokens_per_second": speed, **more}))


def ours(given: Given) -> None:
    """The worker's own parts, as it joins them."""
    import torch

    from studio.dataset import Example
    from studio.training.config import read_config
    from studio.workers._adapter import Adapter
    from studio.workers._base import load_model
    from studio.workers._fused import fuse
    from studio.workers._passes import Passes

    cuda = torch.cuda.is_available()
    device = torch.device("cuda" if cuda else "cpu")
    more = {"held_to_gib": _held_to(given)} if given.get("capped") else {}
    config = read_config(
        {"base": given["folder"], "scenarios": ["-"], "quantisation": "nf4", "optimiser": "adamw-8bit", "batch_size": 1,
         "gradient_accumulation_steps": BATCH, "lora": {"rank": RANK, "alpha": ALPHA, "layers": "all"},
         "learning_rate": RATE, "gradient_checkpointing": True, "offload_activations": cuda,
         "max_length": given["length"], "call_weight": 1.0}
    )  # fmt: skip
    gauge = Gauge()
    model = load_model(Path(given["folder"]), torch.bfloat16, for_training_on_cpu=not cuda, nf4_on=device).to(device)
    adapter = Adapter(model, config)
    if not cuda:
        fuse(adapter.model)
    half = given["length"] // 2
    mask = (False,) * half + (True,) * (given["length"] - half)
    examples = [Example(None, tuple(ids), mask, (0, 1)) for ids in rows(given)]
    warnings: list[object] = []
    passes = Passes(adapter, config, examples, lambda: None, lambda *_told, **fields: warnings.append(fields))
    adapter.model.train()
    losses = []
    for step in range(given["steps"]):
        losses.append(passes.gradients(examples[step * BATCH : (step + 1) * BATCH]))
        if not adapter.step(RATE):
            raise SystemExit("gradients are no numbers")
        gauge.step()
    gauge.tell(given, losses=[round(loss, 4) for loss in losses], stepped_down=warnings, **more)


def _held_to(given: Given) -> float | None:
    """Holds torch to what a card of 4 GiB leaves beside its context; returns how much that is."""
    import torch

    if not torch.cuda.is_available():
        return None
    before = card_rooms()[0].free
    torch.zeros(1, device="cuda")
    free, total = torch.cuda.mem_get_info()
    context = before - free - torch.cuda.memory_reserved()
    torch.cuda.empty_cache()
    allowed = 4 * GIB - max(0, context)
    torch.cuda.set_per_process_memory_fraction(allowed / total)
    return round(allowed / GIB, 2)


def trl(given: Given) -> None:
    """TRL's trainer on the same rows; with `liger` also Liger's kernels and packing."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from studio.workers._quantised import nf4

    gauge = Gauge()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = AutoModelForCausalLM.from_pretrained(
        given["folder"], dtype=torch.bfloat16, quantization_config=nf4(torch.bfloat16), device_map={"": device}
    )
    _trainer(given, model, AutoTokenizer.from_pretrained(given["folder"]), gauge, with_adapter=True).train()
    gauge.tell(given)


def unsloth(given: Given) -> None:
    """Unsloth's model in TRL's trainer."""
    from unsloth import FastLanguageModel  # type: ignore[import-not-found]  # only where it is installed

    gauge = Gauge()
    model, tokeniser = FastLanguageModel.from_pretrained(
        given["folder"], max_seq_length=given["length"], load_in_4bit=True
    )
    names = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    model = FastLanguageModel.get_peft_model(
        model, r=RANK, lora_alpha=ALPHA, lora_dropout=0, target_modules=names, use_gradient_checkpointing="unsloth"
    )
    _trainer(given, model, tokeniser, gauge, with_adapter=False).train()
    gauge.tell(given)


def _trainer(given: Given, model: Any, tokeniser: Any, gauge: Gauge, *, with_adapter: bool) -> Any:
    import torch
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import PrinterCallback, TrainerCallback
    from trl import SFTConfig, SFTTrainer

    class Timer(TrainerCallback):  # type: ignore[misc]  # TRL and transformers' trainer have no types
        """Notes the end of each step."""

        def on_step_end(self, *_given: Any, **_named: Any) -> None:
            gauge.step()

    half, liger = given["length"] // 2, bool(given.get("liger"))
    data = [{"input_ids": ids, "labels": [-100] * half + ids[half:]} for ids in rows(given)]
    if liger:
        data = [{**row, "seq_lengths": [given["length"]]} for row in data]
    config = SFTConfig(
        output_dir=given["out"], max_steps=given["steps"], per_device_train_batch_size=1, learning_rate=RATE,
        gradient_accumulation_steps=BATCH, max_length=given["length"], report_to="none", save_strategy="no",
        dataset_kwargs={"skip_prepare_dataset": True}, use_cpu=not torch.cuda.is_available(), disable_tqdm=True,
        packing=liger, use_liger_kernel=liger,
    )  # fmt: skip
    lora = LoraConfig(r=RANK, lora_alpha=ALPHA, target_modules="all-linear", task_type="CAUSAL_LM")
    trainer = SFTTrainer(
        model=model, args=config, train_dataset=Dataset.from_list(data), processing_class=tokeniser,
        callbacks=[Timer()], peft_config=lora if with_adapter else None,
    )  # fmt: skip
    trainer.remove_callback(PrinterCallback)
    return trainer


SIDES: dict[str, tuple[Callable[[Given], None], Given]] = {
    "ours": (ours, {}),
    "ours-4gb": (ours, {"capped": True}),
    "trl": (trl, {}),
    "trl-liger-packed": (trl, {"liger": True}),
    "unsloth": (unsloth, {}),
}


def side(name: str, given: Given) -> Given:
    """One side in a process of its own; what went wrong stands in the place of figures."""
    package = NEEDS.get(name)
    if package is not None and importlib.util.find_spec(package) is None:
        return {"not_run": f"{package} is not installed"}
    command = [sys.executable, str(Path(__file__).resolve()), "--child", name, json.dumps({**given, **SIDES[name][1]})]
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    if run.returncode:
        return {"failed": run.stderr[-500:]}
    told: Given = json.loads(run.stdout.splitlines()[-1])
    return told


def compared(found: dict[str, Given]) -> Given:
    """Ours against the others, with the aims."""
    mine, result = found.get("ours", {}), Given()
    if "peak_gib" not in mine:
        return result
    result["memory"] = {"peak_gib": mine["peak_gib"], "aim": MOST_GIB, "reached": mine["peak_gib"] <= MOST_GIB}
    for name, (memory, speed) in AIMS.items():
        row = found.get(name, {})
        if not row.get("tokens_per_second") or not mine["tokens_per_second"]:
            continue
        result[name] = {
            "memory": round(mine["peak_gib"] / row["peak_gib"], 3), "memory_aim": memory,
            "speed": round(mine["tokens_per_second"] / row["tokens_per_second"], 2), "speed_aim": speed,
        }  # fmt: skip
    return result


def run(args: argparse.Namespace, work: Path) -> Given:
    """All sides, one after the other."""
    shape = TINY if args.tiny else SHAPE
    made = [
        sys.executable,
        str(Path(__file__).resolve()),
        "--child",
        "make",
        json.dumps({"folder": str(work / "base"), "shape": shape}),
    ]
    subprocess.run(made, check=True, capture_output=True, cwd=ROOT)
    given = {"folder": str(work / "base"), "out": str(work / "out"), "steps": args.steps,
             "length": args.length if not args.tiny else min(args.length, 96)}  # fmt: skip
    found: dict[str, Given] = {}
    for name in args.sides:
        found[name] = side(name, given)
        print(name, json.dumps(found[name]), file=sys.stderr, flush=True)
    cards = [card.name for card in card_rooms()]
    return {
        "card": cards[0] if cards else "CPU, tiny: figures mean nothing",
        **given,
        "sides": found,
        "ours_against": compared(found),
    }


def main() -> None:
    """Prints one JSON value."""
    if sys.argv[1:2] == ["--child"]:
        given = json.loads(sys.argv[3])
        if sys.argv[2] == "make":
            make(Path(given["folder"]), given["shape"])
        else:
            SIDES[sys.argv[2]][0](given)
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tiny", action="store_true", help="two small layers, also on a CPU")
    parser.add_argument("--steps", type=int, default=4)
    parser.add_argument("--length", type=int, default=2048)
    parser.add_argument("--sides", nargs="+", choices=list(SIDES), default=list(SIDES))
    args = parser.parse_args()
    if not args.tiny and not card_rooms():
        print(json.dumps({"not_run": "no GPU"}))
        return
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(run(args, Path(folder)), indent=1))


if __name__ == "__main__":
    main()
