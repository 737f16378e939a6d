"""Owns what can be wrong with a character card; knows nothing of how it is read."""

from studio.errors import InputError
from studio.language import N_


class NotACard(InputError):
    """A file that holds no character card that can be used."""

    sentence = N_("{path} is not a character card that can be read: {reason}. Nothing was changed.")


class NoSuchMember(InputError):
    """A card was wanted of somebody whom the scenario does not have."""

    sentence = N_("Nobody in {path} is called {name}. The party has: {party}.")
