"""Work shared among processes: in order, complete although one dies, and its mistakes told here."""

import os
import sys
import threading
from pathlib import Path

import pytest

from studio.cli.pool import Crew, start_method

forks = pytest.mark.skipif(sys.platform != "linux", reason="processes are not copied on this system")
ITEMS = [str(number) for number in range(500)]
HERE = os.getpid()


@pytest.mark.parametrize("method", ["spawn", pytest.param("fork", marks=forks)])
def test_results_come_in_the_order_of_the_items(method: str) -> None:
    assert list(Crew(int, ITEMS, 2, method).run()) == list(range(500))


@forks
def test_others_do_the_work() -> None:
    found = set(Crew(lambda item: os.getpid(), ITEMS, 2, "fork").run())
    assert HERE not in found and found


def _dies(item: str) -> str:
    """As for want of memory: no word, no cleaning up; here it does not die."""
    if item in ("40", "333") and os.getpid() != HERE:
        os._exit(9)
    return item


@forks
def test_a_process_that_dies_takes_nothing_with_it() -> None:
    assert list(Crew(_dies, ITEMS, 2, "fork").run()) == ITEMS


@forks
def test_twin_a_death_would_leave_a_gap_where_nobody_takes_over(monkeypatch: pytest.MonkeyPatch) -> None:
    crew = Crew(_dies, ITEMS, 2, "fork")

    def nobody(wanted: int) -> None:
        crew._done[wanted] = []

    def gives_up(self: Crew[str, str], wanted: int) -> None:
        held = any(wanted in hand.holds for hand in self._hands)
        take(self, wanted) if held else nobody(wanted)

    take = Crew._take
    monkeypatch.setattr(Crew, "_take", gives_up)
    assert set(crew.run()) < set(ITEMS)


def _mistaken(item: str) -> str:
    if item == "77":
        raise ZeroDivisionError(item)
    return item


@forks
def test_a_mistake_is_raised_where_the_work_was_given_out(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ZeroDivisionError, match="77"):
        list(Crew(_mistaken, ITEMS, 2, "fork").run())
    assert "Traceback" not in capfd.readouterr().err


@forks
def test_processes_end_when_nobody_wants_more() -> None:
    before = {path.name for path in Path("/proc").iterdir() if path.name.isdigit()}
    work = Crew(str.upper, ITEMS, 2, "fork").run()
    next(work)
    work.close()  # type: ignore[attr-defined]  # a generator
    children = Path(f"/proc/self/task/{threading.get_native_id()}/children").read_text().split()
    assert not set(children) - before


def test_nothing_is_copied_while_another_thread_runs() -> None:
    wait = threading.Event()
    thread = threading.Thread(target=wait.wait)
    thread.start()
    try:
        assert start_method() == "spawn"
    finally:
        wait.set()
        thread.join()
