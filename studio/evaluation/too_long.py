"""Owns knowing an answer that was refused for the length of what was asked, whatever engine refused it."""

from studio.errors import LorewrightError
from studio.inference.errors import ContextTooSmall
from studio.inference.service_errors import RequestRefused

_TOO_LARGE = 413
_WORDS = ("context", "too long", "maximum length", "too many tokens")
"""What services say of a chat that is too long for their model; they have no status of their own for it."""

REFUSALS = (ContextTooSmall, RequestRefused)
"""The errors among which `is_too_long` tells."""


def is_too_long(error: LorewrightError) -> bool:
    """Whether the chat was too long; any other refusal is nobody's figure and ends a measurement."""
    if isinstance(error, ContextTooSmall):
        return True
    if not isinstance(error, RequestRefused):
        return False
    reason = str(error.fields.get("reason", "")).lower()
    return error.fields.get("status") == _TOO_LARGE or any(word in reason for word in _WORDS)
