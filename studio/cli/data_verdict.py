"""Owns `lorewright data verdict KEY keep|bin|flag|undo`: what a person says of a row."""

import argparse

from studio.cli.output import print_json, print_line
from studio.dataset.audit.people import PeopleFile
from studio.dataset.rows import KEY
from studio.dataset.verdicts import Decision
from studio.errors import UsageError
from studio.language import N_, _
from studio.workspace import find

UNDO = "undo"


class NoSuchRow(UsageError):
    """What was given can be the key of no row, so that a verdict on it would never count."""

    sentence = N_("“{key}” is no key of a row. `lorewright data audit … --format json` prints them.")


def add(parser: argparse.ArgumentParser) -> None:
    """The arguments of `data verdict`."""
    parser.add_argument("key", metavar=_("KEY"), help=_("the row's key, as `data audit --format json` prints it"))
    said = _("what is to become of the row; `undo` takes the last verdict back")
    parser.add_argument("decision", choices=(*(decision.value for decision in Decision), UNDO), help=said)
    parser.add_argument("--note", default="", help=_("why"))


def run(args: argparse.Namespace) -> int:
    """Records it, and says what counts now; raises NoSuchRow."""
    people = PeopleFile(find(args.workspace))
    if args.decision == UNDO:
        counts = people.undo(args.key)
    elif KEY.fullmatch(args.key) is None:
        raise NoSuchRow(key=args.key)
    else:
        counts = Decision(args.decision)
        people.add(args.key, counts, args.note)
    if args.format == "json":
        print_json({"key": args.key, "decision": None if counts is None else counts.value})
    elif counts is None:
        print_line(_("{key}: no person's verdict counts now.").format(key=args.key))
    else:
        print_line(_("{key}: {decision}").format(key=args.key, decision=counts.value))
    return 0
