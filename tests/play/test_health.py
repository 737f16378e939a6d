"""When another model is advised: too many faults, too slow, too little memory; once each, until things are better."""

from collections.abc import Sequence

from studio.play.health import Advice, Faults, Health, Lines

PLENTY = 8 << 30
GOOD = Faults(20, 1, 1)


def heard(health: Health, speeds: Sequence[float], faults: Faults = GOOD, free: int = PLENTY) -> list[Advice]:
    for speed in speeds:
        health.wrote(speed)
    return health.advice(faults, free)


def test_a_model_that_serves_well_is_left_alone() -> None:
    assert heard(Health(), [20.0] * 30) == []
    assert heard(Health(), [1.0] * 4) == [], "a few turns tell nothing"
    assert heard(Health(), [0.0] * 20) == [], "nobody could tell how fast it was"
    assert heard(Health(), [], Faults(3, 3, 0)) == [], "nor do a few calls"


def test_a_slow_model_is_told_once_and_again_when_it_was_better_meanwhile() -> None:
    health = Health()
    (advice,) = heard(health, [2.0] * 5)
    assert advice.kind == "speed" and "writes 2.0 tokens a second. Switch" in advice.sentence
    assert heard(health, [2.0]) == []
    assert heard(health, [9.0] * 5) == []
    assert [one.kind for one in heard(health, [2.0] * 5)] == ["speed"]


def test_a_model_that_lost_half_of_its_speed_says_what_it_began_with() -> None:
    health = Health()
    assert heard(health, [40.0] * 10) == []
    (advice,) = heard(health, [19.0] * 5)
    assert "writes 19.0 tokens a second; it began with 40.0." in advice.sentence
    assert heard(Health(Lines(lost=0.6)), [40.0] * 10 + [19.0] * 5) == []


def test_faults_and_little_memory_have_lines_of_their_own() -> None:
    health = Health()
    assert [one.kind for one in heard(health, [], Faults(8, 2, 1))] == ["faults"]
    (advice,) = heard(health, [], GOOD, 300 << 20)
    assert advice.kind == "memory" and "Only 300 MB" in advice.sentence
    assert heard(health, [], Faults(8, 1, 1), 512 << 20) == [], "on the line is not past it"
