"""Owns the one table of diagnostics, running it over a scenario, and the pages that explain its codes."""

from collections.abc import Container, Iterable, Iterator
from functools import cache
from itertools import chain, islice

from studio.errors import UsageError, did_you_mean
from studio.files import read_text
from studio.language import N_, _
from studio.lint import habits, party, story, structure, tools
from studio.lint.diagnostics import Diagnostic, Finding, Fix, Reach, Reading, Rule, Severity, quoted
from studio.lint.selection import Ignores, Selection, asked, known
from studio.resources import resource
from studio.scenario import BlockKind, Edit, Parsed, Span, Vocabulary

_FAR = 100
"""Code points after a comment's beginning within which the word that asks for silence ends."""


def _silenced(reading: Reading) -> Iterator[Finding]:
    """A comment that is to silence rules and names none; here, since it must know every code."""
    stretch = reading.stretch
    if reading.text.find("lorewright", stretch.start, stretch.end + _FAR) < 0:
        return
    for block in reading.parsed.blocks:
        start = block.content.start
        if block.kind is not BlockKind.COMMENT or not stretch.start <= start < stretch.end:
            continue
        for word, place in asked(reading.text[start : block.content.end]) or ():
            if known(word) and unknown_code((word.upper(),)) is None:
                continue
            span = Span(start + place, start + place + len(word))
            near = did_you_mean(word, TABLE) if len(word) <= 8 else None
            if near is None:
                text = _("“{word}” is no code of a rule, so it silences nothing. Codes look like R103, R1 or R.")
                yield Finding(span, text.format(word=quoted(word)))
            else:
                text = _("“{word}” is no code of a rule, so it silences nothing. Did you mean {near}?")
                fix = Fix(_("Write {near}").format(near=near), (Edit(span, near),), sure=False)
                yield Finding(span, text.format(word=quoted(word), near=near), fix)


_SILENCED = Rule("S030", Severity.WARNING, N_("A silencing comment that names no rule"), _silenced, Reach.TURN)
_RULES = [rule for family in (structure, party, tools, story, habits) for rule in family.rules()]
TABLE: dict[str, Rule] = {rule.code: rule for rule in sorted((*_RULES, _SILENCED), key=lambda rule: rule.code)}
"""Every diagnostic by its code."""

_ALONE = tuple((rule.code, rule.check) for rule in TABLE.values() if rule.look is None)
_UNREPORTED = tuple((code, check) for code, check in _ALONE if TABLE[code].reach is not Reach.REPORT)
_LOOKS = tuple(dict.fromkeys(rule.look for rule in TABLE.values() if rule.look is not None))

FINDINGS_LIMIT = 1000
"""How often one rule speaks about one file; nobody reads on, and searching for suggestions has a cost."""


class UnknownCode(UsageError):
    """A code was named that the table does not have."""

    sentence = N_("There is no diagnostic {code}. {advice}")


def check(parsed: Parsed, vocabulary: Vocabulary | None = None, selection: Selection | None = None) -> list[Diagnostic]:
    """What is to be mended in a scenario, in the order of the text.

    `vocabulary` holds the skills, conditions and outcome words of the rules; the shipped ones where it is None.
    `selection` says which rules speak: all where it is None, but for what the text itself silences.
    """
    reading = Reading(parsed, vocabulary if vocabulary is not None else Vocabulary.shipped())
    silent = selection.silent(TABLE, parsed.scenario.path) if selection is not None else ()
    hidden = Ignores(parsed)
    found: list[Diagnostic] = []
    for rule, findings in _spoken(reading, silent):
        if hidden:
            findings = (one for one in findings if not hidden.hides(rule.code, one.span))  # used at once
        for finding in islice(findings, FINDINGS_LIMIT):
            found.append(diagnostic(rule, finding))  # most rules find nothing: no list for each
    return sorted(found, key=lambda one: (one.span.start, one.span.end, one.code))


def _spoken(reading: Reading, silent: Container[str]) -> Iterator[tuple[Rule, Iterable[Finding]]]:
    """Each rule that found something and is not silent, with its findings; rules of one look are asked together."""
    for code, ask in _ALONE if reading.parsed.problems else _UNREPORTED:
        findings = ask(reading)
        for first in findings:  # most find nothing, and nothing more is made for them
            if code not in silent:
                yield TABLE[code], chain((first,), findings)
            break
    for look in _LOOKS:
        for code, seen in look.at(reading).items():
            if code not in silent:
                yield TABLE[code], seen


def unknown_code(codes: Iterable[str]) -> str | None:
    """The first code that fits no rule, or None."""
    return next((code for code in codes if not any(one.startswith(code) for one in TABLE)), None)


def no_diagnostic(code: str) -> UnknownCode:
    """The error about a code that fits no rule: with the nearest where one is near, else with the place of them all."""
    near = did_you_mean(code, TABLE)
    if near is not None:
        advice = _("Codes look like S007; the nearest is {near}.").format(near=near)
    else:
        advice = _("Codes look like S007; each has a page in {folder}.").format(folder=resource("diagnostics"))
    return UnknownCode(code=code, advice=advice)


def diagnostic(rule: Rule, finding: Finding) -> Diagnostic:
    """A finding with the code and severity of its rule."""
    return Diagnostic(rule.code, rule.severity, finding.span, finding.message, finding.fix)


@cache
def explain(code: str) -> str:
    """The page of a diagnostic, in Markdown; raises UnknownCode."""
    rule = TABLE.get(code.upper())
    if rule is None:
        raise no_diagnostic(code)
    return read_text(resource("diagnostics") / f"{rule.code}.md")
