"""Owns SYSTEM as it stands later in a scenario: the sheets with what the tools have changed on them so far.

The calls are carried out as the checks do it, by the rules. Knows neither tokens nor examples.
"""

from functools import cached_property

from studio.lint.diagnostics import Cast
from studio.lint.replay import Replay
from studio.lint.state import Rulebook, rules_of
from studio.play.standing import beginning, standing
from studio.rules.party import Party
from studio.scenario import Scenario
from studio.scenario.game import Game


class Standing:
    """SYSTEM before any turn of one scenario."""

    def __init__(self, scenario: Scenario, game: Game | None = None) -> None:
        self._scenario = scenario
        self._game = game if game is not None else Game.shipped()

    def before(self, turn: int) -> str | None:
        """The text of SYSTEM before the turn of that index, None where there is none; raises NotWritable."""
        system = self._scenario.system
        if system is None:
            return None
        return standing(self._scenario, self._parties[turn]) if turn else system.content.strip()

    @cached_property
    def _parties(self) -> tuple[Party, ...]:
        """The party before each turn, and after the last."""
        scenario, words = self._scenario, self._game.words
        replay = Replay(Rulebook(Cast(scenario, words), self._game.tools, rules_of(words)))
        state = replay.start()
        state = state._replace(party=beginning(state.party))
        parties = [state.party]
        for turn in scenario.turns:
            state, _seen = replay.step(state, turn)
            parties.append(state.party)
        return tuple(parties)
