"""Owns the licence and the notices that go along with a model: where they are found, and the refusal without them.

Looks at what a person gives, then into the base's folder, then into the catalogue and the GGUF's own metadata. Knows no
law: it passes on texts and says whose they are.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.errors import InputError, LorewrightError
from studio.files import read_text
from studio.gguf import starter
from studio.gguf.reader import Gguf
from studio.language import N_
from studio.publishing.candidate import Candidate
from studio.resources import resource
from studio.training.catalogue import CatalogueModel, catalogue

_LIMIT = 1 << 20
_LICENCES, _NOTICES = ("LICENSE", "LICENCE", "COPYING"), ("NOTICE", "USE_POLICY")
_KEY = "general.license"
NOTICE = "NOTICE.txt"
"""What the studio itself says of a pack's model; a notice of the base's makers goes beside it."""


class NoLicence(InputError):
    """The licence of a base is not known here."""

    sentence = N_(
        "The licence of the base {base} is not here, so no pack was made: whoever gets the model must get its licence. "
        "Give the text with --licence FILE; where the base is a folder, it can also lie in there as LICENSE."
    )


@dataclass(frozen=True, slots=True)
class Licence:
    """`texts` are (file name, text) of the licence and what the base's makers ask to be passed on."""

    name: str
    texts: tuple[tuple[str, str], ...]
    notice: str


def licence_of(candidate: Candidate, given: Sequence[Path] = ()) -> Licence:
    """The licence that goes with a model; raises NoLicence, or what reading a given file raises."""
    known = _catalogued(candidate)
    base = known.name if known is not None else (candidate.base_name or candidate.model.stem)
    told = tuple((path.name, read_text(path, _LIMIT)) for path in given)
    beside = _beside(candidate.base)
    licensed = any(not _is_notice(name) for name, _text in told) or any(_is_licence(name) for name, _text in beside)
    texts = _apart((*told, *beside, *(() if licensed else _shipped(_named(candidate, known)))))
    if all(_is_notice(name) for name, _text in texts):
        raise NoLicence(base=base)
    name = known.licence.name if known is not None else (_named(candidate, known) or texts[0][0])
    return Licence(name, texts, _notice(base, name, known, candidate))


def _catalogued(candidate: Candidate) -> CatalogueModel | None:
    """The base's entry in the catalogue: fetched models lie under their names there."""
    base = candidate.base
    if base is None:
        return None
    if base.name.startswith(starter.NAME) and base.suffix == ".gguf":
        return next((model for model in catalogue() if model.repo is None), None)
    return next((model for model in catalogue() if model.id == base.name), None)


def _beside(base: Path | None) -> tuple[tuple[str, str], ...]:
    """The licence and the notices in a base's folder."""
    if base is None or not base.is_dir():
        return ()
    files = sorted(path for path in base.iterdir() if path.is_file() and _is_either(path.name))
    return tuple((path.name, read_text(path, _LIMIT)) for path in files)


def _apart(texts: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """The texts each under a name of its own, which is not that of the notice that the studio writes."""
    taken, found = {NOTICE.lower()}, list[tuple[str, str]]()
    for name, text in dict.fromkeys(texts):
        path = Path(name)
        tries = (path.name if at == 1 else f"{path.stem}-{at}{path.suffix}" for at in itertools.count(1))
        own = next(one for one in tries if one.lower() not in taken)
        taken.add(own.lower())
        found.append((own, text))
    return tuple(found)


def _is_licence(name: str) -> bool:
    return name.upper().startswith(_LICENCES)


def _is_notice(name: str) -> bool:
    return name.upper().startswith(_NOTICES)


def _is_either(name: str) -> bool:
    return name.upper().startswith((*_LICENCES, *_NOTICES)) and Path(name).suffix.lower() in ("", ".txt", ".md")


def _shipped(identifier: str) -> tuple[tuple[str, str], ...]:
    """The text of a licence that is the same for everybody who gives it."""
    plain = identifier.lower()
    if plain not in {path.stem for path in resource("licences").glob("*.txt")}:
        return ()
    return (("LICENSE", read_text(resource(f"licences/{plain}.txt"))),)


def _named(candidate: Candidate, known: CatalogueModel | None) -> str:
    """The licence's identifier: the catalogue's, else what the files themselves say."""
    if known is not None:
        return known.licence.name.lower().replace(" ", "-")
    for path in (candidate.base, candidate.model):
        if path is None or not path.is_file():
            continue
        try:
            with Gguf(path) as gguf:
                found = gguf.text(_KEY)
        except LorewrightError:
            continue
        if found:
            return found
    return ""


def _notice(base: str, name: str, known: CatalogueModel | None, candidate: Candidate) -> str:
    lines = [
        f"The model in this pack was made from {base}.",
        f"Licence of {base}: {name}" + (f", {known.licence.url}" if known is not None else ""),
    ]
    if candidate.run is not None:
        learnt = f" on {candidate.data}." if candidate.data else "."
        lines.append(f"Its weights were changed: it was trained further with Lorewright{learnt}")
    if known is not None:
        lines.append(" ".join(known.licence.sale.split()))
    return "\n".join(lines) + "\n"
