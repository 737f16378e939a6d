"""The tabletop: seeded dice, sheets, and what each tool call comes to."""

from studio.rules.dice import Rolled, roll
from studio.rules.party import Change, Combat, Party, Sheet
from studio.rules.resolve import Outcome, Resolution, resolve
from studio.rules.table import Rules

__all__ = ["Change", "Combat", "Outcome", "Party", "Resolution", "Rolled", "Rules", "Sheet", "resolve", "roll"]
