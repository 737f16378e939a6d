"""The page of the friend's player: it plays, it fights, and nobody else gets in."""

import http.client
import json
import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from studio.play.log import read_session
from studio.publishing.player import put_player, scene_of, scenes
from studio.scenario import parse
from studio.scenario.game import Game
from tests.play.table import TEXT

REPLY = "The fog comes in. [damage: Wren 2] It stays."


class Page:
    """What a browser does: asks, with the key."""

    def __init__(self, port: int, key: str) -> None:
        self.port, self.key = port, key

    def ask(
        self, method: str, path: str, body: object = None, **headers: str
    ) -> tuple[int, str, http.client.HTTPMessage]:
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        given = {"X-Key": self.key, **{name.replace("_", "-"): value for name, value in headers.items()}}
        link.request(method, path, None if body is None else json.dumps(body), given)
        reply = link.getresponse()
        text = reply.read().decode()
        link.close()
        return reply.status, text, reply.headers

    def do(self, path: str, body: object) -> list[dict[str, Any]]:
        status, text, _headers = self.ask("POST", path, body)
        assert status == 200, text
        return [json.loads(line) for line in text.splitlines()]

    def after(self, path: str, body: object) -> dict[str, Any]:
        return self.do(path, body)[-1]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A player with its page open, at a scene with somebody to fight; its model says what it is told to."""
    folder = tmp_path_factory.mktemp("friend")
    put_player(folder)
    told = json.dumps({**scenes([], Game.shipped()), "scenes": [scene_of(parse(TEXT).scenario, "weir")]})
    given = json.dumps({"scenes": told, "replies": [REPLY], "pace": 0.05})
    words = [str(Path(__file__).with_name("alone.py")), str(folder / "player"), sysconfig.get_path("purelib"), "page"]
    child = [sys.executable, "-I", "-S", *words]
    with subprocess.Popen(child, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as player:
        assert player.stdin is not None and player.stdout is not None
        player.stdin.write(given)
        player.stdin.close()
        found = re.search(r"127\.0\.0\.1:(\d+)/\?key=(\S+)", player.stdout.readline())
        assert found is not None
        yield Page(int(found[1]), found[2])
        player.terminate()


@pytest.fixture(autouse=True)
def anew(page: Page) -> None:
    page.after("/begin", {"scene": 0, "seed": 1})


def test_nobody_else_gets_in(page: Page) -> None:
    status, text, headers = page.ask("GET", f"/?key={page.key}")
    assert status == 200 and page.key in text and "default-src 'none'" in headers["Content-Security-Policy"]
    assert page.ask("GET", "/state", X_Key="other")[0] == 403
    assert page.ask("GET", "/play.jsonl", X_Key="other")[0] == 403
    assert page.ask("GET", "/state", Host="evil.example")[0] == 403
    status, _text, headers = page.ask("POST", "/undo", {}, X_Key="")
    assert status == 403 and headers["Connection"] == "close", "what it sent is not read as the next question"


def test_a_line_is_played_tried_again_and_taken_back(page: Page) -> None:
    events = page.do("/say", {"line": "I look at <b>the weir</b>."})
    assert next(one["event"] for one in events if one["event"] != "wrote") == "turn"
    last = events[-1]
    assert last["event"] == "state" and [turn["kind"] for turn in last["turns"]][:2] == ["User", "DM"]
    again = page.after("/retry", {})
    assert again["turns"][0] == last["turns"][0] and again["turns"][1]["id"] != last["turns"][1]["id"]
    assert page.after("/undo", {})["turns"] == last["turns"]
    gone = page.after("/undo", {})
    assert gone["turns"] == [] and gone["redo"] and not gone["undo"]
    assert page.after("/redo", {})["turns"] == last["turns"]
    assert page.do("/redo", {})[0]["event"] == "state", "the second redo stands"
    assert page.do("/redo", {})[0] == {
        "event": "error", "text": "There is nothing that could be taken back or done again."
    }  # fmt: skip


def test_a_fight_is_played_by_its_buttons(page: Page) -> None:
    begun = page.after("/act", {"deed": {"kind": "begin"}})
    assert {one["name"] for one in begun["fight"]["order"]} == {"Wren", "Bog Brigand"}
    for _turn in range(12):
        fight = page.ask("GET", "/state")[1]
        now = json.loads(fight)["fight"]
        if now is None:
            break
        assert [one["name"] for one in now["order"] if one["now"]] == [now["whose"]]
        if now["foe"]:
            page.after("/act", {})
            continue
        offer = next(one for one in now["offers"] if one["deed"]["kind"] in ("attack", "next"))
        page.after("/act", {"deed": offer["deed"]})
    state = json.loads(page.ask("GET", "/state")[1])
    acts = [turn["text"] for turn in state["turns"] if turn["kind"] == "act"]
    assert any("Wren hits Bog Brigand" in text or "Wren misses Bog Brigand" in text for text in acts)
    assert any(text.startswith("Bog Brigand") for text in acts)
    dice = [turn for turn in state["turns"] if turn["kind"] == "TOOLCALL"]
    assert [turn["won"] is not None for turn in dice] == ["attack" in turn["text"] for turn in dice]
    assert all(turn["text"].startswith(("Wren: ", "Bog Brigand: ")) for turn in dice)
    refused = page.do("/act", {"deed": {"kind": "attack", "who": "Wren", "target": "Nobody"}})
    assert refused[0]["event"] == "error" and refused[-1]["turns"] == state["turns"]


def test_dice_are_thrown_and_a_sheet_is_changed_by_hand(page: Page) -> None:
    state = page.after("/throw", {"throw": {"expression": "2d6+1"}})
    assert state["turns"][-1]["kind"] == "throw" and "throws 2d6+1" in state["turns"][-1]["text"]
    state = page.after("/throw", {"throw": {"skill": "stealth", "who": "Wren"}})
    kinds = [turn["kind"] for turn in state["turns"]]
    assert kinds == ["throw", "TOOLCALL", "DM"] and "stealth" in state["skills"], "a told throw is its result"
    assert state["turns"][2]["text"].endswith("* The fog comes in. It stays.") and "2" in state["turns"][2]["notes"][0]
    state = page.after("/hand", {"change": {"who": "Wren", "field": "health", "delta": -30}})
    assert state["sheets"][0]["health"] == [0, 26]
    assert page.after("/undo", {})["sheets"][0]["health"] == [22, 26]
    assert page.do("/hand", {"change": {"who": "Wren", "field": "health", "value": 99}})[0]["event"] == "error"


def test_the_play_is_kept_as_a_file(page: Page, tmp_path: Path) -> None:
    page.after("/say", {"line": "I look."})
    status, text, headers = page.ask("GET", f"/play.jsonl?key={page.key}", X_Key="")
    (tmp_path / "play.jsonl").write_text(text, encoding="utf-8")
    assert status == 200 and 'filename="play.jsonl"' in headers["Content-Disposition"]
    assert [node.kind for node in read_session(tmp_path / "play.jsonl").path][:2] == ["User", "DM"]
    assert "<User>I look.</User>" in page.ask("GET", "/play.md")[1]


def test_one_answer_is_written_at_a_time_and_can_be_stopped(page: Page) -> None:
    link = http.client.HTTPConnection("127.0.0.1", page.port, timeout=120)
    link.request("POST", "/say", json.dumps({"line": "I look."}), {"X-Key": page.key})
    reply = link.getresponse()
    while json.loads(reply.readline())["event"] != "wrote":
        pass
    assert page.ask("POST", "/undo", {})[0] == 409
    assert page.ask("POST", "/stop", {})[0] == 200
    last = json.loads(reply.read().decode().splitlines()[-1])
    link.close()
    assert last["event"] == "state" and [turn["kind"] for turn in last["turns"]] == ["User", "DM"]
    assert REPLY.startswith(last["turns"][1]["text"]) and "[" not in last["turns"][1]["text"]
    assert page.after("/say", {"line": "And now?"})["turns"][-1]["kind"] == "DM", "it goes on"


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/say", {"line": " "}, 400),
        ("/say", ["x"], 404),
        ("/undo?", {}, 404),
        ("/begin", {"scene": 5}, 400),
        ("/begin", {"scene": True}, 400),
        ("/act", {"deed": {"kind": 4, "bad": 1}}, 400),
        ("/throw", {}, 400),
        ("/hand", {"change": []}, 400),
        ("/undo", "x" * 70_000, 400),
    ],
)
def test_what_cannot_be_read_is_refused(page: Page, path: str, body: object, code: int) -> None:
    assert page.ask("POST", path, body)[0] == code
