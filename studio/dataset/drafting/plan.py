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
    checks = [skill for skill in wanted.skills if skill not in FIGHTING]
    steps = [Step("opening")]
    steps += [_check(skill, wanted) for skill in checks]
    steps += _others(wanted, scene)
    if scene.foe is not None:
        steps += _fight(wanted, scene)
    steps += [_drink(scene)] * (1 if "heal" in wanted.tools else 0)
    steps += [Step("level up", calls=(f"[level up: {scene.player}]",))] * (1 if "level up" in wanted.tools else 0)
    steps = _judged(steps, wanted.failed, rng)
    for _turn in range(wanted.turns - sum(step.answers for step in steps)):
        steps.insert(rng.randint(1, len(steps)), Step("talk"))
    return tuple(steps)


def _roll(skill: str, wanted: Wanted) -> str:
    dc = "" if wanted.dc is None else f" dc {wanted.dc}"
    return f"[roll: {skill.replace(' ', '_')}{dc}]"


def _check(skill: str, wanted: Wanted) -> Step:
    deeds = stock().skills
    deed = deeds.get(plain_name(skill), deeds["other"]).replace("{skill}", skill)
    return Step("check", {"deed": deed}, (_roll(skill, wanted),), after=_JUDGED)


_JUDGED: Mapping[Outcome | None, tuple[str, tuple[str, ...]]] = {
    Outcome.SUCCESS: ("success", ()),
    Outcome.FAILURE: ("failure", ()),
}


def _fight(wanted: Wanted, scene: Scene) -> Iterator[Step]:
    """A fight from its first roll to its end, with as many blows as are wanted."""
    foe, player = scene.foe or "", scene.player
    words = {"foe": foe, "deed": stock().skills["initiative"].replace("{foe}", foe)}
    first: Mapping[Outcome | None, tuple[str, tuple[str, ...]]] = {None: ("first", ())}
    yield Step("fight", words, ("[roll: initiative]", "[begin combat]"), after=first)
    deed = stock().skills["attack"].replace("{foe}", foe)
    for _blow in range(wanted.blows):
        after: Mapping[Outcome | None, tuple[str, tuple[str, ...]]] = {
            Outcome.SUCCESS: ("hit", (f"[damage: {foe} {scene.blow}]",)),
            Outcome.FAILURE: ("miss", (f"[damage: {player} {stock().missed}]",)),
        }
        yield Step("check", {**words, "deed": deed}, (_roll("attack", wanted),), after=after)
    yield Step("end", words, ("[end combat]",))


def _drink(scene: Scene) -> Step:
    draught = stock().draught
    return Step("drink", calls=(f"[take: {scene.player} {draught.item}]", f"[heal: {scene.player} {draught.heals}]"))


def _others(wanted: Wanted, scene: Scene) -> Iterator[Step]:
    """The calls that stand by themselves; a condition that is wanted twice ends the second time."""
    conditions = 0
    for tool in wanted.tools:
        condition = {"condition": scene.condition}
        if tool == "give":
            yield Step("give", {"gift": scene.gift}, (f"[give: {scene.player} {scene.gift}]",))
        elif tool == "take" and "heal" not in wanted.tools:
            yield Step("take", calls=(f"[take: {scene.player} silver x3]",))
        elif tool == "condition":
            about, off = ("over", " off") if conditions % 2 else ("condition", "")
            yield Step(about, condition, (f"[condition: {scene.player} {scene.condition}{off}]",))
            conditions += 1
        elif tool not in _KNOWN and (own := scene.game.tools.get(tool)) is not None:
            yield Step("tool", {"tool": tool}, (_own(own, scene),))


_KNOWN = frozenset(("roll", "heal", "level up", "take", *FIGHT))


def _own(tool: Tool, scene: Scene) -> str:
    """A call of a game's own tool, its arguments filled by their kinds."""
    skill = scene.game.words.skills[0] if scene.game.words.skills else "luck"
    held = {"item": scene.gift, "condition": scene.condition}
    values = {"target": scene.player, "number": "1", "skill": skill, **held}
    arguments = " ".join(values[kind] for kind in tool.arguments if kind in values)
    return f"[{tool.name}: {arguments}]" if arguments else f"[{tool.name}]"


def _judged(steps: list[Step], failed: int | None, rng: random.Random) -> list[Step]:
    """The same with how each check is to go, where that is wanted; so many of them, by chance which, fail."""
    if failed is None:
        return steps
    checks = [place for place, step in enumerate(steps) if None not in step.after and step.after]
    lost = set(rng.sample(checks, min(failed, len(checks))))
    return [
        Step(step.about, step.words, step.calls, Outcome.FAILURE if place in lost else Outcome.SUCCESS, step.after)
        if place in checks
        else step
        for place, step in enumerate(steps)
    ]
