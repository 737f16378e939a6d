"""Owns the checks of family T on TOOLCALL turns and on what follows them."""

import re
from collections.abc import Iterator

from studio.language import N_, _
from studio.lint.diagnostics import Finding, Fix, Reach, Reading, Rule, Severity, quoted
from studio.scenario import Edit, Span, Speaker, ToolCall, Turn
from studio.scenario.model import plain_name
from studio.scenario.results import ResultLine

_OUTCOME = re.compile(r"\*([A-Za-z]{3,20})\*")


def _pairs(reading: Reading) -> Iterator[tuple[ToolCall, Turn, ResultLine | None]]:
    """Each answered call, the TOOLCALL turn that answers it, and the line in it."""
    for place, turn in enumerate(reading.turns):
        answers = [call for call in turn.tool_calls if call.result is not None]
        for call, answer in zip(answers, reading.turns[place + 1 : place + 1 + len(answers)], strict=False):
            yield call, answer, reading.results[answer.index]


def _uncalled(reading: Reading) -> Iterator[Finding]:
    owed = 0
    for turn in reading.turns:
        if turn.speaker is not Speaker.TOOLCALL:
            owed = sum(1 for call in turn.tool_calls if call.result is not None)
        elif owed:
            owed -= 1
        else:
            text = _(
                "This TOOLCALL answers no call. Put the call, such as [roll: stealth], into the DM turn before it."
            )
            yield Finding(turn.span, text)


def _unanswered(reading: Reading) -> Iterator[Finding]:
    turns = reading.turns
    for place, turn in enumerate(turns):
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


def _malformed(reading: Reading) -> Iterator[Finding]:
    for turn in reading.turns:
        if turn.speaker is Speaker.TOOLCALL and turn.content and reading.results[turn.index] is None:
            text = _("“{line}” is not a result. Write it like `stealth: 13 + 6(skill) = *19*`.")
            yield Finding(turn.content_span, text.format(line=quoted(turn.content)))


def _other_result(reading: Reading) -> Iterator[Finding]:
    for call, answer, line in _pairs(reading):
        if line is None or not call.arguments or plain_name(line.skill) == plain_name(call.arguments[0]):
            continue
        written = line.skill
        span = Span(answer.content_span.start, answer.content_span.start + len(written))
        text = _("This is a result for “{skill}”, but the call before it is {call}. Make them the same.")
        fix = Fix(_("Write {new}").format(new=call.arguments[0]), (Edit(span, call.arguments[0]),))
        yield Finding(span, text.format(skill=quoted(written), call=quoted(call.text)), fix)


def _results(reading: Reading) -> Iterator[tuple[Turn, ResultLine]]:
    for turn in reading.turns:
        line = reading.results.get(turn.index)
        if line is not None:
            yield turn, line


def _sum(reading: Reading) -> Iterator[Finding]:
    for turn, line in _results(reading):
        if line.total != line.true_total:
            place = turn.content_span.start + turn.content.rfind("*", 0, len(turn.content) - 1)
            span = Span(place, turn.content_span.end)
            text = _("The sum is {true}, not {total}. Mend the total or the numbers before it.")
            fix = Fix(_("Write {new}").format(new=line.true_total), (Edit(span, f"*{line.true_total}*"),))
            yield Finding(span, text.format(true=line.true_total, total=line.total), fix)


def _die(reading: Reading) -> Iterator[Finding]:
    for turn, line in _results(reading):
        if not 1 <= line.natural <= reading.vocabulary.die:
            text = _("The die shows {natural}, but it has the numbers 1 to {die}.")
            yield Finding(turn.content_span, text.format(natural=line.natural, die=reading.vocabulary.die))


def _checked(reading: Reading) -> Iterator[tuple[Turn, bool | None]]:
    """Each DM turn, and whether it follows a check that has an outcome; None after a result in no known form."""
    check: bool | None = False
    for turn in reading.turns:
        if turn.speaker is Speaker.TOOLCALL:
            line = reading.results[turn.index]
            check = check or (None if line is None else plain_name(line.skill) not in reading.cast.uncontested)
            continue
        if turn.speaker is Speaker.DM:
            yield turn, check
        check = False


def _no_outcome(reading: Reading) -> Iterator[Finding]:
    words = " / ".join(reading.vocabulary.outcomes)
    for turn, check in _checked(reading):
        if check and turn.content and not turn.content.startswith(reading.vocabulary.outcomes):
            text = _("A check came before this turn, so it should open with {words}: say how it went.")
            start = turn.content_span.start
            end = start + len(turn.content.split(None, 1)[0])
            yield Finding(Span(start, end), text.format(words=words))


def _early_outcome(reading: Reading) -> Iterator[Finding]:
    known = {word.strip("*").lower() for word in reading.vocabulary.outcomes}
    for turn, check in _checked(reading):
        match = _OUTCOME.match(turn.content)
        if match and check is False and match[1].lower() in known:
            text = _(
                "This turn opens with {word}, but no check came before it. Call for a roll first, or delete the word."
            )
            fix = Fix(_("Delete {word}").format(word=match[0]), (Edit(_moved(match, turn), ""),))
            yield Finding(_moved(match, turn), text.format(word=match[0]), fix)


def _moved(match: re.Match[str], turn: Turn) -> Span:
    return Span(match.start() + turn.content_span.start, match.end() + turn.content_span.start)


def rules() -> tuple[Rule, ...]:
    """The rows of family T about results."""
    error, warning = Severity.ERROR, Severity.WARNING
    turn = Reach.TURN
    return (
        Rule("T008", error, N_("A result without a call"), _uncalled, turn),
        Rule("T009", error, N_("A call without its result"), _unanswered, turn),
        Rule("T010", error, N_("The result is for another roll"), _other_result, turn),
        Rule("T011", error, N_("A result in another form"), _malformed, turn),
        Rule("T012", error, N_("The sum of a result is wrong"), _sum, turn),
        Rule("T013", warning, N_("No outcome word after a check"), _no_outcome, turn),
        Rule("T014", warning, N_("An outcome word without a check"), _early_outcome, turn),
        Rule("T019", warning, N_("A die outside its range"), _die, turn),
    )
