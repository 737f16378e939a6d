"""Owns what a terminal is told of a training while it goes on: a line an event; starts nothing."""

from studio.errors import from_event
from studio.jobs.protocol import Fields
from studio.language import _
from studio.training.phases import phase_word
from studio.training.sizes import gigabytes


def said(event: Fields) -> str | None:
    """One line for an event, or None."""
    match event.get("event"):
        case "phase":
            return f"[{phase_word(str(event['name']))}]"
        case "step":
            return _step(event)
        case "validation":
            return _("held-out loss {loss}").format(loss=event.get("loss"))
        case "accuracy":
            return _("right calls on held-out turns: {right} of {of}").format(
                right=event.get("right"), of=event.get("of")
            )
        case "resumed":
            return _resumption(event)
        case "warning":
            fields = event.get("fields")
            return str(from_event(str(event.get("code")), fields if isinstance(fields, dict) else {}))
        case "forecast":
            return _forecast(event)
        case "memory":
            told = _("step {step} did not fit: made again with {size} examples at once")
            return told.format(step=event.get("step"), size=event.get("batch_size"))
        case "card_fails":
            told = _("{card} gave up ({reason}); the CPU goes on")
            return told.format(card=event.get("card"), reason=event.get("reason"))
        case "slow":
            told = _("step {step} took {factor} times as long as those before; is the memory full?")
            return told.format(step=event.get("step"), factor=event.get("factor"))
        case "preference":
            told = _("better answers ahead in {part:.0%} of pairs, by {margin:.3f}; themselves {chosen:+.3f}")
            return told.format(part=event.get("accuracy"), margin=event.get("margin"), chosen=event.get("chosen"))
        case "replay":
            return _replay(event)
        case "sample":
            replies = event.get("replies")
            rows = replies if isinstance(replies, list) else []
            return "\n".join(f"  > {row['line']}\n    {row['text']}" for row in rows)
    return None


def _forecast(event: Fields) -> str:
    """What memory it will take, and what the plan changed."""
    total, room = (gigabytes(int(float(str(event.get(key) or 0)))) for key in ("total", "room"))
    told = _("memory: forecast {total} of {room} free on {device}")
    changes = event.get("changes")
    lines = [told.format(total=total, room=room, device=event.get("device"))]
    return "\n".join([*lines, *(f"  {change}" for change in (changes if isinstance(changes, list) else []))])


def _replay(event: Fields) -> str:
    """How much of an old run goes beside, and what of it is not there any more."""
    told = _("replayed of {run}: {examples} examples of the {of} that are not among the new ones")
    missing = event.get("missing")
    rows = missing if isinstance(missing, list) else []
    return "\n".join([told.format(run=event.get("run"), examples=event.get("examples"), of=event.get("of")),
                      *(_("not replayed: {reason}").format(reason=row) for row in rows)])  # fmt: skip


def _resumption(event: Fields) -> str:
    """Where it goes on, and which checkpoints were damaged."""
    lines = [_("going on after step {step} of {of}").format(step=event.get("step"), of=event.get("of"))]
    over = event.get("passed_over")
    for row in over if isinstance(over, list) else []:
        lines.append(_("{checkpoint} was passed over: {file} is missing or damaged").format(**row))
    return "\n".join(lines)


def _step(event: Fields) -> str:
    line = _("step {step}/{of}  loss {loss:.3f}  {speed:.0f} tokens/s  {left:.1f} min left")
    loss, speed, left = (float(str(event.get(key) or 0)) for key in ("loss", "tokens_per_second", "seconds_left"))
    return line.format(step=event["step"], of=event["of"], loss=loss, speed=speed, left=left / 60)
