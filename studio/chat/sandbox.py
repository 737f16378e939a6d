"""Owns the room in which a chat template runs: what it may make and how large that may grow; knows no template.

Jinja's own sandbox keeps a template from the machine, not from its memory: `{{ 'x' * 10 ** 10 }}` is made before
anybody sees how long it is. Here whatever can make something large from something small is measured before it does.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from itertools import islice
from typing import Any, NoReturn

import jinja2
from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.runtime import Context, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

MOST = 1 << 20
"""Most characters, or items, of anything that a template makes."""

_MOST_BITS = 4096
_WIDEST = 9999
_WIDE_FIELD = re.compile(r"\{[^{}]*\d{5}|\{[^{}]+\{")
_WIDE_PERCENT = re.compile(r"%[^a-zA-Z%]*\d{5}|%[^a-zA-Z%*]*\*")
"""What in a format asks for more than four digits of width, or takes the width from a value."""

_NEVER_USED = (
    "batch", "center", "filesizeformat", "forceescape", "format", "pprint", "random", "slice", "urlencode", "urlize",
    "wordwrap", "xmlattr",
)  # fmt: skip
"""Filters that make much of little and that no chat template has a use for."""


def refuse(reason: str) -> NoReturn:
    """Ends the template, with the reason."""
    raise jinja2.TemplateError(reason)


class _Code(CodeGenerator):
    """Has what `~` puts together measured too; jinja lets no environment look at it."""

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:
        """Hands the parts to the environment."""
        self.write("environment.put_together((")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write("))")


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox in which nothing grows past `MOST`; raises TemplateError where something would."""

    code_generator_class = _Code
    intercepted_binops = frozenset(("*", "**", "%", "+"))

    def __init__(self, **options: Any) -> None:
        super().__init__(finalize=_measured, **options)
        del self.globals["lipsum"]
        for name in _NEVER_USED:
            del self.filters[name]
        for name, guard in _FILTERS.items():
            self.filters[name] = _guarded(self.filters[name], guard)

    @staticmethod
    def concat(parts: Iterable[str]) -> str:
        """The pieces of a block or a macro as one text."""
        return "".join(_within(parts))

    @staticmethod
    def put_together(parts: tuple[object, ...]) -> str:
        """What stands on the sides of `~` as one text."""
        return "".join(_within(str(_measured(part)) for part in parts))

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Measures what an operator would make, then has it made."""
        _OPERATORS[operator](left, right)
        return super().call_binop(context, operator, left, right)

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:
        """Measures what a method of a text or a number would make, then calls it."""
        owner, name = getattr(__obj, "__self__", None), getattr(__obj, "__name__", "")
        if isinstance(owner, str | bytes | int) and name in _METHODS:
            args = _METHODS[name](owner, *args, **kwargs)[: len(args)]
        return super().call(__context, __obj, *args, **kwargs)

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        """Jinja's own formatting of texts, measured before."""
        formatted = super().wrap_str_format(value)
        if formatted is None:
            return None
        source: str = value.__self__

        def measured(*args: Any, **kwargs: Any) -> str:
            _formatted(source, (*args, *kwargs.values()), source.count("{"), _WIDE_FIELD)
            return formatted(*args, **kwargs)

        return measured


# -- how large something is ------------------------------------------------------------------------------------


def size(value: object) -> int:
    """About how many characters a value has when it is written out; past `MOST` it stops counting."""
    total, waiting = 0, [value]
    while waiting and total <= MOST:
        one = waiting.pop()
        total += 4  # what stands around it
        if isinstance(one, str | bytes):
            total += len(one)
        elif isinstance(one, int):
            total += one.bit_length() // 3
        elif isinstance(one, Mapping):
            waiting += islice(one.keys(), MOST)
            waiting += islice(one.values(), MOST)
        elif isinstance(one, list | tuple | set | frozenset):
            waiting += islice(one, MOST)
        elif not isinstance(one, Undefined):
            total += 24
    return total


def _measured(value: object) -> object:
    if size(value) > MOST:
        _too_large()
    return value


def _within(parts: Iterable[str]) -> list[str]:
    """The parts, none left out, unless together they are too many characters."""
    texts, length = [], 0
    for part in parts:
        length += len(part)
        if length > MOST:
            _too_large()
        texts.append(part)
    return texts


def _allow(length: int) -> None:
    if length > MOST:
        _too_large()


def _too_large() -> NoReturn:
    refuse(f"it makes something larger than {MOST} characters")


# -- operators -------------------------------------------------------------------------------------------------


def _times(left: Any, right: Any) -> None:
    if isinstance(left, int) and isinstance(right, int):
        if left.bit_length() + right.bit_length() > _MOST_BITS:
            refuse("it counts too far")
        return
    for many, one in ((left, right), (right, left)):
        if isinstance(many, int) and hasattr(one, "__len__"):
            _allow(max(0, many) * max(1, size(one)))


def _power(left: Any, right: Any) -> None:
    if isinstance(left, int) and isinstance(right, int) and left.bit_length() * abs(right) > _MOST_BITS:
        refuse("it counts too far")


def _plus(left: Any, right: Any) -> None:
    if hasattr(left, "__len__") and hasattr(right, "__len__"):
        _allow(len(left) + len(right))


def _remainder(left: Any, right: Any) -> None:
    if isinstance(left, str | bytes):
        values = right.values() if isinstance(right, Mapping) else right if isinstance(right, tuple) else (right,)
        text = left if isinstance(left, str) else left.decode("latin-1")
        _formatted(text, values, text.count("%"), _WIDE_PERCENT)


def _formatted(source: str, values: Iterable[Any], fields: int, wide: re.Pattern[str]) -> None:
    """A format that asks for a width of more than four digits is refused, and one whose fields are too many."""
    if fields and wide.search(source):
        refuse("it formats too wide")
    widest = max((size(value) for value in values), default=0)
    _allow(len(source) + fields * max(widest, _WIDEST if re.search(r"\d{3}", source) else 0))


_OPERATORS: dict[str, Callable[[Any, Any], None]] = {"*": _times, "**": _power, "+": _plus, "%": _remainder}


# -- methods and filters: each returns the arguments to go on with ----------------------------------------------

_Arguments = tuple[Any, ...]


def _to_width(owner: Any, width: Any = 0, *rest: Any, **named: Any) -> _Arguments:
    _allow(int(named.get("length", width)))
    return (width, *rest)


def _tabs(owner: Any, tabsize: Any = 8) -> _Arguments:
    _allow(len(owner) + owner.count("\t") * int(tabsize))
    return (tabsize,)


def _join(owner: Any, parts: Iterable[Any]) -> _Arguments:
    found = list(islice(parts, MOST + 1))
    _allow(len(owner) * len(found))
    _allow(len(owner) * len(found) + size(found))
    return (found,)


def _replace(owner: Any, old: Any, new: Any, *rest: Any) -> _Arguments:
    _allow(len(owner) + owner.count(old) * len(new))
    return (old, new, *rest)


_METHODS: dict[str, Callable[..., _Arguments]] = {
    **dict.fromkeys(("ljust", "rjust", "center", "zfill", "to_bytes"), _to_width),
    "expandtabs": _tabs,
    "join": _join,
    "replace": _replace,
}


def _join_filter(context: Any, value: Iterable[Any], d: Any = "", *rest: Any, **named: Any) -> _Arguments:
    return (context, *_join(str(d), value), d, *rest)


def _replace_filter(context: Any, s: Any, old: Any, new: Any, *rest: Any, **named: Any) -> _Arguments:
    return (context, s, *_replace(str(_measured(s)), str(old), str(new)), *rest)


def _indent_filter(s: Any, width: Any = 4, *rest: Any, **named: Any) -> _Arguments:
    text = str(_measured(s))
    each = len(width) if isinstance(width, str) else int(width)
    _allow(len(text) + (text.count("\n") + 1) * each)
    return (s, width, *rest)


def _json_filter(context: Any, value: Any, indent: Any = None, **named: Any) -> _Arguments:
    _allow(size(value) * (1 + min(_WIDEST, int(indent or 0))))
    return (context, value, indent)


_FILTERS: dict[str, Callable[..., _Arguments]] = {
    "join": _join_filter,
    "replace": _replace_filter,
    "indent": _indent_filter,
    "tojson": _json_filter,
}


def _guarded(filter_: Callable[..., Any], guard: Callable[..., _Arguments]) -> Callable[..., Any]:
    """A filter that is called with what its guard lets through; keywords of its own stay as they are."""

    @wraps(filter_)
    def called(*args: Any, **kwargs: Any) -> Any:
        given = guard(*args, **kwargs)
        return filter_(*given[: len(args)], **kwargs)

    return called
