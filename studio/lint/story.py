"""Owns the rows of family R, and T011: what does not agree with the rules, told by the replay and the turns."""

from collections.abc import Iterator

from studio.language import N_, _
from studio.lint.diagnostics import Finding, Look, Reach, Reading, Rule, Severity, quoted
from studio.lint.replay import Replay
from studio.scenario import Speaker, ToolCall

_REPLAYED = Look("replay", lambda reading: Replay.of(reading).over(reading.turns))


def _unanswered(reading: Reading) -> Iterator[Finding]:
    """A call without its result; one in the last DM turn is pending."""
    turns = reading.turns
    for place, turn in enumerate(turns):
        if not turn.tool_calls:
            continue
        owed = [call for call in turn.tool_calls if _gives_result(reading, call)]
        if not owed or all(call.result is not None for call in owed):
            continue
        after = place + 1 + sum(1 for call in owed if call.result is not None)
        if after == len(turns):
            continue
        for call in owed:
            if call.result is None:
                text = _("{call} has no result. Put a <TOOLCALL> turn after this DM turn, before the next <{next}>.")
                yield Finding(call.span, text.format(call=quoted(call.text), next=turns[after].speaker))


def _gives_result(reading: Reading, call: ToolCall) -> bool:
    tool = reading.tools.get(call.name) or reading.tools.get(reading.tools.nearest(call.name) or "")
    return tool is not None and tool.result


def _untold(reading: Reading) -> Iterator[Finding]:
    """A result after which the player speaks, so that nobody tells what came of it."""
    for place, turn in enumerate(reading.turns[:-1]):
        after = reading.turns[place + 1]
        if turn.speaker is Speaker.TOOLCALL and after.speaker is Speaker.USER:
            text = _("Nobody tells what came of this roll. Put a <DM> turn after it that opens with the outcome.")
            yield Finding(turn.span, text)


_TITLES = {
    "T011": (Severity.ERROR, N_("A result in another form")),
    "R101": (Severity.ERROR, N_("A die outside its range")),
    "R102": (Severity.ERROR, N_("The sum of a result is wrong")),
    "R103": (Severity.ERROR, N_("The modifier is not the one on the sheet")),
    "R104": (Severity.HINT, N_("Two readings of who rolls")),
    "R105": (Severity.ERROR, N_("A modifier from nowhere")),
    "R106": (Severity.WARNING, N_("No outcome word after a check")),
    "R107": (Severity.WARNING, N_("An outcome word without a check")),
    "R108": (Severity.ERROR, N_("The outcome word does not fit the roll")),
    "R109": (Severity.WARNING, N_("The narrator contradicts the outcome")),
    "R110": (Severity.WARNING, N_("The narrator names another number than was rolled")),
    "R112": (Severity.ERROR, N_("The result is for another roll")),
    "R113": (Severity.ERROR, N_("A result without a call")),
    "R114": (Severity.ERROR, N_("A result for a tool that gives none")),
    "R115": (Severity.WARNING, N_("The outcome word in another form")),
    "R201": (Severity.ERROR, N_("Something is taken that is not there")),
    "R202": (Severity.WARNING, N_("Damage to someone who is down")),
    "R203": (Severity.WARNING, N_("Healing that heals nothing")),
    "R204": (Severity.WARNING, N_("Someone who is down rolls")),
    "R205": (Severity.WARNING, N_("A condition ends that was not there")),
    "R206": (Severity.HINT, N_("A condition that holds already")),
    "R207": (Severity.WARNING, N_("A fight begins within a fight")),
    "R208": (Severity.WARNING, N_("A fight ends that never began")),
    "R209": (Severity.WARNING, N_("Health that the sheets do not show")),
    "R210": (Severity.WARNING, N_("The words and the call differ in a number")),
    "R211": (Severity.WARNING, N_("A change in words and in no call")),
}


def rules() -> tuple[Rule, ...]:
    """The rows of family R, and the form of a result."""
    rows = (_REPLAYED.rule(code, severity, title, Reach.STORY) for code, (severity, title) in _TITLES.items())
    return (
        *rows,
        Rule("R111", Severity.ERROR, N_("A call without its result"), _unanswered, Reach.TURN),
        Rule("R116", Severity.WARNING, N_("Nobody tells the outcome"), _untold, Reach.TURN),
    )
