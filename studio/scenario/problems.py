"""Owns what the reader of a scenario reports of its text; knows neither codes, severities nor sentences."""

from dataclasses import dataclass, field
from enum import StrEnum

from studio.scenario.model import Span


class ProblemKind(StrEnum):
    """What is wrong; the table of diagnostics gives each a code, a sentence and a page."""

    UNCLOSED = "unclosed block"
    STRAY_CLOSE = "closing tag without an opening one"
    WRONG_CLOSE = "closing tag of another block"
    SPELLING = "tag in another spelling"
    UNKNOWN_BLOCK = "unknown block"
    NESTED = "block inside a block"
    OUTSIDE = "text outside blocks"
    COMMENT_UNCLOSED = "comment without an end"
    COMMENT_INSIDE = "comment inside a block"
    INNER_TAG = "unknown tag inside a block"
    FRONT_UNCLOSED = "front matter without an end"
    FRONT_BROKEN = "front matter that cannot be read"
    FRONT_REPEATED = "front matter key given twice"
    SECTION_UNKNOWN = "unknown section of SYSTEM"
    SECTION_TWICE = "section of SYSTEM given twice"
    CHARACTER_ELSEWHERE = "character outside the party"
    CHARACTER_NAMELESS = "character without a name"
    FIELD_BAD = "value of a field that cannot be read"
    FIELD_TWICE = "field given twice"
    LINE_EXTRA = "line of a sheet without a meaning"
    SKILL_BAD = "skill without a modifier"
    SKILL_TWICE = "skill listed twice"
    COUNT_BAD = "count of an item that makes no sense"


@dataclass(frozen=True, slots=True)
class Edit:
    """A replacement: the text that stands at `span` becomes `text`."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that the reader could not take as written; `edit` mends it where that is plain."""

    kind: ProblemKind
    span: Span
    fields: dict[str, str] = field(default_factory=dict)
    edit: Edit | None = None
