"""`lorewright plan`: memory by part and time in words and as JSON, without torch and without starting anything."""

import json
import subprocess
import sys
from itertools import islice
from pathlib import Path

import jsonschema
import pytest

from studio.cli import main
from studio.gguf.base import open_base
from studio.resources import resource
from studio.training.catalogue import measured_elsewhere
from studio.training.material import gathered
from studio.training.planning import batches
from studio.training.prepared import prepared
from studio.workspace.folder import open_or_make

SCENARIO = "<SYSTEM>\n# Role\nYou lead.\n</SYSTEM>\n\n<User>I look.</User>\n\n<DM>It is dark.</DM>\n"
SCHEMA = json.loads((resource("schemas") / "plan.schema.json").read_text(encoding="utf-8"))


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    """The words of a plan for one small scenario, on the CPU."""
    (tmp_path / "dark.md").write_text(SCENARIO, encoding="utf-8")
    return ["plan", str(tmp_path / "dark.md"), "--workspace", str(tmp_path / "work"), "--set", "use_gpu=false"]


def planned(words: list[str], capsys: pytest.CaptureFixture[str], code: int = 0) -> dict[str, object]:
    """What is printed as JSON."""
    assert main([*words, "--format", "json"]) == code
    values: dict[str, object] = json.loads(capsys.readouterr().out)
    jsonschema.validate(values, SCHEMA)
    return values


def test_the_parts_add_up_and_nothing_is_started(
    starter: Path, words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = planned(words, capsys)
    parts = found["parts"]
    assert isinstance(parts, dict) and sum(parts.values()) == found["total"]
    assert found["fits"] and found["changes"] == [] and found["parameters"] == 134_515_008
    assert not list((tmp_path / "work" / "runs").glob("*"))
    assert main(words) == 0
    table = capsys.readouterr().out
    assert "activations" in table and "fits" in table and "time:" in table
    shared = planned([*words, "--set", "gradient_accumulation_steps=2", "--set", "processes=2"], capsys)
    assert "2 processes share each step" in str(shared["changes"])
    whole, half = found["minutes"], shared["minutes"]
    ahead = measured_elsewhere().preparation_seconds / 60  # each process has all of it
    assert isinstance(whole, float) and isinstance(half, float) and ahead > 0
    assert half - ahead == pytest.approx((whole - ahead) / 2)


def test_with_a_number_of_steps_only_what_they_see_counts(
    starter: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "scenes"
    folder.mkdir()
    for n in range(6):
        more = "\n<User>I look again.</User>\n\n<DM>Still dark.</DM>\n" * (1 + 3 * n)
        (folder / f"dark{n}.md").write_text(SCENARIO + more, encoding="utf-8")
    words = ["plan", str(folder), "--workspace", str(tmp_path / "work"), "--set", "use_gpu=false"]
    whole = planned(words, capsys)
    assert whole["examples"] == 6
    two = planned([*words, "--set", "steps=2", "--set", "gradient_accumulation_steps=1"], capsys)
    config = prepared({"scenarios": [str(folder)], "steps": 2}, open_or_make(tmp_path / "work"))
    lengths = [len(example.ids) for example in gathered(config, open_base(config.base)).gathered.examples]
    seen = [place for step in islice(batches(6, 1, config.seed), 2) for place in step]
    assert (two["examples"], two["tokens"]) == (2, sum(lengths[place] for place in seen))
    assert isinstance(two["total"], int) and isinstance(whole["total"], int) and two["total"] <= whole["total"]
    assert planned([*words, "--set", "steps=60"], capsys)["examples"] == 6


def test_what_is_changed_or_cannot_be_is_said(
    starter: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    text = Path(words[1]).read_text(encoding="utf-8")
    long = text + "\n<User>I look again, and listen.</User>\n\n<DM>Still dark.</DM>\n" * 60
    Path(words[1]).write_text(long, encoding="utf-8")
    close = planned([*words, "--set", "memory_limit_gb=1.45"], capsys)
    assert close["fits"] and str(close["changes"]).count("gradient_checkpointing is on") == 1
    settings = close["settings"]
    assert isinstance(settings, dict) and settings["gradient_checkpointing"] is True
    assert main([*words, "--set", "memory_limit_gb=0.9"]) == 1
    assert "does not fit" in capsys.readouterr().out
    assert main([*words, "--set", "memory_limit_gb=-1", "--format", "json"]) == 3


def test_torch_is_not_needed(starter: Path, words: list[str], root: Path) -> None:
    code = "import sys; from studio.cli import main; main(sys.argv[1:]); print('torch' in sys.modules)"
    child = [sys.executable, "-c", code, *words]
    out = subprocess.run(child, check=True, capture_output=True, text=True, cwd=root, timeout=120).stdout
    assert out.splitlines()[-1] == "False"
