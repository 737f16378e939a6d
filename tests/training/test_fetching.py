"""Fetching models through the real client from a Hub on loopback: whole and checked, or not there, whatever happens."""

import hashlib
import json
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult

import pytest

from studio.errors import Cancelled, LorewrightError, NotSaved
from studio.gguf.known_bases import MANIFEST
from studio.hub import HubBusy, HubDamaged, HubMissing, HubRefused, HubUnreachable
from studio.setup.lock import Lock
from studio.training import fetching, hub_errors, streaming
from studio.training.fetched import HALF, being_fetched, half_fetched, manifest_of
from studio.training.fetching import Fetching, drop_half, fetch

REPO, WEIGHTS = "someone/talker", "model.safetensors"
FILES = {
    "config.json": b'{"model_type": "llama"}',
    "tokenizer.json": b"{}",
    "tokenizer_config.json": b"{}",
    WEIGHTS: bytes(range(256)) * 2000,
}
UNWANTED = {
    ".gitattributes": b"",
    "README.md": b"hello",
    "pytorch_model.bin": b"pickle",
    "modeling_talker.py": b"import os",
    "original/consolidated.00.pth": b"pickle",
    "consolidated.safetensors": b"twice",
    "onnx/model.safetensors": b"other",
}
SHA = hashlib.sha256(FILES[WEIGHTS]).hexdigest()
TOKEN = "hf_verySecretToken1234567890"


@pytest.fixture
def models(hub: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    hub.repo(REPO, {**FILES, **UNWANTED})
    monkeypatch.setattr(fetching, "_SPARE", 0)
    return tmp_path / "models"


def fetched(models: Path, told: Callable[[Fetching], None] = lambda _far: None) -> Path:
    return fetch("talker", REPO, "main", models, told, sleep=lambda _seconds: None)


def is_whole(folder: Path) -> bool:
    there = {path.name: path.read_bytes() for path in folder.iterdir() if path.name != MANIFEST}
    return there == FILES and manifest_of(folder) is not None


def part(models: Path) -> Path:
    return models / HALF / "talker" / f"{WEIGHTS}.{SHA[:12]}.part"


def test_only_what_training_reads_is_fetched_with_progress_and_afterwards_nobody_is_asked(
    hub: Any, models: Path
) -> None:
    heard: list[Fetching] = []
    folder = fetched(models, heard.append)
    assert is_whole(folder) and folder == models / "talker"
    manifest = manifest_of(folder)
    assert manifest is not None and manifest.commit == hub.repos[REPO].refs["main"]
    assert {one.name: bool(one.sha256) for one in manifest.files} == {name: name == WEIGHTS for name in FILES}
    assert heard[-1].done == heard[-1].of == sum(map(len, FILES.values()))
    assert [one.done for one in heard] == sorted(one.done for one in heard)
    assert not any(known for _method, _path, known in hub.asked)
    hub.stop()
    assert fetched(models) == folder


def test_a_cut_is_taken_up_where_it_broke(hub: Any, models: Path) -> None:
    hub.cuts[SHA] = [100_000, 100_000, 0, 50_000]
    assert is_whole(fetched(models))
    assert not hub.cuts[SHA] and not half_fetched(models)


def test_without_taking_up_a_cut_is_the_end(hub: Any, models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin of the test above."""
    monkeypatch.setattr(streaming, "_TRIES", 1)
    hub.cuts[SHA] = [0]
    with pytest.raises(HubUnreachable):
        fetched(models)


def test_another_process_goes_on_where_one_was_killed(hub: Any, models: Path, root: Path) -> None:
    hub.stalls[SHA] = [200_000]
    program = (
        "import sys; from pathlib import Path; from studio.training.fetching import fetch;"
        f"fetch('talker', '{REPO}', 'main', Path(sys.argv[1]), lambda far: print(far.done, flush=True))"
    )
    words = [sys.executable, "-c", program, str(models)]
    environment = {**os.environ, "HF_HUB_DISABLE_XET": "1", "PYTHONPATH": str(root)}
    child = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment)
    assert child.stdout is not None
    for line in child.stdout:
        if int(line) >= 200_000:
            break
    child.kill()
    child.wait()
    child.stdout.close()
    assert part(models).stat().st_size == 200_000 and not (models / "talker").exists()
    assert half_fetched(models)["talker"] > 200_000
    hub.repos[REPO].commit({**FILES, WEIGHTS: b"another"})  # what was begun is ended at its own commit
    heard: list[Fetching] = []
    assert is_whole(fetched(models, heard.append))
    assert min(one.done for one in heard) > 200_000


def test_a_stop_keeps_what_came_and_leaves_no_model(hub: Any, models: Path) -> None:
    def told(far: Fetching) -> None:
        if far.done > 200_000:
            raise Cancelled

    with pytest.raises(Cancelled):
        fetched(models, told)
    assert not (models / "talker").exists() and part(models).stat().st_size > 190_000
    assert drop_half("talker", models) and not half_fetched(models)
    assert is_whole(fetched(models)) and not drop_half("talker", models)


@pytest.mark.parametrize("name", [WEIGHTS, "config.json"])
@pytest.mark.parametrize("sent", ["flipped", "shorter", "longer"])
def test_what_is_not_what_the_hub_lists_is_thrown_away(hub: Any, models: Path, name: str, sent: str) -> None:
    content = FILES[name]
    wrong = {"flipped": content[:-1] + b"!", "shorter": content[:-1], "longer": content + b"!"}[sent]
    hub.swapped[SHA if name == WEIGHTS else name] = wrong
    with pytest.raises(HubUnreachable if sent == "shorter" else HubDamaged):
        fetched(models)
    assert not (models / "talker").exists()
    hub.swapped.clear()
    assert is_whole(fetched(models))


def test_without_the_check_a_wrong_file_is_taken(hub: Any, models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin of the test above."""
    monkeypatch.setattr(fetching, "damage", lambda *_about: None)
    hub.swapped[SHA] = FILES[WEIGHTS][:-1] + b"!"
    folder = fetched(models)
    assert (folder / WEIGHTS).read_bytes() != FILES[WEIGHTS]


def test_a_file_that_was_damaged_on_the_disk_meanwhile_is_fetched_anew(hub: Any, models: Path) -> None:
    hub.cuts[SHA] = [100_000, *[0] * 50]
    with pytest.raises(HubUnreachable):
        fetched(models)
    (models / HALF / "talker" / "config.json").write_bytes(b"{}")
    hub.cuts.clear()
    assert is_whole(fetched(models))


def test_a_hub_that_falls_silent_is_a_sentence(hub: Any, models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "TIMEOUT", 0.3)
    hub.stalls[SHA] = [100_000, *[0] * 10]
    with pytest.raises(HubUnreachable, match="could not be reached"):
        fetched(models)
    assert part(models).stat().st_size == 100_000
    hub.stalls.clear()
    assert is_whole(fetched(models))


def test_a_hub_that_only_trickles_is_not_waited_for() -> None:
    now = 0.0
    pace = streaming.Pace(REPO, lambda: now)
    for second in range(0, 119, 10):
        now = second
        pace.saw(second * 100)
    now = 120.0
    with pytest.raises(streaming.TooSlow, match="it goes on"):
        pace.saw(12_000)
    quick = streaming.Pace(REPO, lambda: now)
    for second in range(120, 1000, 10):
        now = second
        quick.saw((second - 120) * 3000)


def test_where_the_hub_asks_to_wait_it_is_waited_and_too_long_is_told(hub: Any, models: Path) -> None:
    hub.busy = [3, 2]
    heard: list[Fetching] = []
    assert is_whole(fetched(models, heard.append))
    assert [one.waits for one in heard if one.waits] == [3, 2, 1, 2, 1]
    shutil.rmtree(models)
    hub.busy = [3600]
    with pytest.raises(HubBusy, match="3600 seconds"):
        fetched(models)


def test_without_the_wait_one_answer_of_that_kind_is_the_end(
    hub: Any, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin of the test above."""
    monkeypatch.setattr(fetching, "_MOST_WAITS", 0)
    hub.busy = [3]
    with pytest.raises(HubBusy):
        fetched(models)


@pytest.mark.parametrize("status", [404, 500, 503])
def test_what_is_missing_or_broken_is_a_sentence(hub: Any, models: Path, status: int) -> None:
    if status == 404:
        hub.repos.clear()
    else:
        hub.failing = status
    with pytest.raises(HubMissing if status == 404 else HubUnreachable, match=REPO) as caught:
        fetched(models)
    assert not (models / "talker").exists() and caught.value.exit_code == (3 if status == 404 else 4)


def test_a_repository_without_safe_weights_is_refused(hub: Any, models: Path) -> None:
    hub.repo(REPO, {"config.json": b"{}", "pytorch_model.bin": b"pickle"})
    with pytest.raises(hub_errors.NothingToFetch, match="could run code"):
        fetched(models)


def test_a_gated_model_says_what_to_do_and_comes_with_the_token_of_the_keyring(
    hub: Any, models: Path, ring: dict[tuple[str, str], str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    hub.repos[REPO].gated, hub.token = True, TOKEN
    with pytest.raises(hub_errors.LicenceToAccept, match=f"{hub.address}/{REPO}") as unknown:
        fetched(models)
    ring["lorewright", "HF_TOKEN"] = "hf_wrongToken"
    with pytest.raises(hub_errors.TokenRefused, match="the system's keyring") as refused:
        fetched(models)
    ring["lorewright", "HF_TOKEN"] = TOKEN
    with pytest.raises(hub_errors.LicenceNotAccepted, match="was not let in") as waiting:
        fetched(models)
    hub.repos[REPO].gated = False
    hub.repos[REPO].private = True
    heard: list[Fetching] = []
    folder = fetched(models, heard.append)
    assert is_whole(folder)
    carried = {path for _method, path, known in hub.asked if known}
    assert any("/resolve/" in path for path in carried) and not any(path.startswith("/cdn/") for path in carried)
    told = [str(error.value) + repr(error.value.as_event()) for error in (unknown, refused, waiting)]
    files = [path.read_bytes() for path in models.rglob("*") if path.is_file()]
    assert not any(secret in text for secret in (TOKEN, "hf_wrongToken") for text in (*told, caplog.text, repr(heard)))
    assert not any(TOKEN.encode() in content for content in files)


def test_the_token_would_go_along_to_where_the_large_files_lie(
    hub: Any, models: Path, ring: dict[tuple[str, str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin of the test above: there it is the addresses being told apart that keeps the token at the Hub."""
    hub.repos[REPO].private, hub.token = True, TOKEN
    ring["lorewright", "HF_TOKEN"] = TOKEN
    monkeypatch.setattr(streaming, "urlsplit", lambda _address: SplitResult("", "one", "", "", ""))
    assert is_whole(fetched(models))
    assert any(known and path.startswith("/cdn/") for _method, path, known in hub.asked)


def test_too_small_a_disk_is_told_before_anything_comes(
    hub: Any, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "_SPARE", 1 << 60)
    with pytest.raises(hub_errors.NotEnoughRoom, match="Nothing was fetched"):
        fetched(models)
    assert not any("/resolve/" in path for _method, path, _known in hub.asked)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only the superuser can mount")
def test_a_disk_that_fills_up_keeps_what_came_and_makes_no_model(
    hub: Any, tmp_path: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(models)], check=False).returncode:
        pytest.skip("this container mounts nothing")
    try:
        usage = shutil.disk_usage(tmp_path)
        monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
        with pytest.raises(NotSaved, match="No space left"):
            fetched(models)
        assert not (models / "talker").exists() and 0 < part(models).stat().st_size < 256 * 1024
        subprocess.run(["mount", "-o", "remount,size=4m", str(models)], check=True)
        assert is_whole(fetched(models))
    finally:
        subprocess.run(["umount", str(models)], check=True)


def test_two_at_once_are_one_too_many(models: Path) -> None:
    with Lock(models / HALF / "talker.lock") as lock:
        assert lock.acquire() and being_fetched(models / HALF / "talker")
        with pytest.raises(hub_errors.BeingFetched):
            fetched(models)
    assert not being_fetched(models / HALF / "talker")
    assert is_whole(fetched(models))


def test_who_comes_second_finds_the_model_and_fetches_nothing(
    hub: Any, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = iter([False, True])
    folder = fetched(models)
    hub.asked.clear()
    monkeypatch.setattr(fetching, "_is_fetched", lambda _folder: next(looks))  # it came between the two looks
    assert fetched(models) == folder and not hub.asked and not half_fetched(models)


def test_a_name_of_a_file_leads_nowhere_and_a_list_that_was_tampered_with_is_asked_anew(hub: Any, models: Path) -> None:
    hub.repo(REPO, {**FILES, "../config.json": b"{}", "/etc/model.safetensors": b"x", "..\\config.json": b"{}"})
    hub.cuts[SHA] = [0] * 50
    with pytest.raises(HubUnreachable):
        fetched(models)
    listed = models / HALF / "talker" / "listed.json"
    said = json.loads(listed.read_text())
    said["files"][0]["name"] = "../../config.json"
    listed.write_text(json.dumps(said))
    hub.cuts.clear()
    assert is_whole(fetched(models))
    assert {path.name for path in models.iterdir()} == {HALF, "talker"}


def test_what_was_lost_of_a_model_is_fetched_again_and_nothing_else(hub: Any, models: Path) -> None:
    folder = fetched(models)
    (folder / "tokenizer.json").unlink()
    (folder / WEIGHTS).write_bytes(b"cut")
    hub.asked.clear()
    hub.repos[REPO].commit({**FILES, "config.json": b"another"})  # it stays at the commit that it is of
    assert is_whole(fetched(models))
    names = {path.rsplit("/", 1)[-1] for _method, path, _known in hub.asked if "/resolve/" in path}
    assert names == {"tokenizer.json", WEIGHTS}


@pytest.mark.parametrize("about", [{"blobId": "../../.."}, {"blobId": None}, {"size": -1}, {"size": None}])
def test_a_list_that_makes_no_sense_is_refused(
    hub: Any, models: Path, monkeypatch: pytest.MonkeyPatch, about: dict[str, Any]
) -> None:
    monkeypatch.setattr(
        "loopback_hub._about", lambda _path, content: {"size": len(content), "blobId": "a" * 40, **about}
    )
    with pytest.raises(HubRefused, match="makes no sense"):
        fetched(models)


def test_a_folder_of_ones_own_under_that_name_stays(hub: Any, models: Path) -> None:
    (models / "talker").mkdir(parents=True)
    with pytest.raises(LorewrightError, match="something else has its name"):
        fetched(models)
    (models / "talker").rmdir()
    assert is_whole(fetched(models))
