"""Owns what a converted model's file says of where it came from: base, data, licence, run, and what made it."""

import hashlib
import json
from pathlib import Path

import yaml

from studio import __version__
from studio.dataset.builds import Build
from studio.errors import LorewrightError
from studio.files import read_text
from studio.gguf.naming import ModelName
from studio.gguf.reader import Gguf
from studio.gguf.starter import NAME as STARTER_FILE
from studio.jobs.runs import CONFIG, Run
from studio.training.catalogue import CatalogueModel, catalogue
from studio.training.checkpoints import STATE, checkpoints_of, run_of
from studio.workers._merge import Source

_CARD = "README.md"


def entries_of(source: Source, name: ModelName) -> dict[str, object]:
    """The entries by their keys; what is not known is left out."""
    base, run = source.base.path, run_of(source.path) or source.path
    known = _in_catalogue(base)
    found: dict[str, object] = {
        "general.basename": name.base,
        "general.size_label": name.size,
        "general.version": name.version,
        "general.quantized_by": f"Lorewright {__version__}",
        "general.base_model.count": 1,
        "general.base_model.0.name": source.base.name,
        "lorewright.version": __version__,
        "lorewright.base": base.name,
    }
    if known is not None and known.repo:
        found["general.base_model.0.repo_url"] = f"https://huggingface.co/{known.repo}"
    licence = _licence(base) or (known.licence.name if known is not None else None)
    if licence:
        found["general.license"] = licence
    if known is not None:
        found["general.license.link"] = known.licence.url
    if source.adapter is not None and (run / CONFIG).is_file():
        found |= {"general.finetune": name.finetune, "lorewright.run": run.name}
        found["lorewright.adapter"] = source.trained or ""
        found |= _data(run)
    return found


def _data(run: Path) -> dict[str, object]:
    """What a run learned from: a build by its name and version, or how many scenarios."""
    config = Run(run).config()
    if config.get("dataset"):
        path = Path(str(config["dataset"]))
        try:
            name = Build.open(path).name
        except LorewrightError:
            name = f"{path.parent.name}/{path.name}"
        title, _slash, version = name.partition("/")
    else:
        scenarios = config.get("scenarios")
        count = len(scenarios) if isinstance(scenarios, list) else 0
        title, version = "scenarios", "-".join((str(count), *_digest(run)))
    return {
        "general.dataset.count": 1,
        "general.dataset.0.name": title,
        "general.dataset.0.version": version,
        "lorewright.dataset": f"{title}/{version}",
    }


def _digest(run: Path) -> tuple[str, ...]:
    """What the scenarios were when the run learned from them, in one word, from its newest checkpoint; or nothing."""
    for checkpoint in checkpoints_of(run):
        try:
            data = json.loads(read_text(checkpoint.path / STATE))["footing"]["data"]
            return (hashlib.sha256(" ".join(sorted(map(str, data.values()))).encode()).hexdigest()[:12],)
        except (LorewrightError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            continue
    return ()


def _in_catalogue(base: Path) -> CatalogueModel | None:
    stem = base.name.removesuffix(".gguf")
    name = "starter" if stem.startswith(STARTER_FILE) and base.is_file() else stem
    return next((model for model in catalogue() if model.id == name), None)


def _licence(base: Path) -> str | None:
    """The licence that a base itself names, as a GGUF's entry or at the head of a folder's card."""
    if base.is_file():
        with Gguf(base) as gguf:
            return gguf.text("general.license")
    try:
        head, _line, _rest = read_text(base / _CARD).removeprefix("---\n").partition("\n---")
        values = yaml.safe_load(head)
    except (LorewrightError, yaml.YAMLError, RecursionError):
        return None
    licence = values.get("license") if isinstance(values, dict) else None
    return licence if isinstance(licence, str) and len(licence) < 100 else None
