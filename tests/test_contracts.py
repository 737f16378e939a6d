"""The contracts between the packages: who may import what, also indirectly, and what a wheel carries."""

import ast
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

HEAVY = frozenset({"torch", "transformers", "peft", "trl", "accelerate", "bitsandbytes", "datasets", "llama_cpp"})
QT = frozenset({"PySide6", "shiboken6", "pyqtgraph", "qtawesome", "qasync"})

IMPORT_ALL = """
import importlib, json, sys
from pathlib import Path
skipped, forbidden = sys.argv[1].split(","), sys.argv[2].split(",")
# Not pkgutil: walking imports the very packages that are to be skipped.
paths = [path.relative_to(Path.cwd()).with_suffix("") for path in sorted(Path("studio").resolve().rglob("*.py"))]
names = [".".join(path.parts).removesuffix(".__init__") for path in paths if path.name != "__main__"]
taken = [name for name in names if not set(name.split(".")[1:2]) & set(skipped)]
for name in taken:
    importlib.import_module(name)
loaded = sorted({name.split(".")[0] for name in sys.modules} & set(forbidden))
print(json.dumps({"loaded": loaded, "modules": len(taken)}))
"""


def everything_imported(root: Path, skipped: str, forbidden: frozenset[str]) -> dict[str, object]:
    """What is loaded after every module outside `skipped` was imported in a process of its own."""
    ended = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, skipped, ",".join(forbidden)], capture_output=True, text=True, cwd=root
    )
    assert ended.returncode == 0, ended.stderr
    found: dict[str, object] = json.loads(ended.stdout.splitlines()[-1])
    return found


def test_the_layers_and_the_rooms_hold(root: Path) -> None:
    ended = subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))",
        ],
        capture_output=True,
        text=True,
        cwd=root,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_nothing_outside_the_workers_loads_a_training_library(root: Path) -> None:
    found = everything_imported(root, "workers", HEAVY)
    assert found["loaded"] == []
    assert int(str(found["modules"])) > 50


def test_qt_is_loaded_only_by_the_window(root: Path) -> None:
    assert everything_imported(root, "workers,ui,app", QT)["loaded"] == []


def imported(path: Path) -> Iterator[str]:
    """The top names of every import in a file, lazy ones too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


def offenders(root: Path, names: frozenset[str], allowed: tuple[str, ...]) -> list[str]:
    files = (path.relative_to(root).as_posix() for path in (root / "studio").rglob("*.py"))
    return [file for file in files if not file.startswith(allowed) and names & set(imported(root / file))]


def test_even_a_lazy_import_stays_in_its_room(root: Path) -> None:
    assert offenders(root, HEAVY, ("studio/workers/",)) == []
    assert offenders(root, QT, ("studio/ui/", "studio/app.py")) == []


def test_a_lazy_import_would_be_seen(tmp_path: Path) -> None:
    (tmp_path / "studio" / "jobs").mkdir(parents=True)
    (tmp_path / "studio" / "jobs" / "x.py").write_text("def f():\n    from torch import nn\n", encoding="utf-8")
    assert offenders(tmp_path, HEAVY, ("studio/workers/",)) == ["studio/jobs/x.py"]


def test_set_up_needs_only_what_comes_with_python(root: Path) -> None:
    for path in [root / "launch.py", root / "studio" / "language.py", *(root / "studio" / "setup").glob("*.py")]:
        strange = set(imported(path)) - sys.stdlib_module_names - {"studio"}
        assert not strange, f"{path.name} imports {strange}"


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, built from a copy, so that nothing is left in the tree."""
    folder = tmp_path_factory.mktemp("wheel")
    copy = folder / "source"
    ignored = {"__pycache__", ".venv", ".git", "models", "build", "tests", "benchmarks", "docs", ".lorewright-setup"}
    shutil.copytree(
        root, copy, ignore=lambda _folder, names: [name for name in names if name in ignored or name[0] == "."]
    )
    ended = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-q", "-w", folder, copy],
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return next(folder.glob("lorewright-*.whl"))


def test_the_wheel_carries_every_module_and_every_resource(wheel: Path, root: Path) -> None:
    carried = set(zipfile.ZipFile(wheel).namelist())
    for folder, inside in (("resources", "studio/_resources"), ("sample_scenarios", "studio/_sample_scenarios")):
        for path in (root / folder).rglob("*"):
            if path.is_file():
                assert f"{inside}/{path.relative_to(root / folder).as_posix()}" in carried
    for path in (root / "studio").rglob("*.py"):
        assert path.relative_to(root).as_posix() in carried


def test_the_wheel_works_in_an_empty_environment(wheel: Path, tmp_path: Path) -> None:
    """Installed without this checkout in sight; the libraries come from the environment of the tests."""
    venv.create(tmp_path / "env", with_pip=False)
    python = tmp_path / "env" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    where = Path(
        subprocess.run(
            [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], capture_output=True, text=True
        ).stdout.strip()
    )
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index", "--target", where, wheel], check=True
    )
    # Appended after the wheel's own folder, and without the .pth files that point to a checkout.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(where), sysconfig.get_path("purelib")))}
    outside = {"cwd": tmp_path, "env": environment, "capture_output": True, "text": True}
    asked = (
        "import studio, studio.resources as r; print(studio.__file__, r.samples(), r.resource('tools.yaml').is_file())"
    )
    told = subprocess.run([python, "-c", asked], **outside).stdout.split()  # type: ignore[call-overload] # one dict
    assert told == [str(where / "studio/__init__.py"), str(where / "studio/_sample_scenarios"), "True"]
    samples = where / "studio" / "_sample_scenarios"
    ended = subprocess.run([python, "-m", "studio", "check", samples], **outside)  # type: ignore[call-overload] # same
    assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr[-2000:]
