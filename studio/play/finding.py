"""Owns finding a session by what a person calls it: a file, a name, a part of a name, or `last`."""

from pathlib import Path

from studio.errors import UsageError, advice
from studio.language import N_, _

LAST = "last"


class NoSuchSession(UsageError):
    """No session, or more than one, is meant."""

    sentence = N_("There is no session “{name}”. {advice}")


def find_session(folder: Path, text: str) -> Path:
    """The session of a name, of a part that only one has, the one played last, or a file; raises NoSuchSession."""
    given = Path(text).expanduser()
    if given.suffix == ".jsonl" and given.is_file():
        return given.resolve()
    known = {path.stem: path for path in sorted(folder.glob("*.jsonl"))} if folder.is_dir() else {}
    if text in known:
        return known[text]
    if text == LAST and known:
        return max(known.values(), key=lambda path: (path.stat().st_mtime, path.name))
    alike = [path for name, path in known.items() if text and text in name]
    if len(alike) == 1:
        return alike[0]
    otherwise = _("`lorewright session list` lists those there are.")
    raise NoSuchSession(name=text, advice=advice(text, known, [path.stem for path in alike], otherwise))
