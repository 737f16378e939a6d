"""`lorewright doctor`: prints what set-up knows of this machine; measures nothing itself."""

import argparse

from studio.amounts import GB
from studio.cli.output import print_json, print_line
from studio.language import _
from studio.setup.doctor import Processor, Survey, survey

FINDINGS = 1


def add(parser: argparse.ArgumentParser) -> None:
    """`doctor` has no arguments of its own."""
    del parser


def run(args: argparse.Namespace) -> int:
    """Prints the survey; the exit code is 1 where training or play is off."""
    found = survey()
    if args.format == "json":
        print_json(found.as_json())
    else:
        _print(found)
    return 0 if found.trains.works and found.plays.works else FINDINGS


def _print(found: Survey) -> None:
    here = found.machine
    python = ".".join(map(str, here.python))
    system = f"{here.system} (WSL2)" if here.wsl else here.system
    print_line(f"{system} {here.architecture}, Python {python}, {here.cores} cores")
    for card in here.cards:
        memory = f", {card.memory / GB:.0f} GB" if card.memory else ""
        print_line(_("Card: {name}{memory}").format(name=card.name, memory=memory))
    print_line(_("Trains: {processor}").format(processor=_processor(found.trains)))
    print_line(_("Plays: {processor}").format(processor=_processor(found.plays)))
    for part in found.parts:
        print_line(f"  {part.title}: {part.status}{f' ({part.message})' if part.message else ''}")
    for sentence in found.missing:
        print_line(_("Missing: {sentence}").format(sentence=sentence))


def _processor(processor: Processor) -> str:
    return f"{processor.kind}. {processor.why}"
