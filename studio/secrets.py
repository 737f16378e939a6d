"""Owns where keys and tokens are found and kept: the environment, then the system's keyring; never a file of ours.

A secret goes by the name of its environment variable, such as OPENAI_API_KEY or HF_TOKEN. What the environment holds
stands above the keyring. Keyrings that keep nothing, or keep it as plain text, are not used. Knows nothing of what a
secret is for, and shows none: no error holds one, not even within what a keyring complained of.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING

from studio.errors import InputError, MachineError, UsageError
from studio.language import N_, _

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "lorewright"
"""What the keyring lists our secrets under."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}\Z")
_TRUSTED = 1
"""The priority from which the keyring library itself recommends a backend; plain files stand below."""
_LONGEST_REASON = 200


class UnfitName(UsageError):
    """What is no name of an environment variable."""

    sentence = N_("That is no name for a key. Give one of letters, digits and _, such as OPENAI_API_KEY.")


class UnfitKey(UsageError):
    """A key that no header can carry."""

    sentence = N_("The key holds signs that a key cannot have, such as a line end. Copy it again.")


class NothingToKeep(UsageError):
    """An empty key."""

    sentence = N_("The key {name} is empty. Nothing was kept.")


class NoKeyring(MachineError):
    """This machine has nowhere to keep a secret."""

    sentence = N_(
        "This machine has no keyring that a key can be kept in ({reason}). Set the environment variable {name} instead."
    )


class KeyringFailed(MachineError):
    """The keyring is there and did not do what it was asked."""

    sentence = N_(
        "The system's keyring did not answer for {name} ({reason}). Unlock it, or set the environment variable {name}."
    )


class NotKept(InputError):
    """There is no such secret in the keyring."""

    sentence = N_("The keyring holds no {name} of Lorewright. There is nothing to forget.")


class Held(StrEnum):
    """Where a secret is."""

    ENVIRONMENT = "environment"
    KEYRING = "keyring"
    NOWHERE = "nowhere"


def secret(name: str) -> str | None:
    """The secret of that name, or None where neither the environment nor a keyring has it.

    Raises UnfitName, UnfitKey, and KeyringFailed where a keyring is there and stays locked. May wait for a person to
    unlock the keyring, so never call it on the window's thread.
    """
    return _found(name)[1]


def held(name: str) -> Held:
    """Where the secret of that name is; raises what `secret` raises."""
    return _found(name)[0]


def keep_secret(name: str, value: str) -> None:
    """Puts a secret into the system's keyring; raises UnfitName, UnfitKey, NothingToKeep, NoKeyring, KeyringFailed."""
    kept = value.strip()
    _check(name, kept)
    if not kept:
        raise NothingToKeep(name=name)
    keyring = _keyring(name)
    with _translated(name, kept):
        keyring.set_password(SERVICE, name, kept)


def forget_secret(name: str) -> None:
    """Takes a secret out of the keyring; raises UnfitName, NotKept, NoKeyring, KeyringFailed."""
    _check(name)
    keyring = _keyring(name)
    with _translated(name):
        there = keyring.get_password(SERVICE, name) is not None
    if not there:
        raise NotKept(name=name)
    with _translated(name):
        keyring.delete_password(SERVICE, name)


def _found(name: str) -> tuple[Held, str | None]:
    """Where a secret is, and the secret."""
    _check(name)
    if given := os.environ.get(name, "").strip():
        _check(name, given)
        return Held.ENVIRONMENT, given
    try:
        keyring = _keyring(name)
    except NoKeyring:
        return Held.NOWHERE, None
    with _translated(name):
        kept = keyring.get_password(SERVICE, name)
    if not kept:
        return Held.NOWHERE, None
    _check(name, kept)
    return Held.KEYRING, kept


def check_key(value: str) -> None:
    """Raises UnfitKey where a key has signs in it that no header can carry; an empty one is fit."""
    if value and not (value.isascii() and value.isprintable()):
        raise UnfitKey()


def _check(name: str, value: str = "") -> None:
    if not _NAME.match(name):
        raise UnfitName()
    check_key(value)


def _keyring(name: str) -> "KeyringBackend":
    """The keyring to use; raises NoKeyring."""
    try:
        import keyring
    except ModuleNotFoundError as error:
        raise NoKeyring(name=name, reason=_("the part of the set-up for data is not there yet")) from error
    try:
        chosen = keyring.get_keyring()
        for backend in getattr(chosen, "backends", None) or (chosen,):  # several may stand behind one
            if _trusted(backend):
                return backend
    except Exception as error:  # a backend of anybody's making, found by its entry point or named in a file
        raise NoKeyring(name=name, reason=_reason(error)) from None
    raise NoKeyring(name=name, reason=_refusal(chosen))


def _trusted(backend: "KeyringBackend") -> bool:
    """Whether a backend keeps what it is given, and not for everyone to read."""
    return float(backend.priority) >= _TRUSTED and not _plain(backend)


def _plain(backend: "KeyringBackend") -> bool:
    """Whether a backend writes files of its own, as those of keyrings.alt do, plain text among them."""
    return any(
        kind.__module__.partition(".")[0] == "keyrings" or "plaintext" in kind.__name__.lower()
        for kind in type(backend).__mro__
    )


def _refusal(backend: "KeyringBackend") -> str:
    """Why a backend is not used."""
    if _plain(backend):
        return _("the one that is set up keeps keys in plain files")
    return _("none is set up, or it is switched off")


@contextmanager
def _translated(name: str, value: str = "") -> Iterator[None]:
    """Turns whatever a keyring raises into our error, without the secret in it."""
    try:
        yield
    except Exception as error:  # the system's own come through too, by D-Bus or ctypes
        raise KeyringFailed(name=name, reason=_reason(error, value)) from None


def _reason(error: Exception, value: str = "") -> str:
    """The first line of what went wrong, without the secret; else what kind of error it was."""
    said = str(error).replace(value, "…") if value else str(error)
    return said.strip().partition("\n")[0][:_LONGEST_REASON].rstrip(".") or type(error).__name__
