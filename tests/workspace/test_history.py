from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from studio.workspace.history import History, Snapshot, thinned

HOUR, DAY = 3600.0, 86400.0
NOW = 1_800_000_000.0


def test_a_text_is_kept_once_and_comes_back(tmp_path: Path) -> None:
    history, path = History(tmp_path / "snapshots"), tmp_path / "a.md"
    assert history.of(path) == ()
    first = history.take(path, "one \U0001f3b2\n", NOW)
    assert first is not None and history.take(path, "one \U0001f3b2\n", NOW + 300) is None
    history.take(path, "two", NOW + 600)
    assert [history.read(snapshot) for snapshot in history.of(path)] == ["two", "one \U0001f3b2\n"]
    assert [round(snapshot.when - NOW) for snapshot in history.of(path)] == [600, 0]


def test_a_clock_that_was_set_back_loses_no_snapshot(tmp_path: Path) -> None:
    history, path = History(tmp_path / "snapshots"), tmp_path / "a.md"
    history.take(path, "one", NOW)
    history.take(path, "two", NOW - DAY)
    assert [history.read(snapshot) for snapshot in history.of(path)] == ["two", "one"]


def test_snapshots_follow_a_rename(tmp_path: Path) -> None:
    history, path, other = History(tmp_path / "snapshots"), tmp_path / "a.md", tmp_path / "b.md"
    history.take(path, "one", NOW)
    history.take(other, "of the other", NOW + 1)
    history.moved(path, other)
    assert history.of(path) == ()
    assert [history.read(snapshot) for snapshot in history.of(other)] == ["of the other", "one"]


def test_snapshots_thin_out_with_age() -> None:
    """Every five minutes for two months of writing without a pause."""
    taken = [Snapshot(Path(str(number)), NOW - number * 300) for number in range(60 * 288)]
    gone = set(thinned(taken, NOW))
    left = [NOW - snapshot.when for snapshot in taken if snapshot not in gone]
    assert sum(age <= HOUR for age in left) == 13
    assert 23 <= sum(HOUR < age <= DAY for age in left) <= 25
    assert 30 <= sum(age > DAY for age in left) <= 32
    assert max(left) <= 31 * DAY


@given(st.lists(st.floats(0, 90 * DAY), min_size=1, max_size=60))
def test_thinning_again_takes_nothing_more_and_the_newest_always_stays(ages: list[float]) -> None:
    taken = [Snapshot(Path(str(number)), NOW - age) for number, age in enumerate(ages)]
    gone = thinned(taken, NOW)
    left = [snapshot for snapshot in taken if snapshot not in gone]
    assert thinned(left, NOW) == ()
    assert min(NOW - snapshot.when for snapshot in left) == min(NOW - snapshot.when for snapshot in taken)


def test_taking_thins_the_folder(tmp_path: Path) -> None:
    history, path = History(tmp_path / "snapshots"), tmp_path / "a.md"
    for minutes in range(0, 180, 5):
        history.take(path, f"text {minutes}", NOW + minutes * 60)
    history.take(path, "next day", NOW + DAY + 5 * HOUR)
    assert len(history.of(path)) <= 2
