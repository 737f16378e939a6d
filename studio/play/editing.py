"""Owns what a person changes of a session: its turns, and what they find of them. Knows no model."""

from itertools import takewhile

from studio.errors import InputError
from studio.language import N_
from studio.play.book import Book, clean
from studio.play.context import message_of
from studio.play.corrections import Correction, CorrectionMessage
from studio.play.ratings import Ratings, Vote
from studio.play.records import Ballot, Correct, Delete, Edit, Insert, Mark, Node, Rate, TurnKind, Verdict
from studio.play.standing import sheets
from studio.scenario.calls import find_calls, normalise


class NotWritten(InputError):
    """A step is no text that could be changed."""

    sentence = N_("Dice, acts and changes of a sheet cannot be rewritten. Take it back, or delete it.")


class Editing(Book):
    """A session that a person changes."""

    __slots__ = ()

    def edit(self, node: int, text: str) -> None:
        """A turn says something else from now on; where its calls are others, so are their results.

        Raises NotWritten for a step and for its results.
        """
        if clean(text).strip() == self.nodes[node].text:
            return
        if not self.nodes[node].is_turn or self._is_of_a_step(node):
            raise NotWritten
        self._wish()
        before, text = self._forms(node), clean(text).strip()
        if self.nodes[node].kind == "DM":
            text = self.story.with_blow(self.before(node), self.nodes[node].model_copy(update={"text": text}))
        self._record(Edit(node=node, text=text))
        turn = self.nodes[node]  # the results of a step are not those of a ruled turn's calls
        if turn.kind == "DM" and not turn.ruled and self._forms(node) != before:
            self._refit(node)

    def insert(self, after: int | None, kind: TurnKind, text: str) -> int:
        """Puts a turn after another (None: before all), with the results of its calls; returns its number."""
        self._wish()
        node = self._turn(kind, text, parent=after)
        if kind == "DM":
            node = node.model_copy(update={"random": f"{node.random}+{node.id}"})
            node = node.model_copy(update={"text": self.story.with_blow(self._state(after), node)})
        self._record(Insert(turn=node))
        if kind == "DM":
            self._refit(node.id)
        return node.id

    def delete(self, node: int) -> None:
        """Takes a turn or a step out, with what the rules wrote for it; what followed stays."""
        self._wish()
        for one in self.tree.upwards(node):
            if not one.is_turn or not (one.ruled or one.kind == "TOOLCALL"):
                node = one.id if not one.is_turn else node
                break
        self._record(Delete(node=node))

    def _is_of_a_step(self, node: int) -> bool:
        """Whether it is a result of a step, which has done already what it says."""
        above = next((one for one in self.tree.upwards(node) if one.kind != "TOOLCALL"), None)
        return self.nodes[node].kind == "TOOLCALL" and above is not None and (above.ruled or not above.is_turn)

    def _forms(self, node: int) -> list[object]:
        names = self.before(node).party.names
        return [normalise(call) for call in find_calls(self.nodes[node].text, self.tools, names)]

    def _refit(self, node: int) -> None:
        """Makes the results beneath a narrator's turn those of its calls, on the path that goes through it."""
        path = self.steps() if any(one.id == node for one in self.path()) else self.steps(self.tree.leaf(node))
        place = next(i for i, one in enumerate(path) if one.id == node)
        behind = takewhile(lambda one: one.kind == "TOOLCALL" or one.cause == "call", path[place + 1 :])
        struck = next((one.id for one in behind if one.cause == "call"), None)
        if struck is not None:
            self._record(Delete(node=struck))
            path = tuple(one for one in path if one.id in self.nodes)
        stand = [one.id for one in takewhile(lambda one: one.kind == "TOOLCALL", path[place + 1 :])]
        lines = [one.line or "" for one in self.state(node).waiting]
        for old, line in zip(stand, lines, strict=False):
            self._record(Edit(node=old, text=line))
        last = stand[min(len(stand), len(lines)) - 1] if stand and lines else node
        for line in lines[len(stand) :]:
            self._record(Insert(turn=self._turn("TOOLCALL", line, parent=last)))
            last = self.tree.last_id
        for old in stand[len(lines) :]:
            self._record(Delete(node=old))
        if self.state(node).blow is not None:
            self._strike(last)

    def _strike(self, after: int) -> None:
        """Puts the blow that a turn calls for behind it, with its results."""
        blow = self.state(after).blow
        assert blow is not None
        asked = {"kind": "act", "text": "", "asked": blow.deed.as_json(), "random": blow.dice, "cause": "call"}
        step = Node.model_validate({"id": self.tree.last_id + 1, "parent": after, **asked})
        act = self.story.step(self.state(after), step).act
        assert act is not None
        self._record(Insert(turn=step.model_copy(update={"text": act.sentence})))
        last = step.id
        for line in act.lines:
            self._record(Insert(turn=self._turn("TOOLCALL", line, parent=last)))
            last = self.tree.last_id

    def mark(self, node: int, verdict: Verdict | None) -> None:
        """Keeps that a person finds a turn good or bad; None takes that back."""
        self._wish()
        self._record(Mark(node=node, verdict=verdict))

    def correct(self, node: int, text: str) -> Correction:
        """Keeps what a person would have had the narrator say; the turn itself stays as it is. Raises NotWritten."""
        if not self.nodes[node].is_turn:
            raise NotWritten
        self._wish()
        self._record(Correct(node=node, text=clean(text).strip()))
        turn, before = self.nodes[node], self._turns(self.nodes[node].parent)
        writer = turn.model or self.header.model
        messages = [("system", self.scenario.system.content.strip())] if self.scenario.system else []
        messages += [(one.role, one.content) for one in map(message_of, before, range(len(before)))]
        return Correction(
            session=self.file.path.stem if self.file is not None else "",
            turn=node,
            messages=tuple(CorrectionMessage(role=role, content=content) for role, content in messages),
            chosen=self.tree.corrections[node],
            rejected=turn.text,
            state=sheets(self.before(node).party),
            opening=turn.forced,
            player=self.scenario.player,
            seed=self.seed,
            model=writer,
            name={self.model: self.model_name, self.header.model: self.header.name}.get(writer, ""),
        )

    def rate(self, ratings: Ratings) -> None:
        """Keeps how a person liked the session."""
        self._wish()
        self._record(Rate(ratings=ratings, model=self.model))

    def vote(self, node: int, vote: Vote) -> None:
        """Keeps which of two models' answers a person preferred."""
        self._wish()
        self._record(Ballot(node=node, vote=vote))
