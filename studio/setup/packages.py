"""Owns installing Python packages into the environment with pip, under the user's own pip settings.

Which index, proxy, certificate or folder of wheels pip uses is the user's affair: their settings are kept, and a wheel
index is only ever added for the two packages whose maintainers have one of their own.
"""

import csv
import os
import re
import shutil
import threading
import tomllib
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.language import _
from studio.setup import children
from studio.setup.failures import SetupFailed, explain

_INDEX_SECONDS = 6.0


def requirements(root: Path, group: str | None = None) -> list[str]:
    """What pyproject.toml asks for: the window's packages, or those of an extra."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return list(project["optional-dependencies"][group] if group else project["dependencies"])


def pinned(root: Path, name: str) -> str:
    """The version of a package in constraints.txt."""
    found = re.search(
        rf"^{re.escape(name)}==(\S+)", (root / "constraints.txt").read_text(encoding="utf-8"), re.MULTILINE
    )
    if found is None:
        raise SetupFailed(_("constraints.txt does not say which version of {name} to use.").format(name=name))
    return found[1]


def index_answers(url: str, seconds: float = _INDEX_SECONDS) -> bool:
    """Whether a wheel index can be reached; proxies are honoured, and no answer in time is a no."""
    answers: list[bool] = []
    asking = threading.Thread(target=lambda: answers.append(_ask(url, seconds)), daemon=True)
    asking.start()
    asking.join(seconds)  # the resolver has no time-out of its own
    return answers == [True]


def _ask(url: str, seconds: float) -> bool:
    try:
        with urllib.request.urlopen(url.rstrip("/") + "/", timeout=seconds) as answer:
            return bool(answer.status < 400)
    except (OSError, ValueError):
        return False


@dataclass(frozen=True, slots=True)
class Pip:
    """pip of one environment, working for one part of the set-up."""

    root: Path
    python: Path
    temporary: Path
    """Where its downloads and builds lie; its size tells how far a download is."""
    log: Path
    installing: threading.Lock
    """Held while packages are written, so that two lanes never write at once."""
    on_tick: Callable[[], None] = lambda: None

    def install(self, wanted: Sequence[str | Path], *options: str | Path) -> None:
        """Installs under the constraints; raises SetupFailed with a sentence for a person."""
        with self.installing:
            # Bytecode is written at the first import, and only for what is imported: much less than all of it.
            self._run(["install", "--no-compile", "-c", self.root / "constraints.txt", *options, *wanted])

    def download(self, folder: Path, *words: str | Path) -> None:
        """Downloads without dependencies into `folder`."""
        self._run(["download", "--no-deps", "-d", folder, *words])

    def build(self, source: Path, folder: Path, environment: Mapping[str, str], on_line: Callable[[str], None]) -> None:
        """Builds one wheel into `folder`, never from pip's cache, which ignores the flags of a build."""
        self._run(["wheel", "-v", "--no-deps", "--no-cache-dir", "-w", folder, source], environment, on_line)

    def _run(
        self,
        words: Sequence[str | Path],
        environment: Mapping[str, str] | None = None,
        on_line: Callable[[str], None] | None = None,
    ) -> None:
        self.temporary.mkdir(parents=True, exist_ok=True)
        # The log's path in the command is also how a later start recognises a pip that outlived its parent.
        options: list[str | Path] = ["--no-input", "--disable-pip-version-check", "--log", self.temporary / "pip.log"]
        command: list[str | Path] = [self.python, "-m", "pip", words[0], *options, *words[1:]]
        folder = {name: str(self.temporary) for name in ("TMPDIR", "TEMP", "TMP")}
        # A user-wide setting for installs outside of environments would refuse ours.
        everything = {**folder, "PIP_USER": "0", **(environment or {})}
        if on_line is None:
            ended = children.run(command, self.log, environment=everything, on_tick=self.on_tick)
        else:  # the lines tell the progress better than the time does
            ended = children.run(command, self.log, environment=everything, on_line=on_line)
        shutil.rmtree(self.temporary, ignore_errors=True)
        if not ended.well:
            raise SetupFailed(explain(ended.output))


def site_packages(venv: Path) -> Path:
    """The folder of an environment into which packages are installed."""
    if os.name == "nt":
        return venv / "Lib" / "site-packages"
    return next(iter(sorted((venv / "lib").glob("python3*"))), venv / "lib" / "python3") / "site-packages"


def mend(site: Path) -> list[str]:
    """Removes the record of every package whose files are not all there, so that pip installs it again.

    An interrupted pip can leave the record (which makes pip believe that the package is installed) without the files.
    Returns the names of those packages.
    """
    broken = [folder for folder in sorted(site.glob("*.dist-info")) if not _complete(folder)]
    for folder in broken:
        shutil.rmtree(folder)
    for rest in site.glob("~*"):  # what pip renames while it replaces a package
        shutil.rmtree(rest, ignore_errors=True)
    return [folder.name.split("-")[0] for folder in broken]


def _complete(record_folder: Path) -> bool:
    try:
        with (record_folder / "RECORD").open(encoding="utf-8", newline="") as stream:
            rows = [row for row in csv.reader(stream) if row]
    except OSError:
        return False
    return all(_there(record_folder.parent / row[0], row[2]) for row in rows if not row[0].endswith(".pyc"))


def _there(path: Path, size: str) -> bool:
    try:
        found = path.stat().st_size
    except OSError:
        return False
    return not size or found == int(size)
