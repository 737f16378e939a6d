"""A step that takes several times its usual time is noticed, once; a single hiccup is not."""

from studio.training.pace import IN_A_ROW, Pace


def told(pace: Pace, *a_token: float) -> list[float | None]:
    """What is said of steps of different lengths that take so long a token."""
    return [pace.take(seconds * (100 + 7 * place), 100 + 7 * place) for place, seconds in enumerate(a_token)]


def test_a_jump_is_told_once_when_it_has_lasted() -> None:
    pace = Pace()
    assert told(pace, *[0.01, 0.012, 0.009] * 4) == [None] * 12
    assert told(pace, 0.05, 0.01, 0.05, 0.011) == [None] * 4  # hiccups
    assert told(pace, *[0.05] * 6) == [None, None, 5.0, None, None, None]
    assert told(pace, 0.01, *[0.04] * IN_A_ROW)[-1] == 4.0  # and again after it was over


def test_what_lasts_becomes_the_usual_pace() -> None:
    pace = Pace()
    told(pace, *[0.01] * 10)
    assert [factor for factor in told(pace, *[0.1] * 200) if factor] == [10.0]
    assert told(pace, 0.1, 0.12, 0.1, 0.15) == [None] * 4


def test_the_first_steps_say_nothing_yet() -> None:
    assert told(Pace(), 0.01, 0.5, 0.5, 0.5) == [None] * 4
