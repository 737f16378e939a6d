"""What people say of play: kept line by line, read back with what is damaged told, and counted with intervals."""

from pathlib import Path

import pytest

from studio.errors import NotSaved
from studio.play.ratings import QUESTIONS, Ratings, Vote, Winner
from studio.play.said import Rated, Voted, answers, keep, pairings, read, standings


def rated(session: str, model: str = "m", **given: str) -> Rated:
    return Rated(
        session=session,
        model=model,
        name=model.upper(),
        seed=3,
        turns=4,
        when="2026-11-22T05:00:00+00:00",
        ratings=Ratings.model_validate(given),
    )


def voted(left: str, right: str, winner: Winner, *, blind: bool = True) -> Voted:
    vote = Vote(
        left=left, left_name=left.upper(), right=right, right_name=right.upper(), winner=winner, blind=blind, line="I"
    )
    return Voted(session="s", seed=1, when="2026-11-22T05:00:00+00:00", vote=vote)


def test_ratings_and_votes_are_kept_and_a_session_counts_by_its_last_rating(tmp_path: Path) -> None:
    path = tmp_path / "ratings.jsonl"
    assert read(path).rated == ()
    kept = [rated("one", fun="yes"), voted("a", "b", "left"), rated("two", fun="no"), rated("one", fun="no")]
    for record in kept:
        keep(path, record)
    said = read(path)
    assert said.rated == (kept[2], kept[3])
    assert said.voted == (kept[1],) and said.damaged == ()


def test_what_is_damaged_is_told_by_its_line_and_what_comes_after_a_torn_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "ratings.jsonl"
    keep(path, rated("one", fun="yes"))
    whole = path.read_bytes()
    path.write_bytes(b'{"format": 9}\n' + whole + whole[:40])
    keep(path, rated("two", fun="partly"))
    said = read(path)
    assert [one.session for one in said.rated] == ["one", "two"]
    assert said.damaged == (1, 3)


def test_without_a_new_line_first_what_comes_after_a_torn_line_would_be_lost(tmp_path: Path) -> None:
    path = tmp_path / "ratings.jsonl"
    keep(path, rated("one", fun="yes"))
    line = path.read_bytes()
    path.write_bytes(line[:40] + line)
    assert read(path).rated == ()


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NotSaved):
        keep(tmp_path / "file" / "ratings.jsonl", rated("one"))


def test_questions_are_the_fields_and_an_open_one_counts_for_nothing() -> None:
    assert list(QUESTIONS) == list(Ratings.model_fields)
    found = answers([rated("one", fun="yes", again="no"), rated("two", fun="partly"), rated("three", "n", fun="yes")])
    first = found[0]
    assert (first.name, first.sessions) == ("M", 2)
    assert (first.yes["fun"].count, first.yes["fun"].of) == (1, 2)
    assert (first.yes["again"].of, first.yes["fair"].of) == (1, 0)


def test_win_rates_leave_ties_out_and_can_be_of_blind_votes_alone() -> None:
    votes = [
        voted("a", "b", "left"),
        voted("b", "a", "right"),
        voted("a", "b", "tie"),
        voted("a", "b", "right", blind=False),
        voted("a", "a", "left"),
    ]
    best, other = standings(votes)
    assert (best.model, best.won.count, best.won.of, best.ties) == ("a", 2, 3, 1)
    assert (other.won.count, other.won.of) == (1, 3)
    bounds = best.won.interval
    assert bounds is not None and bounds[0] < 2 / 3 < bounds[1]
    assert standings(votes, blind_only=True)[0].won.of == 2
    pair = pairings(votes)[0]
    assert (pair.first, pair.second, pair.won.count, pair.won.of, pair.ties) == ("A", "B", 2, 3, 1)
