"""Owns the steps beside the story: sheets changed by hand, dice thrown, and acts of a fight. The rules do them all."""

import random
from dataclasses import replace

from studio.language import _
from studio.play.events import Acted, Listener, PlayEvent
from studio.play.records import Cause, Node, StepKind
from studio.play.state import State, ends_what_is_told
from studio.play.written import Written
from studio.rules import Act, Change, CombatRefused, HandChange, Throw, Thrown
from studio.rules.combat import Deed, choose
from studio.rules.resolve import roller


def nobody(_event: PlayEvent) -> None:
    """Listens to nothing."""


class Steps(Written):
    """A session at whose table things are done beside the story."""

    __slots__ = ()

    def hand(self, change: HandChange) -> tuple[Change, ...]:
        """Changes a sheet by hand; raises HandRefused, with nothing changed."""
        self._wish()
        node = self._step("hand", change.as_json())
        done = self.story.step(self.state(), node)
        told = "; ".join(f"{one.who}: {one.field} {one.before} → {one.after}" for one in done.changes)
        self._record(node.model_copy(update={"text": told}))
        return self.state().changes

    def throw(self, asked: Throw, listen: Listener = nobody, *, tell: bool = False) -> Thrown:
        """Throws dice; with `tell` the narrator is told of a skill's. Raises ThrowRefused or BadDice.

        What the narrator is told of, somebody throws: where nobody is named, whom a call without a name means.
        """
        self._wish()
        if tell and asked.skill.strip() and not asked.who:
            sheet = roller(asked.skill, self.party, self.scenario.player)
            asked = replace(asked, who=sheet.name if sheet is not None else "")
        node = self._step("throw", asked.as_json(), tell=tell)
        thrown = self.story.step(self.state(), node).thrown
        assert thrown is not None
        if tell and thrown.line:
            self._close_step(listen)
            node = self._step("throw", asked.as_json(), tell=True, random=node.random)
        self._record(node.model_copy(update={"text": thrown.sentence}))
        if tell:
            self._tell_step(listen)
        return thrown

    def act(self, deed: Deed, listen: Listener = nobody) -> Act:
        """Does something in a fight, or begins or ends one; raises CombatRefused or BadDice, with nothing changed.

        The turns that ask for its dice and tell them are added. What else it came to, the narrator's next turn says.
        """
        self._wish()
        return self._act(deed, listen)

    def _act(self, deed: Deed, listen: Listener, *, cause: Cause = "", dice: str = "") -> Act:
        """An act; where no person wished for it, `cause` says why it is done and `dice` names them."""
        named = {"cause": cause} | ({"random": dice} if dice else {})
        node = self._step("act", deed.as_json(), **named)
        act = self.story.step(self.state(), node).act
        assert act is not None
        if not ends_what_is_told(cause, deed):
            self._close_step(listen)
        node = self._step("act", deed.as_json(), cause=cause, random=node.random, text=act.sentence)
        self._record(node)
        self._tell_step(listen)
        if cause:
            listen(Acted(node, act))
        return act

    def act_by_rules(self, listen: Listener = nobody) -> Act:
        """Does for the one whose turn it is what the rules choose; raises CombatRefused where there is no fight."""
        combat = self.party.combat
        if combat is None or combat.whose is None:
            raise CombatRefused(reason=_("There is no fight."))
        rng = random.Random(f"{self._dice('act')}/choice")  # dice, not secrets
        return self.act(choose(self.party, combat.whose, self.rules, rng), listen)

    def _dice(self, kind: StepKind) -> str:
        """The name of the generator of a step: its place in the story."""
        state: State = self.state()
        return f"{self.seed}/{state.place}/{kind}/{state.steps}"

    def _step(self, kind: StepKind, asked: dict[str, object], **more: object) -> Node:
        values = {"kind": kind, "id": self.tree.last_id + 1, "parent": self.tip, "text": "", "asked": asked}
        return Node.model_validate(values | {"random": self._dice(kind)} | more)
