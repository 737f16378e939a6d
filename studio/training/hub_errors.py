"""Owns what can keep a model of the Hub from being fetched, beside what the Hub's client says itself."""

from studio.errors import InputError, MachineError
from studio.language import N_


class NotEnoughRoom(MachineError):
    """The disk has not room for what is to be fetched."""

    sentence = N_(
        "{model} needs {needed} and {folder} has {free} free. Free some space, or set XDG_CACHE_HOME (on Windows "
        "LOCALAPPDATA) to a folder on another disk. Nothing was fetched."
    )


class BeingFetched(MachineError):
    """Another process fetches the same model."""

    sentence = N_("{model} is being fetched by another Lorewright already. Wait for it, or stop it there.")


class NothingToFetch(InputError):
    """A repository holds no weights that are read here."""

    sentence = N_("{repo} holds no safetensors weights, and other forms could run code. Choose another model.")


class LicenceToAccept(InputError):
    """A gated model, and this person is not known to have accepted its licence."""

    sentence = N_(
        "{repo} is given to those who accept its licence: log in at {page}, accept it there, and make a token that may "
        "read at {tokens}. Then run `lorewright models token --keep`, and fetch again."
    )


class LicenceNotAccepted(InputError):
    """A gated model, and the account of the token has not been let in."""

    sentence = N_(
        "The account of your token was not let into {repo}. Accept its licence at {page} (some makers answer after "
        "hours), and see that the token may read gated models; then fetch again."
    )


class TokenRefused(InputError):
    """The Hub knows no such token."""

    sentence = N_(
        "The Hub does not know the token that {place} holds, or it ran out. Make another at {tokens}, and keep it with "
        "`lorewright models token --keep`."
    )
