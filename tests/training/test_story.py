"""What happened to a run is told from its journal alone."""

from studio.jobs.protocol import Fields
from studio.training.story import Story

EVENTS: list[Fields] = [
    {"at": 1.0, "event": "phase", "name": "base"},
    {"at": 2.0, "event": "forecast", "changes": ["Activations are computed again."]},
    {"at": 3.0, "event": "step", "step": 1, "of": 9, "loss": 3.0},
    {"at": 4.0, "event": "memory", "step": 2, "batch_size": 2, "reason": "full"},
    {"at": 5.0, "event": "slow", "step": 3, "factor": 2.4},
    {"at": 6.0, "event": "stalled", "seconds": 31},
    {"at": 7.0, "event": "alive"},
    {"at": 8.0, "event": "restarted", "why": "memory", "attempt": 2, "of": 5, "batch_size": 1},
    {"at": 9.0, "event": "resumed", "step": 1, "of": 9, "passed_over": [{"checkpoint": "step-000002", "file": "x"}]},
    {"at": 9.5, "event": "phase", "name": "base", "gpu_too_small": "RTX 3050"},
    {"at": 10.0, "event": "cancelled", "paused": True, "step": 4},
    {"at": 11.0, "event": "failed", "code": "OutOfMemory", "fields": {"detail": "4 GB"}},
    {"at": 12.0, "event": "done"},
]


def test_each_thing_that_happened_is_told_with_its_time() -> None:
    story = Story.of(EVENTS)
    told = [(line.at, line.kind) for line in story.lines]
    assert told == [
        (1.0, "info"), (2.0, "info"), (4.0, "warning"), (5.0, "warning"), (6.0, "warning"), (7.0, "success"),
        (8.0, "warning"), (9.0, "warning"), (9.0, "info"), (9.5, "warning"), (10.0, "info"), (11.0, "error"),
        (12.0, "success"),
    ]  # fmt: skip
    words = "\n".join(line.text for line in story.lines)
    for part in ("step 2", "2 examples", "2.4 times", "31 s", "Attempt 2 of 5", "step-000002", "RTX 3050", "4 GB"):
        assert part in words
    assert "{" not in words, "every place of a sentence is filled"


def test_a_run_that_just_went_has_no_story() -> None:
    assert not Story.of([EVENTS[0], EVENTS[2], EVENTS[-1]]).eventful
    assert Story.of(EVENTS[:4]).eventful
    assert not Story().eventful
