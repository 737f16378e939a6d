"""Owns the run of the heuristics over many rows: rows in, a verdict on each and its cluster out.

Rows stream through in chunks, shared among processes; what stays in memory is small and the same for a long row as for
a short one. The verdicts do not depend on how many processes there are.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from studio.dataset.audit.canon_file import read_canon
from studio.dataset.audit.duplicates import Likeness, Twin
from studio.dataset.audit.hands import Hands
from studio.dataset.audit.language import Spoken, main_language
from studio.dataset.audit.limits import Limits
from studio.dataset.audit.looking import Looked, Looker, Seen
from studio.dataset.audit.recalled import Recalled
from studio.dataset.audit.sight import Found, Talk
from studio.dataset.audit.sketches import rows_in_band
from studio.dataset.description import AuditSettings, placed
from studio.dataset.reading import Progress
from studio.dataset.remembered import digest_of, program
from studio.dataset.rows import Authority, Place, Row, authority_of
from studio.dataset.verdicts import By, Decision, Reason, Verdict, sternest
from studio.errors import Cancelled
from studio.files import read_text
from studio.language import _

PART = "audit"
_CHUNK = 128
_LONG = 100_000
_MOST_PROCESSES = 8
_DUPLICATE, _NEAR, _LANGUAGE = "duplicate", "near-duplicate", "language"


@dataclass(frozen=True, slots=True)
class Audited:
    """What the heuristics say. `clusters` names for each row that has twins, near or exact, the cluster it is in.

    Rows with one key are one row here. `rows` counts them as often as they came, `counts` by the codes of reasons, and
    `chosen` says of each key that came more than once which time (from 0) the row came that is to be kept.
    """

    verdicts: dict[str, Verdict]
    clusters: dict[str, str]
    counts: dict[str, int]
    rows: int = 0
    chosen: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Known:
    """What is kept of the rows while they pass, by the number of their key."""

    keys: list[str] = field(default_factory=list)
    weights: list[Authority] = field(default_factory=list)
    places: list[tuple[Place, str]] = field(default_factory=list)
    reasons: dict[int, tuple[Reason, ...]] = field(default_factory=dict)
    spoken: list[Spoken] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)
    times: Counter[str] = field(default_factory=Counter)
    chosen: dict[str, int] = field(default_factory=dict)
    rows: int = 0


def _nobody(_progress: Progress) -> None:
    """Tells nobody."""


def _never() -> bool:
    return False


def _alone(own: Verdict) -> Verdict:
    """Nobody else is heard: what the heuristics say counts."""
    return own


def audit(
    rows: Iterable[Row],
    settings: AuditSettings,
    root: Path,
    *,
    weights: Mapping[str, float] | None = None,
    told: Callable[[Progress], None] = _nobody,
    stopped: Callable[[], bool] = _never,
    processes: int | None = None,
    memory: Path | None = None,
    decides: Callable[[Verdict], Verdict] = _alone,
) -> Audited:
    """The heuristics' verdicts on rows. `memory` is a folder in which to remember what is seen of single rows.

    `root` is the workspace, in which the files of canon lie; `weights` are the sources' by name, of which the heavier
    one's duplicate stays, and of equals what a person wrote. `decides` says what counts of a row where more than the
    heuristics are heard: a row that is binned stands for none of its twins. Raises BadCanon, UnknownCheck, NoThreshold,
    what reading the canon raises, or Cancelled.
    """
    limits = Limits.of(settings)
    near = limits.by_code.get(_NEAR)
    canon = read_canon(placed(root, path) for path in settings.canon)
    looker = Looker(limits, canon.without(settings.off), rows_in_band(near.limit) if near else 64)
    known = _Known()
    with Likeness(near.limit if near else None) as likeness, Hands(looker, _processes(processes)) as hands:
        seen: Iterator[Iterable[Looked]]
        if memory is None:
            seen = hands.run(_chunks(rows, known, weights or {}, stopped))
        else:
            recalled = Recalled(memory, _mark(settings, root))
            seen = _recalled(rows, known, weights or {}, (told, stopped), hands, recalled)
        for looked in seen:
            _note(looked, known, likeness)
            told(Progress(PART, len(known.spoken)))
        return _verdicts(known, limits, likeness, settings.language, decides, lambda: _asked(stopped))


def check_settings(settings: AuditSettings, root: Path) -> None:
    """Raises what an audit with these settings would raise before it looks at any row."""
    Limits.of(settings)
    read_canon(placed(root, path) for path in settings.canon)


def _processes(wanted: int | None) -> int:
    if wanted is not None:
        return wanted
    return min(_MOST_PROCESSES, os.cpu_count() or 1)


def _asked(stopped: Callable[[], bool]) -> None:
    if stopped():
        raise Cancelled


def _chunks(
    rows: Iterable[Row], known: _Known, weights: Mapping[str, float], stopped: Callable[[], bool]
) -> Iterator[list[Talk]]:
    """What the rows say, those with a key that was there already left out."""
    chunk: list[Talk] = []
    for row in rows:
        if _meet(row, known, authority_of(row, weights)):
            chunk.append(Talk.of(row))
            if _full(chunk):
                _asked(stopped)
                yield chunk
                chunk = []
    _asked(stopped)
    if chunk:
        yield chunk


def _full(chunk: Sequence[Talk]) -> bool:
    """Whether a chunk has rows enough, or one that is long; asked after each row."""
    return len(chunk) >= _CHUNK or bool(chunk and chunk[-1].size >= _LONG)


def _recalled(
    rows: Iterable[Row],
    known: _Known,
    weights: Mapping[str, float],
    heard: tuple[Callable[[Progress], None], Callable[[], bool]],
    hands: Hands[Sequence[Talk], Seen],
    recalled: Recalled,
) -> Iterator[Iterable[Looked]]:
    """What is seen of the rows, of which only those are looked at that are not recalled."""
    told, stopped = heard
    slots: list[Looked | None] = []
    fresh: list[tuple[int, str]] = []

    def chunks() -> Iterator[list[Talk]]:
        chunk: list[Talk] = []
        for row in rows:
            if not _meet(row, known, authority_of(row, weights)):
                continue
            slots.append(recalled.get(row.key))
            if slots[-1] is None:
                fresh.append((len(slots) - 1, row.key))
                chunk.append(Talk.of(row))
            if _full(chunk):
                _asked(stopped)
                yield chunk
                chunk = []
        _asked(stopped)
        if chunk:
            yield chunk

    done = 0
    for looked in hands.run(chunks()):
        for one in looked:
            at, key = fresh[done]
            slots[at] = one
            recalled.put(key, one)
            done += 1
        told(Progress(PART, done))
    recalled.save()
    yield [one for one in slots if one is not None]


def _mark(settings: AuditSettings, root: Path) -> str:
    """A name for all that decides what is seen of a row by itself."""
    told: list[object] = [program(), settings.model_dump_json()]
    told += [read_text(placed(root, path)) for path in settings.canon]
    return digest_of(repr(told).encode("utf-8", "surrogatepass"))


def _meet(row: Row, known: _Known, weight: Authority) -> bool:
    """Notes where a row stands; whether it is new."""
    key = row.key
    number = known.numbers.setdefault(key, len(known.keys))
    time = known.times[key]
    known.times[key] += 1
    known.rows += 1
    if number == len(known.keys):
        known.keys.append(key)
        known.weights.append(weight)
        known.places.append((row.place, row.source))
        return True
    known.chosen.setdefault(key, 0)
    if weight > known.weights[number]:
        known.weights[number], known.places[number], known.chosen[key] = weight, (row.place, row.source), time
    return False


def _note(looked: Iterable[Looked], known: _Known, likeness: Likeness) -> None:
    for one in looked:
        if one.reasons:
            known.reasons[len(known.spoken)] = one.reasons
        known.spoken.append(one.spoken)
        likeness.add(one.sketch)


def _verdicts(
    known: _Known,
    limits: Limits,
    likeness: Likeness,
    language: str | None,
    decides: Callable[[Verdict], Verdict],
    asked: Callable[[], None],
) -> Audited:
    _foreign(known, limits, language)
    groups = likeness.groups(known.keys, asked)
    clusters: dict[str, str] = {}
    for group in groups:
        asked()
        name = min(known.keys[row] for row in group)
        clusters.update((known.keys[row], name) for row in group)
        ranks = {row: _rank(known, row, decides) for row in group}
        for twin in likeness.twins(group, ranks.__getitem__):
            reason = _twin_reason(twin, known, limits)
            if reason is not None:
                known.reasons[twin.row] = (*known.reasons.get(twin.row, ()), reason)
    return _audited(known, clusters)


def _rank(known: _Known, row: int, decides: Callable[[Verdict], Verdict]) -> tuple[bool, float, bool, int]:
    """Of rows that are alike the one with the lowest rank stays."""
    weight, own = known.weights[row]
    return _binned(known, row, decides), -weight, not own, row


def _binned(known: _Known, row: int, decides: Callable[[Verdict], Verdict]) -> bool:
    """Whether a row stays out whatever its twins are."""
    return decides(_said(known, row)).decision is Decision.BIN


def _said(known: _Known, row: int) -> Verdict:
    reasons = known.reasons.get(row, ())
    return Verdict(known.keys[row], By.HEURISTICS, sternest(reasons), reasons)


def _twin_reason(twin: Twin, known: _Known, limits: Limits) -> Reason | None:
    code = _DUPLICATE if twin.exact else _NEAR
    if code not in limits.by_code:
        return None
    place, source = known.places[twin.kept]
    return limits.reason(code, Found(twin.share, _("{place} ({source})").format(place=place, source=source)))


def _foreign(known: _Known, limits: Limits, language: str | None) -> None:
    """Reasons for rows that are not in the data set's language."""
    limit = limits.by_code.get(_LANGUAGE)
    if limit is None:
        return
    main = language or main_language(known.spoken, limit.limit)
    for row, one in enumerate(known.spoken):
        if main and one.code not in ("", main) and one.certainty >= limit.limit:
            reason = limits.reason(_LANGUAGE, Found(one.certainty, one.code))
            known.reasons[row] = (*known.reasons.get(row, ()), reason)


def _audited(known: _Known, clusters: dict[str, str]) -> Audited:
    verdicts: dict[str, Verdict] = {}
    counts: Counter[str] = Counter()
    for row, key in enumerate(known.keys):
        verdicts[key] = _said(known, row)
        counts.update({reason.code for reason in verdicts[key].reasons})
    again = known.rows - len(known.keys)
    if again:
        counts[_DUPLICATE] += again
    return Audited(verdicts, clusters, dict(sorted(counts.items())), known.rows, known.chosen)
