"""Owns which rows stay: spelling is settled, heuristics, judge and persons are heard, and the authority decides.

Reaches no verdict itself. The judge is not asked here: what it has said of a row so far counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from studio.dataset.audit.audit import audit
from studio.dataset.audit.authority import decide
from studio.dataset.audit.canon_file import read_canon
from studio.dataset.audit.people import PeopleFile
from studio.dataset.audit.sight import Sight, Talk
from studio.dataset.audit.variety import settled
from studio.dataset.description import AuditSettings, Description, placed
from studio.dataset.gathered import Gathered, Out
from studio.dataset.problems import RowProblem
from studio.dataset.reading import Reading
from studio.dataset.rows import Kind, Row
from studio.dataset.scenario_rows import TOO_LONG, CallsLost
from studio.dataset.verdicts import By, Decision, Reason, Verdict, sternest
from studio.language import _
from studio.scenario import find_calls


@dataclass(frozen=True, slots=True)
class Decided:
    """The verdicts that count, by the key of their row, and the near-duplicates among the rows."""

    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    clusters: Mapping[str, str] = field(default_factory=dict)


def decided(gathered: Gathered, description: Description, reading: Reading, processes: int | None = None) -> Decided:
    """Takes the rows out of `gathered` that do not stay; raises BadCanon, RubricMissing, CallsLost or Cancelled."""
    settings = description.audit
    weights = {source.name: source.weight for source in description.sources}
    if settings.spelling is not None:
        _settle(gathered, settings, reading)
    gathered.once(weights)
    judge = _judged(gathered, settings, reading)
    people = PeopleFile(reading.root).read()

    def counts(own: Verdict) -> Verdict:
        return decide(own.key, own, judge.get(own.key), people.get(own.key), settings.authority)

    heard = audit(
        gathered.rows,
        settings,
        reading.root,
        weights=weights,
        told=reading.told,
        stopped=reading.stopped,
        processes=processes,
        memory=reading.memory.folder / "audit" if reading.memory is not None else None,
        decides=counts,
    )
    verdicts = {row.key: counts(heard.verdicts[row.key]) for row in gathered.rows}
    if settings.judge.model is not None:
        _tell_unjudged(gathered, judge, settings)
    gathered.leave({key: why(one) for key, one in verdicts.items() if one.decision is Decision.BIN})
    return Decided(verdicts, heard.clusters)


def _judged(gathered: Gathered, settings: AuditSettings, reading: Reading) -> Mapping[str, Verdict]:
    """What the judge has said of the rows so far."""
    if settings.judge.model is None:
        return {}
    from studio.dataset.audit.judging import remembered  # brings engines along, which most builds do without

    return remembered(settings.judge, reading.root, gathered.rows)


def decided_variants(rows: list[Row], description: Description, reading: Reading) -> Gathered:
    """Variants in the spelling of the others, without those that the canon or a person bins.

    What else is looked at, was looked at in their parents.
    """
    settings, found = description.audit, Gathered(rows=rows)
    if settings.spelling is not None:
        _settle(found, settings, reading)
    canon = read_canon(placed(reading.root, path) for path in settings.canon).without(settings.off)
    people = PeopleFile(reading.root).read()
    verdicts = []
    for row in found.rows:
        reasons = canon.check(Sight(Talk.of(row))) if canon.rules else ()
        said = Verdict(row.key, By.HEURISTICS, sternest(reasons), reasons)
        verdicts.append(decide(row.key, said, None, people.get(row.key), settings.authority))
    found.leave({one.key: why(one) for one in verdicts if one.decision is Decision.BIN})
    return found


def _tell_unjudged(gathered: Gathered, judge: Mapping[str, Verdict], settings: AuditSettings) -> None:
    """Lists as a warning that the judge has not spoken on some rows; they go by what the authority says then."""
    missing = [row for row in gathered.rows if row.key not in judge]
    if missing:
        sentence = _(
            "The judge {model} has given no verdict on {count} of {rows} rows, of which this is the first. Run"
            " `lorewright data judge` for this data set; it goes on where it stopped."
        )
        model = settings.judge.model.name if settings.judge.model is not None else ""
        told = sentence.format(model=model, count=len(missing), rows=len(gathered.rows))
        gathered.problems.append(RowProblem(missing[0].source, missing[0].place, "unjudged", told, error=False))


def why(verdict: Verdict) -> Reason:
    """The reason that binned a row."""
    binning = (reason for reason in verdict.reasons if reason.decision is Decision.BIN)
    return next(binning, Reason(verdict.by.value, _("It was binned."), Decision.BIN))


def _settle(gathered: Gathered, settings: AuditSettings, reading: Reading) -> None:
    """Writes the prose of the rows in one variety of spelling; what that makes too long goes out."""
    assert settings.spelling is not None
    rows: list[Row] = []
    for old in gathered.rows:
        row = settled(old, settings.spelling)
        if row is not old:
            _same_calls(old, row, reading)
            tokens = _counted(row, reading)
            if tokens is not None and reading.cutter is not None and tokens > reading.cutter.limit:
                sentence = _("In the other spelling it has {tokens} tokens and {limit} are allowed.")
                sentence = sentence.format(tokens=tokens, limit=reading.cutter.limit)
                gathered.out.append(Out(old, Reason(TOO_LONG, sentence, Decision.BIN)))
                continue
        rows.append(row)
    gathered.rows = rows


def _counted(row: Row, reading: Reading) -> int | None:
    """How many ids a row has in its new spelling; noted."""
    tokens = reading.notes.tokens
    if reading.cutter is not None and row.key not in tokens:
        tokens[row.key] = reading.cutter.length(row.messages)
    return tokens.get(row.key)


def _same_calls(old: Row, new: Row, reading: Reading) -> None:
    """Raises CallsLost where a scenario's calls are not what they were."""
    if old.kind is not Kind.SCENARIO:
        return
    table = reading.games.of(reading.root / old.place.path).tools
    before, after = ([call.text for call in find_calls(row.trained_text, table, ())] for row in (old, new))
    if before != after:
        raise CallsLost(path=old.place.path, wanted=len(before), found=len(after))
