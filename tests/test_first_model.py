"""The whole path with the real starter model and the shipped workers: made once, looked at from all sides."""

import asyncio
import json
from pathlib import Path

import pytest
import yaml

from studio.cli import main
from studio.evaluation.first_model import FirstModel, NothingHeldOut, SamplesBroken
from studio.evaluation.parity_file import read_parity
from studio.gguf.reader import Gguf
from studio.inference.engine import LlamaEngine
from studio.jobs.protocol import Fields
from studio.jobs.runs import Run
from studio.training.config import read_config

pytestmark = pytest.mark.native
STEPS = 40
HELD_OUT = "roleplay/held-a-charter-for-the-ferry.md"


def _samples(root: Path, folder: Path, names: list[str]) -> Path:
    for name in names:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((root / "sample_scenarios" / name).read_bytes())
    return folder


class Walked:
    """What came of the path, and every event on the way."""

    def __init__(self, root: Path, starter: Path, folder: Path) -> None:
        training = sorted(path.name for path in (root / "sample_scenarios" / "roleplay").glob("[!h]*.md"))[:10]
        names = [f"roleplay/{name}" for name in {*training, "merchant-negotiation.md"}]
        self.samples = _samples(root, folder / "samples", [*names, HELD_OUT])
        self.events: list[tuple[str, Fields]] = []
        config = read_config(
            {
                "name": "tavern",
                "base": str(starter),
                "scenarios": [str(self.samples)],
                "steps": STEPS,
                "max_minutes": None,
                "max_length": 512,
                "sample_every": 20,
                "sample_tokens": 8,
            }
        )
        path = FirstModel(
            self.samples, starter, folder / "out", config, lambda stage, fields: self.events.append((stage, fields))
        )
        self.report = asyncio.run(path.walk())
        self.run = Run(Path(str(self.report["run"])))
        self.gguf = Path(str(self.report["gguf"]))


@pytest.fixture(scope="module")
def walked(root: Path, starter: Path, tmp_path_factory: pytest.TempPathFactory) -> Walked:
    return Walked(root, starter, tmp_path_factory.mktemp("path"))


def test_it_learns(walked: Walked) -> None:
    losses = [loss for _step, loss in walked.run.state().losses]
    assert len(losses) == STEPS
    assert sum(losses[-8:]) < 0.8 * sum(losses[:8])


def test_the_same_lines_are_answered_before_and_every_twenty_steps(walked: Walked) -> None:
    samples = walked.run.state().samples
    assert [sample["step"] for sample in samples] == [0, 20, 40]
    lines = [[reply["line"] for reply in sample["replies"]] for sample in samples]  # type: ignore[attr-defined]
    assert lines[0] == lines[1] == lines[2]
    assert len(lines[0]) == 3


def test_the_run_folder_is_whole_and_holds_no_pickle(walked: Walked) -> None:
    config = yaml.safe_load((walked.run.path / "config.yaml").read_text(encoding="utf-8"))
    assert config["steps"] == STEPS
    assert (walked.run.adapter / "adapter_model.safetensors").is_file()
    assert walked.run.state().status == "done"
    ends = {path.suffix for path in walked.run.path.rglob("*") if path.is_file()}
    assert not ends & {".bin", ".pt", ".pth", ".pkl"}


def test_held_out_scenarios_are_never_trained_on(walked: Walked) -> None:
    config = yaml.safe_load((walked.run.path / "config.yaml").read_text(encoding="utf-8"))
    files = config["resolved"]["files"]
    assert any(name.endswith(HELD_OUT) for name in files["held_out"])
    assert not any("held-" in name for name in files["trained"])


def test_the_gguf_is_what_it_says(walked: Walked) -> None:
    with Gguf(walked.gguf) as gguf:
        assert gguf.bits_per_weight < 8
        assert gguf.text("tokenizer.chat_template")
    card = json.loads((walked.gguf.parent / "card.json").read_text(encoding="utf-8"))
    assert [row["quantisation"] for row in card["files"]] == ["Q4_K_M"]
    assert card["files"][0]["comparison"]["ids_identical"]
    assert card["files"][0]["comparison"]["top1"] > 0.6
    assert not [path for path in walked.gguf.parent.parent.iterdir() if path.name.startswith(".")]


async def test_the_trained_model_no_longer_answers_as_the_starter(walked: Walked, starter: Path) -> None:
    prompt = "<|im_start|>user\nI creep past the guard.<|im_end|>\n<|im_start|>assistant\n"
    said = []
    for file in (walked.gguf, starter):
        engine = await LlamaEngine.load(file, context=512)
        ids = (await engine.tokenise([(prompt, True)]))[0]
        said.append((await engine.generate_many([ids], 24))[0].text)
        await engine.close()
    assert said[0] != said[1]


def test_every_rival_is_measured_on_the_same_turns(walked: Walked) -> None:
    rows = walked.report["held_out"]
    assert isinstance(rows, list)
    names = [row["name"] for row in rows]
    helped = "base with instructions, five examples and the grammar of calls"
    assert names[:5] == ["tuned", "untuned base", helped, "a keyword rule", "always no call"]
    assert len(rows) == 6
    assert len({row["right"]["of"] for row in rows}) == 1
    for row in rows:
        low, high = row["right"]["interval"]
        assert low <= row["right"]["share"] <= high


def test_the_report_is_json_and_says_what_a_reader_wants(walked: Walked) -> None:
    report = json.loads(json.dumps(walked.report))
    assert {"machine", "training", "gguf", "gguf_bytes", "seconds", "session", "held_out"} <= set(report)
    assert report["training"]["seconds_a_step"] > 0
    assert report["gguf_bytes"] == walked.gguf.stat().st_size
    assert set(report["seconds"]) == {"train", "convert", "convert the base", "play", "measure"}
    assert report["session"][0]["speaker"] == "User"


def test_broken_samples_stop_the_path_before_anything_is_trained(root: Path, starter: Path, tmp_path: Path) -> None:
    folder = _samples(root, tmp_path / "samples", [HELD_OUT])
    (folder / "bad.md").write_text("<SYSTEM>\n<User>Hello", encoding="utf-8")
    config = read_config({"base": str(starter), "scenarios": [str(folder)]})
    with pytest.raises(SamplesBroken):
        asyncio.run(FirstModel(folder, starter, tmp_path / "out", config, lambda _stage, _fields: None).walk())
    assert not (tmp_path / "out").exists()


def test_without_held_out_scenarios_nothing_could_be_measured(root: Path, starter: Path, tmp_path: Path) -> None:
    folder = _samples(root, tmp_path / "samples", ["roleplay/merchant-negotiation.md"])
    config = read_config({"base": str(starter), "scenarios": [str(folder)]})
    with pytest.raises(NothingHeldOut):
        asyncio.run(FirstModel(folder, starter, tmp_path / "out", config, lambda _stage, _fields: None).walk())
    assert not (tmp_path / "out").exists()


@pytest.mark.slow  # the held-out talks are read by three models of transformers, by two files, and by the base's
@pytest.mark.timeout(3600)
def test_the_file_is_proven_to_be_the_model_that_was_trained(
    walked: Walked, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = walked.gguf.parent.parent.parent
    code = main(["parity", walked.run.name, "--workspace", str(workspace), "--format", "json"])
    report = json.loads(capsys.readouterr().out)
    steps = {step["name"]: step for step in report["steps"]}
    assert list(steps) == ["trained", "merged", "F16", "Q4_K_M"]
    assert report["trained"] >= 2000
    assert all(step["measured"]["ids"] for step in report["steps"])
    for name in ("merged", "F16"):
        assert steps[name]["passed"], steps[name]["reasons"]
        assert steps[name]["measured"]["near"]["all"]["divergence"] < 1e-4
    packed = steps["Q4_K_M"]["measured"]
    assert packed["base"]["all"]["divergence"] > 0.01, "a packing that costs nothing was not measured"
    assert packed["calls"]["cases"] > 100
    assert code == (0 if report["passed"] else 1)
    assert read_parity(walked.gguf.parent).holds(walked.gguf.name) == report["passed"]
