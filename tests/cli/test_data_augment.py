"""`lorewright data augment`, `draft` and `drafts`."""

import itertools
import json
import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import jsonschema
import pytest

from studio.cli import main
from studio.dataset.drafting import Draft
from studio.dataset.drafts import Drafts
from studio.resources import resource, samples
from studio.workspace import Workspace

DRAFT = """---
title: A Gate
type: roleplay
tags: [synthetic]
player: Wren
writer: some-model
---
<SYSTEM>
# Party

## Wren
- Player Character
</SYSTEM>

<User>I knock.</User>

<DM>Nobody answers.</DM>
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    root = tmp_path / "work"
    for name in ("combat/tavern-brawl.md", "combat/held-the-weir-bell.md", "roleplay/gallows-reprieve.md"):
        (root / "scenarios" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(samples() / name, root / "scenarios" / name)
    (root / "lorewright.yaml").write_text("format: 1\n", encoding="utf-8")
    return root


def schema(name: str) -> object:
    return json.loads((resource("schemas") / f"{name}.schema.json").read_text(encoding="utf-8"))


def run(workspace: Path, *words: object) -> int:
    return main(["data", "--workspace", str(workspace), *map(str, words)])


def test_variants_are_written_by_type_and_pass_the_check(
    workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert run(workspace, "augment", workspace / "scenarios", "--out", out, "--copies", 3, "--format", "json") == 0
    told = json.loads(capsys.readouterr().out)
    jsonschema.validate(told, schema("data-augment"))
    assert len(told["variants"]) == 6 and len(told["refused"]) == 1 and "held out" in told["refused"][0]["reason"]
    assert {row["parent"] for row in told["variants"]} == {
        "scenarios/combat/tavern-brawl.md",
        "scenarios/roleplay/gallows-reprieve.md",
    }
    assert all(Path(row["path"]).is_relative_to(out / Path(row["parent"]).parent.name) for row in told["variants"])
    assert main(["check", str(out)]) == 0


def test_a_scenario_with_errors_is_a_finding_and_the_others_are_made(workspace: Path, tmp_path: Path) -> None:
    broken = workspace / "scenarios" / "combat" / "broken.md"
    broken.write_text(DRAFT.replace("</DM>", ""), encoding="utf-8")
    assert run(workspace, "augment", workspace / "scenarios", "--out", tmp_path / "out", "--copies", 1) == 1
    assert len(list((tmp_path / "out").rglob("*.md"))) == 2


def test_nothing_is_replaced(workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("augment", workspace / "scenarios", "--out", tmp_path / "out", "--kinds", "cast", "--copies", 1)
    assert run(workspace, *words) == 0
    assert "Jory → " in capsys.readouterr().out
    assert run(workspace, *words) == 2
    assert "exists already" in capsys.readouterr().err


@pytest.mark.parametrize("words", [("--kinds", "cast,rhyme"), ("--copies", "99")])
def test_settings_out_of_range_are_told(
    workspace: Path, tmp_path: Path, words: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(workspace, "augment", workspace / "scenarios", "--out", tmp_path / "out", *words) == 2
    assert words[0].removeprefix("--") in capsys.readouterr().err


def test_drafts_are_listed_accepted_and_discarded(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drafts = Drafts(Workspace(workspace))
    for title in ("A Gate", "A Door"):
        drafts.save(Draft(title, "roleplay", DRAFT, "some-model"))
    assert run(workspace, "drafts", "--format", "json") == 0
    told = json.loads(capsys.readouterr().out)
    jsonschema.validate(told, schema("data-drafts"))
    assert [row["writer"] for row in told] == ["some-model"] * 2
    assert run(workspace, "drafts", "accept", "a-gate", "--format", "json") == 0
    jsonschema.validate(json.loads(capsys.readouterr().out), schema("data-drafts"))
    assert "accepted: 20" in (workspace / "scenarios" / "roleplay" / "a-gate.md").read_text(encoding="utf-8")
    assert run(workspace, "drafts", "discard", "a-door") == 0
    assert list(drafts.paths()) == [] and len(list((workspace / ".lorewright" / "bin").iterdir())) == 2
    assert run(workspace, "drafts", "accept", "a-gate") == 2
    assert run(workspace, "drafts", "accept") == 2


def test_a_draft_needs_a_writer(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(workspace, "draft", "--skill", "stealth") == 2
    assert run(workspace, "draft", "--gap", "skil=stealth", "--model", "x.gguf") == 2
    assert "did you mean skill" in capsys.readouterr().err
    assert run(workspace, "draft", "--address", "nowhere", "--model", "m") == 2
    assert run(workspace, "draft", "--address", "http://127.0.0.1:1/v1", "--model", "m", "--tries", 1) == 4
    assert not (workspace / "drafts").exists()


def test_a_data_set_says_what_to_draft(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (workspace / "datasets").mkdir()
    text = "sources:\n- {name: own, scenarios: scenarios}\n"
    (workspace / "datasets" / "game.yaml").write_text(text, encoding="utf-8")

    class Completions(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            words = f"I knock {next(count)} times and wait for the answer."
            data = json.dumps({"choices": [{"message": {"role": "assistant", "content": words}}]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    count = itertools.count()
    with ThreadingHTTPServer(("127.0.0.1", 0), Completions) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        address = f"http://127.0.0.1:{server.server_address[1]}/v1"
        done = run(workspace, "draft", "game", "--address", address, "--model", "m", "--tries", 1, "--format", "json")
        server.shutdown()
        thread.join()
    told = capsys.readouterr()
    made = json.loads(told.out)
    jsonschema.validate(made, schema("data-draft"))
    assert done == 0 and made["errors"] == 0 and "of 6 to" in told.err
    assert (workspace / "drafts" / Path(made["path"]).name).is_file()
