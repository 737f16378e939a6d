"""A small strategy game: houses settle systems, build ships and fight. Knows neither how they are played nor files.

What is ordered is paid for and stands on the next turn, and a house knows of others what its scouts saw. All chance
comes from the game's seed.
"""

import random
from dataclasses import dataclass, field
from typing import Any

HOUSES = ("house-harrow", "house-velm", "house-ostrin", "house-caldr", "house-mirrow", "house-thane")
CHARACTERS = ("aggressive", "economic", "cautious", "balanced")
SYSTEMS = (
    "amberfall", "brackwater", "cinder", "dunmere", "eyrie", "fallow", "greywatch", "hollow", "ironvale", "juniper",
    "kestrel", "lowmark", "mirewood", "northgate", "oakhurst", "pale-reach", "quarry", "ravensend", "saltmarsh",
    "thornwick", "umber", "vesper", "wyrmrest", "yarrow",
)  # fmt: skip
CLASSES = ("Terran", "Desert", "Ocean", "Barren", "Ice")
RICHNESS = {"Poor": 0.7, "Standard": 1.0, "Rich": 1.4}
SHIPS = {"Destroyer": (30, 20), "Cruiser": (70, 60), "Battleship": (150, 140)}
TECHS = ("economic_level", "science_level", "construction_tech", "weapons_tech", "electronic_intelligence")


@dataclass(slots=True)
class Colony:
    """A system that somebody owns."""

    system: str
    planet: str
    richness: str
    population: int
    infrastructure: int
    shipyards: int = 0
    batteries: int = 0

    @property
    def production(self) -> int:
        """What it brings in a turn."""
        return round((self.population * 0.6 + self.infrastructure * 4) * RICHNESS[self.richness])


@dataclass(slots=True)
class Fleet:
    """Ships that move together."""

    name: str
    at: str
    ships: dict[str, int]

    @property
    def strength(self) -> int:
        """How hard it hits."""
        return sum(SHIPS[kind][1] * count for kind, count in self.ships.items())


@dataclass(slots=True)
class House:
    """One player: what it has, how it thinks and what it has seen."""

    name: str
    character: str
    treasury: int
    prestige: int
    tech: dict[str, int]
    colonies: dict[str, Colony]
    fleets: list[Fleet]
    relations: dict[str, str]
    research: int = 0
    seen_fleets: dict[str, dict[str, Any]] = field(default_factory=dict)
    seen_colonies: dict[str, dict[str, Any]] = field(default_factory=dict)
    named: int = 0

    @property
    def income(self) -> int:
        """What a turn brings."""
        return round(sum(one.production for one in self.colonies.values()) * (1 + 0.1 * self.tech["economic_level"]))


@dataclass(slots=True)
class Game:
    """One game: its map, its houses, and chance."""

    name: str
    rng: random.Random
    lanes: dict[str, list[str]]
    free: dict[str, Colony]
    houses: dict[str, House]
    turn: int = 1


def new_game(name: str, seed: str, players: int = 3) -> Game:
    """A map with lanes between systems, and a house at each of the homes that lie far apart."""
    rng = random.Random(seed)
    systems = rng.sample(SYSTEMS, 5 * players + 1)
    lanes: dict[str, list[str]] = {one: [] for one in systems}
    for place, one in enumerate(systems):
        for other in {systems[(place + 1) % len(systems)], systems[(place + rng.randint(3, 6)) % len(systems)]} - {one}:
            lanes[one].append(other)
            lanes[other].append(one)
    lanes = {one: sorted(set(others)) for one, others in lanes.items()}
    free = {one: _wild(one, rng) for one in systems}
    houses = {}
    for number, house in enumerate(rng.sample(HOUSES, players)):
        home = systems[5 * number]
        del free[home]
        colony = Colony(home, rng.choice(CLASSES[:3]), "Rich", rng.randint(80, 120), rng.randint(6, 10), 2, 2)
        houses[house] = House(
            house, rng.choice(CHARACTERS), rng.randint(150, 350), 100, dict.fromkeys(TECHS, 1), {home: colony},
            [Fleet("alpha", home, {"Destroyer": 2, "Cruiser": 1})], {},
        )  # fmt: skip
    for house in houses.values():
        house.relations = {other: "Neutral" for other in houses if other != house.name}
    return Game(name, rng, lanes, free, houses)


def _wild(system: str, rng: random.Random) -> Colony:
    return Colony(system, rng.choice(CLASSES), rng.choice(list(RICHNESS)), rng.randint(15, 40), rng.randint(1, 3))


def state_of(game: Game, house: House) -> dict[str, Any]:
    """What a house knows."""
    return {
        "turn": game.turn,
        "treasury": house.treasury,
        "income": house.income,
        "prestige": house.prestige,
        "tech_levels": dict(house.tech),
        "colonies": [
            {
                "system_id": one.system, "infrastructure": one.infrastructure, "production": one.production,
                "population": one.population, "planet_class": one.planet, "resources": one.richness,
                "shipyards": one.shipyards, "ground_batteries": one.batteries,
            }
            for one in house.colonies.values()
        ],
        "fleets": [
            {
                "fleet_id": one.name, "location": one.at,
                "squadrons": [
                    {"class": kind, "count": count, "combat_strength": SHIPS[kind][1] * count}
                    for kind, count in one.ships.items()
                ],
                "total_combat_strength": one.strength,
            }
            for one in house.fleets
        ],
        "diplomatic_relations": dict(house.relations),
        "intelligence": {
            "enemy_fleets_spotted": list(house.seen_fleets.values()),
            "uncolonized_systems": sorted(one for one in _reach(game, house) if one in game.free),
            "known_enemy_colonies": list(house.seen_colonies.values()),
        },
    }  # fmt: skip


def _reach(game: Game, house: House) -> set[str]:
    return {other for one in house.colonies for other in game.lanes[one]} - set(house.colonies)


def look(game: Game, house: House) -> None:
    """What lies beside its colonies and fleets is seen; older reports stay until they are out of date."""
    eyes = set(house.colonies) | {fleet.at for fleet in house.fleets}
    seen = eyes | {other for one in eyes for other in game.lanes[one]}
    house.seen_fleets = {key: one for key, one in house.seen_fleets.items() if game.turn - one["last_seen_turn"] < 4}
    for other in game.houses.values():
        if other is house:
            continue
        for fleet in other.fleets:
            key = f"{other.name.removeprefix('house-')}-{fleet.name}"
            house.seen_fleets.pop(key, None)
            if fleet.at in seen:
                guess = round(fleet.strength * game.rng.uniform(0.85, 1.15))
                house.seen_fleets[key] = {
                    "fleet_id": key, "owner": other.name, "location": fleet.at, "estimated_strength": guess,
                    "last_seen_turn": game.turn,
                }  # fmt: skip
        for system, colony in other.colonies.items():
            if system in seen:
                house.seen_colonies[system] = {
                    "system_id": system, "owner": other.name, "estimated_infrastructure": colony.infrastructure,
                    "estimated_defence": colony.batteries * 25, "last_scouted_turn": game.turn,
                }  # fmt: skip
    for system in set(house.seen_colonies) & (set(house.colonies) | set(game.free)):
        del house.seen_colonies[system]


def resolve(game: Game, house: House, decision: dict[str, Any]) -> dict[str, Any]:
    """Carries the orders out; what the turn brought."""
    before = (house.prestige, len(house.colonies), sum(sum(fleet.ships.values()) for fleet in house.fleets))
    won = sum(_fly(game, house, order) for order in decision["fleet_orders"])
    for order in decision["build_orders"]:
        _build(house, order)
    advances = _learn(house, decision["research_allocation"])
    for action in decision["diplomatic_actions"]:
        how = "Enemy" if action["action"] == "DeclareWar" else "Neutral"
        house.relations[action["target"]] = game.houses[action["target"]].relations[house.name] = how
    house.treasury += house.income
    for colony in house.colonies.values():
        colony.population = min(160, colony.population + max(1, colony.population // 25))
    gained = max(0, len(house.colonies) - before[1])
    lost = max(0, before[2] - sum(sum(fleet.ships.values()) for fleet in house.fleets))
    house.prestige += 5 * gained + 3 * won + 2 * advances - lost
    score = 50 + 12 * gained + 10 * won + 6 * advances - 4 * lost + game.rng.randint(-8, 8)
    return {
        "turn_score": max(0, min(100, score)), "prestige_change": house.prestige - before[0],
        "territories_gained": gained, "territories_lost": 0, "fleet_losses": lost, "combat_victories": won,
        "tech_advances": advances,
    }  # fmt: skip


def _fly(game: Game, house: House, order: dict[str, Any]) -> int:
    """Moves a fleet; 1 where it won a fight."""
    fleet = next(one for one in house.fleets if one.name == order["fleet_id"])
    fleet.at = target = order["target_system"]
    if order["order_type"] == "Colonize" and target in game.free:
        house.colonies[target] = game.free.pop(target)
        return 0
    owner = next((one for one in game.houses.values() if one is not house and target in one.colonies), None)
    if owner is None or order["order_type"] != "Invade":
        return 0
    guards = [one for one in owner.fleets if one.at == target]
    defence = sum(one.strength for one in guards) + owner.colonies[target].batteries * 25
    if fleet.strength * game.rng.uniform(0.7, 1.3) < defence * game.rng.uniform(0.7, 1.3):
        _lose(fleet, 0.5)
        return 0
    for one in guards:
        _lose(one, 0.6)
        one.at = next((system for system in owner.colonies if system != target), one.at)
    _lose(fleet, 0.15)
    if len(owner.colonies) > 1:
        house.colonies[target] = owner.colonies.pop(target)
    return 1


def _lose(fleet: Fleet, share: float) -> None:
    fleet.ships = {kind: count - round(count * share) for kind, count in fleet.ships.items()}
    fleet.ships = {kind: count for kind, count in fleet.ships.items() if count > 0} or {"Destroyer": 1}


def _build(house: House, order: dict[str, Any]) -> None:
    colony = house.colonies[order["colony"]]
    if order["build_type"] == "Infrastructure":
        house.treasury -= 50
        colony.infrastructure += 1
        return
    kind, count = order["ship_class"], order["quantity"]
    house.treasury -= SHIPS[kind][0] * count
    fleet = next((one for one in house.fleets if one.at == colony.system), None)
    if fleet is None:
        house.named += 1
        fleet = Fleet(
            ("beta", "gamma", "delta", "epsilon", "zeta")[house.named % 5] + f"-{house.named}", colony.system, {}
        )
        house.fleets.append(fleet)
    fleet.ships[kind] = fleet.ships.get(kind, 0) + count


def _learn(house: House, research: dict[str, Any]) -> int:
    spent = research["economic"] + research["science"] + sum(research["technology"].values())
    house.treasury -= spent
    house.research += spent
    lowest = min(house.tech, key=lambda one: (house.tech[one], TECHS.index(one)))
    if house.research < 120 * house.tech[lowest]:
        return 0
    house.research = 0
    house.tech[lowest] += 1
    return 1
