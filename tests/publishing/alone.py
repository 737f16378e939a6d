"""Plays a packed player as a friend has it: a test runs it as a program that knows the pack's studio alone.

Arguments: the player's folder, the folder of installed packages, and `page` where the page is to be served. Reads what
is to be done and what the model says as JSON from its input; prints how the play stands, or where the page is.
"""

import asyncio
import json
import sys
import time
from importlib.machinery import PathFinder

PYDANTIC = ("pydantic", "pydantic_core", "annotated_types", "typing_extensions", "typing_inspection")
FRIENDS = (*PYDANTIC, "yaml", "_yaml", "d20", "lark", "cachetools")


class Only:
    """Lets nothing be imported but the player, what its requirements name, and Python's own."""

    def __init__(self, player, packages):
        self.player, self.packages = player, packages

    def find_spec(self, name, path=None, _target=None):
        top = name.partition(".")[0]
        if top in sys.stdlib_module_names:
            return None
        if top in FRIENDS:
            return PathFinder.find_spec(name, path or [self.packages])
        return PathFinder.find_spec(name, path or [self.player])


class Pack:
    """A pack whose model says what it is told to, a word at a time, `pace` seconds each."""

    def __init__(self, replies, pace=0):
        self.replies, self.pace = iter(replies), pace
        self.about = {"name": "weir", "settings": {"context": 4000}}
        self.loop = {"result": "<TOOLCALL>{line}</TOOLCALL>"}
        self.most, self.seeds = 40, []

    def prompt(self, messages, opening=""):
        self.messages = messages
        return self.tokens(" ".join(text for _role, text, *_ids in messages) + opening, special=False)

    def tokens(self, text, special):
        return list(map(ord, text))

    def text(self, ids):
        return "".join(map(chr, ids))

    def write(self, _prompt, _names, _most, *, temperature, seed, tell, going):
        self.seeds.append((temperature, seed))
        said = ""
        for word in next(self.replies, "Fog.").split(" "):
            time.sleep(self.pace)
            if not going():
                break
            tell(f" {word}" if said else word)
            said += f" {word}" if said else word
        return list(map(ord, said))


async def done(play, deeds):
    """Does one after another; what was refused is told."""
    from studio.errors import LorewrightError
    from studio.rules import HandChange, Throw
    from studio.rules.combat import Deed

    told = []
    for kind, asked in deeds:
        try:
            if kind == "say":
                await play.say(asked, told_of)
            elif kind == "again":
                await play.retry(told_of)
            elif kind == "undo":
                told.append(play.undo())
            elif kind == "hand":
                play.hand(HandChange.of(asked))
            elif kind == "throw":
                play.throw(Throw.of(asked), told_of, tell="skill" in asked)
            elif kind == "foe":
                play.act_by_rules(told_of)
            else:
                play.act(Deed.of(asked), told_of)
            if kind in ("throw", "foe", "act") and (play.due or play.state().telling is not None):
                await play.narrate(told_of)
        except LorewrightError as error:
            told.append(str(error))
    return told


def told_of(_event):
    """Hears nothing."""


def standing(play):
    """How a play stands, whoever plays it."""
    from studio.play.standing import sheets

    steps = [
        {name: getattr(one, name) for name in ("kind", "text", "random", "forced", "ruled", "cause")}
        for one in play.steps()
    ]
    combat = play.party.combat
    fight = None if combat is None else [list(map(list, combat.order)), combat.round, combat.whose]
    return {"steps": steps, "sheets": sheets(play.party), "fight": fight}


def main():
    player, packages, *served = sys.argv[1:]
    sys.dont_write_bytecode = True
    sys.meta_path.insert(2, Only(player, packages))
    sys.path.append(player)
    given = json.load(sys.stdin)
    told = {**json.loads(given["scenes"]), "model": "aa"}
    if served:
        serve(told, given)
    else:
        play(told, given)


def serve(told, given):
    """The page."""
    from page import serve
    from story import begin

    def begun(scene, seed):
        return begin(Pack(given["replies"], given["pace"]), told, scene, seed, 0.0)

    serve(begun, ["weir"], 0, 1, 0, browser=False)


def play(told, given):
    """What is to be done, with each of the seeds."""
    from story import begin

    import studio

    plays = []
    for seed in given["seeds"]:
        pack = Pack(given["replies"])
        play = begin(pack, told, 0, seed, 0.0)
        refused = asyncio.run(done(play, given["deeds"]))
        plays.append({"refused": refused, "seeds": pack.seeds, "file": play.as_session(), **standing(play)})
    foreign = []
    for name in ("numpy", "psutil", "jinja2", "PySide6", "studio.inference", "studio.jobs"):
        try:
            __import__(name)
            foreign.append(name)
        except ImportError:
            pass
    print(json.dumps({"plays": plays, "studio": studio.__file__, "foreign": foreign}))


if __name__ == "__main__":
    main()
