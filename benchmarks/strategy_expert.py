"""How a seasoned player decides the turns of the strategy game, with reasons; knows only what the house knows."""

from typing import Any

from benchmarks.strategy_game import SHIPS, TECHS, Fleet, Game, House

_BRAVERY = {"aggressive": 0.7, "economic": 0.45, "cautious": 0.3, "balanced": 0.5}
_TARGETS = {"aggressive": 0.45, "economic": 0.15, "cautious": 0.25, "balanced": 0.3}


def decide(game: Game, house: House) -> dict[str, Any]:
    """What a seasoned player would do: look to the home, then take what is weak, then build for what is missing."""
    ours = sum(fleet.strength for fleet in house.fleets)
    near = (one for one in house.seen_fleets.values() if _near(game, house, one["location"]))
    threat = max(
        (one for one in near if one["estimated_strength"] > _BRAVERY[house.character] * ours),
        key=lambda one: one["estimated_strength"],
        default=None,
    )
    thoughts: list[str] = []
    moves = _moves(game, house, threat, thoughts)
    builds, left = _builds(game, house, threat, thoughts)
    research = _research(house, left, thoughts)
    diplomacy = _diplomacy(house, threat, thoughts)
    return {
        "reasoning": " ".join(thoughts),
        "fleet_orders": moves,
        "build_orders": builds,
        "research_allocation": research,
        "diplomatic_actions": diplomacy,
    }


def _near(game: Game, house: House, system: str) -> bool:
    return system in house.colonies or any(system in game.lanes[one] for one in house.colonies)


def _moves(game: Game, house: House, threat: dict[str, Any] | None, thoughts: list[str]) -> list[dict[str, Any]]:
    orders = []
    taken: set[str] = set()
    for fleet in house.fleets:
        order = _defend(game, house, fleet, threat) or _attack(game, house, fleet, taken) or _settle(game, fleet, taken)
        if order is not None:
            taken.add(order["target_system"])
            orders.append(order)
    if threat is not None:
        thoughts.append(
            f"A fleet of {threat['owner']} with a strength of about {threat['estimated_strength']} stands at "
            f"{threat['location']}, close to our colonies."
        )
    else:
        thoughts.append("No fleet that could harm us is close to our colonies.")
    return orders


def _defend(game: Game, house: House, fleet: Fleet, threat: dict[str, Any] | None) -> dict[str, Any] | None:
    if threat is None or house.relations[threat["owner"]] == "Ally":
        return None
    aims = [one for one in house.colonies if one == threat["location"] or threat["location"] in game.lanes[one]]
    if fleet.at in aims or not aims:
        reason = f"Stay and guard {fleet.at} against {threat['fleet_id']}"
        return {"fleet_id": fleet.name, "order_type": "Guard", "target_system": fleet.at, "reasoning": reason}
    step = _step(game, fleet.at, aims[0])
    reason = f"Reinforce {aims[0]} before {threat['fleet_id']} strikes"
    return {"fleet_id": fleet.name, "order_type": "Move", "target_system": step, "reasoning": reason}


def _attack(game: Game, house: House, fleet: Fleet, taken: set[str]) -> dict[str, Any] | None:
    odds = {"aggressive": 1.0, "economic": 2.0, "cautious": 1.8, "balanced": 1.4}[house.character]
    for system, report in house.seen_colonies.items():
        guard = sum(one["estimated_strength"] for one in house.seen_fleets.values() if one["location"] == system)
        needed = (guard + report["estimated_defence"] + 20) * odds
        if house.relations[report["owner"]] == "Enemy" and fleet.strength > needed and system not in taken:
            step = _step(game, fleet.at, system)
            kind = "Invade" if step == system else "Move"
            strength = guard + report["estimated_defence"]
            reason = f"{report['owner']} holds {system} with about {strength} against our {fleet.strength}"
            return {"fleet_id": fleet.name, "order_type": kind, "target_system": step, "reasoning": reason}
    return None


def _settle(game: Game, fleet: Fleet, taken: set[str]) -> dict[str, Any] | None:
    free = [one for one in game.lanes[fleet.at] if one in game.free and one not in taken]
    if not free:
        return None
    best = max(free, key=lambda one: (len(game.lanes[one]), one))
    reason = f"{best} is free and one jump from {fleet.at}"
    return {"fleet_id": fleet.name, "order_type": "Colonize", "target_system": best, "reasoning": reason}


def _step(game: Game, start: str, goal: str) -> str:
    """The next system on the shortest way."""
    before: dict[str, str] = {start: start}
    queue = [start]
    for one in queue:
        for other in game.lanes[one]:
            if other not in before:
                before[other] = one
                queue.append(other)
    at = goal
    while before.get(at, start) != start:
        at = before[at]
    return at


def _builds(
    game: Game, house: House, threat: dict[str, Any] | None, thoughts: list[str]
) -> tuple[list[dict[str, Any]], int]:
    """Ships for what is missing in strength, and what is left of the money."""
    strength = sum(fleet.strength for fleet in house.fleets)
    wanted = max(threat["estimated_strength"] * 1.2 if threat else 0, house.income * _TARGETS[house.character] * 4)
    left, orders = house.treasury, []
    yards = [one for one in house.colonies.values() if one.shipyards]
    if yards and strength < wanted:
        kind = (
            "Battleship"
            if left > 320 and house.tech["construction_tech"] > 2
            else "Cruiser"
            if left > 140
            else "Destroyer"
        )
        cost = SHIPS[kind][0]
        count = min(left // cost, yards[0].shipyards * 2, 1 + int((wanted - strength) // SHIPS[kind][1]))
        if count > 0:
            left -= cost * count
            reason = f"Our {strength} in ships should be {round(wanted)}"
            orders.append({"colony": yards[0].system, "build_type": "Ship", "ship_class": kind, "quantity": count,
                           "reasoning": reason})  # fmt: skip
            thoughts.append(f"Our fleets are too weak, so {yards[0].system} builds {count} {kind.lower()}s.")
    weakest = min(house.colonies.values(), key=lambda one: (one.infrastructure, one.system))
    if left > (160 if house.character == "aggressive" else 60):
        left -= 50
        orders.append({"colony": weakest.system, "build_type": "Infrastructure", "quantity": 1,
                       "reasoning": f"{weakest.system} has the least infrastructure"})  # fmt: skip
        thoughts.append(f"There is money to spare, so {weakest.system} is built up.")
    return orders, left


def _research(house: House, left: int, thoughts: list[str]) -> dict[str, Any]:
    spent = max(0, round(left * (0.5 if house.character == "economic" else 0.3)))
    lowest = min(house.tech, key=lambda one: (house.tech[one], TECHS.index(one)))
    half = spent // 2
    shares = {"economic": spent - half if lowest != "weapons_tech" else half, "science": 0, "technology": {}}
    if lowest == "weapons_tech" or house.character == "aggressive":
        shares["technology"] = {"weapons_tech": spent - shares["economic"]}
    else:
        shares["science"] = spent - shares["economic"]
    thoughts.append(f"We put {spent} into research; {lowest.replace('_', ' ')} lags behind.")
    return {**shares, "reasoning": f"{lowest.replace('_', ' ').capitalize()} is our lowest level"}


def _diplomacy(house: House, threat: dict[str, Any] | None, thoughts: list[str]) -> list[dict[str, Any]]:
    if threat is not None and house.relations[threat["owner"]] == "Neutral" and house.character == "aggressive":
        thoughts.append(f"{threat['owner']} comes too close; we declare war.")
        return [{"action": "DeclareWar", "target": threat["owner"], "reasoning": "Strike before they settle in"}]
    enemies = [other for other, how in house.relations.items() if how == "Enemy"]
    if len(enemies) > 1 and house.character in ("cautious", "economic"):
        thoughts.append(f"Two wars are one too many, so we ask {enemies[0]} for peace.")
        return [{"action": "ProposePeace", "target": enemies[0], "reasoning": "Avoid a second front"}]
    return []
