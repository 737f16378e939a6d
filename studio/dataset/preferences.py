"""Owns turning preferences into pairs of answers that a model is trained on: a better and a worse one to the same.

They come from a file of corrections or from the preference rows of a build. Each answer is rendered by the one
renderer. Nothing is left out silently: what makes no pair is refused with a reason.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from studio.chat import ChatTemplate, Message
from studio.chat.counting import SpanTokeniser
from studio.dataset.builds import Build
from studio.dataset.description import SourceSettings
from studio.dataset.examples import Example, Gathered, Refused, example_of
from studio.dataset.problems import RowProblem
from studio.dataset.reading import Reading
from studio.dataset.rows import Kind, Row
from studio.dataset.splitting import VALIDATION
from studio.errors import InputError
from studio.language import N_, _

_CORRECTIONS = "corrections"


class NoPreferences(InputError):
    """There is no pair of answers at all."""

    sentence = N_(
        "There is no preference to learn from in {path}: {refused} were refused. {first} In Play, correct an answer of "
        "the DM; each correction is a preference."
    )


@dataclass(frozen=True, slots=True)
class Pair(Example):
    """Two whole sequences that differ in their last answer alone, which is what is trained on in each.

    As an example it is both of them, the chosen one first.
    """

    chosen: Example = field(kw_only=True)
    rejected: Example = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class _Given:
    """A row as it comes, with the side of the split that it is on."""

    row: Row | RowProblem
    aside: bool = False
    weight: float = 1.0


def gather_preferences(path: Path, template: ChatTemplate, tokeniser: SpanTokeniser, limit: int) -> Gathered:
    """The pairs of a file of corrections; raises NoPreferences, TemplateRefused or what reading raises."""
    from studio.dataset.sources.play import read

    source = SourceSettings.model_validate({"name": _CORRECTIONS, "corrections": path.name})
    given = (_Given(row) for row in read(source, Reading(path.parent)))
    return _gathered(path, given, template, tokeniser, limit)


def gather_build_preferences(
    build: Build, template: ChatTemplate, tokeniser: SpanTokeniser, limit: int, *, allow_errors: bool = False
) -> Gathered:
    """The pairs of a build, with weights and its validation side; raises as `learning.gather_build` and NoPreferences.

    Its rows of other kinds are counted in one refusal.
    """
    if not allow_errors:
        build.without_errors()
    build.verify()
    others = 0
    found: list[_Given] = []
    for one in build.rows():
        if one.row.kind is Kind.PREFERENCE:
            found.append(_Given(one.row, one.side == VALIDATION, one.weight))
        else:
            others += 1
    gathered = _gathered(build.path, found, template, tokeniser, limit)
    if others:
        told = _("{count} rows of it are no preferences, so they are not learnt from here.").format(count=others)
        gathered = replace(gathered, refused=(*gathered.refused, Refused(build.path, told)))
    return gathered


def _gathered(
    path: Path, given: Iterable[_Given], template: ChatTemplate, tokeniser: SpanTokeniser, limit: int
) -> Gathered:
    sides: dict[bool, list[Pair]] = {False: [], True: []}
    rows: dict[bool, list[Row]] = {False: [], True: []}
    refused: list[Refused] = []
    for one in given:
        made = _pair_or_reason(one, template, tokeniser, limit)
        if isinstance(made, str):
            refused.append(Refused(Path(one.row.place.path), f"{one.row.place}: {made}"))
            continue
        assert isinstance(one.row, Row)
        sides[one.aside].append(replace(made, path=path if one.row.place.path == path.name else made.path))
        rows[one.aside].append(one.row)
    if not sides[False]:
        raise NoPreferences(path=path, refused=len(refused), first=refused[0].reason if refused else "")
    shown = rows[True] or rows[False]
    return Gathered(
        tuple(sides[False]),
        (),
        tuple(refused),
        tuple(sides[True]),
        tuple(row.source for row in rows[False]),
        tuple(row.messages for row in shown),
    )


def _pair_or_reason(given: _Given, template: ChatTemplate, tokeniser: SpanTokeniser, limit: int) -> Pair | str:
    row = given.row
    if isinstance(row, RowProblem):
        return row.sentence
    reason = _unfit(row)
    if reason is not None:
        return reason
    pair = pair_of(row, template, tokeniser, given.weight)
    length = max(len(pair.chosen.ids), len(pair.rejected.ids))
    if length > limit:
        sentence = _("It has {length} tokens for this model and {limit} are allowed (max_length).")
        return sentence.format(length=length, limit=limit)
    if not pair.chosen.trained or not pair.rejected.trained:
        return _("It has no answer, so there is nothing to learn.")
    return _("Both answers are the same for this model.") if pair.chosen.ids == pair.rejected.ids else pair


def _unfit(row: Row) -> str | None:
    """Why a row is no pair, told from its texts."""
    if not (row.rejected or "").strip():
        return _("The worse answer is empty.")
    if not row.answer.strip():
        return _("The better answer is empty.")
    if (row.rejected or "").strip() == row.answer.strip():
        return _("Both answers are the same.")
    return None


def pair_of(row: Row, template: ChatTemplate, tokeniser: SpanTokeniser, weight: float = 1.0) -> Pair:
    """The ids of both sides; only the last answer is trained on. Raises TemplateRefused."""
    chosen, rejected = (
        example_of(spoken, template, tokeniser, (), Path(row.place.path), (0, 0)) for spoken in _sides(row)
    )
    ids, mask = (*chosen.ids, *rejected.ids), (*chosen.mask, *rejected.mask)
    return Pair(chosen.path, ids, mask, (0, 0), (), weight, chosen=chosen, rejected=rejected)


def _sides(row: Row) -> Iterator[tuple[Message, ...]]:
    before = tuple(replace(message, trained=False) for message in row.messages[:-1])
    for content in (row.answer, row.rejected or ""):
        yield (*before, replace(row.messages[-1], content=content, trained=True, ids=None))
