"""Owns writing HTML: what is no element is escaped, always. Knows no report."""

import html
import re

_NAME = re.compile(r"[a-z][a-z0-9-]*\Z", re.IGNORECASE)
_VOID = frozenset({"meta", "line", "circle", "rect"})
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")


class Html(str):
    """Text that is HTML already; `tag` is who makes it."""

    __slots__ = ()


def tag(name: str, /, *inside: object, **attributes: object) -> Html:
    """An element. What is inside is escaped where it is no element; None is left out; `class_` is the class.

    An attribute's `_` stands for `-`.
    """
    told = "".join(f' {_word(key)}="{escaped(value)}"' for key, value in attributes.items() if value is not None)
    if name in _VOID:
        return Html(f"<{name}{told}/>")
    return Html(f"<{name}{told}>{joined(*inside)}</{name}>")


def joined(*inside: object) -> Html:
    """Several elements or texts as one."""
    return Html("".join(one if isinstance(one, Html) else escaped(one) for one in inside if one is not None))


def escaped(value: object) -> str:
    """A text that no reader takes for markup; signs that no page may hold are spelled out."""
    return html.escape(_UNSEEN.sub(lambda found: f"\\x{ord(found[0]):02x}", str(value)))


def table(head: "list[str] | tuple[str, ...]", rows: "list[list[object]]", caption: str | None = None) -> Html:
    """A table that scrolls by itself where it is too wide; from the second column on numbers are kept whole."""
    top = tag("thead", tag("tr", *(tag("th", word, scope="col") for word in head)))
    body = (tag("tr", *(_cell(place, value) for place, value in enumerate(row))) for row in rows)
    title = tag("caption", caption) if caption else None
    return tag("div", tag("table", title, top, tag("tbody", *body)), class_="scroll")


def _cell(place: int, value: object) -> Html:
    return tag("td", value, class_="number" if place and len(str(value)) < _SHORT else None)


_SHORT = 28


def _word(key: str) -> str:
    word = key.rstrip("_").replace("_", "-")
    if not _NAME.match(word):
        raise ValueError(key)
    return word
