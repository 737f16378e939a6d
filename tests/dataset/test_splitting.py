"""The split: nothing that belongs together stands on both sides, and a new scenario reshuffles nothing."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.chat.messages import Message
from studio.dataset.description import SplitSettings
from studio.dataset.families import families
from studio.dataset.leaking import leakage
from studio.dataset.rows import Kind, Place, Row
from studio.dataset.splitting import LEFT_OUT, TRAINING, VALIDATION, split

NONE: dict[str, str] = {}


def row(text: str, group: str, **more: object) -> Row:
    messages = (Message("user", f"What of {text}?"), Message("assistant", f"It is {text}.", trained=True))
    made = Row(Kind.PAIR, "pairs", Place(f"{group}.jsonl"), messages, group)
    return replace(made, **more)  # type: ignore[arg-type]


def singles(count: int, first: int = 0, **more: object) -> list[Row]:
    return [row(f"number {n}", f"g{n}", **more) for n in range(first, first + count)]


@st.composite
def data_sets(draw: st.DrawFn) -> tuple[list[Row], dict[str, str]]:
    """Rows in groups and clusters that overlap, some of them synthetic."""
    count = draw(st.integers(1, 40))
    rows = [
        row(f"text {n}", f"g{draw(st.integers(0, 12))}", source=draw(st.sampled_from(["one", "two"])))
        for n in range(count)
    ]
    for n in range(draw(st.integers(0, 8))):
        parent = draw(st.sampled_from(rows))
        rows.append(row(f"variant {n}", f"v{n}", synthetic=True, parent=parent.key))
    clusters = {one.key: f"c{draw(st.integers(0, 8))}" for one in rows if draw(st.integers(0, 3)) == 0}
    return rows, clusters


@given(data_sets(), st.integers(0, 5), st.sampled_from([0.0, 0.1, 0.3]))
@settings(max_examples=120, deadline=None)
def test_what_belongs_together_stays_together(made: tuple[list[Row], dict[str, str]], seed: int, share: float) -> None:
    rows, clusters = made
    found = split(rows, clusters, SplitSettings(validation=share, seed=seed))
    side_of: dict[str, set[str]] = {}
    by_key = {one.key: one for one in rows}
    for one in rows:
        side = found.side(one.key)
        side_of.setdefault(f"group {one.group}", set()).add(side)
        if one.key in clusters:
            side_of.setdefault(f"cluster {clusters[one.key]}", set()).add(side)
        if one.synthetic:
            assert side != VALIDATION
            assert (side == LEFT_OUT) == (found.side(by_key[str(one.parent)].key) != TRAINING)
    assert not any({TRAINING, VALIDATION} <= sides for sides in side_of.values())
    assert found.leakage.of == len(found.validation)
    if not share:
        assert not found.validation


@given(data_sets(), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_of_the_rows_does_not_matter(made: tuple[list[Row], dict[str, str]], chance: random.Random) -> None:
    rows, clusters = made
    other = list(rows)
    chance.shuffle(other)
    one, two = split(rows, clusters, SplitSettings()), split(other, clusters, SplitSettings())
    assert (one.validation, one.left_out) == (two.validation, two.left_out)


@pytest.mark.parametrize("count", [10, 33, 100, 500])
def test_the_share_is_met(count: int) -> None:
    found = split(singles(count), NONE, SplitSettings(validation=0.1))
    assert abs(len(found.validation) - 0.1 * count) <= 0.5


def test_each_stratum_gives_its_share() -> None:
    rows = [
        row(f"{kind} {n}", f"{kind}{n}", facts={"type": (kind,)})
        for kind, count in (("combat", 40), ("roleplay", 20))
        for n in range(count)
    ]
    found = split(rows, NONE, SplitSettings(validation=0.1, seed=3)).validation
    aside = [one.facts["type"][0] for one in rows if one.key in found]
    assert (aside.count("combat"), aside.count("roleplay")) == (4, 2)


def test_many_small_strata_give_their_share_together() -> None:
    rows = [row(f"{n} {m}", f"{n}-{m}", source=f"s{n}") for n in range(300) for m in range(3)]
    found = split(rows, NONE, SplitSettings(validation=0.1))
    assert 0.07 <= len(found.validation) / len(rows) <= 0.13


@pytest.mark.parametrize("seed", range(6))
def test_a_new_scenario_changes_the_side_of_one_other_at_most(seed: int) -> None:
    asked = SplitSettings(validation=0.1, seed=seed)
    rows = singles(40)
    before = split(rows, NONE, asked)
    for n in range(1000, 1030):
        after = split([*rows, *singles(1, n)], NONE, asked)
        assert sum(before.side(one.key) != after.side(one.key) for one in rows) <= 1


def test_seeds_choose_otherwise() -> None:
    rows = singles(60)
    chosen = {split(rows, NONE, SplitSettings(seed=seed)).validation for seed in range(4)}
    assert len(chosen) == 4


def test_a_small_set_has_something_to_validate_with() -> None:
    assert len(split(singles(3), NONE, SplitSettings()).validation) == 1
    assert not split(singles(1), NONE, SplitSettings()).validation


def test_a_giant_family_does_not_validate() -> None:
    rows = [*[row(f"same {n}", "giant") for n in range(60)], *singles(40)]
    found = split(rows, NONE, SplitSettings(validation=0.1))
    assert len(found.validation) == 10
    assert all(one.key not in found.validation for one in rows[:60])


def test_a_variant_follows_the_scenario_at_its_parents_path() -> None:
    scenarios = [
        row(f"scene {n}, part {line}", f"s/{n}.md", kind=Kind.SCENARIO, place=Place(f"s/{n}.md", line))
        for n in range(20)
        for line in (1, 2)
    ]
    variants = [row(f"variant {n}", f"v{n}", synthetic=True, parent=f"s/{n}.md") for n in range(20)]
    found = split([*scenarios, *variants], NONE, SplitSettings(validation=0.2))
    assert len(found.validation) == 8
    assert len(found.left_out) == 4
    together = families([*scenarios, *variants], [one.key for one in (*scenarios, *variants)], NONE)
    assert {(len(one.places), one.size) for one in together} == {(3, 2)}


def test_leakage_is_seen_where_no_cluster_says_so() -> None:
    words = "the lamp swings over the black water and nobody on the long quay says a single word"
    near = words.replace("lamp", "bell")
    far = "seven geese walk to market in a row behind a woman with a very small drum today"
    one, other, third = row(words, "a"), row(near, "b"), row(far, "c")
    found = leakage([one, third], [other])
    assert (found.leaking, found.of) == (1, 2)
    assert found.worst > 0.5
    assert found.pair == (one.place, other.place)
    assert "1 of 2" in found.sentence
    assert leakage([third], [one, other]).leaking == 0
    assert leakage([one], [one]).worst == 1.0


def test_system_and_forms_of_words_do_not_leak() -> None:
    world = Message("system", "In this world the towers are drowned and every bell is muffled by law")

    def scene(text: str, group: str) -> Row:
        return replace(row(text, group), messages=(world, Message("user", text)))

    assert (
        leakage([scene("I open the door of the old mill", "a")], [scene("We sail at dawn to the far isle", "b")]).worst
        == 0
    )
    form = "choose one of the moves that are listed here:"
    rows = [scene(f"{form} {n}", f"g{n}") for n in range(100)]
    assert leakage(rows, [scene(form, "x")]).leaking == 0


WORDS = ["the", "bell", "of", "fen,", "rings!", "Ünder", "élan", "a"]
TALES = st.lists(st.lists(st.sampled_from(WORDS), max_size=30), min_size=2, max_size=8)


@given(TALES, st.integers(1, 4))
@settings(max_examples=150, deadline=None)
def test_leakage_is_what_counting_by_hand_gives(tales: list[list[str]], aside: int) -> None:
    rows = [replace(row("", f"g{n}"), messages=(Message("user", " ".join(tale)),)) for n, tale in enumerate(tales)]
    held, trained = rows[:aside], rows[aside:]
    runs = [
        {tuple(word.strip(",!").lower() for word in tale[n : n + 5]) for n in range(len(tale) - 4)} for tale in tales
    ]
    shares = [max((len(own & other) / len(own) for other in runs[aside:]), default=0) for own in runs[:aside] if own]
    found = leakage(held, trained)
    assert found.worst == pytest.approx(max(shares, default=0))
    assert found.leaking == sum(share >= 0.5 for share in shares)
