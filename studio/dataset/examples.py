"""Owns turning scenarios into training examples: what is trained, what is held out, what is refused and why.

A scenario that is longer than the limit becomes several examples, cut between turns, each opening with SYSTEM and the
sheets as they stand there. Nothing is left out silently: every file is trained on, held out or refused with a reason.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.chat import ChatTemplate, Message, Piece, messages, pieces, render
from studio.chat.counting import SpanTokeniser
from studio.chat.messages import SYSTEM
from studio.dataset.acceptance import unaccepted
from studio.dataset.cutting import Cut, Cutter, Opening, Part, cut
from studio.dataset.standing import Standing
from studio.errors import InputError, LorewrightError
from studio.language import N_, _, plural
from studio.lint import Severity, check
from studio.scenario import Scenario, load
from studio.scenario.game import Game
from studio.scenario.model import Speaker
from studio.scenario.writer import NotWritable
from studio.workspace.game import Games
from studio.workspace.selections import Selections


class NothingToTrain(InputError):
    """There is no example at all."""

    sentence = N_(
        "There is nothing to train on. Files given: {files}; held out of training: {held_out}; parts refused:"
        " {refused}. {first}"
    )


@dataclass(frozen=True, slots=True)
class Example:
    """One sequence: ids, and for each whether it is trained on. `turns` is the half-open range of turn indices.

    `decisive` are the places of the ids that decide what the game does: those of tool calls and of the end of a turn.
    `weight` is how often it is seen, set against the others.
    """

    path: Path | None
    ids: tuple[int, ...]
    mask: tuple[bool, ...]
    turns: tuple[int, int]
    decisive: tuple[int, ...] = ()
    weight: float = 1.0

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
    """All that came of a list of files; every file stands in exactly one of the three lists.

    Of a build there are the examples of its `validation` side too, the source of each example, and the talks of the
    validation side.
    """

    examples: tuple[Example, ...]
    held_out: tuple[Path, ...]
    refused: tuple[Refused, ...]
    validation: tuple[Example, ...] = ()
    sources: tuple[str, ...] = ()
    talks: tuple[tuple[Message, ...], ...] = ()

    @property
    def weights(self) -> tuple[float, ...] | None:
        """How often each example is seen, set against the others; None where all are seen equally often."""
        found = tuple(example.weight for example in self.examples)
        return found if len(set(found)) > 1 else None


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
        if unaccepted(parsed.scenario):
            refused.append(Refused(path, _("A model drafted it and no person has accepted it yet.")))
            continue
        errors = sum(row.severity is Severity.ERROR for row in check(parsed, game.words, selections.of(path)))
        if errors:
            refused.append(Refused(path, _errors_sentence(errors)))
            continue
        made, not_made = examples_of(parsed.scenario, template, tokeniser, limit, game)
        examples.extend(made)
        refused.extend(not_made)
    if not examples:
        first = refused[0].reason if refused else ""
        files = len({row.path for row in refused} | set(held_out))
        raise NothingToTrain(files=files, held_out=len(held_out), refused=len(refused), first=first)
    return Gathered(tuple(examples), tuple(held_out), tuple(refused))


def _errors_sentence(count: int) -> str:
    return plural(
        "`lorewright check` finds {count} error in it; mend it first.",
        "`lorewright check` finds {count} errors in it; mend them first.",
        count,
    )


def examples_of(
    scenario: Scenario, template: ChatTemplate, tokeniser: SpanTokeniser, limit: int, game: Game | None = None
) -> tuple[list[Example], list[Refused]]:
    """The examples of one scenario, each at most `limit` ids, and what had to be refused of it."""
    calls = [call.text for turn in scenario.turns for call in turn.tool_calls]
    try:
        found = cut_scenario(scenario, Cutter.of(template, tokeniser, limit), game)
    except NotWritable as error:
        return [], [Refused(scenario.path, str(error))]
    refused = [Refused(scenario.path, reason_of(part, limit)) for part in found.left_out]
    refused += [Refused(scenario.path, nothing_learnt()) for part in found.parts if not part.trained]
    made = [
        example_of(part.messages, template, tokeniser, calls, scenario.path, turns_of(part, scenario))
        for part in found.parts
        if part.trained
    ]
    return made, refused


def cut_scenario(scenario: Scenario, cutter: Cutter, game: Game | None = None) -> Cut:
    """The scenario in parts that fit, each opening with the sheets as they stand; raises NotWritable."""
    return cut(messages(scenario), cutter, opening_of(scenario, game))


def opening_of(scenario: Scenario, game: Game | None = None) -> Opening:
    """SYSTEM with the sheets as they stand before each turn of a scenario; it raises NotWritable."""
    standing = Standing(scenario, game)

    def opening(turn: int) -> Message | None:
        text = standing.before(turn)
        return None if text is None else Message(SYSTEM, text)

    return opening


def example_of(
    spoken: Sequence[Message],
    template: ChatTemplate,
    tokeniser: SpanTokeniser,
    calls: Sequence[str],
    path: Path | None,
    turns: tuple[int, int],
    weight: float = 1.0,
) -> Example:
    """The ids of a talk as it is trained on; raises TemplateRefused."""
    stretches = pieces(template, spoken, add_generation_prompt=False)
    rendered = render(stretches, tokeniser)
    return Example(path, rendered.ids, rendered.mask, turns, _decisive(stretches, tokeniser, calls), weight)


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


def nothing_learnt() -> str:
    """Why a talk without an answer is refused."""
    return _("It has no DM turn, so there is nothing to train on.")


def reason_of(part: Part, limit: int) -> str:
    """Why a part that fits in no example is refused."""
    if not part.trained:
        return nothing_learnt()
    sentence = _("SYSTEM and one exchange have {length} tokens and {limit} are allowed; shorten them.")
    return sentence.format(length=part.tokens, limit=limit)


def turns_of(part: Part, scenario: Scenario) -> tuple[int, int]:
    """The turns that stand in a part and in no other: from its first to the one before the next part's first."""
    indices = [message.turn_index for message in part.own if message.turn_index is not None]
    if not indices:
        return 0, 0
    last = indices[-1]
    while last + 1 < len(scenario.turns) and _one_role(scenario, last, last + 1):
        last += 1
    return indices[0], last + 1


def _one_role(scenario: Scenario, one: int, other: int) -> bool:
    return (scenario.turns[one].speaker is Speaker.DM) == (scenario.turns[other].speaker is Speaker.DM)
