"""Owns what was played in a session as a scenario: the branch that it stands on, turn by turn with its calls.

The text is the scenario's up to its SYSTEM, then the turns as they were said; it is not parsed again, so that a tag
somebody typed stays what they said. Knows no row.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile

from studio.play.records import Node
from studio.scenario import Scenario, find_calls
from studio.scenario.calls import name_index
from studio.scenario.game import Game
from studio.scenario.model import Span, Speaker, Turn
from studio.scenario.parser import answered


def played(path: Sequence[Node], scenario: Scenario, game: Game) -> Scenario:
    """The scenario with the turns of a path."""
    end = scenario.system.span.end if scenario.system is not None else 0
    parts, turns = [scenario.text[:end]], list[Turn]()
    at, line = end, scenario.text.count("\n", 0, end) + 1
    for number, node in enumerate(path):
        content = node.content.strip()
        block = f"\n\n<{node.kind}>{content}</{node.kind}>"
        opens, ends = at + len(node.kind) + 4, at + len(block)
        spans = Span(at + 2, ends), Span(opens, opens + len(content))
        turns.append(Turn(number, Speaker(node.kind), content, line + 2, *spans))
        parts.append(block)
        at, line = ends, line + block.count("\n")
    names = name_index(one.name for one in scenario.system.party) if scenario.system is not None else ()
    called = answered(turns, game.tools, lambda turn: find_calls(turn.content, game.tools, names))
    return replace(scenario, text="".join(parts), turns=tuple(called))


def told(turns: Sequence[Turn], scenario: Scenario) -> int:
    """How many of the turns are those that the scenario tells."""
    pairs = zip(turns, scenario.turns, strict=False)
    same = takewhile(lambda pair: (pair[0].speaker, pair[0].content) == (pair[1].speaker, pair[1].content), pairs)
    return sum(1 for _pair in same)
