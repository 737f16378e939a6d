"""Owns the shapes of a session's file: its header and its events.

A session is JSON lines: a header, then an event a line in the order in which things came about. Events of one `op`
came of one wish of a person's and are undone together; `op` 0 is what nobody undoes. Format 1 had turns only.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, TypeAdapter

from studio.play.ratings import Ratings, Vote

FORMAT = 2

TurnKind = Literal["User", "DM", "TOOLCALL"]
StepKind = Literal["hand", "throw", "act"]
Cause = Literal["", "call", "order"]
TURNS = frozenset(("User", "DM", "TOOLCALL"))
Verdict = Literal["good", "bad"]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SessionHeader(_Record):
    """The first line: what is played, with which model, and from which seed the dice fall.

    `scenario` is the text played on top of; `model` the SHA-256 of the model; `name` of the model for people. `rules`
    and `tools` are those that it is played by, so that it comes to the same after somebody changed theirs.
    """

    format: Literal[1, 2] = 2
    scenario: str
    model: str
    name: str
    seed: int
    rules: dict[str, JsonValue] | None = None
    tools: tuple[dict[str, JsonValue], ...] | None = None


class _Event(_Record):
    op: int = 0


class Node(_Event):
    """One turn of the tree, or a step beside the story: a sheet by hand, dice thrown, an act of a fight.

    `parent` is None for the first; `ids` are what the model generated, sent back unchanged.

    `random` names the generator that the calls of this turn are rolled with; `forced` is what the rules opened it with.
    `model` is the SHA-256 of the model that wrote it, where that is not the header's; `ids` are that model's. `speaker`
    says who of the table speaks, where not the player or the narrator. `told`: it stands in the scenario. `fresh`: the
    calls of a turn are counted anew from here. `stop`: why the model ended, where not by itself: length, context,
    stopped (by a person), or nothing, where it said nothing at all. `asked` is what a step
    was asked to do, as the rules write it, `text` what came of it; `tell`: the narrator is told of dice. `ruled`: the
    rules wrote this turn for a step, which has done all that it says. `cause` of an act that no person wished for: a
    narrator's call, or the order of the fight.
    """

    kind: TurnKind | StepKind
    id: int
    parent: int | None
    text: str
    ids: tuple[int, ...] | None = None
    forced: str = ""
    random: str | None = None
    model: str | None = None
    speaker: str = ""
    told: bool = False
    fresh: bool = False
    stop: str = ""
    asked: dict[str, JsonValue] | None = None
    tell: bool = False
    ruled: bool = False
    cause: Cause = ""

    @property
    def is_turn(self) -> bool:
        """Whether it is a turn of the story, which the model reads."""
        return self.kind in TURNS

    @property
    def content(self) -> str:
        """The turn as the model reads it: with who speaks, where that is said."""
        return f"{self.speaker}: {self.text}" if self.speaker else self.text


class Tip(_Event):
    """The turn that the next one follows is now this one; None for the beginning."""

    kind: Literal["tip"] = "tip"
    node: int | None


class Edit(_Event):
    """A turn says this from now on; `ids` where a model wrote all of it. `longer`: the narrator went on."""

    kind: Literal["edit"] = "edit"
    node: int
    text: str
    ids: tuple[int, ...] | None = None
    stop: str = ""
    longer: bool = False


class Insert(_Event):
    """A turn stands after its parent and before all that followed that."""

    kind: Literal["insert"] = "insert"
    turn: Node


class Delete(_Event):
    """A turn is gone, with the results of its calls; what followed it follows what stood before it."""

    kind: Literal["delete"] = "delete"
    node: int


class Mark(_Event):
    """A person finds a turn good or bad, or takes that back."""

    kind: Literal["mark"] = "mark"
    node: int
    verdict: Verdict | None


class Correct(_Event):
    """A person would have had a turn say this."""

    kind: Literal["correct"] = "correct"
    node: int
    text: str


class Rate(_Event):
    """How a person liked the session, and the SHA-256 of the model that had written last."""

    kind: Literal["rate"] = "rate"
    ratings: Ratings
    model: str


class Ballot(_Event):
    """A vote between this session's turn and what another model said in its place."""

    kind: Literal["vote"] = "vote"
    node: int
    vote: Vote


class Summary(_Event):
    """What the turns up to `node` came to, for a model that no longer sees them."""

    kind: Literal["summary"] = "summary"
    node: int
    text: str


class Model(_Event):
    """Another model writes from here on."""

    kind: Literal["model"] = "model"
    model: str
    name: str


class Undo(_Event):
    """What was done last is taken back."""

    kind: Literal["undo"] = "undo"


class Redo(_Event):
    """What was taken back last is done again."""

    kind: Literal["redo"] = "redo"


Event = Node | Tip | Edit | Insert | Delete | Mark | Correct | Rate | Ballot | Summary | Model | Undo | Redo
EVENTS: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="kind")])


def as_line(record: BaseModel) -> dict[str, object]:
    """A header or an event as the plain values of its line; which shape it has stands in every line."""
    always = {name: getattr(record, name) for name in ("format", "kind") if hasattr(record, name)}
    return always | record.model_dump(mode="json", exclude_defaults=True)
