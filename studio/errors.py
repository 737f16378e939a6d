"""Owns the errors that a person can mend; knows nothing of how they are shown.

An error carries data in fields; the sentence is built from them when it is read, so that it can
cross a process boundary (`as_event`, `from_event`) and be shown in the reader's language.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import ClassVar

from studio.language import N_, _

_KINDS: dict[str, type["LorewrightError"]] = {}


class LorewrightError(Exception):
    """What the user can mend; subclasses name the sentence and the exit code.

    `sentence` is a gettext message with `{field}` places; `exit_code` is that of the command line.
    """

    sentence: ClassVar[str] = N_("{detail}")
    exit_code: ClassVar[int] = 70

    def __init__(self, /, **fields: object) -> None:
        self.fields: dict[str, object] = fields
        super().__init__(fields)

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return _rebuilt, (type(self), self.fields)

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        _KINDS[cls.__name__] = cls

    @property
    def code(self) -> str:
        """The name by which workers and JSON refer to this kind of error."""
        return type(self).__name__

    def __str__(self) -> str:
        return _(self.sentence).format_map(_Fields(self.fields))

    def as_event(self) -> dict[str, object]:
        """Code and fields as plain JSON values."""
        plain = {k: v if isinstance(v, int | float | bool) or v is None else str(v) for k, v in self.fields.items()}
        return {"code": self.code, "fields": plain}


def _rebuilt(kind: type[LorewrightError], fields: Mapping[str, object]) -> LorewrightError:
    """An error after it was copied or pickled, which would else hand the fields over by position."""
    return kind(**fields)


class _Fields(dict[str, object]):
    """Fields of a sentence; one that is missing shows its name instead of raising."""

    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


class UsageError(LorewrightError):
    """The command or request was wrong: an unknown option, a path that does not exist."""

    exit_code = 2


class PathMissing(UsageError):
    """A path that was named does not exist."""

    sentence = N_("There is no file or folder at {path}. Check the spelling, or give another path.")


class InputError(LorewrightError):
    """What was given cannot be used: a damaged file, a setting out of range."""

    exit_code = 3


class UnreadableFile(InputError):
    """A file exists and cannot be read."""

    sentence = N_("{path} could not be read ({reason}). Nothing was changed. Check the file's rights and the disk.")


class FolderGiven(UnreadableFile):
    """A folder stands where a file was expected."""

    sentence = N_("{path} is a folder. Name a file in it; nothing was changed.")


class NotAllowed(UnreadableFile):
    """A file exists and this user has no right to read it."""

    sentence = N_("{path} could not be read ({reason}). Ask its owner for the right to read it; nothing was changed.")
    exit_code = 4


class NotText(InputError):
    """A file that should be text is not UTF-8."""

    sentence = N_("{path} is not UTF-8 text (byte {position}). Save it as UTF-8 in your editor; nothing was changed.")


class TooLarge(InputError):
    """A file is past the size that is read."""

    sentence = N_("{path} has {size} bytes; at most {limit} are read. Split the file.")


class OutsideFolder(InputError):
    """A path from a file points out of the folder it belongs to."""

    sentence = N_("{path} points outside {folder}. Only paths inside that folder are used.")


class MachineError(LorewrightError):
    """The machine lacks something: memory, disk, a library, a right."""

    exit_code = 4


class NotSaved(MachineError):
    """A file could not be written; what stood there before is unchanged."""

    sentence = N_(
        "{path} could not be saved ({reason}). The file on disk is as it was. Free space or check the rights."
    )


class PartMissing(MachineError):
    """A part that set-up installs is not there yet."""

    sentence = N_("{part} is not installed ({reason}). Run `python3 launch.py` again; it goes on where it stopped.")


class WorkerError(LorewrightError):
    """A worker process died or failed in a way that only a restart mends."""

    exit_code = 5


class Cancelled(LorewrightError):
    """The user stopped it."""

    sentence = N_("Cancelled. What was finished before is kept.")
    exit_code = 130


class UnexpectedFailure(LorewrightError):
    """Our own bug, carried over a process boundary."""

    sentence = N_("This is a mistake in Lorewright, not yours: {detail}. The log has the details.")


def from_event(code: str, fields: Mapping[str, object]) -> LorewrightError:
    """The error that a worker reported by code and fields; unknown codes count as our bug."""
    kind = _KINDS.get(code)
    if kind is None:
        return UnexpectedFailure(detail=f"{code} {dict(fields)}")
    return kind(**fields)


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """The known word nearest to `word` (case ignored), or None when none is near."""
    by_lower = {name.lower(): name for name in known}
    near = get_close_matches(word.lower(), list(by_lower), n=1, cutoff=0.6)
    return by_lower[near[0]] if near else None


def advice(word: str, known: Iterable[str], alike: Sequence[str], otherwise: str) -> str:
    """What to do where `word` names nothing: which of those like it is meant, the nearest one, or what else helps."""
    if alike:
        return _("Say which: {names}.").format(names=", ".join(alike[:5]))
    near = did_you_mean(word, known)
    return _("Did you mean “{near}”?").format(near=near) if near else otherwise
