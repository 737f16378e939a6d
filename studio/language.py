"""Owns the translation of sentences for people (gettext); knows no sentence itself."""

import gettext
from functools import cache
from pathlib import Path

_DOMAIN = "lorewright"


@cache
def _catalogue() -> gettext.NullTranslations:
    """The catalogue for the user's language, or one that returns every message unchanged."""
    folder = Path(__file__).resolve().parent / "locale"  # `importlib.resources` costs each start more than the file
    return gettext.translation(_DOMAIN, localedir=str(folder), fallback=True)


def _(message: str) -> str:
    """The message in the user's language."""
    return _catalogue().gettext(message)


def plural(one: str, many: str, count: int) -> str:
    """The form of a message that fits `count`, in the user's language, `{count}` filled in."""
    return _catalogue().ngettext(one, many, count).format(count=count)


def N_(message: str) -> str:
    """Marks a message for translation where it is defined; it is translated where it is shown."""
    return message
