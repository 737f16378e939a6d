"""Owns the table of a small player: sheets, dice, and what a call comes to. Knows no model and nothing of Lorewright.

The same few rules that the pack's model was made with: the same seed and the same calls give the same dice.
"""

import re

DICE = re.compile(r"([0-9]{0,2})d([0-9]{1,3})([+-][0-9]{1,3})?")


class Refused(Exception):
    """A call that cannot be carried out; it stays text."""


def plain(name):
    """A name as it is compared."""
    return " ".join(name.replace("_", " ").lower().split())


class Sheet:
    """One character as the game stands."""

    def __init__(self, told):
        self.name, self.kind, self.level = told["name"], told["kind"], told["level"]
        self.health = list(told["health"]) if told["health"] else None
        self.inventory = [[item["name"], item["count"]] for item in told["inventory"]]
        self.conditions = list(told["conditions"])
        self.modifiers, self.listed = dict(told["modifiers"]), dict(told["skills"])

    def known(self, skill):
        """The modifier that the sheet itself lists, or None."""
        return next((value for name, value in self.listed.items() if plain(name) == plain(skill)), None)

    def move_health(self, change):
        """Health moved, kept between nothing and the most, or what it was above that."""
        now, most = self.health
        self.health[0] = max(0, min(max(now, most), now + change))

    def count(self, item):
        """How many of an item are carried."""
        return sum(count for name, count in self.inventory if plain(name) == plain(item))

    def move_item(self, item, change):
        """More or fewer of an item; what falls to nothing leaves the inventory."""
        left = self.count(item) + change
        at = next((place for place, entry in enumerate(self.inventory) if plain(entry[0]) == plain(item)), None)
        if at is None:
            if change > 0:
                self.inventory.append([item, change])
            return
        name = self.inventory[at][0]
        others = [entry for entry in self.inventory if plain(entry[0]) != plain(item)]
        if left > 0:
            others.insert(at, [name, left])
        self.inventory = others

    def set_condition(self, condition, off):
        """In a condition, or out of it."""
        self.conditions = [name for name in self.conditions if plain(name) != plain(condition)]
        if not off:
            self.conditions.append(plain(condition))

    def as_json(self):
        """What a page shows."""
        return {
            "name": self.name,
            "kind": self.kind,
            "level": self.level,
            "health": self.health,
            "inventory": self.inventory,
            "conditions": self.conditions,
            "skills": self.listed,
        }


class Table:
    """All sheets of a scene. `carry_out` does what a call says; `rng` is the generator of its place in the story."""

    def __init__(self, scene, rules, effects):
        self.rules, self.effects, self.player = rules, effects, scene["player"]
        self.sheets = [Sheet(told) for told in scene["party"]]
        self.order, self.initiative = None, {}

    @property
    def names(self):
        """The names on the sheets."""
        return [sheet.name for sheet in self.sheets]

    def find(self, name):
        """The sheet of a name, None where nobody is called so."""
        return next((sheet for sheet in self.sheets if plain(sheet.name) == plain(name)), None)

    def target(self, given):
        """Whom a call means; nobody is refused."""
        sheet = self.find(given["target"])
        if sheet is None:
            raise Refused(f"nobody here is called {given['target']}")
        return sheet

    def carry_out(self, call, rng):
        """(result line or None, sentence, whether a check was won or None) of a call; raises Refused."""
        name, given = call["name"], call["arguments"]
        effect = self.effects.get(name)
        if effect is None:
            return None, name, None
        return getattr(self, "do_" + effect.replace(" ", "_"))(given, rng)

    def do_roll(self, given, rng):
        """A check: a die and the listed modifier, against the DC."""
        skill = given["skill"]
        who = self.acting(skill, given.get("actor"))
        total, shown = self.throw(skill, who, given.get("advantage"), rng)
        line, won = f"{skill}: {shown} = *{total}*", None
        if plain(skill) not in map(plain, self.rules["uncontested"]):
            won = total >= given.get("dc", self.rules["default_dc"])
        elif who is not None:
            self.initiative[who.name] = total
        return line, f"{who.name if who else 'The table'}: {line}", won

    def throw(self, skill, who, advantage, rng):
        """(total, how it came about) of a throw: die, listed modifier, and what conditions do to it."""
        modes = self.modes(plain(skill), who)
        weighed = {mode for mode, _source in modes if mode in ("adv", "dis")} | ({advantage} if advantage else set())
        thrown = next(iter(weighed)) if len(weighed) == 1 else None
        faces = [rng.randint(1, self.rules["die"]) for _ in range(2 if thrown else 1)]
        die = min(faces) if thrown == "dis" else max(faces)
        added = [(self.dice(mode, rng), source) for mode, source in modes if mode not in ("adv", "dis")]
        bonus = who.modifiers.get(plain(skill)) if who else None
        parts = [(bonus, "skill")] * (bonus is not None) + added
        shown = "".join(f" {'-' if value < 0 else '+'} {abs(value)}({source})" for value, source in parts)
        return die + sum(value for value, _source in parts), f"{die}{shown}"

    def modes(self, skill, who):
        """What the conditions of somebody do to a throw: adv, dis or dice each, and the condition."""
        ability, found = skill[: -len(" save")] if skill.endswith(" save") else None, []
        for condition in who.conditions if who else ():
            effect = self.rules["conditions"].get(plain(condition), {})
            if ability in self.rules["abilities"]:
                found += [(mode, condition) for name, mode in effect.get("saves", ()) if not name or name == ability]
            else:
                found.append((effect.get("attacks" if skill == self.rules["attack"] else "checks"), condition))
        return [(mode, condition) for mode, condition in found if mode]

    @staticmethod
    def dice(told, rng):
        """The total of dice such as 1d4."""
        count, size, more = DICE.fullmatch(told).groups()
        return sum(rng.randint(1, int(size)) for _ in range(int(count or 1))) + int(more or 0)

    def acting(self, skill, actor):
        """Who rolls: the named one, else the player, else who is best at it, else the first."""
        name = actor or self.player
        if name is not None:
            found = self.find(name)
            if found is None and actor:
                raise Refused(f"nobody here is called {actor}")
            return found
        known = [(sheet.known(skill), sheet) for sheet in self.sheets if sheet.known(skill) is not None]
        return max(known, key=lambda entry: entry[0])[1] if known else next(iter(self.sheets), None)

    def living(self, given):
        """The target, who must have health to lose or regain."""
        sheet = self.target(given)
        if sheet.health is None:
            raise Refused(f"the sheet of {sheet.name} lists no health")
        return sheet

    def do_damage(self, given, _rng):
        """Takes health."""
        sheet = self.living(given)
        sheet.move_health(-given["number"])
        return None, f"{sheet.name} takes {given['number']} damage ({sheet.health[0]}/{sheet.health[1]}).", None

    def do_heal(self, given, _rng):
        """Gives health back."""
        sheet = self.living(given)
        sheet.move_health(given["number"])
        return None, f"{sheet.name} regains {given['number']} health ({sheet.health[0]}/{sheet.health[1]}).", None

    def do_give(self, given, _rng):
        """Puts an item into an inventory."""
        sheet, count = self.target(given), given.get("count", 1)
        sheet.move_item(given["item"], count)
        return None, f"{sheet.name} receives {given['item']}{f' x{count}' if count > 1 else ''}.", None

    def do_take(self, given, _rng):
        """Takes an item out of an inventory."""
        sheet, count = self.target(given), given.get("count", 1)
        if sheet.count(given["item"]) < count:
            raise Refused(f"{sheet.name} has {sheet.count(given['item'])} of {given['item']}")
        sheet.move_item(given["item"], -count)
        return None, f"{sheet.name} gives up {given['item']}{f' x{count}' if count > 1 else ''}.", None

    def do_condition(self, given, _rng):
        """Puts somebody into a condition, or out of it."""
        sheet, off = self.target(given), given.get("off", False)
        sheet.set_condition(given["condition"], off)
        return None, f"{sheet.name} is {'no longer ' if off else ''}{plain(given['condition'])}.", None

    def do_level_up(self, given, _rng):
        """Raises a level."""
        sheet = self.target(given)
        sheet.level = (sheet.level or 0) + 1
        return None, f"{sheet.name} reaches level {sheet.level}.", None

    def do_begin_combat(self, _given, rng):
        """Everybody who stands rolls for the order of turns."""
        if self.order is not None:
            raise Refused("a fight is on already")
        rolled = {}
        for sheet in self.sheets:
            if sheet.name in rolled:
                continue
            if sheet.name in self.initiative:
                rolled[sheet.name] = self.initiative[sheet.name]
            elif sheet.health is None or sheet.health[0] > 0:
                rolled[sheet.name] = self.throw(self.rules["initiative"], sheet, None, rng)[0]
        self.order, self.initiative = sorted(rolled.items(), key=lambda entry: -entry[1]), {}
        return None, f"A fight begins. {self.order[0][0] if self.order else 'Nobody'} acts first.", None

    def do_end_combat(self, _given, _rng):
        """The fight is over."""
        fought, self.order, self.initiative = self.order, None, {}
        return None, "The fight is over." if fought is not None else "There was no fight.", None

    def as_json(self):
        """What a page shows."""
        return {"sheets": [sheet.as_json() for sheet in self.sheets], "order": self.order}
