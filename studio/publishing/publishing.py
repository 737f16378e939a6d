"""Owns publishing: every gate is asked, the version is made, the pointer moves, and the first load proves it.

What a gate measures stands with the gate; a gate that cannot be asked keeps shut and says why.
"""

import datetime
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from studio.errors import Cancelled, InputError, LorewrightError
from studio.jobs.kept_paths import kept_path, root_above
from studio.jobs.protocol import Fields
from studio.language import N_, _
from studio.publishing.candidate import Candidate
from studio.publishing.version import Version, VersionDamaged
from studio.publishing.versions import Pointer, PointerDamaged, Shelf

T = TypeVar("T")


class NotPublishable(InputError):
    """A gate refused a model."""

    sentence = N_("{model} was not published as “{name}”: {reasons} What was in use stays in use.")


class FirstLoadFailed(InputError):
    """A version was published and could not be loaded."""

    sentence = N_("Version {version} of “{name}” does not load: {reason} {after}")


_BACK = N_("Version {number} is in use again.")
_NONE = N_("Nothing is published under this name now.")


_ADVICE = {
    "validate": N_("Convert it again; `lorewright validate FILE` tells of every check."),
    "parity": N_("Convert it again, or less tightly (--quant Q8_0); `lorewright parity RUN` tells of every step."),
    "suite": N_(
        "Write what `lorewright evaluate RUN` says is missing, and train again; or, where it is good enough for you, "
        "write limits of your own into a file and name it with --gate FILE."
    ),
}
"""What to do where a gate refuses."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a gate found: `reasons` are sentences, none where it is passed; `figures` are kept on the version's card.

    `way` is what to do about these reasons, where it is not what that gate usually asks for.
    """

    gate: str
    reasons: tuple[str, ...] = ()
    figures: Fields = field(default_factory=dict)
    way: str = ""

    @property
    def passed(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.reasons

    @property
    def advice(self) -> str:
        """What to do where it refuses, else nothing."""
        return self.way or (_(_ADVICE[self.gate]) if self.reasons and self.gate in _ADVICE else "")

    def as_json(self) -> Fields:
        """Plain values for a card."""
        told: Fields = {"gate": self.gate, "passed": self.passed, "reasons": list(self.reasons)}
        return {**told, "advice": self.advice, "figures": self.figures}


class Gate(Protocol):
    """What a model must pass before it is published."""

    @property
    def name(self) -> str:
        """What people call it."""

    async def ask(self, candidate: Candidate) -> Finding:
        """What it finds; an error counts as a reason against."""


Told = Callable[[str], None]
Prove = Callable[[Version], Awaitable[None]]
"""Loads a version as a game would and lets it write a little; raises where it does not."""


async def asked(gates: Sequence[Gate], candidate: Candidate, told: Told) -> list[Finding]:
    """What every gate finds, also after one has refused, so that all reasons are told at once."""
    findings = []
    for gate in gates:
        told(gate.name)
        try:
            findings.append(await gate.ask(candidate))
        except Cancelled:
            raise
        except LorewrightError as error:
            findings.append(Finding(gate.name, (str(error),)))
    return findings


async def publish(
    candidate: Candidate,
    shelf: Shelf,
    findings: Sequence[Finding],
    prove: Prove,
    *,
    tools: Sequence[str],
    scores: Fields,
    now: datetime.datetime,
) -> Version:
    """Makes a version of a candidate and puts it in use.

    Raises NotPublishable with every reason, FirstLoadFailed with the version before in use again, or NotSaved.
    """
    reasons = [f"{finding.gate}: {reason}" for finding in findings for reason in finding.reasons]
    if reasons:
        raise NotPublishable(model=candidate.model.name, name=shelf.name, reasons=" ".join(reasons))
    about: Fields = {
        "published": now.astimezone(datetime.UTC).isoformat(timespec="seconds"),
        "source": kept_path(str(candidate.run or candidate.model), root_above(shelf.folder, 3)),
        "base": candidate.base_name,
        "quantisation": candidate.quantisation,
        "data": candidate.data,
        "tools": list(tools),
        "scores": scores,
        "gates": [finding.as_json() for finding in findings],
    }
    with shelf.alone():
        before = _before(shelf)
        version = shelf.add(candidate.files, about)
        passed = () if before is None else (*before.before, before.version)
        shelf.point_to(Pointer(version=version.card.version, before=passed))
        try:
            await prove(version)
        except LorewrightError as error:
            shelf.take_back(before)
            raise _failed(shelf, version.card.version, before, error) from error
        except BaseException:
            shelf.take_back(before)
            raise
        shelf.point_to(Pointer(version=version.card.version, before=passed, proven=True))
    return version


async def load_published(shelf: Shelf, load: Callable[[Version], Awaitable[T]]) -> T:
    """Loads what is in use by `load`. A version that was never proven and does not load is rolled back.

    Raises NotPublished, VersionDamaged, FirstLoadFailed, or what `load` raises of a version that did load before.
    """
    version, pointer = shelf.current(), shelf.pointer()
    assert pointer is not None
    if pointer.proven:
        return await load(version)
    try:
        loaded = await load(version)
    except LorewrightError as error:
        before = (
            Pointer(version=pointer.before[-1], before=pointer.before[:-1], proven=True) if pointer.before else None
        )
        with shelf.alone():
            if shelf.pointer() == pointer:
                shelf.take_back(before)
        raise _failed(shelf, pointer.version, before, error) from error
    with shelf.alone():
        if shelf.pointer() == pointer:
            shelf.point_to(pointer.model_copy(update={"proven": True}))
    return loaded


def _before(shelf: Shelf) -> Pointer | None:
    """The pointer as it stands; where it is damaged, one to the newest version that is whole."""
    try:
        return shelf.pointer()
    except PointerDamaged:
        whole = [number for number in shelf.numbers() if _is_whole(shelf, number)]
        return Pointer(version=whole[-1], before=tuple(whole[:-1])) if whole else None


def _is_whole(shelf: Shelf, number: int) -> bool:
    try:
        shelf.version(number).verify()
    except VersionDamaged:
        return False
    return True


def _failed(shelf: Shelf, version: int, before: Pointer | None, error: LorewrightError) -> FirstLoadFailed:
    after = _(_BACK).format(number=before.version) if before is not None else _(_NONE)
    return FirstLoadFailed(name=shelf.name, version=version, reason=str(error), after=after)
