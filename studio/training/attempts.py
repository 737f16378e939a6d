"""Owns what people are told of a training's new attempts, its stalls and its waiting; the supervising side's events."""

from studio.jobs.protocol import Fields
from studio.language import _, plural


def attempt_said(event: Fields) -> str | None:
    """One sentence for an event of `training.supervising`, or None for any other."""
    match event.get("event"):
        case "restarted":
            return _again(event)
        case "stalled":
            sentence = _("Nothing was heard of the training for {seconds} seconds; it may be frozen. Wait, or stop it.")
            return sentence.format(seconds=event.get("seconds"))
        case "waiting":
            return _("The computer runs on its battery. The training waits until it is plugged in.")
    return None


def _again(event: Fields) -> str:
    size = event.get("batch_size")
    if event.get("why") != "memory" or not isinstance(size, int):
        sentence = _("The training ended while it was starting. It is started again (attempt {attempt} of {of}).")
        return sentence.format(**event)
    rows = plural("{count} example", "{count} examples", size)
    sentence = _(
        "The system ended the training because memory ran out. It goes on with {rows} at once (attempt {attempt} of "
        "{of}); what a step learns from stays the same."
    )
    return sentence.format(rows=rows, **event)
