"""Owns how a fight goes on: its beginning, whose turn it is, who leaves, its end and the experience for it."""

from collections.abc import Iterable
from dataclasses import replace

from studio.language import _
from studio.rules.acts import Act, CombatRefused, Scene, found
from studio.rules.harms import Table, end_condition, harm_each_turn
from studio.rules.initiative import lined_up, told_order
from studio.rules.party import Change, Combat, Lasting, Party, Sheet
from studio.rules.saves import shake_off
from studio.rules.scores import worth
from studio.rules.sides import FOES, PARTY, fighters, over, side, stands
from studio.scenario.model import plain_name


def begin(party: Party, *, table: Table) -> Act:
    """A fight begins: everybody who stands throws for initiative. Raises CombatRefused where one is on."""
    if party.combat is not None:
        raise CombatRefused(reason=_("A fight is on already."))
    scene = Scene(party, table.tools)
    scene.party, thrown = lined_up(party, table.rules, table.rng)
    for name, made in thrown:
        scene.checked(name, made, dc=None, advantage=None, outcome=made.outcome)
    if thrown:
        scene.tries(_("Who acts first?"))
    scene.call("begin combat")
    scene.changed((Change("", "combat", "", told_order(scene.party)),))
    combat = scene.party.combat
    if combat is None or not combat.order:
        raise CombatRefused(reason=_("Nobody here can fight."))
    scene.say(_("A fight begins. The order: {order}.").format(order=told_order(scene.party)))
    _opens(scene, table)
    return scene.act("begin", scene.party.combat.whose if scene.party.combat else None)


def next_turn(party: Party, *, table: Table) -> Act:
    """The turn of the one who acts ends, and the next who can act is on; the fight ends where it is over."""
    scene = Scene(party, table.tools)
    _fight(scene)
    _closes(scene, table)
    if not _finished(scene, table):
        _passes(scene)
        _opens(scene, table)
    whose = scene.party.combat.whose if scene.party.combat else None
    return scene.act("next" if whose else "end", whose)


def _fight(scene: Scene) -> Combat:
    if scene.party.combat is None:
        raise CombatRefused(reason=_("There is no fight."))
    return scene.party.combat


def _passes(scene: Scene) -> None:
    """On to the next place in the order, whoever has it."""
    combat = _fight(scene)
    turn = combat.turn + 1
    again = turn >= len(combat.order)
    scene.fight(replace(combat, turn=0 if again else turn, round=combat.round + again, done=0))


def _opens(scene: Scene, table: Table) -> None:
    """The turn begins of the first from here on who can act; the fight may end over it."""
    while not _finished(scene, table):
        whose = _fight(scene).whose
        if whose is not None and stands(scene.party, whose):
            harm_each_turn(scene, whose, table)
            skips = any(table.rules.combat.effect(name).skips for name in scene.sheet(whose).conditions)
            if stands(scene.party, whose) and not skips:
                text = _("Round {round}: {name} acts.")
                scene.say(text.format(round=_fight(scene).round, name=whose))
                return
            if skips and stands(scene.party, whose):
                scene.say(_("{name} loses the turn.").format(name=whose))
            _closes(scene, table)
        if not _finished(scene, table):
            _passes(scene)


def _finished(scene: Scene, table: Table) -> bool:
    """Ends a fight that is over."""
    if scene.party.combat is not None and over(scene.party, table.rules) is not None:
        _ends(scene, table)
    return scene.party.combat is None


def _closes(scene: Scene, table: Table) -> None:
    """What the end of a turn does to the conditions of the one whose it was."""
    whose = _fight(scene).whose
    if whose is None or scene.party.find(whose) is None:
        return
    shake_off(scene, whose, table)
    for condition in scene.sheet(whose).conditions:
        lasts = table.rules.combat.effect(condition).lasts
        if lasts is None:
            continue
        combat = _fight(scene)
        known = next((one for one in combat.lasting if (one.who, one.condition) == (whose, condition)), None)
        left = (known.left if known else lasts) - 1
        if left <= 0:
            end_condition(scene, whose, condition)
        else:
            others = tuple(one for one in combat.lasting if one is not known)
            scene.fight(replace(combat, lasting=(*others, Lasting(whose, condition, left))))


def leave(party: Party, who: str, *, table: Table) -> Act:
    """Somebody leaves the fight, or gives up; raises CombatRefused."""
    scene = Scene(party, table.tools)
    combat, sheet = _fight(scene), found(party, who)
    if not stands(party, sheet.name) or all(plain_name(name) != plain_name(sheet.name) for name, _n in combat.order):
        raise CombatRefused(reason=_("{name} is out of the fight.").format(name=sheet.name))
    scene.fight(replace(combat, out=(*combat.out, sheet.name)))
    scene.say(_("{name} leaves the fight.").format(name=sheet.name))
    return scene.act("leave", sheet.name)


def end(party: Party, *, table: Table, called: bool = False) -> Act:
    """The fight ends, and whoever has won has the experience for it; raises CombatRefused where there is none.

    Where the narrator `called` for it, conditions are left as the narrator's calls have them.
    """
    scene = Scene(party, table.tools)
    _fight(scene)
    _ends(scene, table, called=called)
    return scene.act("end")


def _ends(scene: Scene, table: Table, *, called: bool = False) -> None:
    winner, fought = over(scene.party, table.rules), tuple(fighters(scene.party))
    beaten = [one for one in fought if side(one, table.rules) == FOES and not stands(scene.party, one.name)]
    text = {
        PARTY: _("The fight is over, and the party has won."),
        FOES: _("The fight is over, and the party has lost."),
    }
    scene.say(text.get(winner or "", _("The fight is over.")))
    scene.changed((Change("", "combat", told_order(scene.party), ""),))
    for sheet in fought if not called else ():
        for condition in scene.sheet(sheet.name).conditions:
            if table.rules.combat.effect(condition).lasts is not None:
                end_condition(scene, sheet.name, condition)
    scene.party = replace(scene.party, combat=None, initiative={})
    scene.call("end combat")
    if winner == PARTY:
        _learn(scene, [one for one in fought if side(one, table.rules) == PARTY], beaten, table)


def _learn(scene: Scene, winners: Iterable[Sheet], beaten: Iterable[Sheet], table: Table) -> None:
    """Experience for the beaten, shared among the winners whose sheets count it."""
    learning = [one for one in winners if one.experience is not None]
    each = sum(worth(one, table.rules) for one in beaten) // len(learning) if learning else 0
    for one in learning if each else ():
        gain(scene, one.name, each, table)


def gain(scene: Scene, who: str, amount: int, table: Table) -> None:
    """Experience for one, and the levels it comes to."""
    before = scene.sheet(who)
    after = before.with_experience(amount, table.rules.combat.levels)
    scene.put(after)
    text = _("{name} gains {n} experience ({experience}).")
    scene.say(text.format(name=who, n=amount, experience=after.told("experience")))
    for level in range((before.level or 0) + 1, (after.level or 0) + 1):
        scene.call("level up", before.name)
        scene.say(_("{name} reaches level {level}.").format(name=before.name, level=level))
