"""Owns what holds after a turn or a step of a session, and what is then still to be told; decides nothing."""

from dataclasses import dataclass, field, replace

from studio.play.events import Deed, Dropped
from studio.play.limits import Loop
from studio.play.records import Node
from studio.rules import Act, Change, Outcome, Party, Resolution, Thrown
from studio.rules.combat import Deed as Asked
from studio.scenario.model import ToolCall


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
    `sentence` tells it where no narrator does; with `brief` the narrator's turn begins. `missed`: whose blow missed, of
    which the narrator may say what it costs them.
    """

    asked: str
    lines: tuple[tuple[str, Outcome | None], ...]
    told: str = ""
    decides: bool = False
    sentence: str = ""
    brief: str = ""
    missed: str = ""

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

    def kept(self) -> "State":
        """What of it holds for all that follows a player's line."""
        return State(self.party, loop=self.loop, said=self.said, flows=self.flows)


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a narrator's turn says in the end, and the calls that it wrote and that do not stand."""

    text: str
    dropped: tuple[Dropped, ...] = ()


def ends_what_is_told(cause: str, deed: Asked) -> bool:
    """Whether an act belongs to the one before it, which nobody has told yet: the end of a fight by a blow."""
    return cause == "order" and deed.kind == "end"
