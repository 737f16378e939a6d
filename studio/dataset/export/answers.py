"""Owns that no answer is lost on the way into another format, and so no tool call; knows no format."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from studio.dataset.rows import Row
from studio.errors import LorewrightError
from studio.language import N_


class AnswersLost(LorewrightError):
    """What is learnt of a row vanished while it was written: our mistake."""

    sentence = N_(
        "This is a mistake in Lorewright, not yours: {place} has {wanted} answers to learn, and {found} of them were "
        "written as they are. Nothing was kept."
    )


def all_said(row: Row, records: Sequence[Mapping[str, object]]) -> None:
    """Raises AnswersLost where an answer that is learnt, with the tool calls in it, is not in the records as it was."""
    wanted = Counter(one.content for one in row.messages if one.trained)
    missing = wanted - Counter(_texts(list(records)))
    if missing:
        raise AnswersLost(place=row.place, wanted=wanted.total(), found=wanted.total() - missing.total())


def _texts(value: object) -> Iterator[str]:
    """Every text in a record."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
