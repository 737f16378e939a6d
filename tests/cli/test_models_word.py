"""`lorewright models`: listing, fetching from a Hub on loopback, adding, removing, and the token that nobody sees."""

import hashlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from small_base import files

from studio.cli import main
from studio.cli.fetch_progress import told_on
from studio.gguf.known_bases import models_folder
from studio.resources import resource
from studio.training.catalogue import catalogue, find_model
from studio.training.fetched import HALF
from studio.training.fetching import Fetching
from studio.training.local_models import resolve_base

MODEL = find_model("smollm2-135m")
TOKEN = "hf_verySecretToken1234567890"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own for the user's list and cache, on every system."""
    for name in ("HOME", "USERPROFILE", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "LOCALAPPDATA", "APPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    return tmp_path


def fits(name: str, value: object) -> None:
    jsonschema.validate(value, json.loads((resource("schemas") / f"models-{name}.schema.json").read_text("utf-8")))


def told(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    assert main(["models", *words, "--format", "json"]) == code
    return json.loads(capsys.readouterr().out)


def test_a_model_is_listed_fetched_used_by_its_name_and_removed(
    hub: Any, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hub.repo(MODEL.repo, files())
    listed = told(capsys, "list")
    fits("list", listed)
    rows = {row["name"]: row for row in listed}
    assert set(rows) == {model.id for model in catalogue()}
    assert rows["starter"]["here"] == "starter" and rows[MODEL.id]["here"] is None
    assert rows["qwen2.5-3b"]["sellable"] is False and rows["llama-3.2-3b"]["gated"] is True
    fetched = told(capsys, "fetch", MODEL.id)
    assert Path(fetched["path"]) == models_folder() / MODEL.id == resolve_base(MODEL.id)
    listed = told(capsys, "list")
    fits("list", listed)
    row = next(row for row in listed if row["name"] == MODEL.id)
    assert row["here"] == "fetched" and row["commit"] == hub.repos[MODEL.repo].refs["main"]
    hub.stop()
    assert told(capsys, "fetch", MODEL.id) == fetched
    assert "--yes" in told(capsys, "remove", MODEL.id, code=2)["error"]["message"]
    run = home / "work" / "runs" / "r"
    run.mkdir(parents=True)
    (run / "config.yaml").write_text(f"base: {fetched['path']}\n")
    (run / "events.jsonl").write_text(json.dumps({"at": time.time(), "event": "phase", "name": "train"}))
    where = ("--workspace", str(home / "work"))
    assert "A run trains on it" in told(capsys, "remove", MODEL.id, "--yes", *where, code=2)["error"]["message"]
    assert told(capsys, "remove", MODEL.id, "--yes")["freed"] == row["bytes"]
    assert not (models_folder() / MODEL.id).exists()


def test_in_words_everything_is_said_that_one_has_to_know(hub: Any, capsys: pytest.CaptureFixture[str]) -> None:
    hub.repo(MODEL.repo, files())
    assert main(["models", "fetch", MODEL.id]) == 0
    printed = capsys.readouterr()
    assert "may be sold" in printed.out and f"train --base {MODEL.id}" in printed.out
    assert printed.err.splitlines()[-1].endswith("model.safetensors")
    assert main(["models", "list"]) == 0
    listed = capsys.readouterr().out
    assert re.search(rf"{MODEL.id}\s.*here; QLoRA from", listed) and "may not be sold" in listed
    assert main(["models", "suggest"]) == 0
    suggested = capsys.readouterr().out
    assert suggested.startswith("Try it: starter") and re.search("not trained yet|unknown here", suggested)


def test_suggestions_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, "suggest", "--epochs", "2")
    fits("suggest", found)
    assert found["models"][0]["role"] == "try"


def test_one_of_ones_own_is_added_and_only_forgotten(
    starter: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told(capsys, "add", str(starter), "--name", "own")["path"] == str(starter)
    listed = told(capsys, "list")
    fits("list", listed)
    assert next(row for row in listed if row["name"] == "own")["here"] == "added"
    assert told(capsys, "remove", "own") == {"name": "own", "freed": 0}
    assert starter.is_file()
    (home / "no.gguf").write_bytes(b"no model")
    assert "no.gguf" in told(capsys, "add", str(home / "no.gguf"), code=3)["error"]["message"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("fetch", "smollm-135m"), 2, "Did you mean “smollm2-135m”?"),
        (("remove", "starter"), 3, "stays"),
        (("remove", "nothing"), 2, "There is no model"),
        (("add", "nowhere"), 2, "There is no file or folder"),
        (("suggest", "--dataset", "nothing"), 2, "nothing"),
    ],
)
def test_each_answers_in_a_sentence(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], code: int, said: str
) -> None:
    answer = main(["models", *words, "--format", "json"])
    error = json.loads(capsys.readouterr().out)["error"]
    assert said in error["message"] and answer == code


def test_stopping_keeps_what_came_and_says_how_to_go_on(hub: Any, capsys: pytest.CaptureFixture[str]) -> None:
    content = {**files(), "model.safetensors": b"x" * 300_000}
    hub.repo(MODEL.repo, content)
    listed = models_folder() / HALF / MODEL.id
    large = hashlib.sha256(content["model.safetensors"]).hexdigest()
    hub.stalls[large] = [200_000]
    words = [sys.executable, "-m", "studio", "models", "fetch", MODEL.id]
    child = subprocess.Popen(
        words,
        stderr=subprocess.PIPE,
        env={**os.environ, "HF_HUB_DISABLE_XET": "1"},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a shell's background jobs ignore it
    )
    while not list(listed.glob("*.safetensors.*.part")) or next(listed.glob("*.part")).stat().st_size < 200_000:
        assert child.poll() is None
    child.send_signal(signal.SIGINT)
    assert child.stderr is not None
    said = child.stderr.read().decode()
    child.stderr.close()
    assert child.wait() == 130 and f"models fetch {MODEL.id}` goes on" in said and "Traceback" not in said
    assert told(capsys, "remove", MODEL.id, "--yes")["freed"] > 200_000
    assert not list(listed.parent.glob(f"{MODEL.id}/*"))


def test_the_token_is_kept_in_the_keyring_and_shown_nowhere(
    hub: Any, ring: dict[tuple[str, str], str], home: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    hub.repo(MODEL.repo, files(), gated=True)
    hub.token = "another"
    printed: list[str] = []
    for words, code in ((("token",), 1), (("fetch", MODEL.id), 3), (("token", "--keep"), 0), (("fetch", MODEL.id), 3)):
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{TOKEN}\n"))
        assert main(["models", *words]) == code
        printed += capsys.readouterr()
    assert ring == {("lorewright", "HF_TOKEN"): TOKEN}
    assert "accept it there" in printed[3] and "does not know the token that the system's keyring holds" in printed[7]
    hub.token, hub.repos[MODEL.repo].gated, hub.repos[MODEL.repo].private = TOKEN, False, True
    assert main(["models", "fetch", MODEL.id]) == 0 and main(["models", "token", "--forget"]) == 0
    printed += capsys.readouterr()
    assert not ring and not any(TOKEN in text for text in printed)
    kept = [path.read_bytes() for path in home.rglob("*") if path.is_file()]
    assert kept and not any(TOKEN.encode() in content for content in kept)


def test_progress_is_told_now_and_then_and_a_wait_as_well() -> None:
    now = 0.0
    stream = io.StringIO()
    tell = told_on(stream, lambda: now)
    for second in range(41):
        now = float(second)
        tell(Fetching("model.safetensors", second << 20, 40 << 20))
    lines = stream.getvalue().splitlines()
    assert len(lines) == 5 and lines[-1] == "40.0 MB of 40.0 MB  model.safetensors"
    assert lines[1] == "10.0 MB of 40.0 MB, 1.0 MB a second, about 1 minute left  model.safetensors"
    now = 60.0
    tell(Fetching("", 1, 40, waits=12))
    assert stream.getvalue().splitlines()[-1] == "the Hub asks to wait 12 s"
