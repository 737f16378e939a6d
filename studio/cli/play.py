"""Owns `lorewright play`: a scenario against a model or a run in the terminal, or a script of player lines."""

import argparse
import asyncio
import contextlib
import datetime
import math
import signal
import sys
from collections.abc import Coroutine, Iterator
from pathlib import Path

from studio.cli.output import print_json, print_line
from studio.cli.own_games import game_for
from studio.cli.play_models import opened
from studio.cli.play_shown import Plain, harmless, shown_on
from studio.cli.play_words import Words
from studio.errors import Cancelled, InputError, LorewrightError, UsageError
from studio.files import read_text
from studio.inference.sampling import Sampling
from studio.language import N_, _
from studio.lint import Severity, check, rows
from studio.play.exporting import title_of
from studio.play.finding import find_session
from studio.play.reading import said
from studio.play.session import Session, open_session
from studio.resources import samples
from studio.rules import Rules
from studio.scenario import Parsed, load
from studio.scenario.game import Game
from studio.scenario.model import Scenario
from studio.workspace import Workspace
from studio.workspace.beginnings import free_path
from studio.workspace.folder import find, open_or_make


class NothingToPlayOn(InputError):
    """A scenario has no SYSTEM block, so there is no world and no party."""

    sentence = N_("{path} has no SYSTEM block to play on. Write one, or choose another scenario.")


def add(parser: argparse.ArgumentParser) -> None:
    """The arguments of `play`."""
    about = _(
        "a published name, a GGUF, a run (its adapter is put on its base, nothing is converted), a model by its name, "
        "`starter`, or ADDRESS#MODEL"
    )
    parser.add_argument("model", metavar="MODEL", help=about)
    parser.add_argument("--scenario", type=Path, help=_("the scenario whose SYSTEM is played on"))
    parser.add_argument("--script", type=Path, help=_("a file with a player's line a line, instead of the keyboard"))
    parser.add_argument("--seed", type=int, default=0, help=_("seed of the dice and of the sampling"))
    parser.add_argument("--temperature", type=_temperature, default=0.0, help=_("0 takes the likeliest word"))
    parser.add_argument("--tokens", type=_tokens, default=200, metavar="N", help=_("the most tokens of a reply"))
    parser.add_argument("--grammar", action="store_true", help=_("hold the narrator to calls that cannot be malformed"))
    about = _("where to keep the session (.jsonl); a script's is kept nowhere else")
    parser.add_argument("--save", type=Path, help=about)
    about = _("go on with a session: its name, a part of it, its file, or `last`")
    parser.add_argument("--continue", dest="session", metavar="SESSION", help=about)


def _temperature(text: str) -> float:
    with contextlib.suppress(ValueError):
        if 0 <= (value := float(text)) < math.inf:
            return value
    raise argparse.ArgumentTypeError(_("“{text}” is no temperature; 0 or more, such as 0.8").format(text=text))


def _tokens(text: str) -> int:
    if text.isdecimal() and 1 <= int(text) <= 100_000:
        return int(text)
    raise argparse.ArgumentTypeError(_("“{text}” is no number of tokens; 1 or more").format(text=text))


def run(parsed: argparse.Namespace) -> int:
    """Plays until the lines end."""
    if parsed.session is not None:
        if parsed.scenario is not None or parsed.save is not None:
            raise UsageError(detail=_("--continue goes on with what a session is played on and where it is kept. Leave "
                                      "--scenario and --save out."))  # fmt: skip
        asyncio.run(_play(parsed, None, Game.shipped()))
        return 0
    path = parsed.scenario or samples() / "roleplay" / "merchant-negotiation.md"
    game = game_for(path, parsed.workspace)
    parsed_file = load(path, tools=game.tools)
    scenario = parsed_file.scenario
    if scenario.system is None:
        raise NothingToPlayOn(path=path)
    for line in _misread(path, parsed_file, game):
        print_line(line, sys.stderr)
    asyncio.run(_play(parsed, scenario, game))
    return 0


def _misread(path: Path, parsed: Parsed, game: Game) -> Iterator[str]:
    """What of the front matter and of SYSTEM could not be read, and so is not played by."""
    system = parsed.scenario.system
    end = system.span.end if system is not None else 0
    errors = [one for one in check(parsed, game.words) if one.severity is Severity.ERROR and one.span.start < end]
    for row in rows(path, parsed.scenario.text, errors):
        yield "{path}:{line}: {message}".format_map(row)


async def _play(parsed: argparse.Namespace, scenario: Scenario | None, game: Game) -> None:
    workspace = _workspace(parsed)
    kept = _continued(parsed, workspace)
    shown = Plain(sys.stderr) if parsed.format == "json" else shown_on(sys.stdout)
    shown.phase("loading", 0, 0)
    try:
        engine, digest = await opened(parsed.model, find(parsed.workspace))
    finally:
        shown.rest()
    try:
        if kept is not None:
            session = Session.reopen(kept, engine, model=digest)
            session.sampling, session.grammar = _sampling(parsed), parsed.grammar
            _greet(shown, session)
        else:
            assert scenario is not None
            session = open_session(
                scenario,
                engine,
                seed=parsed.seed,
                file=parsed.save or _new_file(parsed, workspace, scenario),
                model_hash=digest,
                rules=Rules.of(game.words),
                tools=game.tools,
                sampling=_sampling(parsed),
                grammar=parsed.grammar,
            )
        await _lines_played(parsed, Words(session, shown, workspace))
        session.close()
        if parsed.format == "json":
            print_json(_transcript(session))
    finally:
        await engine.close()


def _sampling(parsed: argparse.Namespace) -> Sampling:
    return Sampling(max_tokens=parsed.tokens, temperature=parsed.temperature, seed=parsed.seed)


def _workspace(parsed: argparse.Namespace) -> Workspace | None:
    """Where things are kept: made for somebody who types; None where a script finds none."""
    root = find(parsed.workspace)
    if _is_typed(parsed):
        return open_or_make(root)
    return Workspace(root) if root.is_dir() else None


def _is_typed(parsed: argparse.Namespace) -> bool:
    return parsed.script is None and sys.stdin.isatty()


def _continued(parsed: argparse.Namespace, workspace: Workspace | None) -> Path | None:
    """The file of the session that is gone on with; raises NoSuchSession."""
    if parsed.session is None:
        return None
    return find_session(workspace.sessions if workspace is not None else Path("sessions"), parsed.session)


def _new_file(parsed: argparse.Namespace, workspace: Workspace | None, scenario: Scenario) -> Path | None:
    """Where a session that somebody types is kept by itself; a script is kept where --save says."""
    if workspace is None or not _is_typed(parsed):
        return None
    day = datetime.datetime.now().astimezone().date().isoformat()
    title = str(scenario.metadata.get("title") or (scenario.path.stem if scenario.path is not None else "play"))
    return free_path(workspace.sessions, f"{day} {title}", ".jsonl")


def _greet(shown: Plain, session: Session) -> None:
    """Says where a session that is gone on with stands."""
    if session.damage is not None:
        shown.note(session.damage.sentence)
    path = session.path()
    told = _("{title}, {count} turns so far.").format(title=title_of(session), count=said(path))
    shown.note(told)
    last = next((node for node in reversed(path) if node.kind == "DM"), None)
    if last is not None:
        shown.words(harmless(last.text))
        shown.ends(None)


async def _lines_played(parsed: argparse.Namespace, words: Words) -> None:
    """Plays line by line. At the keyboard a mistake is told and play goes on; a script ends with it."""
    for line in _lines(parsed.script):
        try:
            if line.startswith("/"):
                await _stoppable(parsed, words, words.take(line))
            else:
                await _stoppable(parsed, words, words.session.say(line, words.shown.hear))
        except LorewrightError as error:
            words.shown.breaks_off()
            if parsed.script is None and error.exit_code == 5 and words.session.file is not None:
                words.shown.note(_("The session is kept; `lorewright play MODEL --continue last` goes on with it."))
            if parsed.script is not None or error.exit_code == 5:
                raise
            words.shown.note(str(error))
        if words.ended:
            return


async def _stoppable(parsed: argparse.Namespace, words: Words, doing: Coroutine[object, object, None]) -> None:
    """Does something; at the keyboard Ctrl+C stops the narrator and not the play."""
    loop, engine = asyncio.get_running_loop(), words.session.engine
    if parsed.script is not None or engine is None or not sys.stdin.isatty():
        return await doing
    stops: list[asyncio.Task[None]] = []
    before = signal.getsignal(signal.SIGINT)
    with contextlib.suppress(NotImplementedError):  # Windows has no such handlers, and Ctrl+C ends the play there
        loop.add_signal_handler(signal.SIGINT, lambda: stops.append(asyncio.ensure_future(engine.stop())))
    try:
        await doing
    except Cancelled:
        words.shown.breaks_off()
        words.shown.note(_("Stopped. What was said stands; /go goes on."))
    finally:
        with contextlib.suppress(NotImplementedError):
            loop.remove_signal_handler(signal.SIGINT)
        signal.signal(signal.SIGINT, before)
        await asyncio.gather(*stops, return_exceptions=True)
    return None


def _lines(script: Path | None) -> Iterator[str]:
    if script is not None:
        yield from (line for line in read_text(script).splitlines() if line.strip())
        return
    while line := _typed():
        if line.strip():
            yield line.strip()


def _typed() -> str:
    """What somebody types, nothing at the end; one Ctrl+C may have been meant for an answer, a second one ends play."""
    try:
        return _read()
    except KeyboardInterrupt:
        print(f"\n{_('Ctrl+C once more ends the play, and so does /quit.')}")
        return _read()


def _read() -> str:
    with _interruptible():
        print("\n> ", end="", flush=True)
        return sys.stdin.readline()


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Ctrl+C ends the waiting for a line at once; asyncio's own handler would wait until the line is there."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _transcript(session: Session) -> dict[str, object]:
    return {
        "model": session.model_name,
        "seed": session.seed,
        "turns": [{"speaker": node.kind, "content": node.text} for node in session.path()],
        "party": {
            sheet.name: {
                "health": list(sheet.health) if sheet.health else None,
                "inventory": [{"item": item.name, "count": item.count} for item in sheet.inventory],
                "conditions": list(sheet.conditions),
                "level": sheet.level,
            }
            for sheet in session.party.sheets
        },
    }
