"""Owns what was played in a session as a scenario: the branch that was played last, turn by turn with its calls.

The text is the scenario's up to its SYSTEM, then the turns as they were said; it is not parsed again, so that a tag
somebody typed stays what they said. Knows no row.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import takewhile

from studio.inference.records import Node
from studio.scenario import Scenario, find_calls
from studio.scenario.calls import name_index
from studio.scenario.game import Game
from studio.scenario.model import Span, Speaker, Turn
from studio.scenario.parser import answered


def played(nodes: Sequence[Node], scenario: Scenario, game: Game) -> Scenario:
    """The scenario with the turns of the branch that was played last."""
    end = scenario.system.span.end if scenario.system is not None else 0
    parts, turns = [scenario.text[:end]], list[Turn]()
    at, line = end, scenario.text.count("\n", 0, end) + 1
    for number, node in enumerate(_branch(nodes)):
        content = node.text.strip()
        block = f"\n\n<{node.kind}>{content}</{node.kind}>"
        opens, ends = at + len(node.kind) + 4, at + len(block)
        spans = Span(at + 2, ends), Span(opens, opens + len(content))
        turns.append(Turn(number, Speaker(node.kind), content, line + 2, *spans))
        parts.append(block)
        at, line = ends, line + block.count("\n")
    names = name_index(one.name for one in scenario.system.party) if scenario.system is not None else ()
    called = answered(turns, game.tools, lambda turn: find_calls(turn.content, game.tools, names))
    return replace(scenario, text="".join(parts), turns=tuple(called))


def _branch(nodes: Sequence[Node]) -> Iterator[Node]:
    """The turns from the first to the one that was written last."""
    known = {node.id: node for node in nodes}
    path: list[Node] = []
    at = nodes[-1].id if nodes else None
    while at is not None:
        path.append(known[at])
        at = path[-1].parent
    return reversed(path)


def told(turns: Sequence[Turn], scenario: Scenario) -> int:
    """How many of the turns are those that the scenario tells."""
    pairs = zip(turns, scenario.turns, strict=False)
    same = takewhile(lambda pair: (pair[0].speaker, pair[0].content) == (pair[1].speaker, pair[1].content), pairs)
    return sum(1 for _pair in same)
