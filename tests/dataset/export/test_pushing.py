"""A build goes to the Hub through its real client: private by default, in one commit, read back as the same rows."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from studio.cli import main
from studio.dataset.description import SourceSettings
from studio.dataset.pushing import IsPublic, push
from studio.dataset.reading import Reading
from studio.dataset.rows import Row
from studio.dataset.sources import read_source
from studio.hub import BadHubAddress, HubRefused, HubUnreachable
from studio.resources import resource

_SPEC = importlib.util.spec_from_file_location("of_export", Path(__file__).with_name("test_export.py"))
assert _SPEC is not None and _SPEC.loader is not None
of_export = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(of_export)

build = of_export.build
REPO = "me/tales"


@pytest.fixture
def known(hub: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The Hub, with this person logged in."""
    monkeypatch.setenv("HF_TOKEN", hub.token)
    return hub


def test_a_push_is_private_and_comes_back_as_the_same_rows(build: Any, known: Any, tmp_path: Path) -> None:
    pushed = push(build, REPO)
    repo = known.repos[REPO]
    assert repo.private and pushed.private and pushed.commit == repo.refs["main"]
    assert len(repo.commits) == 2 and pushed.exported.rows == 5
    rows = []
    for split in ("default/train", "default/validation", "preferences/train"):
        repo.card = of_export_card(repo)
        source = SourceSettings(name="far", hub=f"{REPO}@{pushed.commit}", split=split, licence="CC0-1.0")
        found = list(read_source(source, Reading(tmp_path)))
        assert not [one for one in found if not isinstance(one, Row)]
        rows += found
    assert of_export.learnt(rows) == of_export.learnt(of_export.ROWS_OF_IT)
    assert not any(token for _method, path, token in known.asked if path.startswith(("/cdn/", "/upload/")))


def of_export_card(repo: Any) -> dict[str, Any]:
    """The card as the Hub reads it from the README."""
    import yaml

    text = repo.commits[repo.refs["main"]]["README.md"].decode()
    card: dict[str, Any] = yaml.safe_load(text.split("---\n")[1])
    return card


def test_a_second_push_replaces_the_files_of_the_first(build: Any, known: Any) -> None:
    push(build, REPO)
    repo = known.repos[REPO]
    before = repo.commits[repo.refs["main"]]
    repo.commit({**before, "data/train-00007-of-00009.parquet": b"old", "notes.md": b"mine"})
    push(build, REPO)
    after = repo.commits[repo.refs["main"]]
    assert {**before, "notes.md": b"mine"} == after


def test_what_is_public_already_is_not_written_to_unless_asked(build: Any, known: Any) -> None:
    commit = known.repo(REPO, {"README.md": b"mine"})
    with pytest.raises(IsPublic):
        push(build, REPO)
    assert known.repos[REPO].refs["main"] == commit
    pushed = push(build, REPO, public=True)
    assert not pushed.private and known.repos[REPO].refs["main"] == pushed.commit
    push(build, "me/mine")
    assert push(build, "me/mine", public=True).private and known.repos["me/mine"].private


def test_without_a_login_or_a_hub_nothing_is_sent_and_it_is_said(build: Any, hub: Any) -> None:
    with pytest.raises(HubRefused, match="hf auth login"):
        push(build, REPO)
    assert not hub.repos
    with pytest.raises(BadHubAddress):
        push(build, "no-owner")
    hub.stop()
    with pytest.raises(HubUnreachable):
        push(build, REPO)


def test_a_card_that_the_hub_does_not_take_is_a_sentence_and_nothing_is_sent(
    build: Any, known: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin of the push above: without our names of licences the Hub refuses the card."""
    monkeypatch.setattr("studio.dataset.export.hub_folder.front_of", lambda licence: {"license": licence})
    with pytest.raises(HubRefused, match="must be one of"):
        push(build, REPO)
    assert len(known.repos[REPO].commits) == 1


def test_what_the_command_prints_of_a_push(
    build: Any, known: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("studio.cli.data_push.find_build", lambda _workspace, _name: build)
    monkeypatch.setattr(type(build), "verify", lambda _build: None)
    assert main(["data", "push", "it", REPO, "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    jsonschema.validate(told, json.loads((resource("schemas") / "data-push.schema.json").read_text()))
    assert told["private"] and told["url"] == f"{known.address}/datasets/{REPO}"
    assert main(["data", "push", "it", REPO]) == 0
    assert "for your eyes only" in capsys.readouterr().out


def test_a_token_is_in_no_file_and_in_no_sentence(build: Any, known: Any, tmp_path: Path) -> None:
    push(build, REPO)
    repo = known.repos[REPO]
    assert not any(known.token.encode() in data for data in repo.commits[repo.refs["main"]].values())
    known.failing = 403
    with pytest.raises(HubRefused) as caught:
        push(build, REPO)
    assert known.token not in str(caught.value) + json.dumps(caught.value.as_event())
