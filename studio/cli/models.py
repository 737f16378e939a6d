"""`lorewright models`: which base models there are, here and on the Hub; fetching, adding and removing them."""

import argparse
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

from studio.amounts import file_size
from studio.cli import data_key
from studio.cli.fetch_progress import told_on
from studio.cli.output import print_json, print_line
from studio.errors import Cancelled, UsageError
from studio.gguf.base import open_base
from studio.gguf.known_bases import STARTER, models_folder
from studio.hub import TOKEN
from studio.language import N_, _
from studio.training.catalogue import CatalogueModel, catalogue, find_model
from studio.training.fetching import drop_half, fetch
from studio.training.local_models import (
    LocalModel,
    Origin,
    add_model,
    begun,
    find_local,
    local_models,
    remove_model,
    resolve_base,
)
from studio.training.storage import chosen
from studio.training.stored import stored
from studio.training.suggesting import EPOCHS, Amount, Machine, Suggestion, suggested
from studio.workspace import Workspace
from studio.workspace.folder import find, named

_INDENT, _WIDTH = " " * 15, 110


class FetchingStopped(Cancelled):
    """A fetching was stopped by its user."""

    sentence = N_("Stopped. What came is kept; `lorewright models fetch {name}` goes on from there.")


def add(parser: argparse.ArgumentParser) -> None:
    """Adds the words of `models`."""
    words = parser.add_subparsers(dest="word", metavar=_("WORD"), required=True)
    for name, (about, _run, arguments) in _WORDS.items():
        word = words.add_parser(name, help=_(about), description=_(about))
        word.add_argument("--workspace", type=Path, default=argparse.SUPPRESS, help=_("the workspace's folder"))
        form = _("how to print the result")
        word.add_argument("--format", choices=("text", "json"), default=argparse.SUPPRESS, help=form)
        arguments(word)


def run(args: argparse.Namespace) -> int:
    """Runs one word."""
    return _WORDS[args.word][1](args)


def _list(args: argparse.Namespace) -> int:
    here = {model.name: model for model in local_models()}
    half = begun()
    rows = [_row(model, here.get(model.id), half.get(model.id, 0)) for model in catalogue()]
    rows += [_own_row(model) for model in here.values() if model.model is None]
    if args.format == "json":
        print_json(rows)
        return 0
    for row in rows:
        print_line(_line(row))
    print_line(_("Fetched models lie in {folder}.").format(folder=models_folder()))
    return 0


def _row(model: CatalogueModel, here: LocalModel | None, half: int) -> dict[str, object]:
    licence = {"name": model.licence.name, "url": model.licence.url}
    return {
        "name": model.id,
        "title": model.name,
        "here": here.origin.value if here else None,
        "path": str(here.path) if here else None,
        "bytes": here.bytes if here else half,
        "repo": model.repo,
        "revision": model.revision,
        "commit": here.commit or None if here else None,
        "parameters": model.parameters,
        "download_bytes": model.download_bytes,
        "licence": licence,
        "sellable": model.sellable,
        "sale": model.licence.sale,
        "gated": model.gated,
        "unsure": list(model.unsure),
        "min_vram_gb": model.min_vram_gb,
        "min_lora_gb": model.min_lora_gb,
        "about": model.about,
    }


def _own_row(model: LocalModel) -> dict[str, object]:
    """What is known of a model that a person added, or that left the catalogue after it was fetched."""
    here = None if model.missing else model.origin.value
    return {"name": model.name, "title": model.name, "here": here, "path": str(model.path), "bytes": model.bytes}


def _line(row: dict[str, object]) -> str:
    """One model, in a few lines."""
    if "sale" not in row:
        gone = "" if row["here"] else _("  it is not there any more")
        return f"{row['name']:<14} {row['path']}{gone}"
    size = file_size(int(str(row["bytes"] if row["here"] else row["download_bytes"])))
    state = _("here") if row["here"] else _("begun") if row["bytes"] else _("can be fetched")
    if row["gated"] and not row["here"]:
        state += _(", may ask for an account") if "gated" in str(row["unsure"]) else _(", asks for an account")
    needs = _("QLoRA from {least} GB, LoRA from {lora} GB").format(least=row["min_vram_gb"], lora=row["min_lora_gb"])
    about = textwrap.fill(f"{row['about']} {row['sale']}", _WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT)
    return f"{row['name']:<14} {size:>7}  {state}; {needs}\n{about}"


def _suggest(args: argparse.Namespace) -> int:
    workspace = Workspace(named(args.workspace) or find())
    amount = Amount.of(workspace, args.dataset, args.epochs)
    machine = Machine.here(workspace.runs)
    found = suggested(machine, amount)
    if args.format == "json":
        print_json({"processor": machine.room.name, "tokens": amount.tokens, "models": [_card(one) for one in found]})
        return 0
    for one in found:
        print_line(f"{one.role.words}: {one.model.id}\n  {one.sentence}")
        line = _("  training: {time}; in play: {speed}; download: {size}")
        print_line(line.format(
            time=one.training_time, speed=one.play_speed,
            size=file_size(one.download_bytes) if one.download_bytes else _("none"),
        ))  # fmt: skip
        print_line(f"  {one.sale}")
    if not found:
        print_line(_("No model of the catalogue fits into this machine's memory."))
    return 0


def _card(one: Suggestion) -> dict[str, object]:
    return {
        "name": one.model.id,
        "role": one.role.value,
        "sentence": one.sentence,
        "download_bytes": one.download_bytes,
        "minutes": None if one.minutes is None else round(one.minutes, 1),
        "training_time": one.training_time,
        "tokens_per_second": None if one.tokens_per_second is None else round(one.tokens_per_second, 1),
        "play_speed": one.play_speed,
        "sellable": one.sellable,
        "sale": one.sale,
        "memory": one.memory,
        "changes": list(one.changes),
    }


def _fetch(args: argparse.Namespace) -> int:
    model = find_model(args.name)
    if model.repo is None:
        found = resolve_base(STARTER)
    else:
        try:
            found = fetch(model.id, model.repo, model.revision, models_folder(), told_on(sys.stderr))
        except KeyboardInterrupt:
            raise FetchingStopped(name=model.id) from None
    open_base(found)
    if args.format == "json":
        print_json({"name": model.id, "path": str(found), "sellable": model.sellable, "sale": model.licence.sale})
        return 0
    print_line(_("{name} is in {path}. {sale}").format(name=model.id, path=found, sale=model.licence.sale))
    print_line(_("Next: lorewright train --base {name}").format(name=model.id))
    return 0


def _add(args: argparse.Namespace) -> int:
    model = add_model(args.path, args.name)
    if args.format == "json":
        print_json({"name": model.name, "path": str(model.path), "bytes": model.bytes})
    else:
        print_line(_("{path} is known as {name} now.").format(path=model.path, name=model.name))
    return 0


def _remove(args: argparse.Namespace) -> int:
    name: str = args.name
    half = begun()
    if name in half and name not in {model.name for model in local_models()}:
        _sure(args, _("Delete the {size} that came of {name}?").format(size=file_size(half[name]), name=name))
        drop_half(name, models_folder())
        return _removed(args, name, half[name])
    model = find_local(name)
    if model.origin is Origin.FETCHED:
        workspace = Workspace(find(args.workspace))
        chosen([f"base:{name}"], stored(workspace, models_folder().parent))  # not while a run trains on it
        _sure(args, _("Delete {path} ({size})?").format(path=model.path, size=file_size(model.bytes)))
    remove_model(model)
    return _removed(args, name, model.bytes if model.origin is Origin.FETCHED else 0)


def _sure(args: argparse.Namespace, question: str) -> None:
    """Raises UsageError or Cancelled where the user did not agree."""
    if args.yes:
        return
    if not sys.stdin.isatty():
        raise UsageError(detail=_("{question} Give --yes if so.").format(question=question))
    print(_("{question} [y/N] ").format(question=question), end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise Cancelled


def _removed(args: argparse.Namespace, name: str, freed: int) -> int:
    if args.format == "json":
        print_json({"name": name, "freed": freed})
    elif freed:
        print_line(_("{name} is deleted; {size} are free again.").format(name=name, size=file_size(freed)))
    else:
        print_line(_("{name} is forgotten; its files lie where they lay.").format(name=name))
    return 0


def _token(args: argparse.Namespace) -> int:
    args.name = TOKEN
    return data_key.run(args)


def _suggest_arguments(word: argparse.ArgumentParser) -> None:
    word.add_argument("--dataset", metavar="NAME", help=_("a build of a data set (default: all scenarios)"))
    word.add_argument("--epochs", type=float, default=EPOCHS, help=_("how often the data is seen (default: 3)"))


def _fetch_arguments(word: argparse.ArgumentParser) -> None:
    word.add_argument("name", help=_("a model of the catalogue"))


def _add_arguments(word: argparse.ArgumentParser) -> None:
    word.add_argument("path", type=Path, metavar="PATH", help=_("a GGUF, or a Hugging Face folder"))
    word.add_argument("--name", help=_("what to call it (default: after the file)"))


def _remove_arguments(word: argparse.ArgumentParser) -> None:
    word.add_argument("name", help=_("a model that is here"))
    word.add_argument("--yes", action="store_true", help=_("don't ask before a fetched model is deleted"))


_Word = tuple[str, Callable[[argparse.Namespace], int], Callable[[argparse.ArgumentParser], None]]

_WORDS: dict[str, _Word] = {
    "list": (N_("list what is here and what can be fetched, with licences and needs"), _list, lambda _word: None),
    "suggest": (N_("say which models suit this machine and this data"), _suggest, _suggest_arguments),
    "fetch": (N_("fetch a model of the catalogue; goes on where it was stopped"), _fetch, _fetch_arguments),
    "add": (N_("make a folder or a GGUF of one's own known by a name"), _add, _add_arguments),
    "remove": (N_("delete a fetched model, or forget an added one"), _remove, _remove_arguments),
    "token": (N_("say where the token for the Hub is, keep or forget it"), _token, data_key.add_acts),
}
