"""Owns what the settings of a training are called in the form, how they are grouped, and what their values are called.

What a setting means stands in the glossary, what it takes in the configuration; neither is said again here.
"""

import re
from collections.abc import Sequence

from studio.glossary import of_setting
from studio.language import N_, _
from studio.training.config import settings

ELSEWHERE = ("name", "profile", "base", "scenarios", "dataset", "allow_errors", "max_minutes")
"""Settings that have places of their own in the form."""

WIDE = (
    "objective",
    "preferences",
    "start_from",
    "lora.target_modules",
    "sample_lines",
    "optimiser",
    "gpu_fallback",
    "device",
    "precision",
    "quantisation",
)
"""Settings whose field stands below its label, because what it holds is long."""

_GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        N_("What it learns"),
        ("max_length", "epochs", "steps", "call_weight", "lora.rank", "lora.alpha", "lora.dropout", "lora.layers",
         "lora.target_modules", "seed"),
    ),
    (
        N_("How fast"),
        ("learning_rate", "warmup", "warmup_steps", "weight_decay", "max_grad_norm", "gradient_accumulation_steps",
         "processes", "threads"),
    ),
    (
        N_("Memory"),
        ("batch_size", "device", "use_gpu", "gpu_fallback", "precision", "quantisation", "optimiser",
         "gradient_checkpointing", "offload_activations", "memory_limit_gb"),
    ),
    (N_("Going on"), ("start_from", "replay", "objective", "preferences", "beta")),
    (N_("Checkpoints"), ("checkpoint_every", "checkpoint_minutes", "keep_checkpoints", "early_stopping",
                        "pause_on_battery")),
    (
        N_("Looking at it"),
        ("validation_examples", "validation_every", "accuracy_cases", "sample_every", "sample_tokens", "sample_lines"),
    ),
)  # fmt: skip

_WORDS = {
    "warmup": N_("Warm-up, part of the run"),
    "warmup_steps": N_("Warm-up, steps"),
    "memory_limit_gb": N_("Memory limit, GB"),
    "checkpoint_every": N_("Steps between checkpoints"),
    "checkpoint_minutes": N_("Minutes between checkpoints"),
    "keep_checkpoints": N_("Checkpoints to keep"),
    "early_stopping": N_("Early stopping, looks"),
    "validation_examples": N_("Validation examples"),
    "validation_every": N_("Steps between validations"),
    "accuracy_cases": N_("Held-out calls to try"),
    "sample_every": N_("Steps between sample replies"),
    "sample_tokens": N_("Tokens of a sample reply"),
    "sample_lines": N_("Lines to reply to, one a line"),
}
"""What settings are called where a term of the glossary explains several of them, or a unit belongs to it."""

_VALUES = {
    ("", "auto"): N_("automatic"),
    ("", True): N_("yes"),
    ("", False): N_("no"),
    ("objective", "sft"): N_("from examples"),
    ("objective", "dpo"): N_("from better and worse answers"),
    ("precision", "bf16"): N_("16 bits (bf16)"),
    ("precision", "fp32"): N_("32 bits (fp32)"),
    ("quantisation", "none"): N_("none"),
    ("quantisation", "nf4"): N_("4 bits (nf4)"),
    ("optimiser", "adamw"): N_("AdamW"),
    ("optimiser", "adamw-8bit"): N_("AdamW in 8 bits"),
    ("optimiser", "adamw-paged-8bit"): N_("AdamW in 8 bits, paged"),
    ("device", "cpu"): N_("processor (cpu)"),
    ("device", "cuda"): N_("graphics card (cuda)"),
    ("device", "mps"): N_("graphics card of a Mac (mps)"),
    ("gpu_fallback", "ask"): N_("stop and ask me"),
    ("gpu_fallback", "accept"): N_("go on with the processor"),
    ("gpu_fallback", "refuse"): N_("stop"),
}

_NOTHING = {
    "start_from": N_("from the model as it is"),
    "preferences": N_("none"),
    "max_minutes": N_("no limit"),
    "memory_limit_gb": N_("none"),
    "early_stopping": N_("off"),
    "checkpoint_minutes": N_("never"),
    "steps": N_("as many as fit"),
    "warmup_steps": N_("by the part"),
    "validation_every": N_("with replies"),
    "threads": N_("automatic"),
    "sample_lines": N_("the first lines of held-out scenarios"),
}
"""What an empty field means."""


_NAMED = re.compile("|".join(re.escape(name) for name in settings() if "_" in name or "." in name) + "|^quantisation")


def groups() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The groups of the advanced settings with their headings; what no group names stands in a last one."""
    placed = {name for _title, names in _GROUPS for name in names} | set(ELSEWHERE)
    rest = tuple(name for name in settings() if name not in placed)
    found = [(_(title), tuple(name for name in names if name in settings())) for title, names in _GROUPS]
    return (*found, (_("More"), rest)) if rest else tuple(found)


def word(setting: str) -> str:
    """What a setting is called in the form."""
    if setting in _WORDS:
        return _(_WORDS[setting])
    term = of_setting(setting)
    return term.word if term is not None else setting


def explanation(setting: str) -> str:
    """The two sentences on a setting."""
    term = of_setting(setting)
    return term.says if term is not None else ""


def value_word(setting: str, value: object) -> str:
    """What one of several values is called."""
    found = _VALUES.get((setting, value), _VALUES.get(("", value))) if isinstance(value, str | bool) else None
    return _(found) if found is not None else str(value)


def nothing_word(setting: str) -> str:
    """What it means where a setting is left empty."""
    return _(_NOTHING[setting]) if setting in _NOTHING else ""


def in_words(sentence: str) -> str:
    """A sentence that names settings as files do, with what they are called here."""
    return _NAMED.sub(lambda found: word(found[0]), sentence)


def listed(values: Sequence[object]) -> str:
    """A list as it stands in a field."""
    return ", ".join(map(str, values))
