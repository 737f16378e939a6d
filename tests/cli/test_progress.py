"""How far a work is: one line that is written over on a terminal, lines now and then elsewhere."""

import io
import json

from studio.cli.jobs import _tell
from studio.cli.parity import said
from studio.cli.progress import Cases, Meter


class Terminal(io.StringIO):
    """A stream that somebody looks at."""

    def isatty(self) -> bool:
        """It is one."""
        return True


class Clock:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        """The time it is set to."""
        return self.now


def walked(stream: io.StringIO) -> str:
    """A part of 40 seconds, a part that is quick, and a line between them."""
    clock = Clock()
    meter = Meter(stream, clock)
    meter.begins("[Read]")
    for second in range(41):
        clock.now = float(second)
        meter.far(second / 40)
    meter.says("F16: holds")
    meter.begins("[Pack]")
    meter.far(1.0)
    meter.ends()
    return stream.getvalue()


def test_a_log_gets_a_line_every_ten_seconds_with_the_time_that_is_left() -> None:
    assert walked(io.StringIO()).splitlines() == [
        "[Read]",
        "[Read] 25%, about 30 s left of it",
        "[Read] 50%, about 20 s left of it",
        "[Read] 75%, about 10 s left of it",
        "[Read] 100%",
        "F16: holds",
        "[Pack]",
    ]


def test_a_terminal_gets_one_line_that_is_written_over() -> None:
    text = walked(Terminal())
    assert [line.rpartition("\r\x1b[K")[2] for line in text.split("\n")] == ["F16: holds", ""]
    assert "\r\x1b[K[Read] 75%, about 10 s left of it" in text and text.endswith("\r\x1b[K")


def test_a_line_is_never_wider_than_the_terminal(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("COLUMNS", "20")
    stream = Terminal()
    Meter(stream).begins("[Read the held-out talks with it]")
    assert stream.getvalue() == "\r\x1b[K[Read the held-out…"


def test_what_begins_again_or_in_the_middle_is_counted_from_there() -> None:
    stream, clock = io.StringIO(), Clock()
    meter = Meter(stream, clock)
    meter.begins("[Read]")
    for now, share in ((0.0, 0.5), (10.0, 0.75), (12.0, 0.1), (22.0, 0.2)):
        clock.now = now
        meter.far(share)
    assert stream.getvalue().splitlines() == [
        "[Read]", "[Read] 75%, about 10 s left of it", "[Read] 20%, about 1 min left of it",
    ]  # fmt: skip


def test_news_of_a_job_and_of_a_suite_are_told_by_it() -> None:
    stream, clock = io.StringIO(), Clock()
    meter = Meter(stream, clock)
    news = (
        '{"event": "phase", "name": "calls"}',
        '{"event": "progress", "part": "calls", "fraction": 0.25}',
        '{"event": "step", "step": {"name": "F16", "passed": true}}',
        '{"event": "alive"}',
    )
    for line in news:
        event = json.loads(line)
        _tell(event, said(event), meter)
        clock.now += 30
    cases = Cases(meter)
    for done in range(5):
        cases("tavern", "tool-calls", done, 4)
        clock.now += 6
    assert stream.getvalue().splitlines() == [
        "[Let it answer the players of the held-out talks]",
        "[Let it answer the players of the held-out talks] 25%, about 2 min left of it",
        "F16: holds",
        "  tavern: tool-calls",
        "  tavern: tool-calls 2/4, about 12 s left of it",
        "  tavern: tool-calls 4/4",
    ]
