"""The friend's player in a terminal: Ctrl+C stops what is written, and ends it where nothing is."""

import json
import subprocess
import sys
from pathlib import Path

from studio.publishing.player import put_player, scene_of, scenes
from studio.scenario import parse
from studio.scenario.game import Game
from tests.play.table import TEXT

CODE = """
import builtins, json, os, signal, sys
sys.dont_write_bytecode = True
sys.path[:0] = sys.argv[1:]
from alone import Pack
from story import begin
from terminal import play_lines, typed

class Pressed(Pack):
    def write(self, *given, tell, **more):
        def heard(text):
            tell(text)
            if text.strip() == "in":
                os.kill(os.getpid(), signal.SIGINT)
        return super().write(*given, tell=heard, **more)

lines = iter(["I look.", "", "/go", "And now?", "/roll stealth dc 12", "/quit", "Never said."])
def asked(_prompt):
    line = next(lines, None)
    if line is None:
        raise KeyboardInterrupt
    return line
builtins.input = asked
told = {**json.load(sys.stdin), "model": "aa"}
play = begin(Pressed(["Fog comes in from the sea.", "Rain."]), told, 0, 1, 0.0)
code = play_lines(play, typed())
print(json.dumps([[node.text, node.stop] for node in play.path()]))
sys.exit(code)
"""


def test_ctrl_c_stops_an_answer_at_the_next_token_and_ends_the_play_at_the_prompt(tmp_path: Path) -> None:
    put_player(tmp_path)
    told = json.dumps({**scenes([], Game.shipped()), "scenes": [scene_of(parse(TEXT).scenario, "weir")]})
    words = [str(tmp_path / "player"), str(Path(__file__).parent)]
    child = subprocess.run(
        [sys.executable, "-I", "-c", CODE, *words], input=told, capture_output=True, text=True, check=False
    )
    assert child.returncode == 0, child.stderr
    *said, last = child.stdout.splitlines()
    told = json.loads(last)
    assert told[:4] == [["I look.", ""], ["Fog comes in", "stopped"], ["And now?", ""], ["Rain.", ""]]
    assert ["[roll: stealth dc 12]", ""] in told, "a DC is no part of the skill's name"
    assert not any("Never said." in text for text, _stop in told)
    assert "  * stopped" in said
    assert "  * It is your turn. /retry asks for another answer." in said, "there is no more of it to come"
