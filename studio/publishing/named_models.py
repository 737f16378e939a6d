"""Owns which models a person's words mean: paths, addresses, and names in a workspace."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from studio.inference.engine import Engine
from studio.inference.opening import open_engine
from studio.inference.remote import is_address
from studio.language import N_, _
from studio.publishing.candidate import usual_file
from studio.publishing.listed_models import listed, run_named
from studio.publishing.versions import published
from studio.training.playing import is_run, only_model
from studio.workspace import Workspace

TAKEN = N_("a published name, a converted model, a run, a GGUF, a folder, `starter` or ADDRESS#MODEL")
"""What can be named where a model is measured or played."""


@dataclass(slots=True)
class Named:
    """The models of a workspace by what they were called. Adapters of published versions are known by their names.

    `key` is the name of the key that goes to addresses.
    """

    root: Path
    key: str | None = None
    _adapters: dict[str, tuple[Path, Path]] = field(default_factory=dict)
    _keys: dict[str, str] = field(default_factory=dict)

    def all(self, words: Sequence[str]) -> list[str]:
        """What each word means, before anything is loaded; raises as `one` does."""
        return [self.one(word) for word in words]

    def one(self, word: str) -> str:
        """A path or an address as it is; else what a name means: a published version, a converted model, one of the
        list of models, a run.

        Of a converted model's folder it is the file that publishing would take, of another the only model in it.
        Raises PathMissing, UnknownModel, CardDamaged, or what reading a version raises.
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
        if Path(word).name == word and folder.is_dir() and any(folder.glob("*.gguf")):
            return _meant(folder) or str(folder)
        return self._listed(word) or str(run_named(Workspace(self.root), word, _(TAKEN)))

    def _listed(self, word: str) -> str | None:
        """What a name of the list of models means, `starter` too."""
        known = listed(Workspace(self.root), word)
        if known is None or known.path is None:
            if known is not None and known.key:
                self._keys[known.id] = known.key
            return known.id if known is not None else None
        if known.adapter is None:
            return str(known.path)
        self._adapters[word] = known.path, known.adapter
        return word

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
        return await open_engine(model, key=self.key or self._keys.get(model))


def _meant(path: Path) -> str | None:
    """The file that a folder means, where that is clear."""
    if not path.is_dir() or is_run(path) or (path / "config.json").is_file():
        return None
    file = usual_file(path) or only_model(path)
    return None if file is None else str(file)
