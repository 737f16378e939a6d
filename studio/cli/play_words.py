"""Owns what a player can type besides a line: `/retry`, `/roll stealth`, and the rest; each changes the session.

Knows the session, the workspace it is kept in, and whoever shows things; nothing of how they look.
"""

import datetime
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from studio.cli.play_hand import USAGE, hand_change, sheet_of
from studio.cli.play_shown import Plain
from studio.errors import UsageError, did_you_mean
from studio.language import N_, _
from studio.play.exporting import lines
from studio.play.outgoing import Told, correct, rate, save_scenario
from studio.play.ratings import ANSWERS, QUESTIONS, Ratings
from studio.play.session import Session
from studio.play.throwers import thrower
from studio.rules import Party, Throw
from studio.rules.combat import Deed
from studio.scenario.model import plain_name
from studio.workspace import Workspace

_WITH = re.compile(r"\s+with\s+", re.IGNORECASE)
_BY = re.compile(r"\s+by\s+", re.IGNORECASE)


class WordNotUnderstood(UsageError):
    """A word at the table that is none, or one that says too little."""

    sentence = N_("{detail}")


class NoWorkspaceHere(UsageError):
    """Something is to be kept and there is no workspace to keep it in."""

    sentence = N_("There is no workspace to keep it in. Start with --workspace FOLDER.")


@dataclass(slots=True)
class Words:
    """The words at one table. `workspace` is None where nothing can be kept."""

    session: Session
    shown: Plain
    workspace: Workspace | None = None
    ended: bool = False

    def __post_init__(self) -> None:
        self.shown.thrower = lambda node: thrower(self.session, node)

    async def take(self, line: str) -> None:
        """Does what a line that begins with a slash says; raises UsageError or what the session raises."""
        name, _space, rest = line.removeprefix("/").partition(" ")
        word = WORDS.get(name.lower())
        if word is None:
            near = did_you_mean(name, WORDS)
            question = _(" Did you mean /{near}?").format(near=near) if near else ""
            sentence = _("There is no /{name}.{question} /help lists the words.")
            raise WordNotUnderstood(detail=sentence.format(name=name, question=question))
        await word.do(self, rest.strip())

    @property
    def kept_in(self) -> Workspace:
        """The workspace; raises NoWorkspaceHere."""
        if self.workspace is None:
            raise NoWorkspaceHere
        return self.workspace

    def turn(self, rest: str) -> tuple[int, str]:
        """The turn that is meant, by its number or the narrator's last, and the words after it."""
        number, _space, words = rest.partition(" ")
        if number.isdecimal() and int(number) in self.session.nodes:
            return int(number), words.strip()
        last = next((node for node in reversed(self.session.path()) if node.kind == "DM"), None)
        if last is None:
            raise WordNotUnderstood(detail=_("The narrator has not said anything yet."))
        return last.id, rest

    def say(self, told: Told) -> None:
        """Shows what came of it."""
        self.shown.note(told.text if told.path is None else told.said_in(self.kept_in.root))
        for remark in told.remarks:
            self.shown.note(remark)

    async def goes_on(self) -> None:
        """The narrator's answer where it is its turn."""
        if self.session.due or self.session.state().telling is not None:
            await self.session.narrate(self.shown.hear)


async def _retry(words: Words, _rest: str) -> None:
    await words.session.retry(words.shown.hear)


async def _go(words: Words, _rest: str) -> None:
    await words.session.go_on(words.shown.hear)


async def _undo(words: Words, _rest: str) -> None:
    words.shown.note(words.session.undo())


async def _redo(words: Words, _rest: str) -> None:
    words.shown.note(words.session.redo())


async def _edit(words: Words, rest: str) -> None:
    node, text = words.turn(rest)
    if not text:
        raise WordNotUnderstood(detail=_("Say what the turn is to be, as in /edit The door is shut."))
    words.session.edit(node, text)
    words.shown.note(_("Turn {n} says that now.").format(n=node))


async def _branch(words: Words, rest: str) -> None:
    if not rest.isdecimal() or int(rest) not in words.session.nodes:
        raise WordNotUnderstood(detail=_("Name the turn to go back to, as in /branch 4; /show lists them."))
    words.session.back_to(int(rest))
    words.shown.note(_("Back at turn {n}; what came after stays beside what you play now.").format(n=rest))


async def _show(words: Words, _rest: str) -> None:
    rows = []
    for node, line in zip(words.session.steps(), lines(words.session), strict=True):
        rows.append((f"{node.id} {line.called}", f"{line.text}{f' [{line.mark}]' if line.mark else ''}"))
    words.shown.rows(rows)


async def _sheet(words: Words, rest: str) -> None:
    party = words.session.party
    if not rest:
        return words.shown.party(party)
    sheet, change = sheet_of(rest.split(), party)
    if not change:
        return words.shown.party(Party((sheet,)))
    for one in words.session.hand(hand_change(sheet.name, change)):
        words.shown.note(_("{who}: {field} {before} → {after}").format(
            who=one.who, field=one.field, before=one.before or "–", after=one.after or "–"
        ))  # fmt: skip
    return None


async def _roll(words: Words, rest: str) -> None:
    if not rest:
        raise WordNotUnderstood(
            detail=_("Name a skill or dice, as in /roll stealth adv dc 12 for Wren, or /roll 2d6+3.")
        )
    asked = Throw.typed(rest)
    if asked.expression:
        words.shown.note(words.session.throw(asked, words.shown.hear).sentence)
        return
    words.session.throw(asked, words.shown.hear, tell=True)
    await words.goes_on()


async def _fight(words: Words, _rest: str) -> None:
    words.shown.note(words.session.act(Deed("begin"), words.shown.hear).sentence)
    words.shown.party(words.session.party)


async def _attack(words: Words, rest: str) -> None:
    if not rest:
        raise WordNotUnderstood(detail=_("Name whom to attack, as in /attack Bog Brigand with Ash Bow."))
    who = ""
    if len(parts := _BY.split(rest)) == 2:
        rest, who = parts
    target, weapon = ([*_WITH.split(rest, maxsplit=1), ""])[:2]
    combat = words.session.party.combat
    whose = combat.whose if combat is not None else None
    if whose is not None and plain_name(whose) == plain_name(target):  # nobody means themselves: it is not their turn
        whose = None
    acting = who.strip() or whose or words.session.scenario.player or ""
    act = words.session.act(Deed("attack", who=acting, target=target.strip(), weapon=weapon.strip()), words.shown.hear)
    words.shown.note(act.sentence)
    await words.goes_on()


async def _turn(words: Words, _rest: str) -> None:
    words.shown.note(words.session.act(Deed("next"), words.shown.hear).sentence)


async def _foe(words: Words, _rest: str) -> None:
    words.shown.note(words.session.act_by_rules(words.shown.hear).sentence)
    await words.goes_on()


async def _save(words: Words, rest: str) -> None:
    words.say(save_scenario(words.kept_in, words.session, None, None, rest))


async def _mark(words: Words, rest: str) -> None:
    verdict, _space, number = rest.partition(" ")
    if verdict not in ("good", "bad", "none"):
        raise WordNotUnderstood(detail=_("Say which, as in /mark good, /mark bad 4 or /mark none."))
    node, _words = words.turn(number)
    words.session.mark(node, "good" if verdict == "good" else "bad" if verdict == "bad" else None)
    words.shown.note(_("Turn {n} is marked.").format(n=node) if verdict != "none" else _("The mark is gone."))


async def _correct(words: Words, rest: str) -> None:
    node, text = words.turn(rest)
    if not text:
        raise WordNotUnderstood(detail=_("Say what the narrator should have said, as in /correct The door is shut."))
    words.say(correct(words.kept_in, words.session, node, text))


async def _rate(words: Words, rest: str) -> None:
    given = rest.lower().split()
    names = list(QUESTIONS)
    known = {*ANSWERS, "-"}
    if not given or len(given) > len(names) or set(given) - known:
        asked = "  ".join(_(question) for question in QUESTIONS.values())
        raise WordNotUnderstood(detail=_("{asked} Answer in this order with yes, partly, no or -.").format(asked=asked))
    said = {name: answer for name, answer in zip(names, given, strict=False) if answer != "-"}
    words.say(rate(words.kept_in, words.session, Ratings.model_validate(said), datetime.datetime.now(datetime.UTC)))


async def _quit(words: Words, _rest: str) -> None:
    words.ended = True


async def _help(words: Words, _rest: str) -> None:
    words.shown.rows([(word.usage, _(word.about)) for word in WORDS.values()])


@dataclass(frozen=True, slots=True)
class Word:
    """One word: what it does, how it is written, what it is for."""

    do: Callable[[Words, str], Awaitable[None]]
    usage: str
    about: str


WORDS: dict[str, Word] = {
    "retry": Word(_retry, "/retry", N_("another answer; the old one stays")),
    "go": Word(_go, "/go", N_("let the narrator go on")),
    "undo": Word(_undo, "/undo", N_("take the last change back")),
    "redo": Word(_redo, "/redo", N_("do again what was taken back")),
    "edit": Word(_edit, "/edit [N] TEXT", N_("write the narrator's last turn, or turn N, anew")),
    "branch": Word(_branch, "/branch N", N_("go back to turn N and play on from there")),
    "show": Word(_show, "/show", N_("all turns with their numbers")),
    "sheet": Word(_sheet, USAGE, N_("the sheets as they stand, or a change by hand: Mara health -3")),
    "roll": Word(_roll, "/roll SKILL [adv|dis] [dc N] [for NAME]", N_("throw for a skill, or dice such as 2d6+3")),
    "fight": Word(_fight, "/fight", N_("begin a fight: the rules roll who acts when")),
    "attack": Word(_attack, "/attack NAME [with WEAPON] [by NAME]", N_("attack somebody; the rules decide")),
    "turn": Word(_turn, "/turn", N_("end a turn of the fight")),
    "foe": Word(_foe, "/foe", N_("let the rules act for the one whose turn it is")),
    "save": Word(_save, "/save [TITLE]", N_("save what was played as a scenario")),
    "mark": Word(_mark, "/mark good|bad|none [N]", N_("find a turn good or bad")),
    "correct": Word(_correct, "/correct [N] TEXT", N_("say what the narrator should have said, for training")),
    "rate": Word(_rate, "/rate yes|partly|no …", N_("fun, fair, coherent, remembered, again, in this order")),
    "help": Word(_help, "/help", N_("these words")),
    "quit": Word(_quit, "/quit", N_("end; the session is kept")),
}
"""What can be typed at the table, by name."""
