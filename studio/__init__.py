"""Lorewright: turns written play into a small language model that runs the game."""

__version__ = "0.1.0"
