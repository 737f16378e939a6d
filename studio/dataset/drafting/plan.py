"""Owns what happens in a draft, exchange by exchange, so that all that is wanted happens; writes no prose."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from studio.dataset.drafting.scene import Scene
from studio.dataset.drafting.stock import stock
from studio.dataset.drafting.wanted import FIGHT, FIGHTING, Wanted
from studio.rules import Outcome
from studio.scenario import Tool
from studio.scenario.model import plain_name


@dataclass(frozen=True, slots=True)
class Step:
    """One exchange. `about` names its beat, `words` fill the beat's hints, `calls` end the narrator's turn.

    Where a call has a result, the narrator goes on: `after` has a beat and calls by how it went. `wanted` is how it
    should go, None for as the die falls.
    """

    about: str
    words: Mapping[str, str] = field(default_factory=dict)
    calls: tuple[str, ...] = ()
    wanted: Outcome | None = None
    after: Mapping[Outcome | None, tuple[str, tuple[str, ...]]] = field(default_factory=dict)

    @property
    def answers(self) -> int:
        """How many turns of the narrator it has."""
        return 2 if self.after else 1


def plan(wanted: Wanted, scene: Scene, rng: random.Random) -> tuple[Step, ...]:
    """The exchanges of a draft, in order, filled up with talk to the turns that are wanted."""
    fighting = FIGHTING | {scene.strike, scene.first} if scene.foe is not None else frozenset()
    steps = [Step("opening")]
    steps += [_check(skill, wanted, scene) for skill in wanted.skills if skill not in fighting]
    steps += _others(wanted, scene)
    if scene.foe is not None:
        steps += _fight(wanted, scene)
    if "heal" in wanted.tools:
        steps.append(_drink(scene))
    if "level up" in wanted.tools:
        steps.append(Step("level up", calls=scene.call("level up", scene.player)))
    steps = _judged([step for step in steps if step.calls or step.about == "opening"], wanted.failed, rng)
    for _turn in range(wanted.turns - sum(step.answers for step in steps)):
        steps.insert(rng.randint(1, len(steps)), Step("talk"))
    return tuple(steps)


def _roll(skill: str, wanted: Wanted, scene: Scene) -> tuple[str, ...]:
    dc = () if wanted.dc is None or "dc" not in scene.options("roll") else (f"dc {wanted.dc}",)
    return scene.call("roll", skill.replace(" ", "_"), *dc)


def _check(skill: str, wanted: Wanted, scene: Scene) -> Step:
    deeds = stock().skills
    deed = deeds.get(plain_name(skill), deeds["other"]).replace("{skill}", skill)
    return Step("check", {"deed": deed}, _roll(skill, wanted, scene), after=_JUDGED)


_JUDGED: Mapping[Outcome | None, tuple[str, tuple[str, ...]]] = {
    Outcome.SUCCESS: ("success", ()),
    Outcome.FAILURE: ("failure", ()),
}


def _fight(wanted: Wanted, scene: Scene) -> Iterator[Step]:
    """A fight from its first roll to its end, with as many blows as are wanted."""
    foe, deeds = scene.foe or "", stock().skills
    words = {"foe": foe, "deed": deeds["initiative"].replace("{foe}", foe)}
    order = scene.call("roll", scene.first.replace(" ", "_")) if scene.first else ()
    first: Mapping[Outcome | None, tuple[str, tuple[str, ...]]] = {None: ("first", ())} if order else {}
    yield Step("fight", words, (*order, *scene.call("begin combat")), after=first)
    after: Mapping[Outcome | None, tuple[str, tuple[str, ...]]] = {
        Outcome.SUCCESS: ("hit", scene.call("damage", foe, str(scene.blow))),
        Outcome.FAILURE: ("miss", scene.call("damage", scene.player, str(stock().missed))),
    }
    deed = deeds["attack"].replace("{foe}", foe)
    for _blow in range(wanted.blows):
        yield Step("check", {**words, "deed": deed}, _roll(scene.strike, wanted, scene), after=after)
    yield Step("end", words, scene.call("end combat"))


def _drink(scene: Scene) -> Step:
    draught, player = stock().draught, scene.player
    calls = scene.call("heal", player, str(draught.heals))
    return Step("drink", calls=(*scene.call("take", player, draught.item), *calls) if calls else ())


def _others(wanted: Wanted, scene: Scene) -> Iterator[Step]:
    """The calls that stand by themselves; a condition that is wanted twice ends the second time."""
    conditions = 0
    for tool in wanted.tools:
        if tool == "give":
            yield Step("give", {"gift": scene.gift}, scene.call("give", scene.player, scene.gift))
        elif tool == "take" and "heal" not in wanted.tools:
            yield Step("take", calls=scene.call("take", scene.player, "silver x3"))
        elif tool == "condition":
            about, off = ("over", ("off",)) if conditions % 2 else ("condition", ())
            words = {"condition": scene.condition}
            yield Step(about, words, scene.call("condition", scene.player, scene.condition, *off))
            conditions += 1
        elif tool not in _KNOWN and (own := scene.game.tools.get(tool)) is not None:
            yield Step("tool", {"tool": tool}, (_own(own, scene),))


_KNOWN = frozenset(("roll", "heal", "level up", "take", *FIGHT))


def _own(tool: Tool, scene: Scene) -> str:
    """A call of a tool that only this game has, its arguments filled by their kinds."""
    held = {"item": scene.gift, "condition": scene.condition, "skill": scene.strike}
    values = {"target": scene.player, "number": "1", **held}
    arguments = " ".join(values[kind] for kind in tool.arguments if kind in values)
    return f"[{tool.name}: {arguments}]" if arguments else f"[{tool.name}]"


def _judged(steps: list[Step], failed: int | None, rng: random.Random) -> list[Step]:
    """The same with how each check is to go, where that is wanted; so many of them, by chance which, fail."""
    if failed is None:
        return steps
    checks = [place for place, step in enumerate(steps) if step.after and None not in step.after]
    lost = set(rng.sample(checks, min(failed, len(checks))))
    return [
        Step(step.about, step.words, step.calls, Outcome.FAILURE if place in lost else Outcome.SUCCESS, step.after)
        if place in checks
        else step
        for place, step in enumerate(steps)
    ]
