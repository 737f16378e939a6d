"""Owns what can be written next at a place of a scenario; knows no editor.

The place is the line before it and the block that it stands in, so that an answer costs one line, not the file; what
stands further around comes as `Surroundings`, which are asked only where they matter.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from studio.language import _
from studio.scenario.blocks import TAGS
from studio.scenario.call_completion import Arguments
from studio.scenario.candidates import Candidate, Completion, Names, fitting
from studio.scenario.model import Span
from studio.scenario.sheet_completion import in_front, in_system
from studio.scenario.snippets import Snippet, Snippets, Stop
from studio.scenario.surroundings import Surroundings
from studio.scenario.tools import ToolTable
from studio.scenario.vocabulary import Vocabulary

__all__ = ["Candidate", "Completer", "Completion", "Names"]

_TAG = re.compile(r"<(/?)([A-Za-z]*)$")
_CALL = re.compile(r"\[([^\[\]]*)$")
_OPENING = re.compile(r"(\*[A-Z]*)$")
_BARE = re.compile(r"\ufeff?\s*([^\W\d_]{0,24})$")
_FRESH = re.compile(r"(?:^\s*|<(?:User|DM|TOOLCALL)>)([a-zß-öø-ÿ]{3,24})$")
_LAST = re.compile(r"(?:^|[\s>])([^\W\d_]{0,24})$")
_NUMBER = re.compile(r"(?<=: )[0-9]+|(?<=\*)[0-9]+(?=\*)")


@dataclass(frozen=True, slots=True)
class Completer:
    """Answers for one table of tools, one vocabulary and one table of snippets."""

    tools: ToolTable = field(default_factory=ToolTable.shipped)
    words: Vocabulary = field(default_factory=Vocabulary.shipped)
    snippets: Snippets = field(default_factory=Snippets.shipped)

    def complete(
        self, line: str, block: str | None, names: Names, around: Surroundings | None = None, *, asked: bool = False
    ) -> Completion:
        """What can follow `line` (up to the cursor) in `block`: a tag's name, `front`, or None outside of blocks.

        `asked` is where a person asks for the list; blocks on an empty line and snippets amid a turn come only then.
        By itself a snippet comes where three small letters begin a line or a turn.
        """
        if around is not None and around.party:
            names = _named(around)
        tag = _TAG.search(line)
        if tag:
            return fitting(tag[2], _tags(bool(tag[1]), block, around), extra=1 + len(tag[1]))
        found = self._inside(line, block, names, around, asked=asked)
        word = (_LAST if asked else _FRESH).search(line)
        if word is None or found.candidates or block in (None, "front") or "[" in line[line.rfind("]") + 1 :]:
            return found
        return fitting(word[1], self._snippets(block, around)) if asked or block != "SYSTEM" else found

    def following(self, around: Surroundings) -> Completion:
        """The blocks that may follow at a place between blocks, the likely one first; nothing was begun."""
        return Completion(0, tuple(_due(around)))

    def _inside(
        self, line: str, block: str | None, names: Names, around: Surroundings | None, *, asked: bool
    ) -> Completion:
        if block == "DM":
            return self._narration(line, names, around, asked=asked)
        if block == "SYSTEM":
            bare = _BARE.match(line) if around is not None and around.in_party else None
            sheets = fitting(bare[1], self._snippets(block, around)) if bare and bare[1] else Completion()
            return sheets if sheets.candidates else in_system(line, self.words, around)
        if block == "front":
            return in_front(line, names, around)
        if block == "TOOLCALL":
            begun = line.rpartition("<TOOLCALL>")[2].lstrip()
            owed = around.owed if around is not None and ":" not in begun else None
            return fitting(begun, (_line(owed, _("answers the call")),)) if owed else Completion()
        return self._between(line, around, asked=asked) if block is None else Completion()

    def _between(self, line: str, around: Surroundings | None, *, asked: bool) -> Completion:
        """Between blocks: a snippet by its word, and where a person asks, the blocks too."""
        bare = _BARE.match(line)
        if bare is None or not (bare[1] or asked):
            return Completion()
        pieces = list(self._snippets(None, around))
        if around is not None and not around.text[: around.offset - len(bare[1])].strip("\ufeff \t\r\n"):
            pieces = [*self._snippets("start", around), *(one for one in pieces if "<SYSTEM>" not in one.text)]
        return fitting(bare[1], [*(_tags(False, None, around) if asked and not bare[1] else ()), *pieces])

    def _narration(self, line: str, names: Names, around: Surroundings | None, *, asked: bool) -> Completion:
        call = _CALL.search(line)
        if call:
            return Arguments(self.tools, self.words, names, around).after(call[1])
        words = line.rpartition("<DM>")[2]
        opening = _OPENING.match(words.lstrip())
        if opening is None and not (asked and "<DM>" in line and not words):
            return Completion()
        due = around.opening if around is not None else None
        if opening is None and due is None:
            return Completion()
        ordered = sorted(self.words.outcomes, key=lambda word: word != due)
        detail = _("by the DC of the check") if due else ""
        candidates = (Candidate(f"{word} ", detail if word == due else "", "outcome") for word in ordered)
        return fitting(opening[1] if opening else "", candidates)

    def _snippets(self, place: str | None, around: Surroundings | None) -> Iterator[Candidate]:
        values = around.values() if around is not None else {}
        for snippet in self.snippets.within(place):
            if not (around is not None and around.has_system and "<SYSTEM>" in snippet.body):
                yield _piece(snippet, values)


def _named(around: Surroundings) -> Names:
    items = dict.fromkeys(item.name for one in around.party for item in one.inventory)
    return Names(tuple(one.name for one in around.party), tuple(items))


def _piece(snippet: Snippet, values: dict[str, str]) -> Candidate:
    made = snippet.expand(values)
    back = len(made.text) - made.stops[0].span.end
    return Candidate(made.text, _(snippet.about), "snippet", back, made.stops, snippet.trigger)


def _tags(closing: bool, block: str | None, around: Surroundings | None) -> Iterator[Candidate]:
    """The tags that may follow, the likely one first."""
    if closing or block in TAGS:
        yield from (Candidate(f"</{tag}>", _("end of the block"), "tag") for tag in TAGS if block in (tag, None))
    elif around is None:
        yield from (_block(tag) for tag in TAGS)
    else:
        yield from _due(around)
        due = {one.tag for one in around.due} | ({"SYSTEM"} if around.has_system else set())
        yield from (_block(tag) for tag in TAGS if tag not in due)


def _due(around: Surroundings) -> Iterator[Candidate]:
    for due in around.due:
        about = _("answers {call}").format(call=due.answers) if due.answers else _about_tag(due.tag)
        yield _block(due.tag, due.content, about)


def _block(tag: str, content: str = "", about: str = "") -> Candidate:
    """A block to write into; a result has its numbers as stops."""
    text = f"<{tag}>{content}</{tag}>"
    back = len(tag) + 3
    return Candidate(text, about or _about_tag(tag), "tag", back, _numbers(text) if tag == "TOOLCALL" else ())


def _line(content: str, about: str) -> Candidate:
    """The line of a result, its die and its total to be typed over."""
    return Candidate(content, about, "result", 0, _numbers(content))


def _numbers(text: str) -> tuple[Stop, ...]:
    """The die and the total of a result, then its end; nothing where there are no numbers."""
    spans = [Span(*match.span()) for match in _NUMBER.finditer(text)]
    ends = [Span(len(text), len(text))] if spans else []
    return tuple(Stop(number, span) for number, span in enumerate([*spans, *ends], 1))


def _about_tag(tag: str) -> str:
    about = {
        "SYSTEM": _("the world, the place and the party"),
        "User": _("what the player says"),
        "DM": _("what the narrator answers"),
        "TOOLCALL": _("the result of a roll"),
    }
    return about[tag]
