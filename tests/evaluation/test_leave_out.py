"""The leave-out table: which scenarios each model is trained on, what it is measured on, and what is used again."""

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from studio.evaluation.kind import Place
from studio.evaluation.leave_out import LeaveOut, NoSuchType, OneTypeOnly, settings_of_run
from studio.resources import resource
from studio.scenario.game import Game
from studio.training.config import TrainingConfig
from tests.evaluation.plays import Scripted, as_written, workspace


def _two_types(folder: Path) -> Path:
    """A workspace with fights and talks, of each some to train on and one that is held out."""
    root = workspace(folder)
    for path in list((root / "scenarios" / "combat").glob("*.md")):
        other = root / "scenarios" / "roleplay" / path.name
        other.parent.mkdir(exist_ok=True)
        other.write_text(path.read_text("utf-8"), encoding="utf-8")
    return root


class _Maker:
    """Trains nothing: notes the settings, and gives a file by the model's name."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.made: list[TrainingConfig] = []

    async def __call__(self, config: TrainingConfig) -> Path:
        self.made.append(config)
        path = self.root / f"{config.name}.gguf"
        path.write_bytes(b"GGUF" + config.name.encode())
        return path


async def _opener(model: str) -> Scripted:
    """A model that was trained without fights can't fight."""
    name = Path(model).stem
    script = as_written if "without-combat" not in name else (lambda last, opening: "Nothing.")
    return Scripted(script, name[:20])


def _leave_out(root: Path, maker: _Maker, **options: object) -> LeaveOut:
    place = Place(root, root / "scenarios", Game.shipped())
    base = root / "base.gguf"
    base.write_bytes(b"GGUF")
    return LeaveOut(place, root / "results", {"base": str(base), **options}, maker, _opener)


async def test_each_model_is_trained_without_its_type_and_tested_on_it(tmp_path: Path) -> None:
    root = _two_types(tmp_path)
    maker = _Maker(root)
    rows = await _leave_out(root, maker).table()
    trained = {config.name.rsplit("-", 1)[0]: {path.parent.name for path in config.scenarios} for config in maker.made}
    assert trained == {
        "with-all": {"combat", "roleplay"}, "without-combat": {"roleplay"}, "without-roleplay": {"combat"},
    }  # fmt: skip
    assert not any("held" in path.name for config in maker.made for path in config.scenarios)
    assert [(row.scenario_type, row.cases, row.without.value, row.whole.value) for row in rows] == [
        ("combat", 2, 0.0, 1.0),
        ("roleplay", 2, 1.0, 1.0),
    ]
    assert rows[0].comparison is not None and rows[0].comparison.other.startswith("with-all")
    schema = json.loads(resource("schemas/evaluate-leave-out.schema.json").read_text("utf-8"))
    jsonschema.validate([row.as_json() for row in rows], schema)


async def test_scenarios_of_no_type_are_trained_on_and_never_left_out(tmp_path: Path) -> None:
    root = _two_types(tmp_path)
    untyped = root / "scenarios" / "Talk & Trade"
    (root / "scenarios" / "roleplay").rename(untyped)
    maker = _Maker(root)
    rows = await _leave_out(root, maker).table()
    assert [row.scenario_type for row in rows] == ["combat"]
    for config in maker.made:
        assert untyped in {path.parent for path in config.scenarios}, config.name
    with pytest.raises(NoSuchType, match="there are: combat"):
        await _leave_out(root, maker).table([""])


async def test_names_change_with_settings_and_scenarios_so_that_nothing_old_is_used_again(tmp_path: Path) -> None:
    root = _two_types(tmp_path)
    maker = _Maker(root)
    await _leave_out(root, maker).table(["combat"])
    await _leave_out(root, maker).table(["combat"])
    assert len({config.name for config in maker.made}) == 2
    await _leave_out(root, maker, seed=1).table(["combat"])
    path = root / "scenarios" / "roleplay" / "s0.md"
    path.write_text(path.read_text("utf-8").replace("yawns", "sleeps"), encoding="utf-8")
    await _leave_out(root, maker).table(["combat"])
    assert len({config.name for config in maker.made}) == 6


async def test_what_cannot_be_left_out_is_told(tmp_path: Path) -> None:
    root = _two_types(tmp_path / "two")
    with pytest.raises(NoSuchType, match="combat, roleplay"):
        await _leave_out(root, _Maker(root)).table(["chess"])
    one = workspace(tmp_path / "one")
    with pytest.raises(OneTypeOnly):
        await _leave_out(one, _Maker(one)).table()


def test_a_run_is_repeated_by_its_settings_without_what_makes_it_that_run(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(
        "name: a\nbase: /b.gguf\nscenarios: [/x.md]\nlearning_rate: 0.004\nsteps: 3\nthreads: 2\nresolved: {a: 1}\n",
        encoding="utf-8",
    )
    assert settings_of_run(tmp_path) == {"base": "/b.gguf", "learning_rate": 0.004, "steps": 3}


@pytest.mark.slow
def test_the_whole_way_by_the_shipped_workers(tmp_path: Path, tiny_base: Path, root: Path) -> None:
    place = _two_types(tmp_path)
    words = ["evaluate", "--leave-out", "combat", "--workspace", str(place), "--base", str(tiny_base), "--format",
             "json", "--minutes", "0.5"]  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "studio", *words], cwd=root, capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stderr
    assert '"type": "combat"' in done.stdout
    made = {path.name.rsplit("-", 1)[0] for path in (place / "models").iterdir()}
    assert made == {"with-all", "without-combat"}
