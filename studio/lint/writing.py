"""Owns the checks of family W on the words of one turn: what a model should not learn to write.

A turn is looked at once for all of them; most of it is searching for a few letters, and a pattern runs only where they
stand. The checks of a whole scenario are in `habits`.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from operator import eq

from studio.language import _
from studio.lint.diagnostics import Finding, Fix, Reading, Seen, quoted
from studio.scenario import Edit, Span, Speaker, Turn

LONG_DM, LONG_USER = 200, 150
"""Words of a turn that is long for a small model to learn from."""

_WORDS = frozenset((
    "a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "from", "has", "have", "his", "he", "if",
    "into", "it", "its", "my", "not", "of", "or", "our", "she", "than", "the", "their", "them", "then", "there",
    "they", "this", "to", "was", "we", "were", "what", "when", "which", "who", "will", "with", "your",
))  # fmt: skip
"""Words that nobody doubles on purpose; `that that`, `gave her her coat` and `no no` are left alone."""

_GAP = re.compile(r"(?<=\S)[ \t]{2,40}(?=[^\s])")
_BEFORE_MARK = re.compile(r"(?<=[A-Za-z0-9])[ \t]{1,8}(?=[,;.?!](?:[\s\"”']|\Z))")
_BLANK_LINES = re.compile(r"(?:\r\n|\n|\r)(?:[ \t]{0,40}(?:\r\n|\n|\r)){2,40}")
_SHOUT = re.compile(r"([!?])\1{1,20}")
_LABEL = re.compile(
    r"(?:\*\*)?(?:DM|GM|Dungeon Master|Narrator|Player|User|Assistant)(?:\*\*)?[ \t]{0,2}:(?:\*\*)?[ \t]{0,4}"
)
_LEFT_OVER = re.compile(r"\b(?:TODO|FIXME|TBD|XXX)\b")
_HOLE = re.compile(r"\{[A-Za-z][A-Za-z0-9_ ]{0,30}\}|\[(?:NAME|name|\.\.\.|…)\]|_{3,20}|[Ll]orem ipsum")
_MACHINE = re.compile(
    r"\b(?:[Aa]s an AI\b|AI (?:language )?model\b|language model\b|I(?:'|’)?m sorry, but I can|I cannot (?:assist|help)"
    r"|[Ii] hope this helps)"
)
_QUOTED_YOU = re.compile(r"ou (?:say|reply|answer|shout|yell|ask|whisper|call|cry|mutter|tell (?:him|her|them))\b")
_DECIDE = re.compile(r"ou (?:decide|choose|agree|promise) (?:to|that)\b")
_QUOTES = '"“”'
_SHORT, _LONG = 12, 600
"""Characters below which a turn may say nothing, and above which one may be too long."""

Teller = Callable[[Turn], Iterable[Seen]]

_ENDS = ".!?…\"”'’*)]—-:_"


def written(reading: Reading) -> Iterator[Seen]:
    """What is wrong in the words of each turn."""
    if not reading.turns:
        return
    tellers = _tellers(reading.text[reading.turns[0].span.start : reading.turns[-1].span.end])
    for turn in reading.turns:
        content = turn.content
        if turn.speaker is Speaker.TOOLCALL or not content:
            continue
        for needles, tell in tellers:
            for needle in needles:
                if needle in content:
                    yield from tell(turn)
                    break
        if len(content) < _SHORT:
            yield from _says_nothing(turn)
        if ":" in content[:24]:
            yield from _label(turn)
        if turn.speaker is Speaker.DM:
            if len(content) > _LONG or "ou " in content or (not turn.tool_calls and content[-1] not in _ENDS):
                yield from _by_dm(turn)
        elif len(content) > _LONG:
            yield from _by_user(turn)


def _tellers(text: str) -> list[tuple[list[str], Teller]]:
    """The looks that a text needs, each with those of its letters that stand in the text somewhere."""
    words = text.split()
    found = []
    for needles, tell in _SLIPS:
        there = [needle for needle in needles if needle in text]
        if there:
            found.append((there, tell))
    return [([""], _doubled), *found] if any(map(eq, words, words[1:])) else found


def _at(turn: Turn, start: int, end: int) -> Span:
    return Span(turn.content_span.start + start, turn.content_span.start + end)


def _doubled(turn: Turn) -> Iterator[Seen]:
    last, place = "", 0
    for word in turn.content.split():
        start = turn.content.index(word, place)
        if word == last and word.lower() in _WORDS:
            text = _("“{word}” stands twice. Delete one.")
            fix = Fix(_("Delete one"), (Edit(_at(turn, place, start + len(word)), ""),))
            yield Seen("W010", Finding(_at(turn, place - len(word), start + len(word)), text.format(word=word), fix))
        last, place = word, start + len(word)


def _mended(turn: Turn, code: str, pattern: re.Pattern[str], new: str, text: str, title: str) -> Iterator[Seen]:
    for match in pattern.finditer(turn.content):
        span = _at(turn, *match.span())
        yield Seen(code, Finding(span, text, Fix(title, (Edit(span, new),))))


def _spaced_marks(turn: Turn) -> Iterator[Seen]:
    return _mended(turn, "W016", _BEFORE_MARK, "", _("A space stands before a mark. Delete it."), _("Delete it"))


def _gaps(turn: Turn) -> Iterator[Seen]:
    text = _("Several spaces stand between two words. One is enough.")
    return _mended(turn, "W015", _GAP, " ", text, _("Write one space"))


def _blank_lines(turn: Turn) -> Iterator[Seen]:
    newline = "\r\n" if "\r\n" in turn.content else "\n" if "\n" in turn.content else "\r"
    text = _("Several empty lines stand here. One is enough: the model sees each of them.")
    return _mended(turn, "W017", _BLANK_LINES, newline * 2, text, _("Write one empty line"))


def _shouts(turn: Turn) -> Iterator[Seen]:
    for match in _SHOUT.finditer(turn.content):
        span = _at(turn, *match.span())
        text = _("“{marks}” is more than a narrator should learn to write. One mark carries as far: {one}")
        fix = Fix(_("Write {new}").format(new=match[1]), (Edit(span, match[1]),))
        yield Seen("W029", Finding(span, text.format(marks=match[0], one=match[1]), fix))


def _label(turn: Turn) -> Iterator[Seen]:
    match = _LABEL.match(turn.content)
    if match:
        text = _("The tag says who speaks; “{label}” would be learned as part of every answer. Delete it.")
        span = _at(turn, 0, match.end())
        yield Seen("W018", Finding(span, text.format(label=match[0].strip()), Fix(_("Delete it"), (Edit(span, ""),))))


def _left_over(turn: Turn) -> Iterator[Seen]:
    for match in _LEFT_OVER.finditer(turn.content):
        text = _("“{word}” was left here for later. Write what belongs here, or move the note into a comment.")
        yield Seen("W008", Finding(_at(turn, *match.span()), text.format(word=match[0])))


def _holes(turn: Turn) -> Iterator[Seen]:
    """A place that was to be filled in."""
    for match in _HOLE.finditer(turn.content):
        text = _("“{hole}” is a place that was to be filled in. Write what belongs here.")
        yield Seen("W007", Finding(_at(turn, *match.span()), text.format(hole=quoted(match[0]))))


def _says_nothing(turn: Turn) -> Iterator[Seen]:
    if not any(c.isalnum() for c in turn.content):
        text = _("“{text}” says nothing. Write the turn, or delete the block.")
        yield Seen("W007", Finding(turn.content_span, text.format(text=quoted(turn.content))))


def _emphasis(turn: Turn) -> Iterator[Seen]:
    if turn.content.count("**") % 2:
        place = turn.content.rfind("**")
        text = _("This ** has no partner, so the emphasis never ends. Put the other one, or delete it.")
        yield Seen("W028", Finding(_at(turn, place, place + 2), text))


def _unpaired(turn: Turn) -> Iterable[Seen]:
    """A quotation that is not closed; one that goes on in the next paragraph opens there again."""
    content = turn.content
    whole = content.count('"') % 2 == 0 and content.count("“") == content.count("”")
    return () if whole else _open_ended(turn)


def _open_ended(turn: Turn) -> Iterator[Seen]:
    start = 0
    for line in turn.content.splitlines(keepends=True):
        end = start + len(line)
        odd = line.count('"') % 2 or line.count("“") < line.count("”")
        if odd and not turn.content[end : end + 80].lstrip().startswith(('"', "“")):
            place = start + max(line.rfind(mark) for mark in _QUOTES)
            text = _("This quotation mark has no partner. Put the other one, or delete it.")
            yield Seen("W027", Finding(_at(turn, place, place + 1), text))
            return
        start = end


def _by_dm(turn: Turn) -> Iterator[Seen]:
    content = turn.content
    if len(content) > _LONG and len(content.split()) > LONG_DM:
        text = _("This turn has {count} words. A small model learns short turns better: aim for 50, and split it.")
        yield Seen("W003", Finding(_at(turn, 0, 1), text.format(count=len(content.split()))))
    if "ou " in content:
        yield from _for_the_player(turn)
    if not turn.tool_calls:
        last = content[-1]
        if last not in _ENDS and len(content.split()) > 4 and (last.isalpha() or last in ",;"):
            text = _("The turn ends in the middle of a sentence. End it, so that the model learns where to stop.")
            yield Seen("W030", Finding(_at(turn, len(content) - 1, len(content)), text))


def _machine(turn: Turn) -> Iterator[Seen]:
    if turn.speaker is Speaker.DM:
        for match in _MACHINE.finditer(turn.content):
            text = _("“{words}” is how an assistant speaks, not a Dungeon Master. Delete it.")
            yield Seen("W019", Finding(_at(turn, *match.span()), text.format(words=match[0])))


def _for_the_player(turn: Turn) -> Iterator[Seen]:
    """The narrator puts words into the player's mouth, or decides for them."""
    content = turn.content
    if '"' not in content and "“" not in content and not _DECIDE.search(content):
        return
    for match in _QUOTED_YOU.finditer(content):
        place = match.start() - 1
        said = content[max(0, place - 2) : max(0, place)] in ('" ', "” ")
        after = content[match.end() : match.end() + 6].lstrip(" ")
        quoted_after = after[:1] in (",", ":") and after[1:].lstrip(" ")[:1] in ('"', "“")
        if content[place : place + 1] in ("Y", "y") and (said or quoted_after):
            yield _spoken(turn, match)
    for match in _DECIDE.finditer(content):
        if content[match.start() - 1 : match.start()] == "Y":
            yield _spoken(turn, match)


def _spoken(turn: Turn, match: re.Match[str]) -> Seen:
    words = turn.content[match.start() - 1 : match.end()]
    text = _("“{words}” speaks or decides for the player. Tell what they meet, and let them answer.")
    return Seen("W001", Finding(_at(turn, match.start() - 1, match.end()), text.format(words=words)))


def _by_user(turn: Turn) -> Iterator[Seen]:
    if len(turn.content.split()) > LONG_USER:
        text = _("This turn has {count} words. Players write a sentence or two; aim for that, and split it.")
        yield Seen("W025", Finding(_at(turn, 0, 1), text.format(count=len(turn.content.split()))))


_SLIPS: tuple[tuple[tuple[str, ...], Teller], ...] = (
    (("  ", "\t"), _gaps),
    ((" ,", " .", " ?", " !", " ;"), _spaced_marks),
    (("\n\n\n", "\r", "\n \n"), _blank_lines),
    (("!!", "??"), _shouts),
    (("TODO", "FIXME", "TBD", "XXX"), _left_over),
    (("{", "[NAME", "[name", "[...", "[…", "___", "orem ipsum"), _holes),
    (("**",), _emphasis),
    (('"', "“", "”"), _unpaired),
    (("AI", "language model", "sorry, but", "I cannot", "hope this helps"), _machine),
)  # fmt: skip
"""A few letters without which a slip cannot be there, and the look for it."""
