"""Owns what the replay sees in the words of a DM turn: the outcome that it opens with, and what it says of the roll."""

import re
from collections.abc import Iterator

from studio.language import _
from studio.lint.diagnostics import Finding, Fix, Seen, quoted
from studio.lint.state import Rulebook, State
from studio.rules.resolve import Outcome, outcome_word
from studio.scenario import Edit, Span, Turn

_ANY_WORD = re.compile(r"[*_]{0,3}([A-Za-z]{3,20})[*_]{0,3}(?:[ \t]{0,2}[:.!][*_]{0,3})?")
_STARRED = re.compile(r"\*([A-Za-z]{3,20})\*")
_ALIKE = {
    "success": Outcome.SUCCESS, "succeeded": Outcome.SUCCESS, "succeed": Outcome.SUCCESS, "successful": Outcome.SUCCESS,
    "failed": Outcome.FAILURE, "failure": Outcome.FAILURE, "fail": Outcome.FAILURE, "fails": Outcome.FAILURE,
}  # fmt: skip
"""What a written outcome probably means where it is not one of the rules' words."""

_SENTENCE = re.compile(r"[^.!?\r\n]{1,300}")
_LOST = re.compile(
    r"\b(?:[Yy]ou|[Ii]t|[Ss]?[Hh]e|[Tt]hey) (?:fails?|failed|miss|misses|missed|fall short|don't manage)\b"
    r"|\b(?:[Tt]he|[Yy]our) (?:attempt|try|blow|shot|roll) (?:fails|failed|misses|missed|goes wide)\b"
)  # fmt: skip
_WON = re.compile(
    r"\b(?:[Yy]ou|[Ii]t|[Ss]?[Hh]e|[Tt]hey) (?:succeed|succeeds|succeeded|manage to|manages to|managed to)\b"
    r"|\b(?:[Tt]he|[Yy]our) (?:attempt|try|blow|shot|roll) (?:succeeds|succeeded|lands|landed|strikes home)\b"
    r"|\b[Ss]uccessfully\b"
)  # fmt: skip
AGAINST = {Outcome.SUCCESS: _LOST, Outcome.FAILURE: _WON}
"""By which words a turn tells the opposite of an outcome; evaluation asks a model's turns for them, too."""

_FACE = re.compile(
    r"\b(?:roll|rolls|rolled|total of|roll of|result of|result is|natural|nat)(?: (?:a|an|of))? ([0-9]{1,3})\b",
    re.IGNORECASE,
)
_NO_DIE = re.compile(r"[^\S\r\n]{0,2}[dD%]")


def told(book: Rulebook, state: State, turn: Turn) -> Iterator[Seen]:
    """What is wrong with how a turn tells the rolls before it."""
    said = _said(book, turn)
    if state.due:
        yield from _due(book, state, turn, said)
    elif not state.unsure:
        yield from _early(book, turn)
    if said is not None:
        yield from _contradiction(book, turn, said)
    if state.faces and not state.unsure:
        yield from _faces(state, turn)


def _said(book: Rulebook, turn: Turn) -> Outcome | None:
    """The outcome that a turn opens with."""
    if turn.content.startswith(book.rules.outcomes.success):
        return Outcome.SUCCESS
    return Outcome.FAILURE if turn.content.startswith(book.rules.outcomes.failure) else None


def _due(book: Rulebook, state: State, turn: Turn, said: Outcome | None) -> Iterator[Seen]:
    """A turn after a check: it opens with the word, and with the right one."""
    start = turn.content_span.start
    judged = set(state.due) if None not in state.due and not state.unsure else set()
    right = next(iter(judged)) if len(judged) == 1 else None
    if said is None:
        if turn.content:
            yield _missing(book, turn, right)
    elif judged and said not in judged and right is not None:
        word, other = outcome_word(said, book.rules) or "", outcome_word(right, book.rules) or ""
        span = Span(start, start + len(word))
        text = _("The roll before this turn came to {right}, but it opens with {word}. Make them the same.")
        fix = Fix(_("Write {word}").format(word=other), (Edit(span, other),), sure=False)
        yield Seen("R108", Finding(span, text.format(right=other, word=word), fix))


def _missing(book: Rulebook, turn: Turn, right: Outcome | None) -> Seen:
    """No word of the rules opens the turn: another form of one, or none at all."""
    start, words = turn.content_span.start, book.rules.outcomes
    match = _ANY_WORD.match(turn.content)
    alike = _ALIKE.get(match[1].lower()) if match and not match[0].isalpha() else None
    if match and alike is not None:
        word = outcome_word(alike, book.rules) or ""
        text = _("“{written}” is another form of {word}. Write {word}, so that the model sees one form.")
        span = Span(start, start + len(match[0]))
        fix = Fix(_("Write {word}").format(word=word), (Edit(span, word),))
        return Seen("R115", Finding(span, text.format(written=quoted(match[0]), word=word), fix))
    text = _("A check came before this turn, so it should open with {words}: say how it went.")
    said = outcome_word(right, book.rules) or f"{words.success} / {words.failure}"
    first = Span(start, start + len(turn.content.split(None, 1)[0]))
    opening = Fix(_("Write {word}").format(word=said), (Edit(Span(start, start), f"{said} "),))
    return Seen("R106", Finding(first, text.format(words=said), opening if right else None))


def _early(book: Rulebook, turn: Turn) -> Iterator[Seen]:
    """An outcome where nothing was rolled."""
    match = _STARRED.match(turn.content)
    words = (book.rules.outcomes.success, book.rules.outcomes.failure)
    if match and match[1].lower() in {word.strip("*").lower() for word in words}:
        start = turn.content_span.start
        span = Span(start, start + len(match[0]))
        after = match.end() + len(turn.content) - match.end() - len(turn.content[match.end() :].lstrip(" \t"))
        text = _("This turn opens with {word}, but no check came before it. Call for a roll first, or delete the word.")
        fix = Fix(_("Delete {word}").format(word=match[0]), (Edit(Span(start, start + after), ""),), sure=False)
        yield Seen("R107", Finding(span, text.format(word=match[0]), fix))


def _contradiction(book: Rulebook, turn: Turn, said: Outcome) -> Iterator[Seen]:
    """The other outcome later in the turn, or its opening sentence tells it."""
    words = {Outcome.SUCCESS: book.rules.outcomes.success, Outcome.FAILURE: book.rules.outcomes.failure}
    word = words[said]
    other = words[Outcome.FAILURE if said is Outcome.SUCCESS else Outcome.SUCCESS]
    start, place = turn.content_span.start, turn.content.find(other, len(word))
    if place >= 0:
        text = _("This turn opens with {word} and says {other} as well. One roll goes one way; delete one of them.")
        yield Seen(
            "R109", Finding(Span(start + place, start + place + len(other)), text.format(word=word, other=other))
        )
        return
    sentence = _SENTENCE.search(turn.content, len(word))
    match = AGAINST[said].search(turn.content, len(word), sentence.end()) if sentence else None
    if match:
        text = _("This turn opens with {word}, but then “{told}” tells the opposite. Make them agree.")
        span = Span(start + match.start(), start + match.end())
        yield Seen("R109", Finding(span, text.format(word=word, told=quoted(match[0]))))


def _faces(state: State, turn: Turn) -> Iterator[Seen]:
    """A number that the narrator gives the roll."""
    if "roll" not in turn.content and "nat" not in turn.content and "total" not in turn.content:
        return
    for match in _FACE.finditer(turn.content):
        if int(match[1]) not in state.faces and not _NO_DIE.match(turn.content, match.end()):
            start = turn.content_span.start
            text = _("The narrator says {number}, but the roll before shows {faces}. Write the number that was rolled.")
            shown = ", ".join(map(str, dict.fromkeys(state.faces)))
            span = Span(start + match.start(1), start + match.end(1))
            yield Seen("R110", Finding(span, text.format(number=match[1], faces=shown)))
