"""Owns which tools and rules a command works by: those of the workspace in which a scenario lies; checks nothing."""

import sys
from pathlib import Path

from studio.cli.output import print_line
from studio.scenario.game import Game
from studio.workspace.folder import named
from studio.workspace.game import Games


def game_for(scenario: Path, workspace: Path | None) -> Game:
    """The game of a scenario, else of the workspace that was named; what cannot be used of it is told on stderr."""
    root = named(workspace)
    games = Games(Game.of(root) if root is not None else None)
    game = games.of(scenario)
    for trouble in game.troubles:
        print_line(str(trouble), sys.stderr)
    return game
