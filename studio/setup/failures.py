"""Owns what can go wrong in set-up, as errors whose text tells a person what to do; knows no part."""

import re

from studio.language import N_, _


class SetupFailed(Exception):
    """Something that set-up cannot mend itself; the text says what happened and what to do."""


class NoChoiceLeft(SetupFailed):
    """Every build of a package was tried and none worked here."""


_REASONS = (
    (
        r"No space left on device|ENOSPC|Errno 28|not enough space",
        N_("the disk is full. Free some space and start again; what was finished is kept."),
    ),
    (
        r"name resolution|Name or service not known|getaddrinfo|NewConnectionError|Connection refused|ConnectTimeout"
        r"|Network is unreachable|ProxyError|Read timed out|Could not fetch URL|RemoteDisconnected|ConnectionReset",
        N_(
            "no package index answered. Check the connection (and pip's own settings: `pip config list`) and start "
            "again; what was finished is kept."
        ),
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|SSLError",
        N_("the package index's certificate was not accepted. Check the clock and pip's `cert` setting; start again."),
    ),
    (
        r"\(from versions: none\)",
        N_(
            "the package index did not answer, or does not have it. Check the connection (and pip's own settings: "
            "`pip config list`) and start again; what was finished is kept."
        ),
    ),
    (
        r"No matching distribution found|Could not find a version",
        N_("the package index has no build for this system. Try Python 3.12, or another index in pip's settings."),
    ),
    (
        r"Permission denied|Errno 13|WinError 5\b",
        N_("a file could not be written. Check who owns the studio's folder, close other programs, and start again."),
    ),
)
"""What pip's output says, and the sentence for a person; the first that matches counts."""


def explain(output: str) -> str:
    """The sentence for a failed pip or compiler run, from the end of its output."""
    for pattern, sentence in _REASONS:
        if re.search(pattern, output):
            return _(sentence)
    errors = [line.strip() for line in output.splitlines() if re.search(r"\berror\b", line, re.IGNORECASE)]
    return _("it failed: {line}").format(line=errors[-1][:300] if errors else output.strip()[-300:])
