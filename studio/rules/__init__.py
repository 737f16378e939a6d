"""The tabletop: seeded dice, sheets, what each tool call comes to, and fights that the rules decide."""

from studio.rules.acts import Act, CombatRefused, Step
from studio.rules.dice import Rolled, roll
from studio.rules.hand import HandChange
from studio.rules.party import Change, Combat, Party, Sheet
from studio.rules.resolve import Outcome, Resolution, resolve
from studio.rules.table import Rules
from studio.rules.tray import Throw, Thrown

__all__ = [
    "Act",
    "Change",
    "Combat",
    "CombatRefused",
    "HandChange",
    "Outcome",
    "Party",
    "Resolution",
    "Rolled",
    "Rules",
    "Sheet",
    "Step",
    "Throw",
    "Thrown",
    "resolve",
    "roll",
]
