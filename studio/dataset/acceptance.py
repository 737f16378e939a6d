"""Owns whether a person has accepted what a model wrote: before that, no model may learn from it."""

from datetime import date

from studio.scenario import Scenario

SYNTHETIC, ACCEPTED = "synthetic", "accepted"
"""The tag of a scenario whose prose a model wrote, and the key that says on which day a person accepted it."""


def is_synthetic(scenario: Scenario) -> bool:
    """Whether a model wrote a scenario."""
    tags = scenario.metadata.get("tags")
    return isinstance(tags, list) and SYNTHETIC in tags


def unaccepted(scenario: Scenario) -> bool:
    """Whether a model wrote a scenario and no person has accepted it."""
    return is_synthetic(scenario) and not _is_day(scenario.metadata.get(ACCEPTED))


def _is_day(value: object) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
