"""Owns which turns a model no longer sees where its context is full, and what SYSTEM says in their place.

The rule: the oldest turns go first, a good part at once, so that what is left is read once and stays in the prompt's
cache. SYSTEM stays, with the sheets as they stand where the rest begins, and with what a fight had come to there.
Knows no engine and no message.
"""

from collections.abc import Sequence

from studio.errors import InputError
from studio.language import N_
from studio.play.records import Node
from studio.play.standing import standing
from studio.rules import Party
from studio.scenario.model import Scenario
from studio.scenario.writer import NotWritable

PARTS = 4
"""In how many parts of the context turns are left out: where one more word does not fit, about a quarter goes."""

LETTERS = 3
"""Letters that a token has at least in usual text: by these the parts are laid out, which needs no model."""


class ContextFull(InputError):
    """SYSTEM and the last turn alone do not fit the model's context."""

    sentence = N_(
        "SYSTEM and the last turn need {needed} tokens; the model holds {context}. Shorten the longer of the two, or "
        "load the model with more context."
    )


def system_text(scenario: Scenario, party: Party | None = None, summary: str | None = None) -> str | None:
    """SYSTEM; with the sheets and the fight of `party`, and a summary of what came before, where turns are left out."""
    if scenario.system is None:
        return None if summary is None else _told(summary)
    text = scenario.system.content.strip()
    if party is not None:
        try:
            text = standing(scenario, party)
        except NotWritable:  # a sheet of which no line can say what holds now: it stays as it was
            pass
        text += _fight(party)
    return text if summary is None else f"{text}\n\n{_told(summary)}"


def _told(summary: str) -> str:
    return f"# Story so far\n{summary}"


def _fight(party: Party) -> str:
    if party.combat is None:
        return ""
    combat = party.combat
    order = ", ".join(f"{name} {total}" for name, total in combat.order)
    return f"\n\n# Combat\nRound {combat.round}. Initiative: {order}. It is {combat.whose}'s turn."


def cuts(path: Sequence[Node], room: int) -> list[int]:
    """Before which turns the story may begin for a model that has `room` tokens, from the whole to the last turns.

    They lie a part of the room apart and where the player speaks; where they lie depends on what stands before alone.
    """
    part = max(1, room * LETTERS // PARTS)
    found, letters, due = [0], 0, part
    for place, node in enumerate(path):
        if letters >= due and place and node.kind == "User":
            found.append(place)
            due = letters - letters % part + part
        letters += len(node.content)
    last = last_turns(path)
    return [cut for cut in found if cut < last] + [last]


def last_turns(path: Sequence[Node]) -> int:
    """Where the turns begin that always stay: with the player's last line."""
    return max((place for place, node in enumerate(path) if node.kind == "User"), default=max(0, len(path) - 1))


def likely(path: Sequence[Node], found: Sequence[int], room: int) -> int:
    """Which of some cuts likely fits: where to begin to try, so that a long story is not measured as a whole."""
    letters = sum(len(node.content) for node in path)
    place = 0
    for at, cut in enumerate(found):
        letters -= sum(len(node.content) for node in path[place:cut])
        place = cut
        if letters <= room * (LETTERS + 1):
            return at
    return len(found) - 1
