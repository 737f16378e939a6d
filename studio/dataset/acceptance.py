"""Owns whether a person has accepted what a model wrote, and the notes of what it left open.

Before that, no model may learn from it.
"""

from datetime import date

from studio.scenario import BlockKind, Parsed, Scenario, Span

SYNTHETIC, ACCEPTED = "synthetic", "accepted"
"""The tag of a scenario whose prose a model wrote, and the key that says on which day a person accepted it."""

_OPENS = "<!-- Look at:"


def is_synthetic(scenario: Scenario) -> bool:
    """Whether a model wrote a scenario."""
    return scenario.is_tagged(SYNTHETIC)


def unaccepted(scenario: Scenario) -> bool:
    """Whether a model wrote a scenario and no person has accepted it."""
    return is_synthetic(scenario) and not _is_day(scenario.metadata.get(ACCEPTED))


def note_of(problem: str) -> str:
    """A comment that tells a person what a draft leaves open."""
    plain = " ".join(problem.replace("--", "-").replace("<", "(").replace(">", ")").split())
    return f"{_OPENS} {plain} -->"


def notes_in(parsed: Parsed) -> tuple[tuple[str, Span], ...]:
    """What the comments of a draft leave open, and where each stands with the blank space before it."""
    text = parsed.scenario.text
    found: list[tuple[str, Span]] = []
    for block in parsed.blocks:
        written = text[block.span.start : block.span.end]
        if block.kind is BlockKind.COMMENT and written.startswith(_OPENS):
            start = len(text[: block.span.start].rstrip())
            found.append((written.removeprefix(_OPENS).removesuffix("-->").strip(), Span(start, block.span.end)))
    return tuple(found)


def _is_day(value: object) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
