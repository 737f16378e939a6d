"""Owns the ways in which a loaded model can fail; the engine's worker raises them, its reader shows them."""

from studio.errors import InputError, MachineError, WorkerError
from studio.jobs.errors import WorkerDied
from studio.language import N_


class ModelNotLoaded(InputError):
    """llama.cpp refused a GGUF."""

    sentence = N_(
        "{path} could not be loaded as a model. It is damaged, cut short, or of a kind that this version does not know."
        " Convert it again, or choose another."
    )


class AdapterNotLoaded(InputError):
    """llama.cpp refused a LoRA adapter."""

    sentence = N_("{path} could not be put on this model. It was made for another base, or it is damaged.")


class ContextTooSmall(InputError):
    """A prompt and its answer do not fit the context."""

    sentence = N_(
        "The text has {needed} tokens and the context holds {context}. Shorten it, or load the model with more context."
    )


class DecodeFailed(MachineError):
    """llama.cpp could not decode a batch."""

    sentence = N_(
        "llama.cpp stopped with code {status} while reading {tokens} tokens. Load the model again; a smaller context"
        " may help."
    )


class KvTypeRefused(InputError):
    """A model's keys are too narrow to be packed."""

    sentence = N_(
        "This model cannot keep keys and values as {kv_type}: its heads are {width} wide, and that takes a multiple of "
        "32. Keep them as f16."
    )


class GrammarRefused(InputError):
    """A grammar that an answer should be held to cannot be used."""

    sentence = N_("The grammar cannot be used: {reason}. Correct it; it is GBNF and starts at a rule called `root`.")


class NoTemplate(InputError):
    """A model has no chat template."""

    sentence = N_(
        "{name} carries no chat template, so nobody knows how it is spoken to. Choose one in Play, among the settings "
        "of the model, where it is kept; or choose another model."
    )


class NotOffered(InputError):
    """Something was asked of an engine that its kind has not."""

    sentence = N_("{name} cannot do this: {reason}")


class EngineKilled(WorkerDied):
    """The system ended an engine's process at work."""

    sentence = N_(
        "The system ended {name} while it was answering ({reason}), as it does where memory runs out. What was "
        "answered before stands. Close other programs, or choose a smaller quantisation or context, and load it again."
    )


class EngineCrashed(WorkerDied):
    """An engine's process fell at work."""

    sentence = N_(
        "{name} crashed while it was at work ({reason}). What was answered before stands; load it again.{said}"
    )


class EngineKilledLoading(WorkerDied):
    """The system ended an engine's process before the model was there."""

    sentence = N_(
        "The system ended {name} while it was being loaded ({reason}), as it does where memory runs out. Close other "
        "programs, or choose a smaller quantisation or context, and load it again."
    )


class EngineCrashedLoading(WorkerDied):
    """An engine's process fell before the model was there."""

    sentence = N_(
        "{name} crashed while it was being loaded ({reason}). Load it again; if it crashes again, its file may be "
        "damaged: convert it again, or choose another.{said}"
    )


class EngineHung(WorkerError):
    """An engine's process gave no further word."""

    sentence = N_(
        "{name} did not go on for {seconds} seconds and was ended. What was answered before stands; load it again."
    )


class EngineHungLoading(WorkerError):
    """An engine's process did nothing more before the model was there."""

    sentence = N_(
        "Loading {name} did not go on for {seconds} seconds and was ended. Look whether its disk answers, then load it "
        "again."
    )
