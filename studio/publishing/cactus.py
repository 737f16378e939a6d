"""Owns what can be said here of Cactus, an engine for phones: whether its converter takes a model, and the tools' form.

Cactus 2 loads bundles that its own tool makes of a Hugging Face folder, and no GGUF. Its runtime is for ARM64 only, so
nothing is loaded here: what is read off the folder is told as that. Knows no weight.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from studio.errors import LorewrightError
from studio.files import read_text
from studio.gguf.weights import header
from studio.jobs.protocol import Fields
from studio.jobs.runs import Run
from studio.language import N_, _
from studio.publishing.candidate import Candidate

TUNED = ("gemma3", "gemma4", "qwen", "lfm2")
"""Families that Cactus has kernels of its own for; it runs others in a general way."""

_WIDTH = 128
_BITS = (4, 3, 2, 1)
_INPUTS = ("hidden_size", "intermediate_size")
_LIMIT = 1 << 20


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was looked at: `state` is ok, warning, wrong or unknown; `sentence` says it."""

    what: str
    state: str
    sentence: str


@dataclass(frozen=True, slots=True)
class CactusReport:
    """What a folder's files say; `command` is what to type where Cactus is installed, empty where it can't work;
    it names folders and not where they lie, for it goes out with packs."""

    folder: Path | None
    rows: tuple[Row, ...]
    command: str

    def as_json(self) -> Fields:
        """Plain values; nothing of it was loaded."""
        rows = [asdict(row) for row in self.rows]
        return {"engine": "Cactus 2", "loaded_here": False, "rows": rows, "command": self.command}


_NO_FOLDER = N_("Cactus 2 loads no GGUF, and the Hugging Face folder that this model was made from is not here.")
_TUNED = N_("Cactus has kernels of its own for {family}.")
_GENERAL = N_("{family} is none of the families that Cactus is tuned for; it runs it as “generic”, which is slower.")
_WIDE = N_("every input width divides by {width}")
_NARROW = N_("{widths} do not divide by {width}, so Cactus can't quantise these layers.")
_FILES = N_("tokeniser and chat template are there")
_NO_FILES = N_("{names} is missing, so Cactus could not speak to the model.")
_SIZES = N_("about {sizes}; at 2 bits tool calls collapse, so take 4")


def cactus_report(candidate: Candidate) -> CactusReport:
    """What Cactus would say of the model's folder, as far as the folder's files tell; never raises."""
    folder = _folder(candidate)
    if folder is None:
        return CactusReport(None, (Row("format", "wrong", _(_NO_FOLDER)),), "")
    try:
        config = json.loads(read_text(folder / "config.json", _LIMIT))
    except (LorewrightError, ValueError, RecursionError):
        config = None
    if not isinstance(config, dict):
        return CactusReport(folder, (Row("format", "wrong", _(_NO_FOLDER)),), "")
    rows = (_family(config), _widths(config), _beside(folder, config), _size(folder))
    fit = all(row.state != "wrong" for row in rows)
    adapter = f" --lora {candidate.run.name}/adapter" if candidate.run is not None else ""
    return CactusReport(folder, rows, f"cactus convert {folder.name} OUT{adapter}" if fit else "")


def _folder(candidate: Candidate) -> Path | None:
    """The Hugging Face folder of the base: its own, or the one that the run unpacked a GGUF to."""
    folders = [candidate.base]
    if candidate.run is not None:
        try:
            resolved = Run(candidate.run).config().get("resolved")
        except LorewrightError:
            resolved = None
        if isinstance(resolved, dict) and resolved.get("base_folder"):
            folders.append(Path(str(resolved["base_folder"])))
    return next((path for path in folders if path is not None and (path / "config.json").is_file()), None)


def _family(config: Fields) -> Row:
    family = str(config.get("model_type", "?"))
    if family.startswith(TUNED):
        return Row("family", "ok", _(_TUNED).format(family=family))
    return Row("family", "warning", _(_GENERAL).format(family=family))


def _widths(config: Fields) -> Row:
    inner = config.get("text_config")
    sizes = inner if isinstance(inner, dict) else config
    widths = {name: int(str(sizes[name])) for name in _INPUTS if str(sizes.get(name, "")).isdigit()}
    heads, head = sizes.get("num_attention_heads"), sizes.get("head_dim")
    if isinstance(heads, int) and isinstance(head, int):
        widths["heads"] = heads * head
    narrow = [f"{name} {width}" for name, width in widths.items() if width % _WIDTH]
    if not widths or narrow:
        shown = ", ".join(narrow) or "-"
        return Row("widths", "wrong" if narrow else "unknown", _(_NARROW).format(widths=shown, width=_WIDTH))
    return Row("widths", "ok", _(_WIDE).format(width=_WIDTH))


def _beside(folder: Path, config: Fields) -> Row:
    missing = [name for name in ("tokenizer.json", "tokenizer_config.json") if not (folder / name).is_file()]
    if not missing and not (folder / "chat_template.jinja").is_file():
        try:
            told = "chat_template" in json.loads(read_text(folder / "tokenizer_config.json"))
        except (LorewrightError, ValueError, RecursionError, TypeError):
            told = False
        missing = [] if told else ["chat_template"]
    if missing:
        return Row("files", "wrong", _(_NO_FILES).format(names=", ".join(missing)))
    return Row("files", "ok", _(_FILES))


def _size(folder: Path) -> Row:
    """The weights at each width in bits; what Cactus adds besides is not known here."""
    try:
        tensors = [one for file in folder.glob("*.safetensors") for one in header(file).values()]
    except LorewrightError:
        tensors = []
    weights = sum(math.prod(one.shape) for one in tensors)
    if not weights:
        return Row("size", "unknown", _("the folder has no weights that can be counted"))
    sizes = ", ".join(f"{weights * bits / 8e6:.0f} MB ({bits} bit)" for bits in _BITS)
    return Row("size", "ok", _(_SIZES).format(sizes=sizes))


def cactus_tools(schemas: Sequence[Fields]) -> Fields:
    """The tools as Cactus takes them, and how its function calls map to the calls in brackets and back."""
    named = {str(row["name"]).replace(" ", "_"): row for row in schemas}
    return {
        "tools": [
            {
                "type": "function",
                "function": {"name": name, "description": row["description"], "parameters": row["parameters"]},
            }
            for name, row in named.items()
        ],
        "written_as": {name: row["written"] for name, row in named.items()},
        "examples": [_example(name, row) for name, row in named.items()],
        "note": "The model writes calls in square brackets, for that is what it was trained on; it writes no JSON. "
        "Read them out of its text as tools.json says and hand them on in this form.",
    }


def _example(name: str, row: Fields) -> Fields:
    example = row["example"]
    assert isinstance(example, dict)
    call = example["call"]
    told = {"name": name, "arguments": call["arguments"]} if isinstance(call, dict) else None
    return {"written": example["written"], "function_calls": [told] if told else []}
