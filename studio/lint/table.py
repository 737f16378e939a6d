"""Owns the one table of diagnostics, running it over a scenario, and the pages that explain its codes."""

from functools import cache
from itertools import islice

from studio.errors import UsageError, did_you_mean
from studio.files import read_text
from studio.language import N_
from studio.lint import habits, party, story, structure, tools
from studio.lint.diagnostics import Diagnostic, Finding, Reading, Rule
from studio.resources import resource
from studio.scenario import Parsed, Vocabulary

_RULES = [rule for family in (structure, party, tools, story, habits) for rule in family.rules()]
TABLE: dict[str, Rule] = {rule.code: rule for rule in sorted(_RULES, key=lambda rule: rule.code)}
"""Every diagnostic by its code."""

FINDINGS_LIMIT = 1000
"""How often one rule speaks about one file; nobody reads on, and searching for suggestions has a cost."""


class UnknownCode(UsageError):
    """A code was named that the table does not have."""

    sentence = N_("There is no diagnostic {code}. Codes look like S007; the nearest is {near}.")


def check(parsed: Parsed, vocabulary: Vocabulary | None = None) -> list[Diagnostic]:
    """What is to be mended in a scenario, in the order of the text.

    `vocabulary` holds the skills, conditions and outcome words of the rules; the shipped ones where it is None.
    """
    reading = Reading(parsed, vocabulary if vocabulary is not None else Vocabulary.shipped())
    found = [
        diagnostic(rule, finding) for rule in TABLE.values() for finding in islice(rule.check(reading), FINDINGS_LIMIT)
    ]
    return sorted(found, key=lambda one: (one.span.start, one.span.end, one.code))


def diagnostic(rule: Rule, finding: Finding) -> Diagnostic:
    """A finding with the code and severity of its rule."""
    return Diagnostic(rule.code, rule.severity, finding.span, finding.message, finding.fix)


@cache
def explain(code: str) -> str:
    """The page of a diagnostic, in Markdown; raises UnknownCode."""
    rule = TABLE.get(code.upper())
    if rule is None:
        raise UnknownCode(code=code, near=did_you_mean(code.upper(), TABLE) or next(iter(TABLE)))
    return read_text(resource("diagnostics") / f"{rule.code}.md")
