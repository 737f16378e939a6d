"""Owns the ways in which a tool call or the rules' own data can be wrong."""

from studio.errors import InputError
from studio.language import N_
from studio.scenario.vocabulary import BadRules

__all__ = ["BadDice", "BadRules", "CallRefused"]


class BadDice(InputError):
    """A dice expression that the rules do not roll."""

    sentence = N_("“{expression}” is not dice that can be rolled ({reason}). Write it like 2d6+3 or 2d20kh1.")


class CallRefused(InputError):
    """A call that the rules cannot carry out; the play goes on and the call stays text."""

    sentence = N_("{call} could not be carried out: {reason}.")
