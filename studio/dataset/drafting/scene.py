"""Owns SYSTEM and the sheets of a draft, made from data by the class and level that are wanted; knows no model."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from studio.dataset.augment.sheets import titled
from studio.dataset.augment.tables import Profession, names, professions
from studio.dataset.drafting.stock import Setting, stock
from studio.dataset.drafting.wanted import Wanted
from studio.scenario import Character, Item, Span, SystemContext
from studio.scenario.fields import read_item
from studio.scenario.game import Game
from studio.scenario.model import plain_name
from studio.scenario.parser import TYPES
from studio.scenario.writer import write_system

_HURT, _SILVER, _MOST_SKILLS, _FEW = 10, 12, 7, 3
_WEAPON = "("


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a draft plays and who is there. `blow` is what a hit with the player's weapon deals.

    `strike` is the skill of a blow, `first` the one that says who acts first, empty where a game has none.
    """

    system: str
    title: str
    scenario_type: str
    player: str
    foe: str | None
    cast: str
    place: str
    gift: str
    condition: str
    blow: int
    strike: str
    first: str
    game: Game

    def call(self, effect: str, *words: str) -> tuple[str, ...]:
        """A call of the game's tool that does this; none where it has no such tool."""
        name = self._name(effect)
        if name is None:
            return ()
        return (f"[{name}: {' '.join(words)}]" if words else f"[{name}]",)

    def options(self, effect: str) -> tuple[str, ...]:
        """What may follow in such a call."""
        tool = self.game.tools.get(self._name(effect) or "")
        return tool.options if tool is not None else ()

    def _name(self, effect: str) -> str | None:
        tools = self.game.tools.tools
        return effect if effect in tools else next((name for name in tools if tools[name].effect == effect), None)


def scene(wanted: Wanted, game: Game, rng: random.Random) -> Scene:
    """A scene for what is wanted."""
    fight = wanted.fights
    scenario_type = wanted.scenario_type if wanted.scenario_type in stock().settings else TYPES[-1]
    setting = rng.choice(stock().settings[scenario_type])
    strike, first = _fighting(wanted, game)
    hero = _hero(wanted, rng, game, (strike, first) if fight else ())
    friend = _friend(wanted, hero, rng, game)
    party = [hero, friend, *([_foe(setting, _blow(hero) * wanted.blows, (strike, first))] if fight else [])]
    system = SystemContext("", stock().role, setting.world, setting.location, tuple(party), Span(0, 0), Span(0, 0))
    conditions = game.words.conditions
    return Scene(
        system=write_system(system),
        title=setting.title,
        scenario_type=scenario_type,
        player=hero.name,
        foe=setting.foe.name if fight else None,
        cast=", ".join(f"{one.name} ({one.class_name})" for one in party),
        place=setting.location,
        gift=setting.gift,
        condition="prone" if "prone" in conditions or not conditions else conditions[0],
        blow=_blow(hero),
        strike=strike,
        first=first,
        game=game,
    )


def _fighting(wanted: Wanted, game: Game) -> tuple[str, str]:
    """The skill of a blow, and the one that says who acts first."""
    known = [plain_name(skill) for skill in game.words.skills]
    strike = next((skill for skill in ("attack", *wanted.skills, *known) if skill in known), "attack")
    return strike, next((plain_name(skill) for skill in game.words.uncontested if plain_name(skill) in known), "")


def _hero(wanted: Wanted, rng: random.Random, game: Game, fighting: Sequence[str]) -> Character:
    """The player, able in all that is wanted; hurt where there is something to heal."""
    level = wanted.level or 2
    known = professions().named(wanted.class_name) if wanted.class_name else _apt(wanted, rng)
    health = (known.health_at(level) if known else 6 + stock().anyone.health * level) + (
        _HURT + wanted.blows * stock().missed if fighting else 0
    )
    lost = _HURT if "heal" in wanted.tools else 0
    needed = professions().needed(level)
    have = needed - 10 if "level up" in wanted.tools else needed * 2 // 5
    return Character(
        name=rng.choice(names().groups["any"]),
        kind="Player Character",
        class_name=known.name if known else wanted.class_name,
        level=level,
        health=(max(1, health - lost), health),
        experience=(have, needed),
        inventory=_inventory(known, wanted),
        skills=_skills(known, wanted, level, game, fighting),
    )


def _apt(wanted: Wanted, rng: random.Random) -> Profession:
    """A class that teaches most of what is wanted."""
    asked = {plain_name(skill) for skill in wanted.skills}
    offered = list(professions().all)
    rng.shuffle(offered)
    return max(offered, key=lambda one: len(asked & one.skills.keys()))


def _inventory(known: Profession | None, wanted: Wanted) -> tuple[Item, ...]:
    gear = [read_item(entry) for entry in (known.gear if known else stock().anyone.gear)]
    draughts = [Item(stock().draught.item)] if "heal" in wanted.tools else []
    return *gear, *draughts, Item("silver", _SILVER)


def _skills(
    known: Profession | None, wanted: Wanted, level: int, game: Game, fighting: Sequence[str]
) -> dict[str, int]:
    """What is wanted first, then what the class teaches and the game knows."""
    asked = (*wanted.skills, *filter(None, fighting))
    listed = dict.fromkeys((*asked, *_taught(known, game)))
    most = max(_MOST_SKILLS, len(set(asked)))
    usual = stock().anyone.modifier + (level - 1) // 2
    value = {skill: known.modifier(skill, level) if known else None for skill in listed}
    found = [(titled(skill), usual if (own := value[skill]) is None else own) for skill in listed]
    return dict(found[:most])


def _taught(known: Profession | None, game: Game) -> list[str]:
    """The skills of a class that a game has; those of the game itself where the class is another world's."""
    has = [plain_name(skill) for skill in game.words.skills]
    taught = [skill for skill in (known.skills if known else ()) if skill in has or not has]
    return taught or has[:_FEW]


def _friend(wanted: Wanted, hero: Character, rng: random.Random, game: Game) -> Character:
    """Somebody beside the player, of another class."""
    one = rng.choice([one for one in professions().all if one.name != hero.class_name])
    level = max(1, (wanted.level or 2) - 1)
    usual = stock().anyone.modifier
    skills = {titled(skill): one.modifier(skill, level) or usual for skill in _taught(one, game)[:_FEW]}
    return Character(
        name=rng.choice([name for name in names().groups["any"] if name != hero.name]),
        kind="NPC Companion",
        class_name=one.name,
        level=level,
        health=(one.health_at(level), one.health_at(level)),
        inventory=tuple(read_item(entry) for entry in one.gear),
        skills=skills,
    )


def _foe(setting: Setting, least: int, fighting: Sequence[str]) -> Character:
    """The enemy, who can take what the blows may deal; the setting's numbers under the names of the game's skills."""
    foe = setting.foe
    health = max(foe.health, least)
    return Character(
        name=foe.name,
        kind="Enemy",
        class_name=foe.class_name,
        level=foe.level,
        health=(health, health),
        inventory=tuple(read_item(entry) for entry in foe.gear),
        skills={titled(skill): value for skill, value in zip(fighting, foe.skills.values(), strict=True) if skill},
    )


def _blow(hero: Character) -> int:
    """What the first weapon deals: the number in brackets behind it."""
    for item in hero.inventory:
        number = item.name.rpartition(_WEAPON)[2].rstrip(")")
        if _WEAPON in item.name and number.isdigit():
            return int(number)
    return stock().missed
