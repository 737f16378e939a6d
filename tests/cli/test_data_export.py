"""`data show`, `data export` and `data push` on a data set of all that can be read."""

import hashlib
import json
import re
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from studio.chat import ChatTemplate
from studio.cli import main
from studio.dataset.build import Setting, build
from studio.dataset.builds import find_build
from studio.dataset.cutting import Cutter
from studio.resources import resource
from studio.workspace.folder import Workspace, open_or_make

CHATML = ChatTemplate(
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}",
    eos="<|im_end|>",
    name="chatml",
)


class Words:
    """A tokeniser in which each word and each mark is an id."""

    def encode(self, text: str, *, special: bool) -> list[int]:
        return [int(hashlib.md5(word.encode()).hexdigest()[:6], 16) for word in re.findall(r"\w+|[^\w\s]", text)]

    def spans(self, text: str) -> list[tuple[int, int]]:
        return [match.span() for match in re.finditer(r"\w+|[^\w\s]", text)]

    def decode(self, ids: list[int]) -> str:
        raise NotImplementedError


PLACES = ("mill", "ferry", "orchard", "chapel", "quarry", "harbour", "bridge", "tower", "cellar", "mine")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A built data set of records in several shapes and of snapshots."""
    made = open_or_make(tmp_path_factory.mktemp("data") / "ws")
    folder = made.root / "datasets" / "raw"
    folder.mkdir()
    records: list[dict[str, Any]] = [
        {"instruction": f"Who keeps the {place} in Gant?", "output": f"Old Ferren of the {place} does, since spring."}
        for place in PLACES
    ]
    records.append(
        {"prompt": "Is the toll high?", "chosen": "Two silver a cart.", "rejected": "I would not know that."}
    )
    lines = [json.dumps(one) for one in records]
    (folder / "pairs.jsonl").write_text("\n".join([*lines, "{broken", ""]))
    state = {"turn": 3, "treasury": 40, "colonies": [{"system_id": "arrakis", "production": 8}]}
    snapshots = [
        {"game_id": f"g{number}", "turn": 3, "house": "house-velm", "game_state": {**state, "treasury": number * 10},
         "expert_decision": {"fleet_orders": [], "reasoning": f"With {number * 10} we build what we can at the yards."},
         "outcome": {"turn_score": 50 + number}}
        for number in range(6)
    ]  # fmt: skip
    (folder / "turns.json").write_text(json.dumps(snapshots))
    (made.root / "datasets" / "all.yaml").write_text(
        "sources:\n- {name: pairs, file: datasets/raw/pairs.jsonl, licence: CC0-1.0}\n"
        "- {name: turns, snapshots: datasets/raw/turns.json, min_score: 52}\n"
    )
    built = build(
        "all", made, lambda description, _root: Cutter(lambda: (CHATML, Words()), description.max_length, "words"),
        Setting(processes=1),
    )  # fmt: skip
    assert [problem.code for problem in built.errors] == ["json"]
    return made


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str]:
    code = main(["data", *map(str, words)])
    return code, capsys.readouterr().out


def fits(schema: str, out: str) -> Any:
    """What was printed, held against its schema."""
    told = json.loads(out)
    jsonschema.validate(told, json.loads((resource("schemas") / f"{schema}.schema.json").read_text()))
    return told


def test_show_tells_the_shape_the_first_rows_and_what_is_wrong(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    path = workspace.root / "datasets" / "raw" / "pairs.jsonl"
    code, out = run(capsys, "show", path, "--limit", 2, "--workspace", workspace.root)
    assert code == 1
    assert out.startswith("A mixture: 10 × instructions and responses (Alpaca), 1 × preference pairs (`instruction`")
    assert "11 rows." in out and "user: Who keeps the mill in Gant?" in out and "orchard" not in out
    assert "datasets/raw/pairs.jsonl:12: It is not JSON" in out
    code, out = run(capsys, "show", path, "--limit", 1, "--workspace", workspace.root, "--format", "json")
    told = fits("data-show", out)
    assert (code, told["rows"], told["errors"], len(told["first"])) == (1, 11, 1, 1)
    assert told["first"][0]["messages"][1] == {
        "role": "assistant", "content": "Old Ferren of the mill does, since spring.", "trained": True,
    }  # fmt: skip


def test_show_of_what_cannot_be_shown(workspace: Workspace, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(capsys, "show", tmp_path / "none.jsonl")[0] == 2
    (tmp_path / "a.parquet").write_bytes(b"PAR1 no footer")
    assert run(capsys, "show", tmp_path / "a.parquet")[0] == 3
    (tmp_path / "a.txt").write_text("a")
    assert run(capsys, "show", tmp_path / "a.txt")[0] == 3
    (tmp_path / "text.csv").write_text("text\na\n")
    code, out = run(capsys, "show", tmp_path / "text.csv")
    assert code == 1 and "It has the columns `text`" in out


def test_export_says_where_every_row_went(
    workspace: Workspace, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    words = ("export", "all", "--as", "alpaca", "--out", tmp_path / "out", "--workspace", workspace.root)
    code, out = run(capsys, *words, "--format", "json")
    told = fits("data-export", out)
    assert code == 0 and told["rows"] == told["written"] + len(told["listed"]) and told["build"].startswith("all/")
    assert (
        sum(told["files"].values())
        == told["records"]
        == sum(len(path.read_text().splitlines()) for path in (tmp_path / "out").iterdir())
    )
    assert run(capsys, *words)[0] == 2
    assert run(capsys, "export", "al", "--as", "alpaca", "--out", tmp_path / "b", "--workspace", workspace.root)[0] == 2


def test_push_without_a_hub_is_a_sentence(
    workspace: Workspace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert main(["data", "push", "all", "me/tales", "--workspace", str(workspace.root)]) == 4
    assert "could not be reached for me/tales" in capsys.readouterr().err


def test_turns_below_the_score_are_counted_as_left_out_and_no_warning(workspace: Workspace) -> None:
    manifest = find_build(workspace, "all").manifest
    assert manifest.out["below-score"] == 2
    assert "below-score" not in [one["code"] for one in manifest.warnings]
    turns = next(one for one in manifest.sources if one.name == "turns")
    assert (turns.rows, turns.errors) == (4, 0)


def test_a_package_that_is_missing_where_it_is_needed_is_a_sentence(
    workspace: Workspace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    assert main(["data", "push", "all", "me/tales", "--workspace", str(workspace.root)]) == 4
    assert "launch.py" in capsys.readouterr().err
