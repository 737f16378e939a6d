"""Owns `lorewright data key`: where a key or token is, and keeping it in the system's keyring. It shows none."""

import argparse
import getpass
import sys

from studio.cli.output import print_json, print_line
from studio.language import N_, _
from studio.secrets import Held, forget_secret, held, keep_secret

_LONGEST = 1 << 16
_TOLD = {
    Held.ENVIRONMENT: N_("{name} is in the environment, which stands above the keyring."),
    Held.KEYRING: N_("{name} is in the system's keyring."),
    Held.NOWHERE: N_("There is no {name}, neither in the environment nor in a keyring."),
}


def add(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `data key`."""
    parser.add_argument("name", help=_("the key's name, as the environment variable is called: OPENAI_API_KEY"))
    add_acts(parser)


def add_acts(parser: argparse.ArgumentParser) -> None:
    """Adds what can be done with a key."""
    act = parser.add_mutually_exclusive_group()
    act.add_argument("--keep", action="store_true", help=_("asks for the key, or reads it from a pipe, and keeps it"))
    act.add_argument("--forget", action="store_true", help=_("takes the key out of the keyring"))


def run(args: argparse.Namespace) -> int:
    """Keeps or forgets a key, then says where it is now; 1 where it is nowhere and nothing was asked for."""
    name: str = args.name
    if args.keep:
        keep_secret(name, _asked(name))
    if args.forget:
        forget_secret(name)
    where = held(name)
    if args.format == "json":
        print_json({"name": name, "held": where.value})
    else:
        print_line(_(_TOLD[where]).format(name=name))
    return 1 if where is Held.NOWHERE and not args.forget else 0


def _asked(name: str) -> str:
    """The key as typed, unseen, or as it came through a pipe; never an argument, which other users could read."""
    if sys.stdin.isatty():
        return getpass.getpass(_("{name}: ").format(name=name))
    return sys.stdin.readline(_LONGEST)
