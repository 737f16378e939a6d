"""`lorewright play` in a terminal: waiting for a player can be ended."""

import os
import signal
import subprocess
import sys

import pytest

WAITING = """
import asyncio, contextlib, sys
from studio.cli import play
if sys.argv[1:] == ["without"]:
    play._interruptible = contextlib.nullcontext

async def played() -> None:
    for line in play._lines(None):
        print(line)

try:
    asyncio.run(played())
except KeyboardInterrupt:
    sys.exit(130)
"""


def interrupted(*words: str) -> "subprocess.Popen[bytes]":
    """A process that waits for a player's line, after Ctrl+C."""
    waiting = subprocess.Popen([sys.executable, "-c", WAITING, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert waiting.stdout is not None
    assert waiting.stdout.read(3) == b"\n> "
    waiting.send_signal(signal.SIGINT)
    return waiting


@pytest.mark.skipif(os.name == "nt", reason="Ctrl+C is no signal there")
def test_ctrl_c_ends_the_waiting_for_a_line() -> None:
    with interrupted() as waiting:
        assert waiting.wait(60) == 130


@pytest.mark.skipif(os.name == "nt", reason="Ctrl+C is no signal there")
def test_with_the_loops_own_handler_it_would_go_on_waiting() -> None:
    with interrupted("without") as waiting:
        with pytest.raises(subprocess.TimeoutExpired):
            waiting.wait(2)
        waiting.kill()
