"""Owns how figures are said to people: time left, shares; knows no widget."""

from studio.language import _, plural


def time_left(seconds: float | None) -> str:
    """A rough time that is left, or nothing where it is not known."""
    if seconds is None:
        return ""
    if seconds < 1:
        return _("nearly done")
    if seconds < 90:
        return plural("{count} s left", "{count} s left", round(seconds))
    if seconds < 5400:
        return plural("{count} min left", "{count} min left", round(seconds / 60))
    return plural("{count} h left", "{count} h left", round(seconds / 3600))


def percent(fraction: float | None) -> str:
    """A share from 0 to 1 in whole percent, never 100 before the end."""
    if fraction is None:
        return ""
    whole = min(99, round(fraction * 100)) if fraction < 1 else 100
    return f"{max(0, whole)}%"


def problems(errors: int, warnings: int) -> str:
    """How many problems there are, in a few words."""
    if errors + warnings == 0:
        return _("no problems")
    return plural("{count} problem", "{count} problems", errors + warnings)
