"""Owns what the turns and steps of a session come to: after each of them the sheets, and what must come next.

A turn's calls are carried out by the rules with the dice of its place, so that the same turns always come to the same;
results that stand already are taken as they stand. Knows no tree, no file and no model.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from studio.errors import InputError
from studio.language import _
from studio.play.events import Applied, Deed, Dropped, Malformed, Refused
from studio.play.fighting import blow_of, goes_on, is_check, is_initiative, is_played, strikes
from studio.play.limits import Loop
from studio.play.records import Node
from studio.play.standing import beginning
from studio.play.state import Blow, Calling, Spoken, State, Telling, ends_what_is_told
from studio.play.wording import order, ruled_outcome, said_once, without
from studio.rules import (
    Act,
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
            return replace(state.kept(), place=place, telling=telling)
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
        passes = node.cause == "order" and deed.kind == "next" and not telling.lines and not telling.told
        done = replace(state, party=act.party, act=act, changes=act.changes, opening=opening)
        return replace(done, blow=None, flows=bool(node.cause), telling=None if passes else telling)

    def _telling(self, act: Act, node: Node, party: Party) -> Telling:
        """What the narrator is to be told of an act; the turn whose call it was has asked for it already."""
        lines = tuple((step.line, step.outcome) for step in act.steps if step.call and step.line is not None)
        asked = "\n\n".join(filter(None, (act.intent, self.unnamed(act.asked, party)))) if act.asked else ""
        brief = act.brief if node.cause == "order" else ""
        asked = "" if node.cause == "call" else asked
        missed = (act.actor or "") if act.kind == "attack" and act.outcome is Outcome.FAILURE else ""
        return Telling(asked, lines, act.told, decides=True, sentence=act.sentence, brief=brief, missed=missed)

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
        deeds, results, blow, raised = list[Deed](), list[Resolution](), None, list[str]()
        for number, call in enumerate(find_calls(node.text, self.tools, party.names)):
            effect = self.tools.effect(call.name)
            if self._is_decided(call, state) or (blow is not None and settled(effect)):
                continue
            if effect == "level up" and call.arguments and plain_name(call.arguments[0]) in raised:
                raised.remove(plain_name(call.arguments[0]))  # it says what the end of the fight has brought
                continue
            struck = None if plain or node.told else self._struck(call, party, state.said, node, number, loop)
            if isinstance(struck, Blow):
                blow, loop = struck, loop.carried(call)
                continue
            fought = state.party.combat is not None and not plain
            done = struck or self._done(call, party, node, number, loop, fought=fought)
            if isinstance(done, Resolution):
                line = next(written, None) if done.line is not None else None
                done = done if line is None else as_written(done, line, self.rules)
                raised += _raised(done) if effect == "end combat" else []
                party, loop = done.party, loop if node.told else loop.carried(call)
                results += [done] if done.line is not None else []
                deeds.append(Applied(done))
            else:
                deeds.append(done)
        asked = bool(results) or blow is not None or any(self._is_refused_roll(deed) for deed in deeds)
        calling = Calling(state, node, tuple(lines), plain) if asked else None
        waiting = tuple(results[len(lines) :])
        after = State(party, loop=loop, deeds=tuple(deeds), waiting=waiting, calling=calling, said=state.said)
        return replace(after, blow=blow, flows=blow is not None or self._flows(state, party))

    def _is_refused_roll(self, deed: Deed) -> bool:
        return isinstance(deed, Refused) and self.tools.effect(deed.call.name) == "roll"

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
        if telling is None or not telling.decides or not settled(self.tools.effect(call.name)):
            return False
        own = self.tools.effect(call.name) == "damage" and bool(call.arguments) and telling.missed
        return not own or plain_name(call.arguments[0]) != plain_name(telling.missed)

    def _told(self, state: State, telling: Telling, text: str) -> Spoken:
        """What a narrator wrote of an act, without calls of its own for what is decided, and with those of the act."""
        gone = [call for call in find_calls(text, self.tools, state.party.names) if self._is_decided(call, state)]
        outcomes = self.rules.outcomes.success, self.rules.outcomes.failure
        words = said_once(without(text, gone).strip(), outcomes)
        if words in ("", *outcomes):
            words = " ".join(filter(None, (words, telling.sentence)))
        dropped = tuple(Dropped(call, _("the rules have decided it")) for call in gone if call.text not in telling.told)
        return Spoken("\n\n".join(filter(None, (words, telling.told))), dropped)

    def spoken(self, state: State, node: Node) -> Spoken:
        """The words of a narrator's turn as they are to stand, and the calls that are taken out of them.

        An outcome stands only where the rules gave it. There is one check a turn, for what came of it is told before
        the next. A blow is written with what it must reach, and the turn ends with it; what an act decided, the turn
        that tells it calls for as the act does.
        """
        if state.telling is not None and state.telling.decides:
            return self._told(state, state.telling, node.text)
        words = ruled_outcome(node.text, state.opening, (self.rules.outcomes.success, self.rules.outcomes.failure))
        calls = find_calls(words, self.tools, state.party.names)
        more = [call for call in calls if is_check(call, self.rules, self.tools)][1:]
        dropped = [Dropped(call, _("one check at a time")) for call in more]
        node = node.model_copy(update={"text": without(words, more)})
        text = self.with_blow(state, node, ends=True)
        if text != node.text:
            left = [call.text for call in find_calls(text, self.tools, state.party.names)]
            after = find_calls(node.text, self.tools, state.party.names)[len(left) :]
            dropped += [Dropped(call, _("the rules decide the blow first")) for call in after]
        return Spoken(text, tuple(dropped))

    def with_blow(self, state: State, node: Node, *, ends: bool = False) -> str:
        """The words of a turn whose blow is written with what the rules decide of it; `ends`: nothing follows it."""
        after = self.after(state, node)
        if after.blow is None:
            return node.text
        rng, span = random.Random(after.blow.dice), after.blow.call.span  # dice, not secrets
        act = carry_out(after.blow.deed, after.party, rules=self.rules, rng=rng, tools=self.tools)
        asked = self.unnamed(act.asked, after.party) or after.blow.call.text
        return node.text[: span.start] + asked + ("" if ends else node.text[span.end :])

    def _done(
        self, call: ToolCall, party: Party, node: Node, number: int, loop: Loop, *, fought: bool
    ) -> Resolution | Deed:
        """What a call comes to; `fought`: a fight was on before its turn."""
        if call.problem is not None:
            return Malformed(call, call.problem)
        if loop.over:
            return Refused(call, loop.reason, past=True)
        if not node.told and fought and is_initiative(call, self.rules, self.tools):
            return Refused(call, _("the order of the fight stands"))
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
            return replace(state.kept(), opening=" ".join(filter(None, words)), telling=telling)
        if state.calling is not None and not state.waiting:  # a roll like any other, as it was written
            before = state.calling
            plain = self.carried_out(before.before, before.node, before.lines, plain=True)
            state = plain if plain.waiting else state
        if not state.waiting or state.calling is None:
            return state.kept()
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
            opening = order(party)
        done = State(party, opening, loop=loop, waiting=waiting, answered=told, calling=calling, said=state.said)
        return replace(done, blow=state.blow, flows=state.flows)


def _raised(done: Resolution) -> list[str]:
    """Who came to a higher level, once for each."""
    levels = [change for change in done.changes if change.field == "level"]
    return [plain_name(one.who) for one in levels for _n in range(int(one.before or 0), int(one.after or 0))]


def _place(name: str | None) -> int:
    """The number in the name of a turn's dice; nothing where it has none."""
    number = (name or "").split("/")[1:2]
    return int(number[0]) if number and number[0].isdecimal() else 0
