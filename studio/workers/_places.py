"""Owns where a job's request says that things are: its run folder, and the cache of bases."""

from pathlib import Path

from studio.errors import PathMissing
from studio.workers._serve import Request


def run_folder(request: Request) -> Path:
    """The folder of the run; raises PathMissing."""
    folder = Path(request.get("run", str))
    if not folder.is_dir():
        raise PathMissing(path=folder)
    return folder


def cache_of(request: Request, folder: Path) -> Path:
    """Where bases made from a GGUF are kept: as asked, else among the private things of the run's workspace."""
    cache = request.fields.get("cache")
    return Path(cache) if isinstance(cache, str) else folder.parent.parent / ".lorewright" / "bases"
