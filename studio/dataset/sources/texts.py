"""Owns what counts as a text that can be learnt, and the refusal of a record; knows no shape and no role."""

import json
from collections.abc import Mapping, Sequence

from studio.errors import InputError
from studio.language import N_, _


class BadRecord(InputError):
    """A record can't become a row: `code` groups equal reasons, `reason` is the sentence."""

    sentence = N_("{reason}")


def bad(code: str, reason: str, **fields: object) -> BadRecord:
    """The error with a sentence built from its fields."""
    return BadRecord(code=code, reason=reason.format(**fields))


def text_of(value: object, what: str) -> str:
    """A value as text; raises BadRecord where it is none: parts that are no text, half characters, a NUL."""
    if isinstance(value, str):
        text = value
    elif isinstance(value, bool | int | float):
        text = json.dumps(value)
    elif isinstance(value, Sequence) and not isinstance(value, bytes):
        text = "\n".join(_part(part, what) for part in value)
    else:
        raise bad("no-text", _("{what} is no text."), what=what)
    sound(text, what)
    return text


def _part(part: object, what: str) -> str:
    if isinstance(part, str):
        return part
    if isinstance(part, Mapping) and part.get("type") in ("text", "input_text", "output_text", None):
        said = part.get("text")
        if isinstance(said, str):
            return said
    kind = part.get("type") if isinstance(part, Mapping) else type(part).__name__
    raise bad("no-text", _("{what} has a part of the kind “{kind}”; only text is learnt."), what=what, kind=kind)


def sound(text: str, what: str) -> None:
    """Raises BadRecord where a text holds what no file and no tokeniser takes."""
    if "\0" in text:
        raise bad("nul", _("{what} has a NUL character in it."), what=what)
    if text.isascii():
        return
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        sentence = _("{what} has half of a character at place {place} (a lone surrogate).")
        raise bad("surrogate", sentence, what=what, place=error.start + 1) from error
