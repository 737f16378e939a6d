"""`lorewright data WORD`: dispatches to the word's module `studio.cli.data_WORD`; knows none of them.

What a word needs is read by a parser of its own, so that one word does not pay for another's imports.
"""

import argparse
import gc
import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from studio.errors import PartMissing, UsageError, did_you_mean
from studio.language import N_, _

WORDS = {
    "new": N_("write the first description of a data set from what the workspace has"),
    "build": N_("build a data set from its description"),
    "list": N_("list the data sets and their builds"),
    "compare": N_("compare two builds row by row"),
    "show": N_("show the shape of a file, and its first rows"),
    "audit": N_("look through a file or a data set for what should not be learnt"),
    "judge": N_("have a model judge the rows; it goes on where it was stopped"),
    "verdict": N_("record a person's verdict on a row"),
    "coverage": N_("count what a data set covers, and say what is missing"),
    "augment": N_("make variants of scenarios that stay true to the rules"),
    "draft": N_("have a model draft a missing scenario"),
    "drafts": N_("list the drafts, accept or discard them"),
    "key": N_("say where a key is, keep it in the system's keyring, or forget it"),
    "export": N_("write a build in another program's format"),
    "push": N_("push a build to the Hugging Face Hub"),
}
"""The words after `data`, each a module `studio.cli.data_WORD` with `add` and `run`."""

PACKAGES = ("pyarrow", "rensa", "py3langid", "huggingface_hub", "keyring")
"""What the set-up's part `data` brings."""


def add(parser: argparse.ArgumentParser) -> None:
    """Adds the word, and all that follows it."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    width = max(map(len, WORDS))
    parser.epilog = "\n".join(f"  {word:<{width}}  {_(about)}" for word, about in WORDS.items())
    parser.add_argument("word", metavar=_("WORD"), help=_("what to do with data; the words are listed below"))
    parser.add_argument("rest", nargs=argparse.REMAINDER, metavar="…", help=_("`lorewright data WORD --help` says"))


def run(args: argparse.Namespace) -> int:
    """Runs one word."""
    word: str = args.word
    if word not in WORDS:
        near = did_you_mean(word, WORDS)
        question = _(" Did you mean “{near}”?").format(near=near) if near else ""
        sentence = _("There is no `lorewright data {word}`.{question} `lorewright data --help` lists the words.")
        raise UsageError(detail=sentence.format(word=word, question=question))
    module = module_of(word)
    with _packages():
        return int(module.run(_parser(word, module, args).parse_args(args.rest)))


def module_of(word: str) -> ModuleType:
    """The module behind a word; raises PartMissing where the packages for data are not installed yet."""
    with _packages():
        gc.disable()  # very much is loaded, and next to nothing of it is garbage
        try:
            return importlib.import_module(f"studio.cli.data_{word}")
        finally:
            gc.enable()


@contextmanager
def _packages() -> Iterator[None]:
    """Says which part of the set-up is missing where a package for data is; some are loaded where they are needed."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in PACKAGES:
            raise
        raise PartMissing(part=_("What data sets need"), reason=str(error)) from error


def _parser(word: str, module: ModuleType, given: argparse.Namespace) -> argparse.ArgumentParser:
    """The word's parser; what was said before the word is its default."""
    about = _(WORDS[word])
    parser = argparse.ArgumentParser(prog=f"lorewright data {word}", description=about)
    parser.add_argument("--workspace", type=Path, default=given.workspace, help=_("the workspace's folder"))
    form = _("how to print the result")
    parser.add_argument("--format", choices=("text", "json"), default=given.format, help=form)
    module.add(parser)
    return parser
