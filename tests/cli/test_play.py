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
    """A process that waits for a player's line, after Ctrl+C was pressed once."""
    waiting = subprocess.Popen([sys.executable, "-c", WAITING, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert waiting.stdout is not None
    assert waiting.stdout.read(3) == b"\n> "
    waiting.send_signal(signal.SIGINT)
    return waiting


def until_the_prompt(waiting: "subprocess.Popen[bytes]") -> bytes:
    """What it says until it waits again."""
    said = b""
    while waiting.stdout is not None and not said.endswith(b"\n> "):
        said += waiting.stdout.read(1)
    return said


@pytest.mark.skipif(os.name == "nt", reason="Ctrl+C is no signal there")
def test_ctrl_c_that_came_too_late_for_an_answer_does_not_end_the_play_and_a_second_one_does() -> None:
    with interrupted() as waiting:
        assert b"once more" in until_the_prompt(waiting)
        assert waiting.stdin is not None
        waiting.stdin.write(b"I wait.\n")
        waiting.stdin.flush()
        assert b"I wait." in until_the_prompt(waiting)
        waiting.send_signal(signal.SIGINT)
        assert b"once more" in until_the_prompt(waiting), "a line between them: it is the first one again"
        waiting.send_signal(signal.SIGINT)
        assert waiting.wait(60) == 130


@pytest.mark.skipif(os.name == "nt", reason="Ctrl+C is no signal there")
def test_with_the_loops_own_handler_it_would_go_on_waiting() -> None:
    with interrupted("without") as waiting:
        with pytest.raises(subprocess.TimeoutExpired):
            waiting.wait(2)
        waiting.kill()
