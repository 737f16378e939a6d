"""Plays with the model of this pack: in your browser, or in this terminal. Needs Python 3.11 and four packages.

    python -m pip install -r player/requirements.txt
    python player/start.py                     opens a page on this machine; nothing leaves it
    python player/start.py --terminal          the same here, a line at a time
    python player/start.py --script FILE       a player's line a line; the same seed gives the same play

Dice, sheets and fights are the rules' and not the model's. Nothing is sent anywhere, and nothing but this machine can
reach it.
"""

import argparse
import importlib.util
import json
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PACK = HERE.parent
PACKAGES = ("llama_cpp", "d20", "pydantic", "yaml")
MISSING = (
    "This player needs llama-cpp-python, which runs the model on your machine, and three small packages.\n"
    "Install them with:\n"
    "  {python} -m pip install -r {file}\n"
    "then start again. That builds llama-cpp-python: some minutes, with a C++ compiler. For a ready-made build, add\n"
    "  --prefer-binary --extra-index-url https://abetlen.github.io/llama-cpp-python/whl/cpu"
)
OLD = "This player needs Python 3.11 or newer; this is {version}. Start it with another one."

sys.path.insert(0, str(HERE))  # `python -I` leaves the script's own folder out
sys.dont_write_bytecode = True  # the pack stays as it came, by its checksums


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


def lacking():
    """What is missing to play, as a sentence; nothing where all is there."""
    if sys.version_info < (3, 11):  # noqa: UP036  # a friend may have any
        return OLD.format(version=sys.version.split()[0])
    if any(importlib.util.find_spec(name) is None for name in PACKAGES):
        return MISSING.format(python=sys.executable or "python", file=HERE / "requirements.txt")
    return ""


def loaded(options):
    """The pack with its model in memory."""
    pack = sample().Pack(PACK, threads=options.threads)
    pack.most = options.tokens
    return pack


def model_digest():
    """The SHA-256 of the model, as the pack's checksums tell it."""
    for line in (PACK / "checksums.sha256").read_text(encoding="utf-8").splitlines():
        digest, _space, name = line.partition("  ")
        if name == "model/model.gguf":
            return digest
    return ""


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
    if trouble := lacking():
        print(trouble, file=sys.stderr)
        return 4
    return played(options, {**told, "model": model_digest()}, script)


def played(options, told, script):
    """Plays in the page or in the terminal; what that needs is there."""
    from page import serve
    from story import begin
    from terminal import play_lines, typed

    pack = loaded(options)
    temperature = options.temperature
    if temperature is None:
        temperature = 0.0 if script is not None else 0.8

    def begun(scene, seed):
        return begin(pack, told, scene, seed, temperature)

    if script is not None or options.terminal:
        lines = script if script is not None else typed()
        echo = script is not None or not sys.stdin.isatty()
        return play_lines(begun(options.scene - 1, options.seed), (line for line in lines if line.strip()), echo)
    titles = [scene["title"] for scene in told["scenes"]]
    return serve(begun, titles, options.scene - 1, options.seed, options.port, browser=not options.no_browser)


if __name__ == "__main__":
    sys.exit(main())
