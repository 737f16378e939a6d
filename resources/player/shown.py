"""Owns what a page shows of a play, as plain values; changes nothing."""

from collections.abc import Iterator
from typing import Any

from story import Play

from studio.play.events import Applied, Malformed, Refused
from studio.play.fighting import is_played
from studio.play.records import Node
from studio.rules import Party, Rules, Sheet
from studio.rules.combat import offers, stands
from studio.scenario.calls import find_calls
from studio.scenario.model import plain_name


def shown(play: Play) -> dict[str, Any]:
    """Everything that a page shows."""
    return {
        "title": play.scene["title"],
        "intro": play.scene["intro"],
        "hint": play.scene["hint"],
        "seed": play.seed,
        "turns": [turn for node in play.steps() if (turn := shown_turn(play, node)) is not None],
        "undo": play.can_undo,
        "redo": play.can_redo,
        "due": play.due,
        "skills": skills(play.party, play.rules),
        **table(play),
    }


def table(play: Play) -> dict[str, Any]:
    """The sheets and the fight as they stand."""
    return {"sheets": [sheet(one) for one in play.party.sheets], "fight": fight(play)}


def shown_turn(play: Play, node: Node) -> dict[str, Any] | None:
    """A turn or a step; None for what the rules wrote for the model alone."""
    state = play.state(node.id)
    turn: dict[str, Any] = {"id": node.id, "kind": node.kind, "who": node.speaker, "text": node.text}
    if node.kind == "DM":
        text = story_of(node.text, play)
        return None if node.ruled else {**turn, "text": text, "notes": list(notes(state.deeds))}
    if node.kind == "throw" and node.tell:  # its result has a turn of its own
        return None
    if node.kind == "TOOLCALL":
        outcomes = {play.rules.outcomes.success: True, play.rules.outcomes.failure: False}
        turn["won"] = next((won for word, won in outcomes.items() if state.opening.startswith(word)), None)
        turn["text"] = state.answered.sentence if state.answered is not None else f"{asked_of(play, node)}: {node.text}"
    return turn


def asked_of(play: Play, node: Node) -> str:
    """Who throws what the rules asked for: the results stand in the order of the calls."""
    place, above = 0, play.nodes[node.parent or node.id]
    while above.kind == "TOOLCALL" and above.parent is not None:
        place, above = place + 1, play.nodes[above.parent]
    calls = [
        call for call in find_calls(above.text, play.tools, play.party.names) if play.tools.effect(call.name) == "roll"
    ]
    actor = calls[place].actor if place < len(calls) else None
    return actor or play.scenario.player or "The table"


def story_of(text: str, play: Play) -> str:
    """What the narrator wrote, without the calls: what they came to is told beside it."""
    for call in reversed(find_calls(text, play.tools, play.party.names)):
        if call.problem is None:
            text = text[: call.span.start].rstrip(" ") + text[call.span.end :]
    return text.strip()


def notes(deeds: tuple[Any, ...]) -> Iterator[str]:
    """What came of the calls of a turn, but for the dice, which have turns of their own."""
    for deed in deeds:
        if isinstance(deed, Applied) and deed.resolution.line is None:
            yield deed.resolution.sentence
        elif isinstance(deed, Refused | Malformed):
            yield f"{deed.call.text}: {deed.reason}"


def sheet(one: Sheet) -> dict[str, Any]:
    """A sheet."""
    return {
        "name": one.name,
        "kind": one.character.kind,
        "level": one.level,
        "health": list(one.health) if one.health else None,
        "experience": list(one.experience) if one.experience else None,
        "inventory": [[item.name, item.count] for item in one.inventory],
        "conditions": list(one.conditions),
        "skills": dict(one.character.skills),
    }


def fight(play: Play) -> dict[str, Any] | None:
    """The fight: the order, whose turn it is, and what they can do."""
    party, combat = play.party, play.party.combat
    if combat is None:
        return None
    return {
        "round": combat.round,
        "whose": combat.whose,
        "foe": combat.whose is not None and not is_played(party, combat.whose, play.scenario.player, play.rules),
        "order": [
            {"name": name, "total": total, "stands": stands(party, name), "now": place == combat.turn}
            for place, (name, total) in enumerate(combat.order)
        ],
        "offers": [
            {"sentence": offer.sentence, "deed": offer.deed.as_json()}
            for offer in (offers(party, combat.whose, play.rules) if combat.whose is not None else ())
        ],
    }


def skills(party: Party, rules: Rules) -> list[str]:
    """What can be thrown for: the skills of the rules and of the sheets, and saves."""
    named = [name for one in party.sheets for name in one.character.skills]
    saves = [f"{ability} save" for ability, _skills in rules.combat.abilities]
    return list(dict.fromkeys(plain_name(name) for name in (*rules.skills, *named, *saves)))
