"""Owns which models a person's words mean: paths, addresses, and names in a workspace."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from studio.errors import PathMissing, UsageError, did_you_mean
from studio.inference.engine import Engine
from studio.inference.opening import open_engine
from studio.inference.remote import is_address
from studio.jobs.run_names import NoSuchRun, find_run
from studio.language import N_, _
from studio.publishing.candidate import usual_file
from studio.publishing.versions import names, published


class UnknownModel(UsageError):
    """A word means no model here."""

    sentence = N_("Nothing published, no converted model and no run is called “{name}” here. {advice}")


@dataclass(slots=True)
class Named:
    """The models of a workspace by what they were called. Adapters of published versions are known by their names.

    `key` is the name of the key that goes to addresses.
    """

    root: Path
    key: str | None = None
    _adapters: dict[str, tuple[Path, Path]] = field(default_factory=dict)

    def all(self, words: Sequence[str]) -> list[str]:
        """What each word means, before anything is loaded; raises as `one` does."""
        return [self.one(word) for word in words]

    def one(self, word: str) -> str:
        """A path or an address as it is; else what a name means: a published version, a converted model, a run.

        Of a converted model's folder it is the file that publishing would take. Raises PathMissing, UnknownModel,
        CardDamaged, or what reading a version raises.
        """
        if is_address(word):
            return word
        if Path(word).exists():
            return _meant(Path(word)) or word
        shelf = published(self.root / "models", word)
        if shelf is not None:
            version = shelf.current()
            if version.adapter is None:
                return str(version.model)
            self._adapters[word] = version.model, version.adapter
            return word
        folder = self.root / "models" / word
        if Path(word).name == word and folder.is_dir() and (files := sorted(folder.glob("*.gguf"))):
            return str(files[0]) if len(files) == 1 else _meant(folder) or str(folder)
        if Path(word).suffix.lower() == ".gguf" or Path(word).name != word:
            raise PathMissing(path=word)
        try:
            return str(find_run(self.root / "runs", word).path)
        except NoSuchRun as error:
            known = [*names(self.root / "models"), *_converted(self.root / "models")]
            near = did_you_mean(word, known)
            advice = _("Did you mean “{near}”?").format(near=near) if near else error.fields["advice"]
            raise UnknownModel(name=word, advice=advice) from error

    @property
    def bases(self) -> dict[str, str]:
        """The untrained models of those that are an adapter on one."""
        return {name: str(model) for name, (model, _adapter) in self._adapters.items()}

    def adapter(self, model: str) -> Path | None:
        """The adapter on the file of what `one` gave, where there is one."""
        return self._adapters[model][1] if model in self._adapters else None

    def file(self, model: str) -> str:
        """What is loaded of what `one` gave, but for an adapter."""
        return str(self._adapters[model][0]) if model in self._adapters else model

    async def open(self, model: str) -> Engine:
        """The engine of what `one` gave."""
        if model in self._adapters:
            base, adapter = self._adapters[model]
            return await open_engine(base, adapter=adapter)
        return await open_engine(model, key=self.key)


def _meant(path: Path) -> str | None:
    file = usual_file(path) if path.is_dir() else None
    return None if file is None else str(file)


def _converted(models: Path) -> list[str]:
    """The names of the converted models."""
    found = models.iterdir() if models.is_dir() else ()
    return sorted(path.name for path in found if path.is_dir() and not path.name.startswith("."))
