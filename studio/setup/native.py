"""Owns the two parts whose right build depends on the machine: torch and llama-cpp-python."""

import re
import shutil
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from studio.language import _
from studio.setup import choices, libraries
from studio.setup.choices import Choice
from studio.setup.failures import NoChoiceLeft, SetupFailed
from studio.setup.packages import index_answers, pinned, requirements
from studio.setup.parts import source_archive
from studio.setup.proofs import prove
from studio.setup.tables import table
from studio.setup.trials import first_that_works
from studio.setup.wheels import WheelCache
from studio.setup.work import Work

Facts = Mapping[str, Any]
_NINJA = re.compile(r"\[(\d+)/(\d+)\]")


def torch(work: Work) -> Facts:
    """torch in the build that fits the card the driver reports, proven by one training step."""
    won = first_that_works(
        choices.torch(work.machine),
        lambda choice: _install_torch(work, choice),
        lambda: prove("torch", work.places, work.places.python),
        work.told,
    )
    return {**won.proof.facts, "choice": won.choice.name, "refused": list(won.refused)}


def _install_torch(work: Work, choice: Choice) -> None:
    work.ledger.change(work.name, size=choice.size)
    version = pinned(work.places.root, "torch")
    if choice.index is None:
        work.pip.install([f"torch=={version}"])
        return
    _ask(choice.index)
    work.told(_("installing {choice}").format(choice=choice))
    work.pip.install([f"torch=={version}+{choice.index.rsplit('/', 1)[1]}"], "--extra-index-url", choice.index)


def _ask(index: str) -> None:
    if not index_answers(index):
        raise SetupFailed(_("{index} does not answer").format(index=index))


def play(work: Work) -> Facts:
    """llama-cpp-python: what is there, else a wheel of its maintainers, else one built here; proven by a decode."""
    root, python = work.places.root, work.places.python
    work.pip.install([row for row in requirements(root, "play") if not row.startswith("llama-cpp-python")])
    model = work.places.models / table("files")["starter"]["file"]
    proof = prove("decode", work.places, python, model)
    if proof.works and proof.facts.get("version") == pinned(root, "llama-cpp-python"):
        return {**proof.facts, "choice": "kept", "refused": []}
    builder = _Llama(work)
    try:
        won = first_that_works(
            choices.llama(work.machine),
            builder.install,
            lambda: prove("decode", work.places, python, model),
            work.told,
            builder.disown,
        )
    except NoChoiceLeft as error:
        if work.machine.has_compiler:
            raise
        line = libraries.compiler_command(work.machine, libraries.family())
        raise NoChoiceLeft(
            _(
                "Play is off: no ready-made build fits, and there is no C++ compiler. Run `{line}`, then start again."
            ).format(line=line)
        ) from error
    return {**won.proof.facts, "choice": won.choice.name, "flags": list(won.choice.flags), "refused": list(won.refused)}


class _Llama:
    """Gets one choice of llama-cpp-python: from our cache, else from the maintainers, else from a compiler."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._version = pinned(work.places.root, "llama-cpp-python")
        self._cache = WheelCache(work.places.cache / "wheels")

    def install(self, choice: Choice) -> Path:
        """The wheel of a choice, installed."""
        cached = self._cache.find(self._key(choice))
        if cached is not None:
            try:
                return self._put(cached, choice)
            except SetupFailed:
                self.disown(choice)  # damaged on disk, or for another Python: got anew
        return self._put(self._get(choice), choice)

    def _put(self, wheel: Path, choice: Choice) -> Path:
        self._work.told(_("installing {choice}").format(choice=choice))
        self._work.pip.install([wheel], "--no-deps", "--force-reinstall")
        self._work.told(_("trying one decode"))
        return wheel

    def disown(self, choice: Choice) -> None:
        """Forgets a wheel that does not decode here, so that no later set-up is handed it."""
        self._cache.drop(self._key(choice))

    def _key(self, choice: Choice) -> str:
        return self._cache.key("llama_cpp_python", self._version, choice, self._work.machine.architecture)

    def _get(self, choice: Choice) -> Path:
        folder = self._work.temporary / "wheel"
        if choice.built:
            self._build(choice, folder)
        else:
            _ask(choice.index or "")
            self._work.told(_("fetching {choice}").format(choice=choice))
            wanted = f"llama-cpp-python=={self._version}"
            self._work.pip.download(folder, "--only-binary", ":all:", "--index-url", choice.index or "", wanted)
        return self._cache.keep(self._key(choice), next(folder.glob("*.whl")))

    def _build(self, choice: Choice, folder: Path) -> None:
        if not self._work.machine.has_compiler:
            raise SetupFailed(_("there is no C++ compiler"))
        kept = self._work.places.building
        source = self._unpacked(kept / f"llama_cpp_python-{self._version}")
        objects = kept / self._key(choice)
        resumed = objects.exists()
        self._work.told(_("building {choice}; this takes some minutes").format(choice=choice))
        try:
            self._compile(source, objects, folder, choice)
        except SetupFailed:
            shutil.rmtree(objects, ignore_errors=True)
            if not resumed:
                raise
            self._compile(source, objects, folder, choice)  # what an interruption left was of no use
        shutil.rmtree(kept, ignore_errors=True)

    def _unpacked(self, target: Path) -> Path:
        """The source at a path that stays the same, without which the compiler's work could not be taken up again."""
        if not target.exists():
            half = self._work.temporary / "source"
            with tarfile.open(source_archive(self._work)) as tar:
                tar.extractall(half, filter="data")
            target.parent.mkdir(parents=True, exist_ok=True)
            (half / target.name).replace(target)
        return target

    def _compile(self, source: Path, objects: Path, folder: Path, choice: Choice) -> None:
        settings = {
            "CMAKE_ARGS": " ".join(choice.flags),
            "CMAKE_BUILD_PARALLEL_LEVEL": str(self._work.machine.cores),
            "SKBUILD_BUILD_DIR": str(objects),
        }
        self._work.pip.build(source, folder, settings, self._built)

    def _built(self, line: str) -> None:
        found = _NINJA.search(line)
        if found and int(found[2]) > 10:  # shorter counts are cmake's own trials
            self._work.progress(min(0.97, int(found[1]) / int(found[2])))
