"""The friend's player: the studio's own rules from a pack, alone; a play of it is a session of the studio's."""

import asyncio
import importlib.util
import json
import os
import re
import subprocess
import sys
import sysconfig
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from studio.errors import Cancelled, LorewrightError
from studio.inference.engine import Sampling
from studio.play.events import Wrote
from studio.play.fitting import ContextFull
from studio.play.log import read_session
from studio.play.session import Session
from studio.publishing.player import put_player, scene_of, scenes
from studio.publishing.zips import unpack, write_zip
from studio.resources import resource
from studio.scenario import parse
from studio.scenario.game import Game
from tests.play.table import TEXT, session_of
from tests.play.told import Told
from tests.publishing.alone import Pack, done, standing, told_of

REPLIES = (
    "You crouch. [roll: stealth adv] [damage: Wren 2] [roll: perception for Bog Brigand]",
    " You hear it. [give: Wren silver x3] [take: Nobody rope] [roll: stealth",
    "It comes. [begin combat]",
    "You swing. [roll: attack]",
    " The blow lands.",
    "Its club whistles down.",
    "Nothing stirs. [roll: stealth dc 5]",
    " Done.",
)
DEEDS: list[tuple[str, Any]] = [
    ("say", "I sneak."),
    ("say", "I wait."),
    ("say", "I strike the brigand."),
    ("act", {"kind": "attack", "who": "Wren", "target": "Bog Brigand", "weapon": "Shortsword"}),
    ("foe", None),
    ("act", {"kind": "next"}),
    ("foe", None),
    ("act", {"kind": "attack", "who": "Wren", "target": "Nobody"}),
    ("hand", {"who": "Wren", "field": "health", "delta": -3}),
    ("throw", {"skill": "stealth", "who": "Wren", "advantage": "dis"}),
    ("throw", {"expression": "2d6+1"}),
    ("undo", None),
    ("say", "I go on."),
    ("again", None),
]
SEEDS = tuple(range(8))


def played() -> str:
    """What a pack's `scenes.json` says."""
    return json.dumps({**scenes([], Game.shipped()), "scenes": [scene_of(parse(TEXT).scenario, "weir")]})


@pytest.fixture(scope="module")
def friend(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What came of the deeds in a process that has the packed player, the packages it names, and nothing else."""
    folder = tmp_path_factory.mktemp("pack")
    put_player(folder)
    given = json.dumps({"scenes": played(), "seeds": SEEDS, "replies": REPLIES, "deeds": DEEDS})
    words = [str(Path(__file__).with_name("alone.py")), str(folder / "player"), sysconfig.get_path("purelib")]
    child = subprocess.run(
        [sys.executable, "-I", "-S", *words], input=given, capture_output=True, text=True, check=False
    )
    assert child.returncode == 0, child.stderr
    found: dict[str, Any] = json.loads(child.stdout)
    assert Path(found["studio"]).is_relative_to(folder) and found["foreign"] == []
    return found


def in_the_studio(seed: int) -> tuple[Session, list[str]]:
    """The same deeds in a session of the studio's, with the same words of the model."""
    session = session_of(seed=seed)
    session.sampling = Sampling(max_tokens=40)
    session.go_on_with(Told(REPLIES, context=4000), "aa")  # type: ignore[arg-type]  # what a session asks of an engine
    return session, asyncio.run(done(session, DEEDS))


def test_a_play_is_a_session_of_the_studio_to_the_last_die(friend: dict[str, Any]) -> None:
    fought = typed = 0
    for seed, play in zip(SEEDS, friend["plays"], strict=True):
        session, refused = in_the_studio(seed)
        assert json.loads(json.dumps(standing(session))) == {name: play[name] for name in ("steps", "sheets", "fight")}
        assert play["refused"] == refused
        fought += sum(step["kind"] == "act" and " hits " in step["text"] for step in play["steps"])
        typed += sum(step["cause"] == "call" for step in play["steps"])
        assert len(play["seeds"]) == len(set(map(tuple, play["seeds"]))), "another try, other words"
    assert fought and typed, "blows fell, by deed and by typing"


def test_a_play_that_was_kept_opens_in_the_studio_as_it_stood(friend: dict[str, Any], tmp_path: Path) -> None:
    play = friend["plays"][0]
    path = tmp_path / "play.jsonl"
    path.write_text(play["file"], encoding="utf-8")
    assert read_session(path).damage is None
    session = Session.reopen(path)
    assert json.loads(json.dumps(standing(session))) == {name: play[name] for name in ("steps", "sheets", "fight")}
    assert session.model_name == "weir" and session.can_undo


def test_a_scene_is_a_scenario_without_its_turns() -> None:
    scenario = parse(f"{TEXT}\n<User>I keep low.</User>\n\n<DM>Fog.</DM>\n").scenario
    scene = scene_of(scenario, "weir")
    assert scene["hint"] == "I keep low." and scene["title"] == "weir" and scene["intro"] == "A causeway."
    again = parse(str(scene["scenario"])).scenario
    assert again.turns == () and again.player == "Wren" and again.system is not None and scenario.system is not None
    assert again.system.party == scenario.system.party


def test_the_players_files_are_put_beside_the_scenes(tmp_path: Path) -> None:
    put_player(tmp_path)
    names = {path.name for path in (tmp_path / "player").iterdir()}
    assert names == {path.name for path in resource("player").iterdir() if path.name != "__pycache__"} | {"studio"}
    assert (tmp_path / "player" / "LICENSE").read_bytes() == (Path(__file__).parents[2] / "LICENSE").read_bytes()
    page = (tmp_path / "player" / "page.html").read_text(encoding="utf-8")
    assert "innerHTML" not in page and "http" not in page.replace("https", "http").split("<script")[0]


def begun(pack: Pack) -> Any:
    """A play in this process, with a pack whose model says what it is told to."""
    spec = importlib.util.spec_from_file_location("friends_story", resource("player") / "story.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["friends_story"] = module  # its data classes look themselves up there
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules["friends_story"]
    return module.begin(pack, {**json.loads(played()), "model": "aa"}, 0, 1, 0.0)


def test_an_answer_that_was_stopped_stands_and_the_play_goes_on() -> None:
    play = begun(Pack(["Fog comes in from the sea.", "Rain."]))
    with pytest.raises(Cancelled):
        asyncio.run(play.say("I look.", lambda event: play.stopped.set() if isinstance(event, Wrote) else None))
    assert (play.path()[-1].text, play.path()[-1].stop) == ("Fog", "stopped")
    play.stopped.clear()
    asyncio.run(play.say("And now?", told_of))
    assert [node.text for node in play.path()] == ["I look.", "Fog", "And now?", "Rain."]


class Broken(Pack):
    """A pack whose model gives up the first time that it is asked."""

    asked = 0

    def write(self, *given: Any, **more: Any) -> Any:
        self.asked += 1
        if self.asked == 1:
            raise RuntimeError("llama_decode returned 1")
        return super().write(*given, **more)


def test_a_model_that_fails_is_told_and_can_be_asked_again() -> None:
    play = begun(Broken(["Fog comes in.", "Rain."]))
    with pytest.raises(LorewrightError, match="llama_decode returned 1"):
        asyncio.run(play.say("I look.", told_of))
    asyncio.run(play.goes_on(told_of))
    assert [node.text for node in play.path()] == ["I look.", "Fog comes in."]


def test_what_does_not_fit_is_left_out_with_the_sheets_as_they_stand() -> None:
    pack = Pack(["[damage: Wren 5] You slip."])
    pack.about["settings"]["context"] = 900
    play = begun(pack)
    for number in range(12):
        asyncio.run(play.say(f"I wade on, for the {number}th time, through the reeds.", told_of))
    system, first = pack.messages[:2]
    assert "Health: 19/26" in system[1] and "0th" not in first[1] and first[0] == "user"
    with pytest.raises(ContextFull):
        asyncio.run(play.say("I shout. " * 200, told_of))


# -- from a pack, alone


@pytest.fixture(scope="module")
def unpacked(pack: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pack as a friend has it: a zip, unpacked in an empty folder."""
    place = tmp_path_factory.mktemp("friend")
    names = sorted(path.relative_to(pack).as_posix() for path in pack.rglob("*") if path.is_file())
    write_zip(place / "weir.zip", [(f"weir/{name}", pack / name) for name in names])
    unpack(place / "weir.zip", place)
    return place / "weir"


ALONE = """
import runpy, sys
sys.argv = ["start.py", *sys.argv[1:]]
try:
    runpy.run_path("player/start.py", run_name="__main__")
finally:
    print("STUDIO OF", sys.modules["studio"].__file__ if "studio" in sys.modules else "nobody")
"""


def alone(folder: Path, *words: str, code: str = ALONE) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    child = [sys.executable, "-I", "-c", code, *words]
    return subprocess.run(child, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.native
def test_a_line_and_a_throw_are_played_from_the_pack(unpacked: Path) -> None:
    before = sorted(unpacked.rglob("*"))
    lines = "I keep low and listen.\n/roll stealth adv\n/sheet\n/attack Nobody\n/nothing\n/undo\n"
    (unpacked.parent / "lines.txt").write_text(lines, encoding="utf-8")
    played = [
        alone(unpacked, "--script", "../lines.txt", "--seed", "7", "--tokens", "6", "--threads", "2").stdout
        for _time in range(2)
    ]
    assert played[0] == played[1], "the same seed gives the same play"
    said, _line, studio = played[0].partition("STUDIO OF ")
    assert Path(studio.strip()).is_relative_to(unpacked)
    for sentence in (
        "Nobody here is called Nobody.",
        "/save FILE",
        "Taken back: the dice (“Wren: stealth: ",
    ):
        assert sentence in said
    assert sorted(unpacked.rglob("*")) == before, "the pack stays as it came"


@pytest.mark.native
def test_the_page_of_a_pack_is_served(unpacked: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    child = [sys.executable, "-I", "player/start.py", "--no-browser", "--threads", "2"]
    with subprocess.Popen(child, cwd=unpacked, env=environment, stdout=subprocess.PIPE, text=True) as player:
        assert player.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+/\?key=\S+", player.stdout.readline())
        assert found is not None
        with urllib.request.urlopen(found[0], timeout=60) as reply:
            assert b'<main id="chat"' in reply.read()
        player.terminate()


def test_lines_that_cannot_be_read_and_a_scene_that_is_none_are_a_sentence(unpacked: Path) -> None:
    (unpacked.parent / "latin.txt").write_bytes(b"I\xe9")
    for words, sentence in [
        (("--script", "none.txt"), "none.txt cannot be read"),
        (("--script", "../latin.txt"), "latin.txt cannot be read"),
        (("--scene", "99"), "There is no scene 99"),
    ]:
        done = alone(unpacked, *words)
        assert done.returncode == 2 and sentence in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["llama_cpp", "d20", "pydantic", "yaml"])
def test_without_a_package_it_says_what_it_needs(unpacked: Path, name: str) -> None:
    code = f"import importlib.util as u; f = u.find_spec\nu.find_spec = lambda n: None if n == {name!r} else f(n)\n"
    done = alone(unpacked, code=code + ALONE)
    assert done.returncode == 4 and "pip install -r" in done.stderr and "requirements.txt" in done.stderr
    for told in (
        done.stderr,
        *((unpacked / "player" / name).read_text() for name in ("README.md", "requirements.txt")),
    ):
        assert "C++ compiler" in told and "some minutes" in told
        assert "--prefer-binary --extra-index-url https://abetlen.github.io/llama-cpp-python/whl/cpu" in told


def test_an_old_python_is_told_which_one_it_takes(unpacked: Path) -> None:
    done = alone(unpacked, code="import sys; sys.version_info = (3, 9, 1)\n" + ALONE)
    assert done.returncode == 4 and "Python 3.11 or newer" in done.stderr
