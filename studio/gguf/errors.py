"""Owns the ways in which a model file can be unusable, or a conversion fail; workers raise them, readers show them."""

from studio.errors import InputError, MachineError
from studio.language import N_


class NotAGguf(InputError):
    """A file is no GGUF, or one of a version that is not read."""

    sentence = N_("{path} is not a GGUF model ({detail}). Choose a .gguf file of version 2 or 3.")


class DamagedGguf(InputError):
    """A GGUF says something that cannot be true of it."""

    sentence = N_("{path} is damaged or cut short ({detail}). Fetch or convert it again; nothing was changed.")


class LacksMetadata(InputError):
    """A GGUF lacks an entry that is needed."""

    sentence = N_("{path} does not say its {key}, so it cannot be used for this. Choose another model.")


class TokeniserUnknown(InputError):
    """A GGUF's tokeniser is of a kind that is not rebuilt here."""

    sentence = N_(
        "{path} uses the tokeniser “{kind}”, which cannot be rebuilt for training. Give the model's original folder."
    )


class BaseIncomplete(InputError):
    """A folder that should be a base model lacks a file."""

    sentence = N_(
        "{path} is not a whole base model: {missing} is missing or unreadable. Fetch it again, or choose another base."
    )


class BaseQuantised(InputError):
    """A base's weights are packed in a way that is not trained on here."""

    sentence = N_(
        "The weights of {path} are packed by “{method}”, which is not trained on here. Choose the original model, or "
        "one in 4 bit by bitsandbytes."
    )


class NotTrainable(InputError):
    """A base cannot be trained through its chat template."""

    sentence = N_("{path} cannot be trained: {reason}. Choose another base model.")


class ConverterFailed(MachineError):
    """The official converter ended with an error."""

    sentence = N_("llama.cpp's converter could not write {path}. Nothing was kept. Its last words: {tail}")


class QuantiserFailed(MachineError):
    """llama.cpp could not quantise a file."""

    sentence = N_("llama.cpp could not quantise {path} to {kind} (code {code}). Is the disk full? Nothing was kept.")


class ConversionWrong(InputError):
    """A converted model is not the model that it came from."""

    sentence = N_("{file} does not answer as the model it came from ({detail}). Nothing was kept; report this base.")


class UnknownQuantisation(InputError):
    """A quantisation that is not offered was asked for."""

    sentence = N_("There is no quantisation {name}. Choose among {known}.")


class NeedsImportance(InputError):
    """A quantisation comes out as noise without an importance matrix."""

    sentence = N_(
        "{name} packs some matrices of this model so tightly that it needs an importance matrix; without one it comes "
        "out as noise. Add --imatrix, or choose {instead}. Nothing was made."
    )


class NotForThisModel(InputError):
    """llama.cpp has no way to pack a model's widths in a quantisation."""

    sentence = N_("{name} cannot pack rows as wide as this model's. Choose {instead}. Nothing was made.")


class UnknownArchitecture(InputError):
    """A model is of a kind that cannot be converted."""

    sentence = N_(
        "{path} is a model of the kind “{kind}”, which the installed llama.cpp or transformers cannot convert. Choose "
        "another base, or update Lorewright."
    )


class PickledWeights(InputError):
    """A folder has its weights as pickles only."""

    sentence = N_(
        "The weights in {path} are pickles ({file}), which can run code when they are loaded, so they are not. Where "
        "you trust them, load the model with transformers and save it again (`model.save_pretrained(FOLDER)` writes "
        "safetensors), or choose a base that comes as safetensors."
    )


class NoImportance(InputError):
    """No importance matrix could be computed."""

    sentence = N_(
        "No importance matrix could be computed: {reason}. Convert without --imatrix, into a quantisation that needs "
        "none."
    )


class NoRoom(MachineError):
    """The disk has not the room that a conversion takes."""

    sentence = N_(
        "Converting needs {needed} in {path} at its height, and {free} are free. Free some room, choose fewer "
        "quantisations, or another folder with --out. Nothing was made."
    )


class NoAdapter(InputError):
    """A run has no adapter, or a damaged one."""

    sentence = N_("{path} has no usable adapter ({reason}). Train it to its end, or choose another run.")
