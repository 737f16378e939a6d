"""Owns which characters an edited text can hold; knows neither a document of Qt nor a file.

A text that keeps to them is the same in an editor, in a file and when it is read again.
"""

import re

UNHELD = "\0\ufdd0\ufdd1\u2029"
"""Characters that a Qt text document turns into others, or that make a file one that is no text."""

_ENDS = re.compile("\r\n|[\r\u2029\ufdd0\ufdd1]")
_NONE = re.compile("[\0\ud800-\udfff]")
_HALF = re.compile("[\ud800-\udfff]")


def holdable(text: str) -> str:
    """The text as an editor can hold it: what ends a paragraph is a line end, NUL and half characters are dropped."""
    if _HALF.search(text):  # two halves of one character are that character
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    return _NONE.sub("", _ENDS.sub("\n", text))
