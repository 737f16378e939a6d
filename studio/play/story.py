"""Owns what the turns and steps of a session come to: after each of them the sheets, and what must come next.

A turn's calls are carried out by the rules with the dice of its place, so that the same turns always come to the same;
results that stand already are taken as they stand. Knows no tree, no file and no model.
"""

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from studio.errors import InputError
from studio.language import _
from studio.play.events import Applied, Deed, Malformed, Refused
from studio.play.fighting import blow_of, goes_on, is_check, is_played, strikes
from studio.play.limits import Loop
from studio.play.records import Node
from studio.play.standing import beginning
from studio.rules import (
    Act,
    Change,
    CombatRefused,
    HandChange,
    Outcome,
    Party,
    Resolution,
    Rules,
    Throw,
    Thrown,
    resolve,
)
from studio.rules.combat import Deed as Asked
from studio.rules.combat import carry_out, over, settled
from studio.rules.errors import CallRefused
from studio.rules.hand import by_hand
from studio.rules.resolve import as_written, judge, outcome_word
from studio.rules.tray import throw
from studio.scenario.calls import find_calls, write_call
from studio.scenario.model import Character, ToolCall, plain_name
from studio.scenario.tools import ToolTable

_GAP = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class Blow:
    """A blow that a narrator's turn calls for and that the rules are to decide: with which dice, by which call."""

    deed: Asked
    dice: str
    call: ToolCall


@dataclass(frozen=True, slots=True)
class Calling:
    """A narrator's turn whose calls have results: where it stood, what it was, and the results that stand so far.

    `plain`: a blow in it is a roll like any other.
    """

    before: "State" = field(compare=False, repr=False)  # it leads back to the first turn
    node: Node
    lines: tuple[str, ...] = ()
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Telling:
    """What the narrator is still to be told of a step.

    `lines` are results that no turn tells yet, each with its outcome; `told` the calls with which the narrator's turn
    must end. `decides`: what the narrator calls for besides is not carried out, for the rules have decided it.
    `sentence` tells it where no narrator does; with `brief` the narrator's turn begins.
    """

    asked: str
    lines: tuple[tuple[str, Outcome | None], ...]
    told: str = ""
    decides: bool = False
    sentence: str = ""
    brief: str = ""

    def and_then(self, more: "Telling") -> "Telling":
        """This and more that came of it before anybody told it."""
        told = "\n".join(filter(None, (self.told, more.told)))
        return replace(self, told=told, sentence=" ".join(filter(None, (self.sentence, more.sentence))))


@dataclass(frozen=True, slots=True)
class State:
    """What holds after a turn or a step. `opening` is the word that must open the narrator's next turn.

    `place` is the number that the next turn's dice are named by, `steps` how many steps came since the last turn.
    `deeds` are what came of the calls of this turn, `waiting` the results that no turn tells yet, `answered` the one
    that this turn tells. Of a step: `act`, `thrown` or `changes`. `said` is the player's last line, `blow` what the
    rules are to strike next; while a fight `flows`, they go on by themselves until a person is to act.
    """

    party: Party
    opening: str = ""
    place: int = 0
    steps: int = 0
    loop: Loop = field(default_factory=Loop)
    deeds: tuple[Deed, ...] = ()
    waiting: tuple[Resolution, ...] = ()
    answered: Resolution | None = None
    calling: Calling | None = None
    telling: Telling | None = None
    act: Act | None = None
    thrown: Thrown | None = None
    changes: tuple[Change, ...] = ()
    said: Node | None = None
    blow: Blow | None = None
    flows: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """The table that a session is played at: whose character acts, the rules, and the tools."""

    player: str | None
    rules: Rules
    tools: ToolTable

    @staticmethod
    def start(members: Sequence[Character]) -> State:
        """What holds before the first turn."""
        return State(beginning(Party.of(members)))

    def after(self, state: State, node: Node) -> State:
        """What holds after one more turn or step."""
        if not node.is_turn:
            return self._stepped(state, node)
        place = max(state.place, _place(node.random)) + 1
        if node.kind == "User":
            return State(state.party, place=place, said=node)
        if node.kind == "TOOLCALL":
            return replace(self._answered(state, node), place=place)
        if node.ruled:
            telling = state.telling if state.telling is not None and state.telling.lines else None
            return replace(_kept(state), place=place, telling=telling)
        return replace(self.carried_out(state, node, ()), place=place)

    def _stepped(self, state: State, node: Node) -> State:
        """What holds after a step; one that can't be done any more, since what was before has changed, does nothing."""
        kept = replace(state, steps=state.steps + 1, deeds=(), answered=None, act=None, thrown=None, changes=())
        try:
            return self.step(kept, node)
        except InputError:
            return kept

    def step(self, state: State, node: Node) -> State:
        """What holds after a step; raises HandRefused, ThrowRefused, CombatRefused, BadDice or RecordUnreadable."""
        rng = random.Random(node.random)  # dice, not secrets
        if node.kind == "hand":
            party, changes = by_hand(HandChange.of(node.asked), state.party, self.rules)
            return replace(state, party=party, changes=changes)
        if node.kind == "throw":
            thrown = throw(Throw.of(node.asked), state.party, rules=self.rules, rng=rng)
            told = self._thrown(thrown, state.party) if node.tell and thrown.line else state.telling
            return replace(state, thrown=thrown, telling=told)
        deed = Asked.of(node.asked)
        act = carry_out(deed, state.party, rules=self.rules, rng=rng, tools=self.tools)
        telling, opening = self._telling(act, node, state.party), ""
        if ends_what_is_told(node.cause, deed) and state.telling is not None and not state.telling.lines:
            telling, opening = state.telling.and_then(telling), state.opening
        done = replace(state, party=act.party, act=act, changes=act.changes, telling=telling, opening=opening)
        return replace(done, blow=None, flows=bool(node.cause))

    def _telling(self, act: Act, node: Node, party: Party) -> Telling:
        """What the narrator is to be told of an act; the turn whose call it was has asked for it already."""
        lines = tuple((step.line, step.outcome) for step in act.steps if step.call and step.line is not None)
        asked = "\n\n".join(filter(None, (act.intent, self.unnamed(act.asked, party)))) if act.asked else ""
        brief = act.brief if node.cause == "order" else ""
        asked = "" if node.cause == "call" else asked
        return Telling(asked, lines, act.told, decides=True, sentence=act.sentence, brief=brief)

    def unnamed(self, text: str, party: Party) -> str:
        """A text whose calls are as scenarios write them: who plays rolls without being named."""
        if self.player is None:
            return text
        for call in reversed(find_calls(text, self.tools, party.names)):
            if call.actor is not None and plain_name(call.actor) == plain_name(self.player):
                text = text[: call.span.start] + write_call(replace(call, actor=None)) + text[call.span.end :]
        return text

    def _thrown(self, thrown: Thrown, party: Party) -> Telling:
        skill = thrown.line.partition(":")[0]
        line = thrown.line, judge(skill, thrown.total, thrown.dc, self.rules)
        told = _("The throw for {skill} comes to {total}.").format(skill=skill, total=thrown.total)
        return Telling(self.unnamed(thrown.call, party), (line,), sentence=told)

    def carried_out(self, state: State, node: Node, lines: Sequence[str], *, plain: bool = False) -> State:
        """The calls of a narrator's turn carried out; `lines` are results that stand already.

        In a fight a call for the attack is a blow, which an act decides; what else such a turn decides is left to it.
        `plain`: it is a roll like any other, as in what was written.
        """
        party, written = state.party, iter(lines)
        loop = Loop() if node.fresh or node.told else state.loop
        deeds, results, blow = list[Deed](), list[Resolution](), None
        for number, call in enumerate(find_calls(node.text, self.tools, party.names)):
            if self._is_decided(call, state) or (blow is not None and settled(self.tools.effect(call.name))):
                continue
            struck = None if plain or node.told else self._struck(call, party, state.said, node, number, loop)
            if isinstance(struck, Blow):
                blow, loop = struck, loop.carried(call)
                continue
            done = struck or self._done(call, party, node, number, loop)
            if isinstance(done, Resolution):
                line = next(written, None) if done.line is not None else None
                done = done if line is None else as_written(done, line, self.rules)
                party, loop = done.party, loop if node.told else loop.carried(call)
                results += [done] if done.line is not None else []
                deeds.append(Applied(done))
            else:
                deeds.append(done)
        calling = Calling(state, node, tuple(lines), plain) if results or blow is not None else None
        waiting = tuple(results[len(lines) :])
        after = State(party, loop=loop, deeds=tuple(deeds), waiting=waiting, calling=calling, said=state.said)
        return replace(after, blow=blow, flows=blow is not None or self._flows(state, party))

    def _flows(self, before: State, party: Party) -> bool:
        """Whether a fight goes on by itself after a turn: it did, it begins with it, or one side is down by it."""
        if party.combat is None or before.flows or before.party.combat is None:
            return party.combat is not None
        return over(before.party, self.rules) is None and over(party, self.rules) is not None

    def _struck(
        self, call: ToolCall, party: Party, said: Node | None, node: Node, number: int, loop: Loop
    ) -> Blow | Refused | None:
        """The blow that a call is, or why it is not struck; None for what is none."""
        if loop.over or not strikes(call, party, self.rules, self.tools):
            return None
        dice = f"{node.random}/{number}"
        rng = random.Random(f"{dice}/choice")  # dice, not secrets
        try:
            deed = blow_of(call, party, said, node.text, player=self.player, rules=self.rules, rng=rng)
        except CombatRefused as refused:
            return Refused(call, str(refused).rstrip("."))
        return None if deed is None else Blow(deed, dice, call)

    def next_deed(self, state: State, dice: str = "", *, ahead: bool = False) -> Asked | None:
        """What the rules do next by themselves in a fight; `dice` names the generator of a choice.

        `ahead` of a player's line whoever's turn it is acts where nobody plays them, also where a person had begun it.
        """
        combat = state.party.combat
        if combat is None or state.waiting or (state.telling is not None and state.telling.lines):
            return None
        foreign = combat.whose is not None and not is_played(state.party, combat.whose, self.player, self.rules)
        if not state.flows and not (ahead and foreign):
            return None
        return goes_on(state.party, self.player, self.rules, random.Random(f"{dice}/choice"))  # dice, not secrets

    def _is_decided(self, call: ToolCall, state: State) -> bool:
        """Whether the rules have decided already what a call is about."""
        telling = state.telling
        return telling is not None and telling.decides and settled(self.tools.effect(call.name))

    def told(self, state: State, text: str) -> str:
        """What a narrator wrote of a step, without calls of its own for what is decided, and with those of the step."""
        if state.telling is None:
            return text
        calls = find_calls(text, self.tools, state.party.names)
        words = _without(text, [call for call in calls if self._is_decided(call, state)]).strip()
        if words in ("", self.rules.outcomes.success, self.rules.outcomes.failure):
            words = " ".join(filter(None, (words, state.telling.sentence)))
        return "\n\n".join(filter(None, (words, state.telling.told)))

    def spoken(self, state: State, node: Node) -> str:
        """The words of a narrator's turn as they are to stand.

        There is one check a turn, for what came of it is told before the next. A blow is written with what it must
        reach, and the turn ends with it; what an act decided, the turn that tells it calls for as the act does.
        """
        if state.telling is not None and state.telling.decides:
            return self.told(state, node.text)
        calls = find_calls(node.text, self.tools, state.party.names)
        checks = [call for call in calls if is_check(call, self.rules, self.tools)]
        text = _without(node.text, checks[1:])
        return self.with_blow(state, node.model_copy(update={"text": text}), ends=True)

    def with_blow(self, state: State, node: Node, *, ends: bool = False) -> str:
        """The words of a turn whose blow is written with what the rules decide of it; `ends`: nothing follows it."""
        after = self.after(state, node)
        if after.blow is None:
            return node.text
        rng, span = random.Random(after.blow.dice), after.blow.call.span  # dice, not secrets
        act = carry_out(after.blow.deed, after.party, rules=self.rules, rng=rng, tools=self.tools)
        asked = self.unnamed(act.asked, after.party) or after.blow.call.text
        return node.text[: span.start] + asked + ("" if ends else node.text[span.end :])

    def _done(self, call: ToolCall, party: Party, node: Node, number: int, loop: Loop) -> Resolution | Deed:
        if call.problem is not None:
            return Malformed(call, call.problem)
        if loop.over:
            return Refused(call, loop.reason, past=True)
        rng = random.Random(f"{node.random}/{number}")  # dice, not secrets
        try:
            return resolve(call, party, player=self.player, rules=self.rules, rng=rng, tools=self.tools)
        except CallRefused as refused:
            return Refused(call, str(refused.fields["reason"]))

    def _answered(self, state: State, node: Node) -> State:
        """What holds after a result: as the rules gave it, or, where it says something else, as it says."""
        if state.telling is not None and state.telling.lines:
            (_line, outcome), *left = state.telling.lines
            words = outcome_word(outcome, self.rules), "" if left else state.telling.brief
            telling = replace(state.telling, lines=tuple(left))
            return replace(_kept(state), opening=" ".join(filter(None, words)), telling=telling)
        if state.calling is not None and state.blow is not None and not state.waiting:  # written as any other roll
            before = state.calling
            state = self.carried_out(before.before, before.node, before.lines, plain=True)
        if not state.waiting or state.calling is None:
            return _kept(state)
        calling, told = state.calling, state.waiting[0]
        lines = (*calling.lines, node.text)
        if node.text == told.line:
            party, waiting, loop = state.party, state.waiting[1:], state.loop
        else:
            again = self.carried_out(calling.before, calling.node, lines, plain=calling.plain)
            party, waiting, loop = again.party, again.waiting, again.loop
            told = as_written(told, node.text, self.rules)
        opening, calling = outcome_word(told.outcome, self.rules) or "", replace(calling, lines=lines)
        if not opening and not waiting and calling.before.party.combat is None:
            opening = _order(party)
        done = State(party, opening, loop=loop, waiting=waiting, answered=told, calling=calling, said=state.said)
        return replace(done, blow=state.blow, flows=state.flows)


def ends_what_is_told(cause: str, deed: Asked) -> bool:
    """Whether an act belongs to the one before it, which nobody has told yet: the end of a fight by a blow."""
    return cause == "order" and deed.kind == "end"


def _kept(state: State) -> State:
    """What of a state holds for all that follows a player's line."""
    return State(state.party, loop=state.loop, said=state.said, flows=state.flows)


def _order(party: Party) -> str:
    """Who acts when in a fight that begins; nothing where none does."""
    names = [name for name, _total in party.combat.order] if party.combat is not None else []
    if not names:
        return ""
    first, *others = names
    told = [_("{name} acts first").format(name=first), *(_("then {name}").format(name=one) for one in others)]
    return f"{', '.join(told)}."


def _without(text: str, calls: Iterable[ToolCall]) -> str:
    """A text without some of its calls."""
    gone = sorted(calls, key=lambda call: -call.span.start)
    for call in gone:
        text = text[: call.span.start].rstrip(" ") + text[call.span.end :]
    return _GAP.sub("\n\n", text) if gone else text


def _place(name: str | None) -> int:
    """The number in the name of a turn's dice; nothing where it has none."""
    number = (name or "").split("/")[1:2]
    return int(number[0]) if number and number[0].isdecimal() else 0
