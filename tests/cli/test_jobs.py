"""Following a job from the terminal: how it is asked to stop."""

import asyncio
import os
import signal

import pytest

from studio.cli.jobs import _stopping


class Waiting:
    """A job that only hears whether it is asked to stop."""

    def __init__(self) -> None:
        self.asked: list[bool] = []

    async def cancel(self, *, pause: bool = False) -> None:
        """Is asked to."""
        self.asked.append(pause)


@pytest.mark.skipif(os.name == "nt", reason="the system ends processes otherwise there")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_polite_end_asks_the_job_to_stop_so_that_it_can_tidy_up(number: signal.Signals) -> None:
    job, before = Waiting(), signal.getsignal(number)
    with _stopping(job):  # type: ignore[arg-type]  # of a job only what is asked of it
        os.kill(os.getpid(), number)
        for _turn in range(100):
            await asyncio.sleep(0.01)
            if job.asked:
                break
    assert job.asked == [True]
    assert signal.getsignal(number) in (before, signal.SIG_DFL, signal.default_int_handler)
