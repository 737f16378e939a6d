"""The friend's player: its rules are the studio's to the last die, and it plays from a pack without the studio."""

import http.client
import importlib.util
import json
import os
import random
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.play.records import Node
from studio.play.story import Story
from studio.publishing.grammar import as_object
from studio.publishing.loop import tool_loop
from studio.publishing.player import put_player, scene_of, scenes
from studio.publishing.zips import unpack, write_zip
from studio.resources import resource
from studio.rules import Party, Rules, resolve
from studio.rules.errors import CallRefused
from studio.scenario import parse
from studio.scenario.calls import find_calls
from studio.scenario.game import Game
from studio.scenario.tools import ToolTable

TEXT = """<SYSTEM>
# Role
You are the Dungeon Master.

# Party

## Wren
- Player Character
- Level 3
- Health: 20/26
- Inventory: Ash Bow (6), silver x3
- Skills: Stealth +6, Sleight of Hand -1, Initiative +2, Dexterity save +3

## Bog Brigand
- Enemy
- Health: 9/9
- Strength: 14
- Conditions: prone

## Old Teck
- NPC
</SYSTEM>

<User>I keep low.</User>
"""
NAMES = ("Wren", "bog brigand", "Old Teck", "Nobody")
SKILLS = ("stealth", "sleight_of_hand", "attack", "initiative", "perception", "dexterity save", "strength save")


@pytest.fixture(scope="module")
def table() -> ModuleType:
    """The player's rules, as its own program has them."""
    return loaded("table")


def loaded(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, resource("player") / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules[name]
    return module


def told(text: str = TEXT) -> dict[str, Any]:
    found = dict(scenes([], Game.shipped()))
    found["scenes"] = [scene_of(parse(text).scenario, "weir", Rules.shipped())]
    return found


ROLLS = st.builds(
    lambda skill, dc, mode, who: f"[roll: {skill}{dc}{mode}{who}]",
    st.sampled_from(SKILLS),
    st.sampled_from(["", " dc 5", " dc 25"]),
    st.sampled_from(["", " adv", " dis"]),
    st.sampled_from(["", " for Wren", " for Bog Brigand", " for Nobody"]),
)
TARGETS = st.sampled_from(NAMES)
CALLS = st.one_of(
    ROLLS,
    st.builds(lambda tool, who, n: f"[{tool}: {who} {n}]", st.sampled_from(["damage", "heal"]), TARGETS,
              st.integers(0, 30)),
    st.builds(lambda tool, who, n: f"[{tool}: {who} silver x{n}]", st.sampled_from(["give", "take"]), TARGETS,
              st.integers(1, 5)),
    st.builds(lambda who, name, off: f"[condition: {who} {name}{off}]", TARGETS,
              st.sampled_from(["prone", "poisoned", "blessed", "hidden"]), st.sampled_from(["", " off"])),
    st.sampled_from(["[begin combat]", "[end combat]", "[level up: Wren]"]),
)  # fmt: skip


@settings(max_examples=80)
@given(st.lists(CALLS, min_size=1, max_size=12), st.sampled_from([None, "Wren"]), st.integers(0, 50))
def test_every_call_comes_to_what_it_comes_to_in_the_studio(
    table: ModuleType, lines: list[str], player: str | None, seed: int
) -> None:
    scenario = parse(TEXT).scenario
    assert scenario.system is not None
    given_scene = told()["scenes"][0] | {"player": player}
    theirs = table.Table(given_scene, told()["rules"], told()["effects"])
    ours, tools = studio_party(), ToolTable.shipped()
    for number, line in enumerate(lines):
        call = find_calls(line, tools, ours.names)[0]
        dice = f"{seed}/{number}"
        try:
            wanted = resolve(call, ours, player=player, rules=Rules.shipped(), rng=random.Random(dice), tools=tools)
        except CallRefused:
            with pytest.raises(table.Refused):
                theirs.carry_out(as_object(call, tools), random.Random(dice))
            continue
        got, _sentence, won = theirs.carry_out(as_object(call, tools), random.Random(dice))
        assert got == wanted.line
        assert won == (None if wanted.outcome is None else wanted.outcome.value == "success")
        ours = wanted.party
        assert [sheet.as_json() for sheet in theirs.sheets] == [studio_sheet(sheet) for sheet in ours.sheets]
        assert theirs.order == (list(ours.combat.order) if ours.combat else None)


def studio_party() -> Party:
    scenario = parse(TEXT).scenario
    assert scenario.system is not None
    return Story.start(scenario.system.party).party


def studio_sheet(sheet: Any) -> dict[str, Any]:
    return {
        "name": sheet.name,
        "kind": sheet.character.kind,
        "level": sheet.level,
        "health": list(sheet.health) if sheet.health else None,
        "inventory": [[item.name, item.count] for item in sheet.inventory],
        "conditions": list(sheet.conditions),
        "skills": dict(sheet.character.skills),
    }


REPLIES = (
    "You crouch. [roll: stealth adv for Wren] [damage: Wren 2] [roll: perception for Bog Brigand]",
    " You hear it. [begin combat] [roll: attack for Wren]",
    " It falls.",
    "Nothing stirs. [roll: stealth]",
    " Done.",
)


def test_a_story_rolls_the_dice_of_the_studio_for_the_same_seed() -> None:
    table, words = loaded("table"), Game.shipped().words
    sys.modules["table"] = table
    try:
        story_module = loaded("story")
    finally:
        del sys.modules["table"]
    spec = importlib.util.spec_from_file_location("table_calls", resource("pack") / "python" / "play.py")
    assert spec is not None
    source = (resource("pack") / "python" / "play.py").read_text(encoding="utf-8")
    found: dict[str, Any] = {"__name__": "sample", "__file__": str(resource("pack") / "python" / "play.py")}
    exec(compile(source.replace("from llama_cpp import Llama, LlamaGrammar", ""), "play.py", "exec"), found)
    pack = object.__new__(found["Pack"])
    from studio.publishing.grammar import schemas

    pack.tools = {tool["name"]: tool for tool in schemas(ToolTable.shipped(), words)}
    pack.loop = tool_loop(words)
    pack.most, pack.about = 10, {"settings": {"context": 1000}}
    pack.prompt = lambda _messages, _opening="": []
    pack.tokens = lambda _text, special: []
    pack.text = lambda ids: "".join(map(chr, ids))
    replies = iter(REPLIES)
    game = told()
    seeds: list[int] = []

    def write(_prompt: object, _names: object, _tell: object, seed: int) -> list[int]:
        seeds.append(seed)
        return list(map(ord, next(replies)))

    story = story_module.Story(pack, game["scenes"][0], game, 11, write)
    for line in ("I sneak.", "I wait."):
        story.say(line, lambda _event, **_what: None)
    assert [turn["kind"] for turn in story.turns].count("TOOLCALL") == 4
    assert studio_turns(story.turns, 11) == [turn["text"] for turn in story.turns if turn["kind"] == "TOOLCALL"]
    assert story.turns[4]["text"].startswith(("*SUCCESS*", "*FAILED*"))
    replies = iter(REPLIES[3:])
    dice = [turn["text"] for turn in story.turns if turn["kind"] == "TOOLCALL"]
    story.say(story.undo(), lambda _event, **_what: None)
    assert [turn["text"] for turn in story.turns if turn["kind"] == "TOOLCALL"] == dice, "another try, the same dice"
    assert len(set(seeds)) == len(seeds), "another try, other words"


def studio_turns(turns: list[dict[str, Any]], seed: int) -> list[str]:
    """The results that the studio gives for the turns that were played, folded turn by turn."""
    scenario = parse(TEXT).scenario
    assert scenario.system is not None
    story = Story(None, Rules.shipped(), ToolTable.shipped())
    state, lines = story.start(scenario.system.party), []
    for number, turn in enumerate(turns, start=1):
        if turn["kind"] == "TOOLCALL":
            lines.append(state.waiting[0].line or "")
        named = f"{seed}/{state.place}" if turn["kind"] == "DM" else None
        text = lines[-1] if turn["kind"] == "TOOLCALL" else turn["text"]
        node = Node(kind=turn["kind"], id=number, parent=number - 1 or None, text=text, random=named)
        state = story.after(state, node)
    return lines


# -- from a pack, alone


@pytest.fixture(scope="module")
def unpacked(pack: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pack as a friend has it: a zip, unpacked in an empty folder."""
    place = tmp_path_factory.mktemp("friend")
    names = sorted(path.relative_to(pack).as_posix() for path in pack.rglob("*") if path.is_file())
    write_zip(place / "weir.zip", [(f"weir/{name}", pack / name) for name in names])
    unpack(place / "weir.zip", place)
    assert zipfile.is_zipfile(place / "weir.zip")
    return place / "weir"


ALONE = """
import runpy, sys
sys.argv = ["start.py", *sys.argv[1:]]
try:
    runpy.run_path("player/start.py", run_name="__main__")
finally:
    print("STUDIO" if any(name.split(".")[0] == "studio" for name in sys.modules) else "ALONE")
"""


def alone(folder: Path, *words: str, code: str = ALONE) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    child = [sys.executable, "-I", "-c", code, *words]
    return subprocess.run(child, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.native
def test_a_line_is_played_alone_in_an_empty_folder(unpacked: Path) -> None:
    (unpacked.parent / "lines.txt").write_text("I keep low and listen.\n")
    done = alone(unpacked, "--script", "../lines.txt", "--seed", "7", "--tokens", "6", "--threads", "2")
    assert done.returncode == 0 and done.stdout.endswith("ALONE\n"), done.stdout + done.stderr
    said = done.stdout.split("> I keep low and listen.\n", 1)[1].removesuffix("ALONE\n")
    assert said.strip()


def test_lines_that_cannot_be_read_and_a_scene_that_is_none_are_a_sentence(unpacked: Path) -> None:
    (unpacked / "latin.txt").write_bytes(b"I\xe9")
    for words, sentence in [
        (("--script", "none.txt"), "none.txt cannot be read"),
        (("--script", "latin.txt"), "latin.txt cannot be read"),
        (("--scene", "99"), "There is no scene 99"),
    ]:
        done = alone(unpacked, *words)
        assert done.returncode == 2 and sentence in done.stderr and "Traceback" not in done.stderr


def test_without_the_library_it_says_what_it_needs(unpacked: Path) -> None:
    code = "import importlib.util as u; f = u.find_spec\nu.find_spec = lambda n: None if n == 'llama_cpp' else f(n)\n"
    done = alone(unpacked, code=code + ALONE)
    assert done.returncode == 4 and "pip install llama-cpp-python" in done.stderr


@pytest.fixture(scope="module")
def served(unpacked: Path) -> Iterator[tuple[int, str]]:
    """A player with its page open: port and key."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    words = ["--no-browser", "--tokens", "6", "--temperature", "0", "--threads", "2"]
    child = [sys.executable, "-I", "player/start.py", *words]
    with subprocess.Popen(child, cwd=unpacked, env=environment, stdout=subprocess.PIPE, text=True) as player:
        assert player.stdout is not None
        found = re.search(r"127\.0\.0\.1:(\d+)/\?key=(\S+)", player.stdout.readline())
        assert found is not None
        yield int(found[1]), found[2]
        player.terminate()


def asked(
    served: tuple[int, str], method: str, path: str, body: object = None, **headers: str
) -> tuple[int, str, http.client.HTTPMessage]:
    link = http.client.HTTPConnection("127.0.0.1", served[0], timeout=120)
    given = {"X-Key": served[1], **{name.replace("_", "-"): value for name, value in headers.items()}}
    link.request(method, path, None if body is None else json.dumps(body), given)
    reply = link.getresponse()
    text = reply.read().decode()
    link.close()
    return reply.status, text, reply.headers


@pytest.mark.native
def test_the_page_plays_and_nobody_else_gets_in(served: tuple[int, str]) -> None:
    status, page, headers = asked(served, "GET", f"/?key={served[1]}")
    assert status == 200 and served[1] in page and "default-src 'none'" in headers["Content-Security-Policy"]
    assert asked(served, "GET", "/state", X_Key="other")[0] == 403
    assert asked(served, "GET", "/state", Host="evil.example")[0] == 403
    status, text, _headers = asked(served, "POST", "/say", {"line": "I look at <b>the weir</b>."})
    events = [json.loads(line) for line in text.splitlines()]
    assert status == 200 and next(one["event"] for one in events if one["event"] != "wrote") == "turn"
    last = events[-1]
    assert last["event"] == "state" and [turn["kind"] for turn in last["turns"]][:2] == ["User", "DM"]
    again = json.loads(asked(served, "POST", "/retry", {})[1].splitlines()[-1])
    assert again["turns"] == last["turns"]
    undone = json.loads(asked(served, "POST", "/undo", {})[1])
    assert undone["turns"] == [] and undone["line"].startswith("I look")
    for path, body, code in (
        ("/say", {"line": " "}, 400),
        ("/say", ["x"], 404),
        ("/undo?", {}, 404),
        ("/begin", {"scene": 5}, 400),
        ("/undo", "x" * 70_000, 400),
    ):
        assert asked(served, "POST", path, body)[0] == code


def test_the_players_files_are_put_beside_the_scenes(tmp_path: Path) -> None:
    put_player(tmp_path)
    names = {path.name for path in (tmp_path / "player").iterdir()}
    assert names == {"README.md", "page.html", "page.py", "start.py", "story.py", "table.py"}
    page = (tmp_path / "player" / "page.html").read_text(encoding="utf-8")
    assert "innerHTML" not in page and "http" not in page.replace("https", "http").split("<script")[0]
    assert SimpleNamespace(**told()["rules"]).die == 20
