"""`lorewright rename`: a character or a place gets another name, in some scenarios or in all of a workspace."""

import argparse
from collections.abc import Iterable
from pathlib import Path

from studio.cli.rewriting import Rewrite, Rewriting
from studio.errors import UsageError
from studio.language import N_, _
from studio.scenario import parse
from studio.scenario.edits import applied
from studio.scenario.game import Game
from studio.scenario.renaming import BadName, CharacterNameTaken, NoSuchName, rename_edits
from studio.workspace import Workspace, find
from studio.workspace.folder import named
from studio.workspace.game import Games


class RenameRefused(UsageError):
    """A scenario in which the new name cannot stand."""

    sentence = N_("{path}: {reason} No file was written.")


def add(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of `rename`."""
    parser.add_argument("old", metavar="OLD", help=_("a character of the party, or a name in World or Location"))
    parser.add_argument("new", metavar="NEW", help=_("the name from now on"))
    where = _("a scenario, or a folder of them; all scenarios of the workspace, where none is named")
    parser.add_argument("paths", nargs="*", type=Path, default=[], metavar="PATH", help=where)
    parser.add_argument("--diff", action="store_true", help=_("write nothing; print what would change"))


def run(args: argparse.Namespace) -> int:
    """Renames in every file that has the name; nothing is written where one of them refuses the new one."""
    root = named(args.workspace) or find()
    rewriting = Rewriting()
    texts = rewriting.texts(args.paths or [Workspace(root).scenarios])
    rewrites = _renamed(texts, args.old, args.new, Games(Game.of(root)))
    if not args.diff:
        rewriting.save(rewrites)
    done, due = _("{path}: renamed"), _("{path}: would be renamed")
    rewriting.tell(rewrites, as_json=args.format == "json", diff=args.diff, done=done, due=due)
    return rewriting.exit_code(findings=False)


def _renamed(texts: Iterable[tuple[Path, str]], old: str, new: str, games: Games) -> list[Rewrite]:
    """The files that have the name; raises NoSuchName where none has it, RenameRefused where one cannot be renamed."""
    found: list[Rewrite] = []
    missing: NoSuchName | None = None
    for path, text in texts:
        try:
            edits = rename_edits(parse(text, path=path, tools=games.of(path).tools), old, new)
        except NoSuchName as error:
            missing = error if missing is None or error.fields["hint"] else missing
            continue
        except (BadName, CharacterNameTaken) as error:
            raise RenameRefused(path=path, reason=str(error)) from error
        found.append(Rewrite(path, text, applied(text, edits)))
    if not found:
        raise missing or NoSuchName(name=old, hint="")
    return found
