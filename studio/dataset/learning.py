"""Owns turning the rows of a build into the examples that a model is trained on; how a row is rendered, `chat` knows.

A build that was changed since, or in whose sources there were errors, is refused before anything is rendered.
"""

from collections.abc import Iterable
from pathlib import Path

from studio.chat import ChatTemplate, Message
from studio.chat.counting import SpanTokeniser
from studio.dataset.builds import Build, BuiltRow
from studio.dataset.examples import Example, Gathered, NothingToTrain, Refused, example_of
from studio.dataset.splitting import VALIDATION
from studio.language import _
from studio.scenario import ToolTable, find_calls
from studio.workspace.game import Games


def gather_build(
    build: Build, template: ChatTemplate, tokeniser: SpanTokeniser, limit: int, *, allow_errors: bool = False
) -> Gathered:
    """The examples of a build, with weights; raises BuildHasErrors, BuildChanged, NothingToTrain or TemplateRefused."""
    if not allow_errors:
        build.without_errors()
    build.verify()
    tools = Games().of(build.path).tools
    sides: dict[bool, list[Example]] = {False: [], True: []}
    sources: list[str] = []
    refused: list[Refused] = []
    talks: list[tuple[Message, ...]] = []
    for one in build.rows():
        aside = one.side == VALIDATION
        example = _example(one, template, tokeniser, tools)
        reason = _reason(example, limit)
        if reason is not None:
            refused.append(Refused(Path(one.row.place.path), f"{one.row.place}: {reason}"))
            continue
        sides[aside].append(example)
        if aside:
            talks.append(one.row.messages)
        else:
            sources.append(one.row.source)
    if not sides[False]:
        files = len({row.path for row in refused})
        raise NothingToTrain(files=files, held_out=0, refused=len(refused), first=_first(refused))
    held_out = tuple(Path(path) for path in build.manifest.held_out)
    return Gathered(tuple(sides[False]), held_out, tuple(refused), tuple(sides[True]), tuple(sources), tuple(talks))


def _example(one: BuiltRow, template: ChatTemplate, tokeniser: SpanTokeniser, tools: ToolTable) -> Example:
    row = one.row
    calls = [call.text for text in _learnt(row.messages) for call in find_calls(text, tools, ())]
    return example_of(row.messages, template, tokeniser, calls, Path(row.place.path), (0, 0), one.weight)


def _learnt(messages: Iterable[Message]) -> Iterable[str]:
    return (message.content for message in messages if message.trained)


def _reason(example: Example, limit: int) -> str | None:
    if example.trained == 0:
        return _("It has no answer, so there is nothing to learn.")
    if len(example.ids) > limit:
        sentence = _("It has {length} tokens for this model and {limit} are allowed. Build with this model as `base`.")
        return sentence.format(length=len(example.ids), limit=limit)
    return None


def _first(refused: list[Refused]) -> str:
    return refused[0].reason if refused else ""
