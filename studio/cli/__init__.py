"""Owns the `lorewright` command: its words, exit codes and error sentences; each word is a module of its own."""

import argparse
import importlib
import itertools
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import NoReturn

from studio import __version__
from studio.cli.output import open_minded, print_json
from studio.errors import LorewrightError, UsageError
from studio.language import N_, _

OK, FINDINGS, BUG, INTERRUPTED = 0, 1, 70, 130

COMMANDS = {
    "check": N_("check scenarios and say what to mend"),
    "parse": N_("print a scenario as JSON"),
    "format": N_("lay scenarios out in one way, without changing what they say"),
    "rename": N_("rename a character or a place through scenarios"),
    "card": N_("turn character cards into a scenario, or write a character as one"),
    "data": N_("build, audit, compare and export data sets"),
    "models": N_("list, fetch, add and remove the models that training starts from"),
    "train": N_("train an adapter on scenarios or a data set"),
    "plan": N_("say what a training would take of memory and time, without starting it"),
    "convert": N_("turn a trained run into a GGUF"),
    "inspect": N_("say what stands in a GGUF"),
    "validate": N_("check that a GGUF is sound and goes back to its base"),
    "parity": N_("prove that a converted model is the model that was trained"),
    "play": N_("play a scenario against a model in the terminal"),
    "session": N_("list, show, export, import, save and rate what was played"),
    "evaluate": N_("measure how well a model calls the game's tools"),
    "publish": N_("put a converted model in use under a name, once every gate is passed"),
    "rollback": N_("put the version before of a published model in use again"),
    "pack": N_("a model with all that a game needs to run it and to check it"),
    "verify": N_("check a game pack: its files, and what its model says"),
    "export": N_("write a workspace as one zip, without models and keys"),
    "demo": N_("the whole path on the samples, measured, with a report"),
    "doctor": N_("say which parts of this machine do which work, and why"),
    "queue": N_("list the trainings that wait, order them, and work them off"),
    "runs": N_("list, show, compare, delete and pin what was trained"),
    "storage": N_("list what takes room on disk, and give it back"),
}
"""The words of the command line, each a module of this package with `add` and `run`."""


def module_of(command: str) -> ModuleType:
    """The module behind a word; imported late, so that one word does not pay for another."""
    return importlib.import_module(f"studio.cli.{command}")


class Parser(argparse.ArgumentParser):
    """A parser whose complaints are errors like all others: a sentence, exit code 2, JSON where that was asked for."""

    def error(self, message: str) -> NoReturn:
        """Shows the usage and raises UsageError."""
        self.print_usage(sys.stderr)
        raise UsageError(detail=f"{self.prog}: {message}")


def build_parser(command: str | None) -> Parser:
    """The parser; only the arguments of `command` are filled in, the others are listed by name."""
    parser = Parser(prog="lorewright", description=_("A studio for small models that run games."))
    parser.add_argument("--version", action="version", version=f"lorewright {__version__}")
    words = parser.add_subparsers(dest="command", metavar=_("COMMAND"))
    for name, about in COMMANDS.items():
        word = words.add_parser(name, help=_(about), description=_(about))
        if name == command:
            word.add_argument("--workspace", type=Path, help=_("the workspace's folder"))
            module = module_of(name)
            forms = ("text", "json", *getattr(module, "FORMS", ()))
            word.add_argument("--format", choices=forms, default="text", help=_("how to print the result"))
            module.add(word)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code; every error becomes one sentence on stderr."""
    words = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        open_minded(stream)
    command = next((word for word in words if word in COMMANDS), None)
    try:
        parsed = build_parser(command).parse_args(words)
        if parsed.command is None:
            raise UsageError(detail=_("Name a command; `lorewright --help` lists them."))
        return int(module_of(parsed.command).run(parsed))
    except BrokenPipeError:
        # The reader has seen enough (`lorewright check … | head`); the interpreter must not try to flush again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except KeyboardInterrupt:
        print(_("Stopped. What was finished before is kept."), file=sys.stderr)
        return INTERRUPTED
    except LorewrightError as error:
        _report(error, as_json=_wants_json(words))
        return error.exit_code
    except Exception:
        logging.getLogger(__name__).exception("unexpected failure")
        print(_("This is a mistake in Lorewright, not yours. The lines above say where."), file=sys.stderr)
        return BUG


def _wants_json(words: Sequence[str]) -> bool:
    return "--format=json" in words or ("--format", "json") in itertools.pairwise(words)


def _report(error: LorewrightError, *, as_json: bool) -> None:
    print(error, file=sys.stderr)
    if as_json:
        print_json({"error": {**error.as_event(), "message": str(error)}})
