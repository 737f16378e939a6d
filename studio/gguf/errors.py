"""Owns the ways in which a GGUF file can be unusable."""

from studio.errors import InputError
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
