"""Owns the checks of family S: blocks, front matter and the sections of SYSTEM."""

import re
from collections.abc import Callable, Iterator

from studio.errors import did_you_mean
from studio.language import N_, _
from studio.lint.diagnostics import Finding, Fix, Reach, Reading, Rule, Severity, quoted
from studio.scenario import BlockKind, Edit, ProblemKind, Span, Speaker
from studio.scenario.parser import TYPES
from studio.scenario.sheet import SECTIONS

FRONT_KEYS = ("title", "type", "tags", "weight", "player", "seed", "parent", "writer", "accepted")
"""The keys that front matter may have; the last three are written by the studio into what it makes."""

_HIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u2028\u2029]+")
_DAY = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])\Z")
_UNSEEN = "\u200b\u2028\u2029"
_SEEN = bytes(byte for byte in range(256) if (byte >= 0x20 and byte != 0x7F) or byte in b"\t\n\r")
"""The bytes of UTF-8 that are no part of a control character."""


def reported(
    code: str, severity: Severity, title: str, kind: ProblemKind, sentence: str, mend: str | None = None
) -> Rule:
    """A rule that turns what the parser reported into a sentence, with its edit as the fix."""

    def check(reading: Reading) -> Iterator[Finding]:
        return told(reading) if kind in reading.problems else iter(())

    def told(reading: Reading) -> Iterator[Finding]:
        for problem in reading.of(kind):
            fields = {name: quoted(value) for name, value in problem.fields.items()}
            fix = Fix(_(mend).format(**fields), (problem.edit,)) if mend and problem.edit else None
            yield Finding(problem.span, _(sentence).format(**fields), fix)

    return Rule(code, severity, title, check, Reach.REPORT)


def _elsewhere(reading: Reading) -> Iterator[Finding]:
    """S001 and S002 are found where the file is read; a text that is here is neither."""
    yield from ()


def _start(reading: Reading) -> Span:
    return Span(0, 0)


def _empty(reading: Reading) -> Iterator[Finding]:
    kinds = {block.kind for block in reading.parsed.blocks}
    if kinds <= {BlockKind.BLANK, BlockKind.COMMENT}:
        yield Finding(_start(reading), _("The file is empty. Begin with a <SYSTEM> block, then add turns."))


def _tag_span(span: Span) -> Span:
    return Span(span.start, min(span.end, span.start + len("<SYSTEM>")))


def _no_system(reading: Reading) -> Iterator[Finding]:
    told = {BlockKind.BLOCK, BlockKind.UNKNOWN, BlockKind.TEXT, BlockKind.STRAY, BlockKind.FRONT}
    if not reading.systems and any(block.kind in told for block in reading.parsed.blocks):
        text = _(
            "There is no <SYSTEM> block. Put one before the first turn: it tells the model its role and the party."
        )
        yield Finding(_start(reading), text)


def _two_systems(reading: Reading) -> Iterator[Finding]:
    for span in reading.systems[1:]:
        text = _("This is a second <SYSTEM> block; only the first is read. Join them, or make two files.")
        yield Finding(_tag_span(span), text)


def _system_late(reading: Reading) -> Iterator[Finding]:
    systems, turns = reading.systems, reading.scenario.turns
    if systems and turns and turns[0].span.start < systems[0].start:
        yield Finding(_tag_span(systems[0]), _("<SYSTEM> stands after the first turn. Move it to the top of the file."))


def _unknown_key(reading: Reading) -> Iterator[Finding]:
    for key, (span, _value) in reading.parsed.front_spans.items():
        if key in FRONT_KEYS:
            continue
        near = did_you_mean(key, FRONT_KEYS)
        if near is None or near in reading.parsed.front_spans:
            known = ", ".join(FRONT_KEYS)
            text = _("Front matter has no key “{key}”, so it is not used. The keys are {known}.")
            yield Finding(span, text.format(key=quoted(key), known=known))
            continue
        text = _("Front matter has no key “{key}”, so it is not used. Did you mean “{near}”?")
        fix = Fix(_("Write {near}").format(near=near), (Edit(span, near),))
        yield Finding(span, text.format(key=quoted(key), near=near), fix)


def _is_weight(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1000


_WANTED: dict[str, tuple[Callable[[object], bool], str]] = {
    "title": (lambda value: isinstance(value, str), N_("a line of text")),
    "type": (lambda value: value in TYPES, N_("combat, roleplay, exploration or mixed")),
    "tags": (
        lambda value: isinstance(value, list) and all(isinstance(tag, str) for tag in value),
        N_("a list of words such as [river, bargain]"),
    ),
    "weight": (_is_weight, N_("a number above 0, at most 1000")),
    "player": (lambda value: isinstance(value, str), N_("the name of a character of the party")),
    "seed": (lambda value: isinstance(value, int) and not isinstance(value, bool), N_("a whole number")),
    "parent": (lambda value: isinstance(value, str), N_("the path of a scenario")),
    "writer": (lambda value: isinstance(value, str), N_("the name of a model")),
    "accepted": (lambda value: isinstance(value, str) and bool(_DAY.match(value)), N_("a day such as 2026-11-21")),
}


def _bad_value(reading: Reading) -> Iterator[Finding]:
    for key, (fits, wanted) in _WANTED.items():
        if key not in reading.parsed.front_spans:
            continue
        key_span, span = reading.parsed.front_spans[key]
        if not fits(reading.scenario.metadata.get(key)):
            text = _("“{key}” should be {wanted}.").format(key=key, wanted=_(wanted))
            yield Finding(span if span.end > span.start else key_span, text)


def _no_turns(reading: Reading) -> Iterator[Finding]:
    systems = reading.systems
    if systems and not reading.scenario.turns:
        text = _("The scenario has no turn after <SYSTEM>. Add a <User> line and the <DM>'s answer.")
        yield Finding(_tag_span(systems[0]), text)


def _empty_turn(reading: Reading) -> Iterator[Finding]:
    for turn in reading.turns:
        if not turn.content:
            text = _("This {speaker} turn is empty. Write what is said, or delete the block.")
            yield Finding(turn.span, text.format(speaker=turn.speaker))


def _no_dm(reading: Reading) -> Iterator[Finding]:
    turns = reading.scenario.turns
    if turns and all(turn.speaker is not Speaker.DM for turn in turns):
        text = _("No <DM> turn: the model learns from these alone, so this file teaches nothing. Add the answer.")
        yield Finding(turns[-1].span, text)


def _missing_section(reading: Reading) -> Iterator[Finding]:
    system = reading.scenario.system
    for name in SECTIONS[:3]:
        if system is None or not system.content.strip():
            return
        if getattr(system, name) is None:
            title = name.title()
            text = _(
                "SYSTEM says nothing under “# {title}”. The model plays better when it knows; add a sentence or two."
            )
            yield Finding(_tag_span(system.span), text.format(title=title))


def _unknown_section(reading: Reading) -> Iterator[Finding]:
    for problem in reading.of(ProblemKind.SECTION_UNKNOWN):
        title = problem.fields["title"]
        near = did_you_mean(title, SECTIONS)
        present = reading.scenario.system.section_spans if reading.scenario.system else {}
        if near and near not in present:
            text = _("SYSTEM has no section “{title}”. Did you mean “# {near}”?")
            fix = Fix(_("Write # {near}").format(near=near.title()), (Edit(problem.span, near.title()),))
            yield Finding(problem.span, text.format(title=quoted(title), near=near.title()), fix)
        else:
            text = _("“# {title}” is no section that Lorewright reads; the model still sees its text. "
                     "The sections are Role, World, Location and Party.")  # fmt: skip
            yield Finding(problem.span, text.format(title=quoted(title)))


def _empty_system(reading: Reading) -> Iterator[Finding]:
    system = reading.scenario.system
    if system is not None and not system.content.strip():
        yield Finding(system.span, _("The <SYSTEM> block is empty. Write # Role, # World, # Location and # Party."))


def _control(reading: Reading) -> Iterator[Finding]:
    """Control characters, each run of them once; most texts hold none, which is seen without looking for each."""
    start, end = reading.stretch.start, reading.stretch.end
    text = reading.text[start:end]
    if not text.encode("utf-8", "surrogatepass").translate(None, _SEEN) and not any(sign in text for sign in _UNSEEN):
        return
    for match in _HIDDEN.finditer(reading.text, start, end):
        sentence = _("An invisible control character ({name}) stands here; the model would learn it. Delete it.")
        fix = Fix(_("Delete it"), (Edit(Span(*match.span()), ""),))
        yield Finding(Span(*match.span()), sentence.format(name=f"U+{ord(match[0][0]):04X}"), fix)


_REPORTED = (
    reported("S007", Severity.ERROR, N_("A block is not closed"), ProblemKind.UNCLOSED,
             N_("This <{block}> is never closed. Put </{block}> after its text."),
             N_("Insert </{block}>")),
    reported("S008", Severity.ERROR, N_("A closing tag closes nothing"), ProblemKind.STRAY_CLOSE,
             N_("</{tag}> closes nothing here. Delete it, or put the opening tag before its text."),
             N_("Delete it")),
    reported("S009", Severity.ERROR, N_("A block is closed by another's tag"), ProblemKind.WRONG_CLOSE,
             N_("{written} closes a <{block}> block. Write </{block}> here."),
             N_("Write </{block}>")),
    reported("S010", Severity.ERROR, N_("A tag is misspelt"), ProblemKind.SPELLING,
             N_("The tag {written} is misspelt. Write {right}."),
             N_("Write {right}")),
    reported("S011", Severity.ERROR, N_("An unknown block"), ProblemKind.UNKNOWN_BLOCK,
             N_("There is no block <{tag}>, so its text is not used. The blocks are SYSTEM, User, DM and TOOLCALL.")),
    reported("S012", Severity.ERROR, N_("A block inside a block"), ProblemKind.NESTED,
             N_("This block stands inside a <{outer}> block. Close <{outer}> before it: turns follow each other.")),
    reported("S013", Severity.ERROR, N_("Text outside the blocks"), ProblemKind.OUTSIDE,
             N_("“{text}” stands outside every block, so it is not used. Move it into a block, or make it a comment."),
             N_("Make it a comment")),
    reported("S014", Severity.ERROR, N_("A comment is not closed"), ProblemKind.COMMENT_UNCLOSED,
             N_("This comment is never closed. Put --> after it."),
             N_("Insert -->")),
    reported("S015", Severity.WARNING, N_("A comment inside a block"), ProblemKind.COMMENT_INSIDE,
             N_("A comment inside a <{block}> block is text to the model like any other. Move it between blocks.")),
    reported("S016", Severity.WARNING, N_("A tag inside a block"), ProblemKind.INNER_TAG,
             N_("<{tag}> inside a <{block}> block is text like any other: the model sees it. "
                "Delete it, or end the block first if a turn should begin here.")),
    reported("S017", Severity.ERROR, N_("Front matter is not closed"), ProblemKind.FRONT_UNCLOSED,
             N_("The front matter that begins here is never closed. Put a line of three dashes after it."),
             N_("Insert ---")),
    reported("S018", Severity.ERROR, N_("Front matter cannot be read"), ProblemKind.FRONT_BROKEN,
             N_("The front matter cannot be read: {reason}. Write lines such as `title: The Toll`.")),
    reported("S026", Severity.WARNING, N_("A section stands twice"), ProblemKind.SECTION_TWICE,
             N_("SYSTEM has “# {title}” twice; only the first is read. Join the two.")),
    reported("S029", Severity.ERROR, N_("A key stands twice in front matter"), ProblemKind.FRONT_REPEATED,
             N_("Front matter has “{key}” twice; the last one counts. Delete one.")),
)  # fmt: skip
"""The rows whose findings the parser has made already."""


def rules() -> tuple[Rule, ...]:
    """The rows of family S."""
    error, warning, hint = Severity.ERROR, Severity.WARNING, Severity.HINT
    head, outline, turn = Reach.HEAD, Reach.OUTLINE, Reach.TURN
    return (
        *_REPORTED,
        Rule("S001", error, N_("The file is not UTF-8 text"), _elsewhere, head),
        Rule("S002", error, N_("The file is too large"), _elsewhere, head),
        Rule("S003", error, N_("The file is empty"), _empty, outline),
        Rule("S004", error, N_("No SYSTEM block"), _no_system, outline),
        Rule("S005", error, N_("A second SYSTEM block"), _two_systems, outline),
        Rule("S006", error, N_("SYSTEM is not first"), _system_late, outline),
        Rule("S019", warning, N_("An unknown key in front matter"), _unknown_key, head),
        Rule("S020", error, N_("A value in front matter does not fit"), _bad_value, head),
        Rule("S021", warning, N_("No turns"), _no_turns, outline),
        Rule("S022", error, N_("An empty turn"), _empty_turn, turn),
        Rule("S023", warning, N_("Nothing to learn from"), _no_dm, outline),
        Rule("S024", hint, N_("SYSTEM leaves a section out"), _missing_section, head),
        Rule("S025", warning, N_("An unknown section of SYSTEM"), _unknown_section, head),
        Rule("S027", error, N_("SYSTEM is empty"), _empty_system, head),
        Rule("S028", warning, N_("An invisible control character"), _control, turn),
    )
