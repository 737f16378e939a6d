"""Child of `training.py`: what needs torch. `unpack BASE CACHE`, `trl FOLDER DATA OUT OPTIONS`, `validate FOLDER DATA
ADAPTERS`. Prints JSON lines.
"""

import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import torch

Row = dict[str, Any]


def say(**fields: object) -> None:
    """One line that the parent reads."""
    print(json.dumps(fields), flush=True)


def unpack(base: str, cache: str) -> None:
    """Prints the folder with the weights."""
    from studio.gguf.base import open_base
    from studio.workers._base import base_folder

    print(base_folder(open_base(Path(base)), Path(cache)))


def padded(steps: list[list[Row]], options: Row) -> tuple[list[Row], int, int]:
    """Rows for the trainer, how many make a batch, and how many batches a step."""
    size = options["micro_batch"]
    return [row for step in steps for row in step], size, len(steps[0]) // size


def packed(steps: list[list[Row]], length: int) -> tuple[list[Row], int, int]:
    """The same where TRL packs the rows of each step; those of several documents are split until all have as many."""
    from datasets import Dataset
    from trl import pack_dataset

    rows = [pack_dataset(Dataset.from_list(step), length, "bfd").to_list() for step in steps]
    most = max(map(len, rows))
    return [row for found in rows for row in split(found, most)], 1, most


def split(rows: list[Row], count: int) -> list[Row]:
    """As many rows as asked for, made by taking the last document out of one."""
    while len(rows) < count:
        place = next(n for n, row in enumerate(rows) if len(row["seq_lengths"]) > 1)
        row, last = rows[place], rows[place]["seq_lengths"][-1]
        parts = [
            {"input_ids": row["input_ids"][piece], "labels": row["labels"][piece], "seq_lengths": lengths}
            for piece, lengths in ((slice(-last), row["seq_lengths"][:-1]), (slice(-last, None), [last]))
        ]
        rows = [*rows[:place], *parts, *rows[place + 1 :]]
    return rows


def trl(folder: str, data: str, out: str, options: str) -> None:
    """A training by TRL's trainer, with its adapter saved."""
    given, wanted = json.loads(Path(data).read_text(encoding="utf-8")), json.loads(options)
    torch.set_num_threads(given["threads"])
    from datasets import Dataset
    from peft import LoraConfig
    from torch.utils.data import SequentialSampler
    from transformers import AutoModelForCausalLM, AutoTokenizer, PrinterCallback, TrainerCallback
    from trl import SFTConfig, SFTTrainer

    from studio.training.planning import learning_rate

    count, pack = len(given["steps"]), bool(wanted.get("packed"))
    rows, size, times = packed(given["steps"], given["length"]) if pack else padded(given["steps"], wanted)

    class Trainer(SFTTrainer):  # type: ignore[misc]  # TRL has no types
        """In the order of the data, with our learning rates."""

        def _get_train_sampler(self, *_given: object) -> SequentialSampler:
            return SequentialSampler(self.train_dataset)

        def create_scheduler(self, *_given: object, optimizer: Any = None, **_named: object) -> Any:
            """The rates that our worker has."""
            rate = lambda step: learning_rate(step, count, 1.0, given["warmup"])  # noqa: E731
            self.lr_scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer or self.optimizer, rate)
            return self.lr_scheduler

    class Tell(TrainerCallback):  # type: ignore[misc]
        """Says when a step is done, and with which loss."""

        def on_log(self, _args: Any, state: Any, _control: Any, logs: Any = None, **_more: Any) -> None:
            if logs and "loss" in logs:
                say(step=state.global_step, loss=float(logs["loss"]))

    names = ("bf16", "gradient_checkpointing", "torch_compile")
    config = SFTConfig(
        output_dir=out, max_steps=count, per_device_train_batch_size=size, gradient_accumulation_steps=times,
        learning_rate=given["rate"], weight_decay=0.0, adam_beta2=0.99, max_grad_norm=1.0, seed=given["seed"],
        max_length=given["length"], packing=pack, dataset_kwargs={"skip_prepare_dataset": True},
        logging_steps=1, report_to="none", save_strategy="no", use_cpu=True, disable_tqdm=True,
        **{name: wanted[name] for name in names if name in wanted},
    )  # fmt: skip
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=getattr(torch, wanted["dtype"]))
    lora = given["lora"]
    torch.manual_seed(given["seed"])
    trainer = Trainer(
        model=model, args=config, train_dataset=Dataset.from_list(rows), callbacks=[Tell()],
        processing_class=AutoTokenizer.from_pretrained(folder),
        peft_config=LoraConfig(r=lora["rank"], lora_alpha=lora["alpha"], lora_dropout=lora["dropout"],
                               target_modules=lora["target_modules"], task_type="CAUSAL_LM"),
    )  # fmt: skip
    trainer.remove_callback(PrinterCallback)  # its lines would stand between ours
    say(rows=times * size)
    trainer.train()
    trainer.accelerator.unwrap_model(trainer.model).save_pretrained(out)


def validate(folder: str, data: str, adapters: str) -> None:
    """Prints the mean loss over the trained ids of the held-out examples, in float32, of the base and each adapter."""
    from peft import PeftModel
    from torch.nn.functional import cross_entropy
    from transformers import AutoModelForCausalLM

    given = json.loads(Path(data).read_text(encoding="utf-8"))
    torch.set_num_threads(given["threads"])

    def loss_of(model: Any) -> float:
        total, of = 0.0, 0
        model.eval()
        for row in given["validation"]:
            ids, labels = torch.tensor([row["input_ids"]]), torch.tensor(row["labels"])[1:]
            places = torch.nonzero(labels >= 0)[:, 0]
            with torch.inference_mode():
                logits = model(input_ids=ids, logits_to_keep=places, use_cache=False).logits[0]
                total += float(cross_entropy(logits.float(), labels[places], reduction="sum"))
            of += len(places)
        return total / of

    losses = dict[str, float]()
    for name, adapter in {"untrained": None, **json.loads(adapters)}.items():
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
        losses[name] = loss_of(PeftModel.from_pretrained(model, adapter) if adapter else model)
    say(**losses)


if __name__ == "__main__":
    {"unpack": unpack, "trl": trl, "validate": validate}[sys.argv[1]](*sys.argv[2:])
