"""Owns turning scenarios into training examples: what is trained, what is held out, what is refused and why.

A scenario that is longer than the limit becomes several examples, cut before a player's turn, each opening with
SYSTEM. Nothing is left out silently: every file is trained on, held out or refused with a reason.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.chat import ChatTemplate, Message, Piece, Rendered, messages, pieces, render
from studio.chat.counting import SpanTokeniser
from studio.chat.messages import SYSTEM, USER
from studio.errors import InputError, LorewrightError
from studio.language import N_, _, plural
from studio.lint import Severity, check
from studio.scenario import Scenario, load
from studio.scenario.model import Speaker
from studio.workspace.game import Games
from studio.workspace.selections import Selections


class NothingToTrain(InputError):
    """There is no example at all."""

    sentence = N_(
        "There is nothing to train on: {files} files were given, {held_out} of them are held out and {refused} were "
        "refused. {first}"
    )


@dataclass(frozen=True, slots=True)
class Example:
    """One sequence: ids, and for each whether it is trained on. `turns` is the half-open range of turn indices.

    `decisive` are the places of the ids that decide what the game does: those of tool calls and of the end of a turn.
    """

    path: Path | None
    ids: tuple[int, ...]
    mask: tuple[bool, ...]
    turns: tuple[int, int]
    decisive: tuple[int, ...] = ()

    @property
    def trained(self) -> int:
        """How many ids are trained on."""
        return sum(self.mask)


@dataclass(frozen=True, slots=True)
class Refused:
    """Something that is not trained on, and the sentence that says why."""

    path: Path | None
    reason: str


@dataclass(frozen=True, slots=True)
class Gathered:
    """All that came of a list of files; every file stands in exactly one of the three lists."""

    examples: tuple[Example, ...]
    held_out: tuple[Path, ...]
    refused: tuple[Refused, ...]


def gather(paths: Iterable[Path], template: ChatTemplate, tokeniser: SpanTokeniser, limit: int) -> Gathered:
    """The examples of all files that are fit for training; raises NothingToTrain where there are none.

    Each is read and checked by the tools, rules and `lint` settings of the workspace in which it lies.
    """
    examples: list[Example] = []
    held_out: list[Path] = []
    refused: list[Refused] = []
    games, selections = Games(), Selections()
    for path in paths:
        game = games.of(path)
        try:
            parsed = load(path, tools=game.tools)
        except LorewrightError as error:
            refused.append(Refused(path, str(error)))
            continue
        if parsed.scenario.held_out:
            held_out.append(path)
            continue
        errors = sum(row.severity is Severity.ERROR for row in check(parsed, game.words, selections.of(path)))
        if errors:
            refused.append(Refused(path, _errors_sentence(errors)))
            continue
        made, not_made = examples_of(parsed.scenario, template, tokeniser, limit)
        examples.extend(made)
        refused.extend(not_made)
    if not examples:
        first = refused[0].reason if refused else ""
        files = len(refused) + len(held_out)
        raise NothingToTrain(files=files, held_out=len(held_out), refused=len(refused), first=first)
    return Gathered(tuple(examples), tuple(held_out), tuple(refused))


def _errors_sentence(count: int) -> str:
    return plural(
        "`lorewright check` finds {count} error in it; mend it first.",
        "`lorewright check` finds {count} errors in it; mend them first.",
        count,
    )


def examples_of(
    scenario: Scenario, template: ChatTemplate, tokeniser: SpanTokeniser, limit: int
) -> tuple[list[Example], list[Refused]]:
    """The examples of one scenario, each at most `limit` ids, and what had to be refused of it."""
    made: list[Example] = []
    refused: list[Refused] = []
    calls = [call.text for turn in scenario.turns for call in turn.tool_calls]
    for part in _cut(messages(scenario), template, tokeniser, limit):
        stretches = pieces(template, part, add_generation_prompt=False)
        rendered = render(stretches, tokeniser)
        reason = _reason(rendered, limit)
        if reason is not None:
            refused.append(Refused(scenario.path, reason))
            continue
        decisive = _decisive(stretches, tokeniser, calls)
        made.append(Example(scenario.path, rendered.ids, rendered.mask, _turns(part, scenario), decisive))
    return made, refused


def _decisive(stretches: Iterable[Piece], tokeniser: SpanTokeniser, calls: Sequence[str]) -> tuple[int, ...]:
    """The places of trained ids that belong to one of the calls, or end a turn."""
    places: list[int] = []
    at = 0
    for piece in stretches:
        count = len(tokeniser.encode(piece.text, special=piece.special))
        if piece.trained and piece.special:
            places.extend(range(at, at + count))
        elif piece.trained:
            spans = _call_spans(piece.text, calls)
            ids = enumerate(tokeniser.spans(piece.text))
            places.extend(at + i for i, (a, b) in ids if any(a < end and b > start for start, end in spans))
        at += count
    return tuple(places)


def _call_spans(text: str, calls: Iterable[str]) -> list[tuple[int, int]]:
    """Where the calls stand in a narrator's text."""
    spans: list[tuple[int, int]] = []
    for call in dict.fromkeys(calls):
        start = text.find(call)
        while start >= 0:
            spans.append((start, start + len(call)))
            start = text.find(call, start + len(call))
    return spans


def _rendered(part: Sequence[Message], template: ChatTemplate, tokeniser: SpanTokeniser) -> Rendered:
    return render(pieces(template, part, add_generation_prompt=False), tokeniser)


def _reason(rendered: Rendered, limit: int) -> str | None:
    if rendered.trained == 0:
        return _("It has no DM turn, so there is nothing to train on.")
    if len(rendered.ids) > limit:
        return _("SYSTEM and one exchange have {length} tokens and {limit} are allowed; shorten them.").format(
            length=len(rendered.ids), limit=limit
        )
    return None


def _turns(part: Sequence[Message], scenario: Scenario) -> tuple[int, int]:
    """The turns in a part: from its first to the one before the next part's first."""
    indices = [message.turn_index for message in part if message.turn_index is not None]
    last = indices[-1]
    while last + 1 < len(scenario.turns) and _one_role(scenario, last, last + 1):
        last += 1
    return indices[0], last + 1


def _one_role(scenario: Scenario, one: int, other: int) -> bool:
    return (scenario.turns[one].speaker is Speaker.DM) == (scenario.turns[other].speaker is Speaker.DM)


def _cut(
    whole: Sequence[Message], template: ChatTemplate, tokeniser: SpanTokeniser, limit: int
) -> Iterable[tuple[Message, ...]]:
    """The messages in parts of at most `limit` ids where that can be done, nothing lost and nothing twice."""
    if len(_rendered(whole, template, tokeniser).ids) <= limit:
        return [tuple(whole)]
    opening = [message for message in whole[:1] if message.role == SYSTEM]
    parts: list[tuple[Message, ...]] = []
    current: list[Message] = []
    for exchange in _exchanges(whole[len(opening) :]):
        grown = [*opening, *current, *exchange]
        if current and len(_rendered(grown, template, tokeniser).ids) > limit:
            parts.append((*opening, *current))
            current = []
        current.extend(exchange)
    return [*parts, (*opening, *current)] if current else parts


def _exchanges(rest: Sequence[Message]) -> list[list[Message]]:
    """The messages in stretches that each begin with a player's words; a result stays with its call."""
    stretches: list[list[Message]] = []
    for message in rest:
        opens = message.role == USER and not message.content.startswith("<TOOLCALL>")
        if opens or not stretches:
            stretches.append([])
        stretches[-1].append(message)
    return stretches
