"""Owns which rules speak about which file: settings of a workspace, and comments in the text that silence some.

Codes are written whole (`R103`) or by their beginning (`R`, `R1`); the longest that fits a rule decides, and of two
equally long ones the one that silences. Knows neither where settings lie nor what a rule checks.
"""

import re
import reprlib
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import translate
from functools import lru_cache
from pathlib import Path

from studio.errors import InputError, UsageError, did_you_mean
from studio.language import N_, _
from studio.scenario import BlockKind, Parsed, Span

KEYS = ("select", "ignore", "per-file")
_CODE = re.compile(r"[A-Z](?:[0-9]{1,3})?\Z")
_ASKED = re.compile(r"\s{0,80}lorewright[ \t]{0,8}:[ \t]{0,8}ignore\b([^\r\n]{0,300})")
_WRITTEN = re.compile(r"[SPTRW]\Z|[A-Za-z][0-9]{1,3}\Z")
_WORD = re.compile(r"[^\s,]{1,40}")
_MOST = 1000
_QUOTED = 60


class BadSelection(InputError):
    """Settings of the checks that cannot be used."""

    sentence = N_("The lint settings of {path} cannot be used: {reason} Until they are mended, every rule speaks.")


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rules speak. Without `select` all do, `per_file` silences more in files that a pattern fits.

    Patterns (`scenarios/combat/*.md`) are compared with the path below `root`, with `/` between folders.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file: tuple[tuple[str, tuple[str, ...]], ...] = ()
    root: Path | None = field(default=None)

    @classmethod
    def of(cls, settings: object, root: Path, path: Path) -> "Selection":
        """The selection that the `lint` entry of a settings file at `path` says; raises BadSelection."""
        if settings is None:
            return cls(root=root)
        if not isinstance(settings, Mapping):
            raise BadSelection(path=path, reason=_("`lint` is a list of {keys}.").format(keys=", ".join(KEYS)))
        for key in settings:
            if key not in KEYS:
                quoted = _quoted(key)
                near = did_you_mean(quoted, KEYS) or KEYS[0]
                raise BadSelection(path=path, reason=_("“{key}” is unknown, use {near}.").format(key=quoted, near=near))
        files = settings.get("per-file") or {}
        if not isinstance(files, Mapping) or len(files) > _MOST:
            raise BadSelection(path=path, reason=_("`per-file` is a table of patterns, each with its codes."))
        select, ignore = _codes(settings.get("select"), path), _codes(settings.get("ignore"), path)
        per_file = tuple((str(pattern), _codes(codes, path)) for pattern, codes in files.items())
        return cls(select, ignore, per_file, root)

    def narrowed(self, select: tuple[str, ...], ignore: tuple[str, ...]) -> "Selection":
        """This selection with other codes chosen in place of its own where any are, and more of them silenced."""
        return Selection(select or self.select, (*self.ignore, *ignore), self.per_file, self.root)

    def silent(self, codes: Iterable[str], path: Path | None) -> frozenset[str]:
        """Those of the codes that do not speak about a file."""
        ignore = [
            *self.ignore,
            *(code for pattern, more in self.per_file if self._fits(pattern, path) for code in more),
        ]
        if not ignore and not self.select:
            return frozenset()
        return frozenset(code for code in codes if not _speaks(code, self.select, ignore))

    def _fits(self, pattern: str, path: Path | None) -> bool:
        if path is None:
            return False
        whole = path.absolute()
        below = whole.relative_to(self.root) if self.root is not None and whole.is_relative_to(self.root) else whole
        return bool(_matcher(pattern).match(below.as_posix()) or _matcher(pattern).match(whole.name))


@lru_cache(maxsize=256)
def _matcher(pattern: str) -> re.Pattern[str]:
    return re.compile(translate(pattern))


def _speaks(code: str, select: Iterable[str], ignore: Iterable[str]) -> bool:
    chosen = max((len(one) for one in select if code.startswith(one)), default=-1 if select else 0)
    return chosen > max((len(one) for one in ignore if code.startswith(one)), default=-1)


def _codes(value: object, path: Path) -> tuple[str, ...]:
    """The codes of a list, or of a text with commas; raises BadSelection."""
    if value is None:
        return ()
    words = value.replace(",", " ").split() if isinstance(value, str) else value
    if not isinstance(words, list | tuple) or len(words) > _MOST:
        raise BadSelection(path=path, reason=_("Codes are written as a list such as [W, R103]."))
    for word in words:
        if not isinstance(word, str) or not _CODE.match(word.upper()):
            raise BadSelection(
                path=path, reason=_("“{word}” is no code; they look like R103, R1 or R.").format(word=_quoted(word))
            )
    return tuple(word.upper() for word in words)


def _quoted(value: object) -> str:
    """A value as a sentence quotes it; of a large one the beginning, without the rest being looked at."""
    words = value if isinstance(value, str) else reprlib.repr(value)
    return words if len(words) <= _QUOTED else f"{words[:_QUOTED]}…"


class BadCodes(UsageError):
    """What was given as codes is none."""

    sentence = N_("{option} takes codes such as R103,W or R1: {reason}")


def codes_of(text: str, option: str) -> tuple[str, ...]:
    """The codes of a command line's `W,R103`; raises BadCodes."""
    try:
        return _codes(text, Path(option))
    except BadSelection as error:
        raise BadCodes(option=option, reason=error.fields["reason"]) from error


class Ignores:
    """What the comments of a scenario silence: in the next block, or before SYSTEM in the whole file."""

    def __init__(self, parsed: Parsed) -> None:
        self._everywhere: tuple[str, ...] = ()
        self._starts: list[int] = []
        self._blocks: list[tuple[int, tuple[str, ...]]] = []
        if "lorewright" in parsed.scenario.text:
            self._read(parsed)

    def __bool__(self) -> bool:
        return bool(self._everywhere or self._blocks)

    def hides(self, code: str, span: Span) -> bool:
        """Whether a finding of this code at this place is silenced."""
        if code.startswith(self._everywhere):
            return True
        at = bisect_right(self._starts, span.start) - 1
        return at >= 0 and span.start < self._blocks[at][0] and code.startswith(self._blocks[at][1])

    def _read(self, parsed: Parsed) -> None:
        """Looks through the blocks; a code of no letters fits all."""
        text, waiting, head = parsed.scenario.text, tuple[str, ...](), parsed.scenario.system is not None
        for block in parsed.blocks:
            if block.kind is BlockKind.COMMENT:
                codes = silenced_by(text[block.content.start : block.content.end])
                if head:
                    self._everywhere += codes
                else:
                    waiting += codes
            elif block.kind in (BlockKind.BLOCK, BlockKind.UNKNOWN):
                head = head and block.name != "SYSTEM"
                if waiting:
                    self._starts.append(block.span.start)
                    self._blocks.append((block.span.end, waiting))
                    waiting = ()


def known(word: str) -> bool:
    """Whether a word of a comment is written like a code."""
    return _WRITTEN.match(word) is not None


def silenced_by(words: str) -> tuple[str, ...]:
    """The codes that a comment's text silences, all where it names none; nothing where all that it names are none."""
    found = asked(words)
    if found is None:
        return ()
    return tuple(word.upper() for word, _start in found if known(word)) if found else ("",)


def asked(words: str) -> tuple[tuple[str, int], ...] | None:
    """The codes with which a comment's text asks for silence, each with its place; a reason may stand after them.

    None where it is a comment like any other. What does not look like a code comes first or not at all.
    """
    match = _ASKED.match(words)
    if match is None:
        return None
    found = [(one[0], one.start()) for one in _WORD.finditer(words.removesuffix("-->"), *match.span(1))]
    reason = next((place for place, (word, _start) in enumerate(found) if not known(word)), len(found))
    return tuple(found[: reason or 1])
