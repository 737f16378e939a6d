"""`lorewright session`: the sessions of a workspace, looked at, taken out, brought in, saved as scenarios and rated."""

import argparse
import datetime
import sys
from collections.abc import Callable
from pathlib import Path

from studio.cli.output import print_json, print_line
from studio.cli.own_games import game_for
from studio.cli.session_said import judged, ratings
from studio.errors import PathMissing, UsageError, did_you_mean
from studio.files import save_atomic
from studio.language import N_, _, plural
from studio.play.exporting import as_html, as_markdown, lines, rows_text, title_of
from studio.play.finding import find_session
from studio.play.importing import Talk, read_talks
from studio.play.log import SessionFile
from studio.play.opening import header_of
from studio.play.outgoing import Told, rate, save_scenario
from studio.play.ratings import ANSWERS, QUESTIONS, Ratings
from studio.play.reading import read_book, sessions_in
from studio.play.saving import as_scenario
from studio.play.session import Session
from studio.play.standing import sheets
from studio.rules import Rules
from studio.scenario import load, parse
from studio.scenario.game import Game
from studio.scenario.model import Scenario
from studio.workspace import Workspace
from studio.workspace.beginnings import free_path
from studio.workspace.folder import find, named
from studio.workspace.game import Games

_FORMS = ("markdown", "html", "rows", "scenario")
_AS = {"markdown": as_markdown, "html": as_html, "rows": rows_text}


class NothingToImportOn(UsageError):
    """A talk says nothing of the game, and no scenario was named to play it on."""

    sentence = N_("{path} says nothing of a world. Name the scenario that it is played on with --scenario.")


def add(parser: argparse.ArgumentParser) -> None:
    """The arguments of `session`."""
    words = _("list (the default), show, export, import, save, rate, ratings, judge")
    parser.add_argument("word", nargs="?", default="list", metavar="WORD", help=words)
    about = _("a session's name, a part of it, its file, or `last`; for import a talk's file, for judge a model")
    parser.add_argument("name", nargs="?", metavar="SESSION", help=about)
    parser.add_argument("--as", dest="form", choices=_FORMS, default="markdown", help=_("export: as what"))
    parser.add_argument("--out", type=Path, metavar="FILE", help=_("export, save: where to (default: printed, named)"))
    parser.add_argument("--from", dest="first", type=int, metavar="N", help=_("save: the first turn, by its number"))
    parser.add_argument("--to", dest="last", type=int, metavar="N", help=_("save: the last turn, by its number"))
    parser.add_argument("--title", default="", help=_("save, import: what to call it"))
    parser.add_argument("--scenario", type=Path, metavar="FILE", help=_("import: what the talk is played on"))
    parser.add_argument("--talk", type=int, default=1, metavar="N", help=_("import: which of a file's talks, from 1"))
    parser.add_argument("--player", metavar="NAME", help=_("import: who of a log plays"))
    parser.add_argument("--narrator", metavar="NAME", help=_("import: who of a log tells the story"))
    parser.add_argument("--seed", type=int, default=0, help=_("import: seed of the dice from there on"))
    for name, question in QUESTIONS.items():
        parser.add_argument(f"--{name}", choices=tuple(ANSWERS), help=_("rate: {q}").format(q=_(question)))
    parser.add_argument("--blind", action="store_true", help=_("ratings: count votes alone whose names were hidden"))


def run(args: argparse.Namespace) -> int:
    """Does what the word says."""
    deed = _WORDS.get(args.word)
    if deed is None:
        near = did_you_mean(args.word, _WORDS)
        question = _(" Did you mean “{near}”?").format(near=near) if near else ""
        sentence = _("There is no `lorewright session {word}`.{question} The words: {words}.")
        raise UsageError(detail=sentence.format(word=args.word, question=question, words=", ".join(_WORDS)))
    return deed(args, Workspace(named(args.workspace) or find()))


def _found(args: argparse.Namespace, workspace: Workspace) -> Path:
    if not args.name:
        sentence = _("Name the session, as in `lorewright session {word} last`.")
        raise UsageError(detail=sentence.format(word=args.word))
    return find_session(workspace.sessions, args.name)


def _list(args: argparse.Namespace, workspace: Workspace) -> int:
    rows = sessions_in(workspace.sessions)
    if args.format == "json":
        print_json([row.as_json() for row in rows])
        return 0
    for row in rows:
        trouble = f"  ({row.trouble})" if row.trouble else ""
        turns = plural("{count} turn", "{count} turns", row.turns)
        print_line(f"{row.name}  {row.title}  {turns}  {row.model}{trouble}")
    if not rows:
        print_line(_("Nothing was played here yet. `lorewright play MODEL` begins."))
    return 0


def _show(args: argparse.Namespace, workspace: Workspace) -> int:
    path = _found(args, workspace)
    book = read_book(path)
    if args.format == "json":
        print_json(_as_json(path, book))
        return 0
    print_line(f"{title_of(book)}  ({book.model_name}, {_('seed')} {book.seed})")
    if book.damage is not None:
        print_line(book.damage.sentence, sys.stderr)
    for node, line in zip(book.steps(), lines(book), strict=True):
        mark = {"good": " [+]", "bad": " [-]"}.get(line.mark, "")
        print_line(f"\n{node.id:>4} {line.called}{mark}: {line.text}")
        if line.corrected:
            print_line(f"     {_('should say: {text}').format(text=line.corrected)}")
    for name, fields in sheets(book.party).items():
        print_line(f"\n{name}: " + "; ".join(f"{key} {value}" for key, value in fields.items()))
    return 0


def _as_json(path: Path, book: Session) -> dict[str, object]:
    rated = book.tree.ratings
    return {
        "session": path.stem,
        "title": title_of(book),
        "model": {"sha256": book.model, "name": book.model_name},
        "seed": book.seed,
        "damage": book.damage.sentence if book.damage is not None else None,
        "turns": [
            {"id": node.id, "kind": line.kind, "who": line.who, "text": line.text, "told": node.told,
             "mark": line.mark or None, "corrected": line.corrected or None}
            for node, line in zip(book.steps(), lines(book), strict=True)
        ],
        "sheets": sheets(book.party),
        "ratings": rated.ratings.answered if rated is not None else None,
    }  # fmt: skip


def _export(args: argparse.Namespace, workspace: Workspace) -> int:
    path = _found(args, workspace)
    book = read_book(path)
    remarks: tuple[str, ...] = ()
    if args.form == "scenario":
        saved = as_scenario(book, words=Games().of(path).words)
        text, remarks = saved.text, saved.remarks
    else:
        text = _AS[args.form](book)
    for remark in remarks:
        print_line(remark, sys.stderr)
    if args.out is not None:
        _new(args.out)
        save_atomic(args.out, text)
    if args.format == "json":
        path_told = str(args.out) if args.out is not None else None
        print_json({"path": path_told, "text": None if args.out is not None else text, "remarks": list(remarks)})
    elif args.out is None:
        sys.stdout.write(text)
    else:
        print_line(_("Written to {name}.").format(name=args.out))
    return 0


def _new(path: Path) -> None:
    """Nothing is written over."""
    if path.exists():
        sentence = _("There is something at {path} already, and nothing is overwritten. Give another place.")
        raise UsageError(detail=sentence.format(path=path))


def _import(args: argparse.Namespace, workspace: Workspace) -> int:
    if not args.name:
        raise UsageError(
            detail=_("Name the talk's file, as in `lorewright session import chat.jsonl --scenario FILE`.")
        )
    source = Path(args.name).expanduser()
    if not source.exists():
        raise PathMissing(path=source)
    found = read_talks(source, player=args.player, narrator=args.narrator)
    talk = found.talk(args.talk)
    scenario, game = _played_on(args, source, talk)
    scenario = parse(_titled(scenario, args.title), tools=game.tools).scenario if args.title else scenario
    path = free_path(workspace.sessions, args.title or source.stem, ".jsonl")
    rules, origin = Rules.of(game.words), _("imported from {name}").format(name=source.name)
    header = header_of(scenario, "", origin, args.seed, rules, game.tools)
    file = SessionFile(path, header)
    session = Session(scenario=scenario, header=header, rules=rules, tools=game.tools, file=file)
    session.tell(talk.as_scenario_turns(), lambda _event: None, told=False)
    session.close()
    remarks = [str(remark) for remark in found.remarks]
    if len(found.talks) > 1:
        remarks.append(_("It holds {count} talks; --talk takes another.").format(count=len(found.talks)))
    told = _("{name} is a session now: `lorewright play MODEL --continue {stem}` plays on.")
    told = told.format(name=source.name, stem=path.stem)
    return _say(args, workspace, Told(told, path, tuple(remarks)))


def _played_on(args: argparse.Namespace, source: Path, talk: Talk) -> tuple[Scenario, Game]:
    """The scenario that a talk is played on: the named one, else what the talk says of the game."""
    if args.scenario is not None:
        game = game_for(args.scenario, args.workspace)
        return load(args.scenario, tools=game.tools).scenario, game
    if talk.system is None:
        raise NothingToImportOn(path=source)
    game = game_for(source, args.workspace)
    begun = talk.system if talk.system.startswith("#") else f"# Role\n{talk.system}"
    return parse(f"<SYSTEM>\n{begun}\n</SYSTEM>\n", tools=game.tools).scenario, game


def _titled(scenario: Scenario, title: str) -> str:
    from studio.workspace.beginnings import titled

    return titled(scenario.text, title)


def _save(args: argparse.Namespace, workspace: Workspace) -> int:
    path = _found(args, workspace)
    book = read_book(path)
    if args.out is None:
        return _say(args, workspace, save_scenario(workspace, book, args.first, args.last, args.title))
    _new(args.out)
    saved = as_scenario(book, args.first, args.last, title=args.title, words=Games().of(path).words)
    save_atomic(args.out, saved.text)
    told = _("{turns} saved as {name}.").format(turns=saved.counted, name=args.out.name)
    return _say(args, workspace, Told(told, args.out, saved.remarks))


def _rate(args: argparse.Namespace, workspace: Workspace) -> int:
    ratings = Ratings.model_validate({name: getattr(args, name) for name in QUESTIONS})
    if not ratings.answered:
        names = " ".join(f"--{name} yes|partly|no" for name in QUESTIONS)
        raise UsageError(detail=_("Answer at least one question: {names}.").format(names=names))
    session = Session.reopen(_found(args, workspace))
    try:
        return _say(args, workspace, rate(workspace, session, ratings, datetime.datetime.now(datetime.UTC)))
    finally:
        session.close()


def _say(args: argparse.Namespace, workspace: Workspace, told: Told) -> int:
    if args.format == "json":
        path = str(told.path) if told.path is not None else None
        print_json({"text": told.text, "path": path, "remarks": list(told.remarks)})
        return 0
    print_line(told.said_in(workspace.root))
    for remark in told.remarks:
        print_line(remark, sys.stderr)
    return 0


_WORDS: dict[str, Callable[[argparse.Namespace, Workspace], int]] = {
    "list": _list,
    "show": _show,
    "export": _export,
    "import": _import,
    "save": _save,
    "rate": _rate,
    "ratings": ratings,
    "judge": judged,
}
