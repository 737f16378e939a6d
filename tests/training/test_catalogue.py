"""The catalogue agrees with itself; suggestions fit the machine and promise only what was measured."""

import json
from pathlib import Path

import pytest

from studio.gguf.known_bases import STARTER
from studio.jobs.runs import REPORT
from studio.training.catalogue import CatalogueModel, NoSuchModel, catalogue, find_model
from studio.training.profiles import profile, profiles
from studio.training.room import DeviceRoom
from studio.training.shape import ModelShape
from studio.training.speeds import Speed, about_minutes, speed_here, time_word
from studio.training.suggesting import Amount, Machine, Role, Suggestion, first_fitting, suggested
from studio.workspace import Workspace

GIB = 1 << 30
DATA = Amount(75_000)


def card(gib: int) -> DeviceRoom:
    return DeviceRoom("a card", "cuda", gib * GIB, int(gib * GIB * 0.92))


def by_role(found: tuple[Suggestion, ...]) -> dict[Role, CatalogueModel]:
    assert len({one.role for one in found}) == len(found) == len({one.model.id for one in found})
    return {one.role: one.model for one in found}


def biases(model: CatalogueModel) -> int:
    """What a family has beside its matrices and two norms a layer."""
    sizes = model.sizes
    extra = {
        "qwen2": (sizes.heads + 2 * sizes.groups) * sizes.head,
        "gemma2": 2 * sizes.width,
        "gemma3": 2 * sizes.width + 2 * sizes.head,
    }
    return sizes.layers * extra.get(model.family, 0)


@pytest.mark.parametrize("model", catalogue(), ids=lambda model: model.id)
def test_what_is_written_of_a_model_agrees_to_the_last_parameter(model: CatalogueModel) -> None:
    assert model.shape.weights + biases(model) == model.parameters
    if model.repo is not None:
        assert 1.0 <= model.download_bytes / (2 * model.parameters) < 1.03
    assert 0 < model.min_vram_gb < model.min_lora_gb
    assert set(model.unsure) <= set(CatalogueModel.model_fields)
    assert model.about.endswith(".") and model.licence.sale.endswith(".")


def test_the_starter_is_what_set_up_fetched(starter: Path) -> None:
    known, there = find_model(STARTER), ModelShape.of(starter)
    assert abs(starter.stat().st_size / known.download_bytes - 1) < 0.02
    assert there.weights == known.parameters
    assert (there.layers, there.width, there.vocabulary) == (known.shape.layers, known.shape.width, 49152)
    assert "rules" in known.about and "not fine prose" in known.about


def test_names_are_single_and_in_order_and_the_profiles_bases_are_among_them() -> None:
    names = [model.id for model in catalogue()]
    assert len(set(names)) == len(names)
    assert [model.parameters for model in catalogue()] == sorted(model.parameters for model in catalogue())
    assert all(find_model(profile(name).base) for name in profiles())
    with pytest.raises(NoSuchModel, match=r"Did you mean “qwen2\.5-1\.5b”"):
        find_model("qwen-1.5b")


def test_what_may_not_be_sold_is_never_suggested_and_is_said_in_the_catalogue() -> None:
    unsellable = [model for model in catalogue() if not model.sellable]
    assert [model.id for model in unsellable] == ["qwen2.5-3b"]
    assert "may not be sold" in unsellable[0].licence.sale
    found = [one for gib in (2, 4, 6, 8, 12, 16, 24, 48) for one in suggested(Machine(card(gib)), DATA)]
    assert all(one.sellable and "may be sold" in one.sale for one in found)
    for family, words in (("llama-3.2", "Built with Llama"), ("gemma", "forbidden uses")):
        assert all(words in model.licence.sale for model in catalogue() if model.id.startswith(family))


@pytest.mark.parametrize("gib", [2, 4, 6, 8, 12, 16, 24])
def test_a_card_gets_what_fits_and_no_time_that_nobody_measured(gib: int) -> None:
    machine = Machine(card(gib))
    found = suggested(machine, DATA)
    assert 2 <= len(found) <= 4 and found[0].model.id == STARTER and found[0].role is Role.TRY
    assert all(one.memory <= machine.room.free for one in found)
    assert all(one.minutes is None and one.tokens_per_second is None for one in found)
    assert {one.training_time for one in found} == {"unknown here"}
    roles = by_role(found)
    if Role.PROSE in roles:
        assert roles[Role.PROSE].parameters <= roles[Role.BEST].parameters / 2
    if roles[Role.BEST].gated:
        assert any(not model.gated for role, model in roles.items() if role is not Role.TRY)
    assert {4: "llama-3.2-3b", 8: "qwen2.5-7b", 16: "mistral-nemo"}.get(gib, roles[Role.BEST].id) == roles[Role.BEST].id


def test_more_memory_never_suggests_worse() -> None:
    best = [by_role(suggested(Machine(card(gib)), DATA))[Role.BEST].prose for gib in (2, 4, 6, 8, 12, 16, 24)]
    assert best == sorted(best)
    assert suggested(Machine(DeviceRoom("CPU", "cpu", GIB // 4, GIB // 8)), DATA) == ()


def test_a_card_that_is_too_small_for_anything_leaves_the_place_to_the_cpu() -> None:
    cpu, tiny = DeviceRoom("CPU", "cpu", 16 * GIB, 12 * GIB), DeviceRoom("old", "cuda", GIB // 4, GIB // 4)
    assert first_fitting([tiny, cpu]) == cpu
    assert first_fitting([card(4), cpu]) == card(4)


def test_on_a_cpu_nothing_is_suggested_that_takes_days_or_plays_slower_than_one_reads() -> None:
    room = DeviceRoom("CPU", "cpu", 256 * GIB, 200 * GIB, cores=2)
    speed = Speed(484, find_model(STARTER).parameters, "cpu", "AMD EPYC", "2026-11-21-tavern-train")
    found = suggested(Machine(room, speed), DATA)
    assert found[0].minutes == 7.0, "its data would take 7.7, and its profile allows 7"
    assert "about 7 minutes, by the speed of 2026-11-21-tavern-train" in found[0].training_time
    assert all((one.minutes or 1e9) < 24 * 60 and (one.tokens_per_second or 0) >= 4 for one in found)
    assert {one.training_time for one in suggested(Machine(room, speed), Amount(0))} == {"unknown here"}
    long = suggested(Machine(room, speed), Amount(20_000_000))
    assert [one.role for one in long] == [Role.TRY]


def test_the_speed_is_the_last_runs_on_such_a_processor(tmp_path: Path, starter: Path) -> None:
    runs = Workspace(tmp_path).runs
    assert speed_here(runs, "cuda") is None
    elsewhere = speed_here(runs, "cpu")
    assert elsewhere is not None and elsewhere.run is None and "has not trained yet" in elsewhere.source
    for name, changes in {
        "good": {},
        "short": {"steps": 3},
        "gone": {"base": str(tmp_path / "gone.gguf")},
        "card": {"device": "cuda", "tokens_a_second": 9000},
        "odd": {"tokens_a_second": "many"},
    }.items():
        report = {"tokens_a_second": 300.0, "steps": 40, "base": str(starter), "device": "cpu", "processor": "P"}
        (runs / name).mkdir(parents=True)
        (runs / name / "events.jsonl").touch()
        (runs / name / REPORT).write_text(json.dumps({**report, **changes}))
    (runs / "good" / "config.yaml").write_text("resolved: {preparation_seconds: 30}")
    here = speed_here(runs, "cpu")
    assert here == Speed(300.0, find_model(STARTER).parameters, "cpu", "P", "good", 30.0)
    assert "by the speed of good" in here.source
    there = speed_here(runs, "cuda")
    assert there is not None and there.run == "card"
    assert here.minutes(18_000, 2 * here.parameters) == pytest.approx(2.0 + 1.0)
    assert here.minutes(18_000, 2 * here.parameters, 2) == pytest.approx(1.0 + 1.0)


def test_how_much_there_is_to_learn_from_the_scenarios(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    (workspace.scenarios / "combat").mkdir(parents=True)
    (workspace.scenarios / "combat" / "a.md").write_text("x" * 4000, encoding="utf-8")
    assert Amount.of(workspace) == Amount(1000)


@pytest.mark.parametrize(
    ("minutes", "told"),
    [
        (None, "unknown here"),
        (0.2, "about 1 minute"),
        (7.4, "about 7 minutes"),
        (38, "about 40 minutes"),
        (95, "about 2 hours"),
        (1500, "about 25 hours"),
        (5000, "about 3 days"),
    ],
)
def test_a_time_is_no_more_precise_than_its_estimate(minutes: float | None, told: str) -> None:
    assert time_word(minutes) == told
    assert minutes is None or about_minutes(minutes) >= 1
