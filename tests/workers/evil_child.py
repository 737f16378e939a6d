"""Child of test_evil_folders: opens every folder of the table as training, converting and going on do, under an audit.

`python evil_child.py PLACE [ROW…]`; one JSON object a line: the row, what came of it, and what the audit saw. With
rows named, these are opened as the libraries would open them if they were told to trust.
"""

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from studio.errors import LorewrightError
from studio.gguf.base import open_base
from studio.gguf.identity import identity_of
from studio.training.config import read_config
from studio.training.starting import lora_of
from studio.workers._adapter import Adapter
from studio.workers._base import check_numbers, load_model
from studio.workers._inert import made_inert
from studio.workers._merge import Source, merged_folder, source_of
from studio.workers._start import start_from
from studio.workers._worn import put_on
from tests.workers.evil import ADAPTERS, MODELS, RUNS, TAKEN, Trick, sound

PROCESSES = ("subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.spawn", "os.startfile", "pty.")
SOCKETS = ("socket.", "urllib.", "http.client", "ftplib.")
seen: list[str] = []
place = Path(sys.argv[1]).resolve()


def audit(event: str, arguments: tuple[Any, ...]) -> None:
    """Notes processes, sockets, unpickling, and code that came from the place of the folders."""
    if event.startswith((*PROCESSES, *SOCKETS, "pickle.find_class")):
        seen.append(event)
    elif event == "exec" and str(getattr(arguments[0], "co_filename", "")).startswith(str(place)):
        seen.append(f"exec {arguments[0].co_filename}")
    elif event == "import" and arguments[1] and str(arguments[1]).startswith(str(place)):
        seen.append(f"import {arguments[1]}")


def as_base(folder: Path) -> None:
    """What training and converting do with a base before the first step."""
    base = open_base(folder)
    identity_of(base.path, base.name)
    check_numbers(load_model(folder, torch.float32, for_training_on_cpu=True), folder)
    with made_inert(merged_folder(Source(folder, "evil", base, None), place, place)) as inert:
        odd = [path.name for path in inert.rglob("*") if path.suffix not in (".json", ".safetensors", ".jinja")]
        assert not odd, odd


def as_adapter(folder: Path) -> None:
    """What converting and going on do with an adapter."""
    put_on(load_model(place / "sound", torch.float32), folder).merge_and_unload()
    lora = {name.partition(".")[2]: value for name, value in lora_of(folder).items()}
    beginning = read_config({"base": "b", "scenarios": ["s"], "lora": lora})
    start_from(folder, Adapter(load_model(place / "sound", torch.float32), beginning), open_base(place / "sound"))


def as_run(folder: Path) -> None:
    """What converting does with a run."""
    source_of(folder, None)


def undefended(folder: Path) -> None:
    """The twin: the libraries told to do what the folder says."""
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    auto: Any = AutoModelForCausalLM
    if (folder / "adapter_model.safetensors").exists() or (folder / "adapter_model.bin").exists():
        PeftModel.from_pretrained(load_model(place / "sound", torch.float32), str(folder))
        return
    for name in ("pytorch_model.bin", "training_args.bin"):
        if (folder / name).exists():
            torch.load(folder / name, weights_only=False)
    auto.from_pretrained(str(folder), trust_remote_code=True)


def spoilt(kind: str, number: int, trick: Trick) -> Path:
    """A copy of the sound folder with a trick in it; weights are linked, a trick writes them anew."""
    folder = place / f"{kind}-{number}"
    shutil.copytree(place / kind, folder)
    if kind == "adapter":
        (folder / "manifest.json").unlink()  # with it every trick would be seen by its hash
    trick(folder, place / "marker")
    return folder


def opened(work: Callable[[Path], None], folder: Path) -> str:
    """What came of a folder."""
    try:
        work(folder)
    except LorewrightError as error:
        return f"refused {error.code}: {error}"[:300]
    except Exception as error:  # what escaped is what the test looks for
        return f"escaped {type(error).__name__}: {error}"[:300]
    return TAKEN


OPENED = {"sound": as_base, "adapter": as_adapter, "run": as_run}


def main() -> None:
    """Prepares, sets the audit and goes through the table."""
    sound(place / "sound")
    base = open_base(place / "sound")
    adapter = Adapter(load_model(place / "sound", torch.float32), read_config({"base": "b", "scenarios": ["s"]}))
    adapter.save(place / "adapter", {})
    shutil.copytree(place / "adapter", place / "run" / "adapter")
    (place / "run" / "config.yaml").write_text(f"base: {base.path}\nname: weir\n", encoding="utf-8")
    for kind, work in OPENED.items():
        work(place / kind)
    folders = [
        (kind, name, spoilt(kind, number, trick), expected)
        for kind, rows in (("sound", MODELS), ("adapter", ADAPTERS), ("run", RUNS))
        for number, (name, (trick, expected)) in enumerate(rows.items())
        if not sys.argv[2:] or name in sys.argv[2:]
    ]
    sys.addaudithook(audit)
    for kind, name, folder, expected in folders:
        seen.clear()
        work = undefended if sys.argv[2:] else OPENED[kind]
        came = opened(work, folder)
        marked = (place / "marker").exists()
        (place / "marker").unlink(missing_ok=True)
        row = {"kind": kind, "name": name, "expected": expected, "came": came, "seen": seen[:5], "marked": marked}
        print(json.dumps(row), flush=True)


os.environ["HF_MODULES_CACHE"] = str(place / "modules")
main()
