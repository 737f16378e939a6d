"""Owns the ways in which a model behind an address can fail to answer; knows no request."""

from studio.errors import InputError, MachineError, UsageError
from studio.language import N_


class BadAddress(UsageError):
    """An address that cannot be called."""

    sentence = N_("{address} cannot be called: {reason} Write it like https://host/v1.")


class BadModelAddress(BadAddress):
    """An address with a model that cannot be called."""

    sentence = N_("{address} cannot be called: {reason} Write it like https://host/v1#MODEL, such as {example}.")


class NoKey(UsageError):
    """Neither the environment nor the keyring has the key."""

    sentence = N_(
        "There is no key {variable}: the environment variable is not set, and no keyring has it. Set it, or keep it "
        "with `lorewright data key {variable} --keep`."
    )


class KeyRefused(InputError):
    """The other side does not take the key."""

    sentence = N_("{host} does not take the key (status {status}). Check it, and that it may use this model.")


class NotThere(InputError):
    """The address or the model does not exist there."""

    sentence = N_("{host} knows no {path} or no model {model} (status 404). Check the address and the model's name.")


class AskedTooOften(InputError):
    """The other side wants fewer requests, or its quota is used up."""

    sentence = N_("{host} takes no more requests just now (status 429{wait}). Wait, or look at the quota there.")


class ServerFailed(InputError):
    """The other side failed."""

    sentence = N_("{host} failed (status {status}). Try again later; nothing was lost here.")


class RequestRefused(InputError):
    """The other side refused what was asked."""

    sentence = N_("{host} refused the request (status {status}): {reason}")


class Redirected(InputError):
    """The other side sends us elsewhere."""

    sentence = N_("{host} sends on to another address (status {status}), which is not followed. Give that one itself.")


class NotUnderstood(InputError):
    """An answer that is not in the shape of the API."""

    sentence = N_("{host} answered with something that is no chat completion ({reason}). Check the address.")


class NotReached(MachineError):
    """The other side could not be reached, or the connection was cut."""

    sentence = N_("{host} could not be reached: {reason}. Check the address and the network.")


class BrokenOff(InputError):
    """The other side ended an answer that had begun."""

    sentence = N_("{host} broke off its answer: {reason} Try again; what was played before stands.")
