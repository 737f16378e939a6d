"""Owns checking a pack: every file by its checksum, licence and notices, the template, the transcripts played again.

A pack may come from anybody. Nothing of it is run but the GGUF, which llama.cpp loads in a process of its own, and that
only after the checksums hold.
"""

import contextlib
import json
import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from studio.errors import InputError, LorewrightError, PathMissing
from studio.files import inside, read_text, sha256_of
from studio.gguf.chat import template_of
from studio.gguf.reader import Gguf
from studio.jobs.protocol import Fields
from studio.language import N_, _
from studio.publishing.chat_form import chat_form
from studio.publishing.golden import Golden
from studio.publishing.licence import NOTICE
from studio.publishing.packing import (
    ADAPTER,
    CHECKSUMS,
    FORM,
    GAME,
    GOLDEN,
    LICENCES,
    MANIFEST,
    MODEL,
    TEMPLATE,
)
from studio.publishing.recording import open_recording
from studio.publishing.replaying import replay
from studio.publishing.zips import unpack
from studio.scenario.game import Game

_LINE = re.compile(r"([0-9a-f]{64})  (.+)\Z")
_LIMIT = 16 << 20


class NotAPack(InputError):
    """A folder or a file is no game pack."""

    sentence = N_("{path} is no game pack ({reason}). `lorewright pack` makes one.")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked, and what was found; `problems` are sentences, empty where all is well."""

    what: str
    problems: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether all is well."""
        return not self.problems

    def as_json(self) -> Fields:
        """Plain values."""
        return {**asdict(self), "passed": self.passed}


async def verify(path: Path, told: Callable[[str], None] = lambda _what: None) -> list[Check]:
    """Checks a pack, a folder or a zip; what comes after a failure that makes it meaningless is left out.

    Raises PathMissing, NotAPack, ZipDamaged, or what reading the pack's files raises.
    """
    with _opened(path) as folder:
        told("files")
        checks = [_files(folder), _licence(folder)]
        if not checks[0].passed:
            return checks
        golden = Golden.read(folder / GOLDEN)
        told("template")
        checks.append(_template(folder))
        told("transcripts")
        checks.append(await _transcripts(folder, golden))
    return checks


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Path]:
    """The pack as a folder, unpacked for a while where it is a zip."""
    if not path.exists():
        raise PathMissing(path=path)
    if path.is_dir():
        yield _root(path, path)
        return
    with tempfile.TemporaryDirectory(prefix="lorewright-pack-") as place:
        unpack(path, Path(place))
        yield _root(Path(place), path)


def _root(folder: Path, path: Path) -> Path:
    """The folder that has the manifest: the one given, or the only one in it."""
    inner = [one for one in folder.iterdir() if one.is_dir()]
    for one in (folder, *(inner if len(inner) == 1 else [])):
        if (one / MANIFEST).is_file():
            if not (one / CHECKSUMS).is_file():
                raise NotAPack(path=path, reason=_("{name} is missing").format(name=CHECKSUMS))
            return one
    raise NotAPack(path=path, reason=_("{name} is missing").format(name=MANIFEST))


def _files(folder: Path) -> Check:
    """Every file is as it was packed, none is missing, none was added."""
    problems, named = list[str](), set[str]()
    for line in read_text(folder / CHECKSUMS, _LIMIT).splitlines():
        found = _LINE.match(line)
        if found is None:
            problems.append(_("{name} has a line that is no checksum").format(name=CHECKSUMS))
            continue
        name = found[2]
        named.add(name)
        path = inside(folder, name)
        if not path.is_file():
            problems.append(_("{name} is missing").format(name=name))
        elif sha256_of(path) != found[1]:
            problems.append(_("{name} is not what was packed").format(name=name))
    there = {one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file() and one.name != CHECKSUMS}
    caches = {name for name in there if "__pycache__" in name}  # Python leaves them when the sample was run
    problems += [_("{name} was not packed").format(name=name) for name in sorted(there - named - caches)]
    needed = (MODEL, TEMPLATE, FORM, GOLDEN, MANIFEST, f"{LICENCES}/{NOTICE}")
    problems += [_("{name} has no checksum").format(name=name) for name in needed if name not in named]
    return Check("files", tuple(dict.fromkeys(problems)))


def _licence(folder: Path) -> Check:
    """The base's licence and the notices go along."""
    files = {path.name for path in (folder / LICENCES).glob("*") if path.is_file() and path.stat().st_size}
    problems = []
    if NOTICE not in files:
        problems.append(_("the notices are missing"))
    if not files - {NOTICE}:
        problems.append(_("the licence of the base is missing; do not pass this pack on"))
    return Check("licence", tuple(problems))


def _template(folder: Path) -> Check:
    """The template beside the model is the model's, and the table says the same as it."""
    with Gguf(inside(folder, MODEL)) as gguf:
        template = template_of(gguf)
    problems = []
    if read_text(folder / TEMPLATE) != template.source:
        problems.append(_("{name} is not the model's own").format(name=TEMPLATE))
    try:
        same = json.loads(read_text(folder / FORM)) == chat_form(template).as_json()
    except (LorewrightError, ValueError, RecursionError) as error:
        return Check("template", (*problems, str(error)))
    if not same:
        problems.append(_("{name} is not what the template does").format(name=FORM))
    return Check("template", tuple(problems))


async def _transcripts(folder: Path, golden: Golden) -> Check:
    """The model says what it said."""
    game = Game.of(folder / GAME)
    if game.troubles:
        return Check("transcripts", tuple(str(trouble) for trouble in game.troubles))
    adapter = inside(folder, ADAPTER)
    engine = await open_recording(
        inside(folder, MODEL), adapter if adapter.is_file() else None, golden.context, golden.threads
    )
    try:
        differences = await replay(golden, engine, game)
    finally:
        await engine.close()
    return Check("transcripts", tuple(f"{one.transcript}: {one.sentence}" for one in differences))
