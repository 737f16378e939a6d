"""Plays with the model of this pack: in your browser, or in this terminal. Needs Python 3.9 and llama-cpp-python.

    python player/start.py                     opens a page on this machine; nothing leaves it
    python player/start.py --terminal          the same here, a line at a time
    python player/start.py --script FILE       a player's line a line; the same seed gives the same play

Dice and sheets are the rules' and not the model's. Nothing is sent anywhere, and nothing but this machine can reach it.
"""

import argparse
import importlib.util
import json
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PACK = HERE.parent
MISSING = (
    "This player needs llama-cpp-python, which runs the model on your machine. It is not there.\n"
    "Install it with:  {python} -m pip install llama-cpp-python\n"
    "(a C++ compiler is needed where no ready-made build fits), then start again."
)

sys.path.insert(0, str(HERE))  # `python -I` leaves the script's own folder out

from page import serve  # noqa: E402
from story import Story  # noqa: E402


def sample():
    """The client of the pack, which knows its files and speaks to its model."""
    path = PACK / "samples" / "python" / "play.py"
    spec = importlib.util.spec_from_file_location("lorewright_pack_sample", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def parser():
    """The options."""
    found = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    found.add_argument("--terminal", action="store_true", help="play in this terminal, without a page")
    found.add_argument("--script", type=Path, help="a file with a player's line a line; printed, without a page")
    found.add_argument("--scene", type=int, default=1, help="which of the pack's scenes, from 1")
    found.add_argument("--seed", type=int, default=1, help="seed of the dice and of the words")
    found.add_argument("--temperature", type=float, help="0 takes the likeliest word (usual for --script); else 0.8")
    found.add_argument("--tokens", type=int, default=200, help="the most tokens of a reply")
    found.add_argument("--threads", type=int, default=max(1, (os.cpu_count() or 2) // 2), help="processor threads")
    found.add_argument("--port", type=int, default=0, help="port of the page (default: a free one)")
    found.add_argument("--no-browser", action="store_true", help="only print the page's address")
    return found


def loaded(options):
    """The pack with its model in memory, or None where the library is missing."""
    if importlib.util.find_spec("llama_cpp") is None:
        return None
    module = sample()
    pack = module.Pack(PACK, threads=options.threads)
    pack.most = options.tokens
    return pack


def writer(pack, options):
    """What continues a prompt, telling text as it comes."""
    temperature = options.temperature
    if temperature is None:
        temperature = 0.0 if options.script else 0.8

    def write(prompt, names, tell, seed, going=lambda: True):
        return pack.write(prompt, names, pack.most, temperature=temperature, seed=seed, tell=tell, going=going)

    return write


def in_terminal(story, lines):
    """Plays in the terminal."""

    def tell(event, **what):
        if event == "wrote":
            print(what["text"], end="", flush=True)
        elif event == "turn" and what["kind"] == "DM":
            print()
        elif event == "turn" and what["kind"] == "TOOLCALL":
            print(f"  * {what['sentence']}")
        elif event == "note":
            print(f"  * {what['text']}")

    print(f"{story.scene['title']}\n\n{story.scene['intro']}")
    for line in lines:
        print(f"\n> {line}\n")
        story.say(line, tell)
    return 0


def typed():
    """The lines that somebody types, until an empty one."""
    while True:
        try:
            line = input("\n> ").strip()
        except EOFError:
            return
        if not line:
            return
        yield line


def main():
    """Plays."""
    options = parser().parse_args()
    told = json.loads((HERE / "scenes.json").read_text(encoding="utf-8"))
    if not 1 <= options.scene <= len(told["scenes"]):
        print(f"There is no scene {options.scene}; the last one is {len(told['scenes'])}.", file=sys.stderr)
        return 2
    try:
        script = options.script.read_text(encoding="utf-8").splitlines() if options.script is not None else None
    except (OSError, UnicodeDecodeError):
        print(f"The lines in {options.script} cannot be read. Check the name; the file must be UTF-8 text.",
              file=sys.stderr)  # fmt: skip
        return 2
    pack = loaded(options)
    if pack is None:
        print(MISSING.format(python=sys.executable or "python"), file=sys.stderr)
        return 4

    def begin(scene, seed):
        return Story(pack, told["scenes"][scene], told, seed, writer(pack, options))

    if script is not None or options.terminal:
        given = script if script is not None else typed()
        return in_terminal(begin(options.scene - 1, options.seed), (line for line in given if line.strip()))
    titles = [scene["title"] for scene in told["scenes"]]
    return serve(begin, titles, options.scene - 1, options.seed, options.port, browser=not options.no_browser)


if __name__ == "__main__":
    sys.exit(main())
