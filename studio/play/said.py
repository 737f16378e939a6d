"""Owns the file of what people say of play, and what all of it comes to: by model, and of two models.

A workspace keeps ratings and votes in `ratings.jsonl`, a line each, with the digest of the model and the seed, so that
a judge can be held against them. Knows no session and no window.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from studio.errors import NotSaved
from studio.files import read_text
from studio.intervals import Share
from studio.jobs.protocol import encode
from studio.play.ratings import QUESTIONS, Ratings, Vote

FILE = "ratings.jsonl"
_LIMIT = 1 << 30


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Rated(_Record):
    """A line of the file: the ratings of one session. `turns` is how many were played, `when` an ISO time."""

    format: Literal[1] = 1
    kind: Literal["rating"] = "rating"
    session: str
    model: str
    name: str
    seed: int
    turns: int
    when: str
    ratings: Ratings


class Voted(_Record):
    """A line of the file: one vote, with the session of the left side and the seed that both played by."""

    format: Literal[1] = 1
    kind: Literal["vote"] = "vote"
    session: str
    seed: int
    when: str
    vote: Vote


_LINE: TypeAdapter[Rated | Voted] = TypeAdapter(Rated | Voted)


@dataclass(frozen=True, slots=True)
class Said:
    """All that was said: of each session its last rating, every vote, and the numbers of lines that are neither."""

    rated: tuple[Rated, ...]
    voted: tuple[Voted, ...]
    damaged: tuple[int, ...] = ()


def keep(path: Path, record: Rated | Voted) -> None:
    """Appends a line to a workspace's `ratings.jsonl`; raises NotSaved."""
    append(path, record)


def append(path: Path, record: BaseModel) -> None:
    """Appends a record to a file of JSON lines, on a line of its own behind a torn one; raises NotSaved."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab+") as stream:
            if stream.tell():
                stream.seek(-1, 2)
                torn = stream.read(1) != b"\n"
                stream.write(b"\n" * torn)
            stream.write(encode(record.model_dump(mode="json")))
    except OSError as error:
        raise NotSaved(path=path, reason=error.strerror or str(error)) from error


def read(path: Path) -> Said:
    """What a file says; a session that was rated twice counts by its last rating. No file says nothing."""
    if not path.exists():
        return Said((), ())
    rated: dict[str, Rated] = {}
    voted: list[Voted] = []
    damaged: list[int] = []
    for number, line in enumerate(read_text(path, limit=_LIMIT).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = _LINE.validate_json(line)
        except ValidationError:
            damaged.append(number)
            continue
        if isinstance(record, Rated):
            rated.pop(record.session, None)
            rated[record.session] = record
        else:
            voted.append(record)
    return Said(tuple(rated.values()), tuple(voted), tuple(damaged))


@dataclass(frozen=True, slots=True)
class Answers:
    """How sessions with one model were rated: by question the share of those answered with yes."""

    model: str
    name: str
    sessions: int
    yes: dict[str, Share]

    def as_json(self) -> dict[str, object]:
        """Plain values."""
        shares = {name: share.as_json() for name, share in self.yes.items()}
        return {"model": self.model, "name": self.name, "sessions": self.sessions, "yes": shares}


def answers(rated: Iterable[Rated]) -> list[Answers]:
    """The ratings of each model, by its digest, in the order of names."""
    groups: dict[str, list[Rated]] = {}
    for one in rated:
        groups.setdefault(one.model, []).append(one)
    found = [Answers(model, group[-1].name, len(group), _yes(group)) for model, group in groups.items()]
    return sorted(found, key=lambda one: (one.name, one.model))


def _yes(group: Sequence[Rated]) -> dict[str, Share]:
    given = {name: [one.ratings.answered[name] for one in group if name in one.ratings.answered] for name in QUESTIONS}
    return {name: Share(said.count("yes"), len(said)) for name, said in given.items()}


@dataclass(frozen=True, slots=True)
class Standing:
    """How one model fares against others: `won` of the votes that chose one of two, and how many chose neither."""

    model: str
    name: str
    won: Share
    ties: int

    def as_json(self) -> dict[str, object]:
        """Plain values."""
        return {"model": self.model, "name": self.name, "won": self.won.as_json(), "ties": self.ties}


@dataclass(frozen=True, slots=True)
class Pairing:
    """How often `first` was preferred to `second` of the votes that chose one of these two."""

    first: str
    second: str
    won: Share
    ties: int

    def as_json(self) -> dict[str, object]:
        """Plain values."""
        return {"first": self.first, "second": self.second, "won": self.won.as_json(), "ties": self.ties}


def standings(voted: Iterable[Voted], *, blind_only: bool = False) -> list[Standing]:
    """The win rate of every model that was voted on, the best first; a model against itself counts for nothing."""
    tallies: dict[str, list[int]] = {}
    names: dict[str, str] = {}
    for vote in _votes(voted, blind_only=blind_only):
        for side, model, name in (("left", vote.left, vote.left_name), ("right", vote.right, vote.right_name)):
            names[model] = name
            tally = tallies.setdefault(model, [0, 0, 0])
            tally[0 if vote.winner == side else 2 if vote.winner == "tie" else 1] += 1
    found = [
        Standing(model, names[model], Share(won, won + lost), ties) for model, (won, lost, ties) in tallies.items()
    ]
    return sorted(found, key=lambda one: (-(one.won.share or 0.0), one.name, one.model))


def pairings(voted: Iterable[Voted], *, blind_only: bool = False) -> list[Pairing]:
    """Every two models that were held against each other, by name."""
    tallies: dict[tuple[str, str], list[int]] = {}
    names: dict[str, str] = {}
    for vote in _votes(voted, blind_only=blind_only):
        names |= {vote.left: vote.left_name, vote.right: vote.right_name}
        first, second = sorted((vote.left, vote.right), key=lambda model: (names[model], model))
        tally = tallies.setdefault((first, second), [0, 0, 0])
        winner = {"left": vote.left, "right": vote.right}.get(vote.winner)
        tally[2 if winner is None else int(winner != first)] += 1
    return [
        Pairing(names[first], names[second], Share(won, won + lost), ties)
        for (first, second), (won, lost, ties) in sorted(tallies.items(), key=lambda entry: names[entry[0][0]])
    ]


def _votes(voted: Iterable[Voted], *, blind_only: bool) -> Iterable[Vote]:
    return (one.vote for one in voted if one.vote.left != one.vote.right and (one.vote.blind or not blind_only))
