"""Owns the rows of family W, and its checks of a scenario as a whole: what a table should do and leave alone."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain

from studio.language import N_, _
from studio.lint.asking import asked
from studio.lint.diagnostics import Check, Finding, Fix, Look, Reach, Reading, Rule, Severity
from studio.lint.writing import written
from studio.scenario import Edit, Span, Speaker, Turn

FEW_TURNS, FEW_CHECKS, LONG_SYSTEM = 4, 5, 8000
"""Shorter stories are not judged as a whole; longer SYSTEM blocks leave little room for play."""

_NOTE = re.compile(r"\b(?:TODO|FIXME|TBD|XXX)\b|[Ll]orem ipsum|\{[A-Za-z][A-Za-z0-9_ ]{0,30}\}")
_NEEDLES = ("TODO", "FIXME", "TBD", "XXX", "orem ipsum", "{")
_MARKS = re.compile("[\"'“”‘’]")


_WORDS = Look("words", lambda reading: chain(written(reading), asked(reading)))


def _repeated(speaker: Speaker, words: int, sentence: str) -> Check:
    """A turn that stands twice, word for word."""

    def check(reading: Reading) -> Iterator[Finding]:
        for turn in reading.turns if reading.echoes else ():
            if turn.speaker is speaker and turn.index in reading.echoes and len(turn.content.split()) >= words:
                yield Finding(turn.content_span, _(sentence))

    return check


def _note_in_system(reading: Reading) -> Iterator[Finding]:
    system = reading.scenario.system
    if system is None or not any(needle in system.content for needle in _NEEDLES):
        return
    for match in _NOTE.finditer(system.content):
        start = system.content_span.start
        text = _("“{word}” was left in SYSTEM for later. Write what belongs here: the model reads it in every turn.")
        yield Finding(Span(start + match.start(), start + match.end()), text.format(word=match[0]))


def _long_system(reading: Reading) -> Iterator[Finding]:
    system = reading.scenario.system
    if system is not None and len(system.content) > LONG_SYSTEM:
        text = _("SYSTEM has {count} characters, and every turn of play pays for them. Keep what this story needs.")
        span = Span(system.span.start, system.span.start + len("<SYSTEM>"))
        yield Finding(span, text.format(count=len(system.content)))


def _mixed_quotes(reading: Reading) -> Iterator[Finding]:
    """Straight and curly marks in one file: the rarer kind is told at its first place, and the fix turns all of it."""
    text = reading.text
    curly = text.count("“") + text.count("”")
    straight = text.count('"') if curly else 0
    if not straight or not curly:
        return
    wrong = '"' if straight <= curly else "“”"
    turns = [turn for turn in reading.turns if turn.speaker is not Speaker.TOOLCALL]
    edits = [edit for turn in turns for edit in _turned(turn, wrong)]
    if edits and any((mark in turn.content) for turn in turns for mark in ("“”" if wrong == '"' else '"')):
        kind = _("straight") if wrong == '"' else _("curly")
        said = _(
            "Quotation marks are straight here and curly there; most differ from this {kind} one. Keep to one kind."
        )
        fix = Fix(_("Turn the {kind} ones").format(kind=kind), tuple(edits))
        yield Finding(edits[0].span, said.format(kind=kind), fix)


def _turned(turn: Turn, wrong: str) -> Iterator[Edit]:
    """The marks of one kind, each as the other kind writes it there."""
    for match in _MARKS.finditer(turn.content):
        if match[0] in wrong:
            before = turn.content[match.start() - 1 : match.start()]
            opens = not before or before.isspace() or before in "(—–-["
            new = ("“" if opens else "”") if wrong == '"' else '"'
            start = turn.content_span.start
            yield Edit(Span(start + match.start(), start + match.end()), new)


def _no_call(reading: Reading) -> Iterator[Finding]:
    turns = reading.narrated
    if len(turns) >= FEW_TURNS and not any(turn.tool_calls for turn in turns):
        text = _("No turn of this scenario calls a tool. Some talk is well; a file without any roll teaches no rules.")
        yield Finding(Span(turns[0].span.start, turns[0].span.start + len("<DM>")), text)


def _one_way(place: int, sentence: str) -> Check:
    """Every check of a scenario goes the same way."""

    def check(reading: Reading) -> Iterator[Finding]:
        words = reading.vocabulary.outcomes[:2]
        opened = [turn for turn in reading.narrated if turn.content.startswith(words)]
        if len(opened) < FEW_CHECKS:
            return
        ways = Counter(turn.content.startswith(words[0]) for turn in opened)
        if ways[place == 0] >= FEW_CHECKS and not ways[place != 0]:
            start = opened[-1].content_span.start
            yield Finding(Span(start, start + len(words[place])), _(sentence))

    return check


def _unanswered_player(reading: Reading) -> Iterator[Finding]:
    turns = reading.turns
    if turns and turns[-1].speaker is Speaker.USER and any(turn.speaker is Speaker.DM for turn in turns):
        text = _("The scenario ends with the player's line, which nothing is learned from. Add the <DM>'s answer.")
        yield Finding(turns[-1].span, text)


def _twice_in_a_row(reading: Reading) -> Iterator[Finding]:
    for place, turn in enumerate(reading.turns[1:], 1):
        before = reading.turns[place - 1]
        if turn.speaker is before.speaker and turn.speaker is not Speaker.TOOLCALL and turn.content:
            text = _(
                "Two {speaker} turns follow each other; the model sees them as one. Join them, or let another speak."
            )
            yield Finding(Span(turn.span.start, turn.content_span.start), text.format(speaker=turn.speaker))


_OF_A_TURN = {
    "W001": (Severity.WARNING, N_("The narrator speaks for the player")),
    "W002": (Severity.WARNING, N_("The player names the skill")),
    "W003": (Severity.HINT, N_("A very long turn of the narrator")),
    "W004": (Severity.WARNING, N_("Several checks in one turn")),
    "W007": (Severity.WARNING, N_("A place that was to be filled in")),
    "W008": (Severity.WARNING, N_("A note left for later")),
    "W010": (Severity.WARNING, N_("A word stands twice")),
    "W015": (Severity.HINT, N_("Several spaces between words")),
    "W016": (Severity.HINT, N_("A space before a mark")),
    "W017": (Severity.HINT, N_("Several empty lines in a turn")),
    "W018": (Severity.WARNING, N_("The speaker's name in the text")),
    "W019": (Severity.WARNING, N_("The narrator speaks as an assistant")),
    "W020": (Severity.WARNING, N_("A roll in words only")),
    "W021": (Severity.WARNING, N_("The turn goes on after a roll's call")),
    "W022": (Severity.HINT, N_("A call in the middle of a line")),
    "W025": (Severity.HINT, N_("A very long turn of the player")),
    "W027": (Severity.HINT, N_("A quotation mark without its partner")),
    "W028": (Severity.HINT, N_("Emphasis that never ends")),
    "W029": (Severity.HINT, N_("Several marks in a row")),
    "W030": (Severity.HINT, N_("A turn that ends in mid-sentence")),
}


def rules() -> tuple[Rule, ...]:
    """The rows of family W."""
    warning, hint = Severity.WARNING, Severity.HINT
    rows = (_WORDS.rule(code, severity, title, Reach.TURN) for code, (severity, title) in _OF_A_TURN.items())
    return (
        *rows,
        Rule("W005", warning, N_("The narrator repeats a turn"), _repeated(
            Speaker.DM, 6,
            N_("The narrator has said this before, word for word. Write it anew: a model soon repeats itself.")),
            Reach.ECHO),
        Rule("W006", hint, N_("The player repeats a turn"), _repeated(
            Speaker.USER, 4,
            N_("The player has said this before, word for word. Vary it, so that the model learns the meaning.")),
            Reach.ECHO),
        Rule("W009", warning, N_("A note left in SYSTEM"), _note_in_system, Reach.HEAD),
        Rule("W011", hint, N_("Straight and curly quotation marks"), _mixed_quotes),
        Rule("W012", hint, N_("No tool is called"), _no_call, Reach.OUTLINE),
        Rule("W013", hint, N_("No roll fails"), _one_way(
            0, N_("All checks of this scenario succeed. Let one fail: the model must see how that is told.")),
            Reach.OUTLINE),
        Rule("W014", hint, N_("No roll succeeds"), _one_way(
            1, N_("All checks of this scenario fail. Let one succeed, or the model learns to say no.")),
            Reach.OUTLINE),
        Rule("W023", warning, N_("The player has the last word"), _unanswered_player, Reach.OUTLINE),
        Rule("W024", hint, N_("Two turns of one speaker in a row"), _twice_in_a_row, Reach.TURN),
        Rule("W026", hint, N_("A very long SYSTEM"), _long_system, Reach.HEAD),
    )  # fmt: skip
