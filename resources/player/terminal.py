"""Owns a play in a terminal: a line of the player, or a word that begins with a slash."""

import asyncio
import re
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from asked import stopped
from shown import notes
from story import Play

from studio.errors import Cancelled, LorewrightError
from studio.play.events import Acted, Changed, PlayEvent, Stopped, TurnAdded, Wrote
from studio.play.standing import sheets
from studio.rules import Throw
from studio.rules.combat import Deed

WORDS = """\
  /fight                     begin a fight: the rules roll who acts when
  /attack NAME [with WEAPON] attack somebody; the rules decide
  /foe                       let the rules act for the one whose turn it is
  /turn                      end a turn of the fight
  /roll SKILL | DICE         throw for a skill (stealth adv dc 12), or dice (2d6+3)
  /sheet                     the sheets as they stand
  /retry                     another answer
  /go                        let the narrator, or the fight, go on after a stop
  /undo                      take the last change back
  /save FILE                 keep the play: FILE.md to read, FILE.jsonl for whoever made the model
  /quit                      end; only what was saved is kept"""

_WITH = re.compile(r"\s+with\s+", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def play_lines(play: Play, lines: Iterable[str], echo: bool = True) -> int:
    """Plays the lines; with `echo` each is shown, where nobody's typing is on the screen already."""
    tell(f"{play.scene['title']}\n\n{play.scene['intro']}\n\n(/help lists what can be typed besides a line.)")
    for line in lines:
        if line.split()[:1] == ["/quit"]:
            return 0
        tell(f"\n> {line}\n" if echo else "")
        try:
            with stopped_by_key(play):
                asyncio.run(taken(play, line))
        except Cancelled:
            tell("\n  * stopped")
        except LorewrightError as error:
            tell(f"  * {error}")
    return 0


@contextmanager
def stopped_by_key(play: Play) -> Iterator[None]:
    """While something is done, Ctrl+C stops the narrator at the next token: nothing is cancelled in the midst of it."""
    play.stopped.clear()
    before = signal.signal(signal.SIGINT, lambda *_given: play.stopped.set())
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def typed() -> Iterator[str]:
    """The lines that somebody types, until Ctrl+C or the end; an empty one is none: Enter alone never ends a play."""
    while True:
        try:
            line = input("\n> " if sys.stdin.isatty() else "").strip()
        except (EOFError, KeyboardInterrupt):
            return
        if line:
            yield line


def tell(text: str, end: str = "\n") -> None:
    """Prints a text without signs that a terminal would obey."""
    print(_CONTROL.sub("\N{REPLACEMENT CHARACTER}", text), end=end, flush=True)


async def taken(play: Play, line: str) -> None:
    """Does what a line says."""
    word, _space, rest = line.partition(" ")

    def hear(event: PlayEvent) -> None:
        heard(play, event)

    match word:
        case "/fight":
            tell(f"  * {play.act(Deed('begin'), hear).sentence}")
        case "/turn":
            tell(f"  * {play.act(Deed('next'), hear).sentence}")
        case "/foe":
            tell(f"  * {play.act_by_rules(hear).sentence}")
            await play.goes_on(hear)
        case "/attack" if rest.strip():
            tell(f"  * {play.act(attack(play, rest), hear).sentence}")
            await play.goes_on(hear)
        case "/roll" if rest.strip():
            await rolled(play, Throw.typed(rest.strip()))
        case "/retry":
            await play.retry(hear)
        case "/go" if not play.owes:
            tell("  * It is your turn. /retry asks for another answer.")
        case "/go":
            await play.goes_on(hear)
        case "/undo":
            tell(f"  * {play.undo()}")
        case "/sheet":
            stand(play)
        case "/save" if rest.strip():
            tell(f"  * {saved(play, Path(rest.strip()))}")
        case _ if word.startswith("/"):
            tell(WORDS)
        case _:
            await play.say(line, hear)


def attack(play: Play, rest: str) -> Deed:
    """An attack by whose turn it is, else by the player."""
    target, weapon = ([*_WITH.split(rest, maxsplit=1), ""])[:2]
    combat = play.party.combat
    who = (combat.whose if combat is not None else None) or play.scenario.player or ""
    return Deed("attack", who=who, target=target.strip(), weapon=weapon.strip())


async def rolled(play: Play, asked: Throw) -> None:
    """Dice, or a throw for a skill, of which the narrator is told."""
    if asked.expression:
        tell(f"  * {play.throw(asked).sentence}")
        return
    play.throw(asked, lambda event: heard(play, event), tell=True)
    await play.goes_on(lambda event: heard(play, event))


def heard(play: Play, event: PlayEvent) -> None:
    """Shows what a play tells while it goes on."""
    match event:
        case Wrote(text):
            tell(text, end="")
        case TurnAdded(node, _generation, resolution) if node.kind == "TOOLCALL":
            tell(f"  * {resolution.sentence if resolution is not None else node.text}")
        case TurnAdded(node) if node.kind == "DM" and not node.ruled:
            tell("")
            for note in notes(play.state(node.id).deeds):
                tell(f"  * {note}")
        case Acted(_node, act):
            tell(f"  * {act.sentence}")
        case Stopped():
            tell(f"  * {stopped(event)}")
        case Changed():
            tell("  * once more:")
        case _:
            pass


def stand(play: Play) -> None:
    """The sheets, and the order of a fight."""
    for name, fields in sheets(play.party).items():
        tell(f"  {name}: " + "; ".join(f"{key} {value}" for key, value in fields.items()))
    if (combat := play.party.combat) is not None:
        order = ", ".join(f"{name} {total}" for name, total in combat.order)
        tell(f"  Round {combat.round}: {order}. It is {combat.whose}'s turn.")


def saved(play: Play, path: Path) -> str:
    """Keeps the play in a file; a sentence says how that went."""
    text = play.as_text() if path.suffix.lower() == ".md" else play.as_session()
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        return f"{path} was not written: {error.strerror}. Take another name."
    return f"{path} holds the play."
