"""Owns the ways in which the parity gate cannot be run at all; the worker raises them, who follows it shows them."""

import studio.gguf.adapters
import studio.gguf.identity
import studio.gguf.soundness
import studio.inference.errors  # noqa: F401  # the kinds of error that the worker may report by name
from studio.errors import InputError, MachineError
from studio.language import N_


class NotConverted(InputError):
    """A run was named of which no model was made."""

    sentence = N_("No model was made of {run} yet. Run `lorewright convert {run}` first.")


class NoCard(InputError):
    """A folder holds no model that was converted here."""

    sentence = N_("{folder} is no converted model ({reason}). Make one with `lorewright convert`.")


class NothingToCompare(InputError):
    """There is nothing held out to compare models on."""

    sentence = N_("Nothing is held out to compare on: neither in the run's material nor in the samples. Tag scenarios.")


class MemoryTooSmall(MachineError):
    """A model does not fit into memory in float32."""

    sentence = N_(
        "To read with {model} as it was trained takes about {needed} GB of memory, and {free} GB can be had. Close "
        "other programs, or measure it on a larger machine; nothing was changed."
    )
