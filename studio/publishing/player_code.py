"""Owns which of the studio's modules the friend's player needs, and putting a copy of them beside it.

They are found by reading the imports, from the player's own files on: no list to keep, nothing that is not needed. What
only a type checker imports is left out. With them go the shipped data that they name and what its licence asks for.
"""

import ast
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import studio
from studio.resources import resource

ROOT = Path(studio.__file__).resolve().parent
_DATA = f"{ROOT.name}/_resources"
"""Where `studio.resources` looks for shipped data inside a package."""


@dataclass(frozen=True, slots=True)
class Needed:
    """What a program needs of the studio: its modules and shipped data by name, and the packages of others."""

    modules: tuple[str, ...]
    data: tuple[str, ...]
    packages: tuple[str, ...]


def needed(programs: Sequence[Path]) -> Needed:
    """What some programs need, and everything that this needs in turn."""
    modules, data, packages = set[str](), set[str](), set[str]()
    due = [name for path in programs for name in _imports(_tree(path))]
    while due:
        name = due.pop()
        if name.partition(".")[0] != ROOT.name:
            packages.add(name.partition(".")[0])
        elif (path := source_of(name)) is not None and name not in modules:
            modules.add(name)
            tree = _tree(path)
            data.update(_named_data(tree))
            due += [*_imports(tree), *([name.rpartition(".")[0]] if "." in name else [])]
    return Needed(tuple(sorted(modules)), tuple(sorted(data)), tuple(sorted(packages)))


def source_of(module: str) -> Path | None:
    """The file of one of the studio's modules, None where a name is none."""
    place = ROOT.parent.joinpath(*module.split("."))
    found = (place / "__init__.py", place.with_suffix(".py"))
    return next((path for path in found if path.is_file()), None)


def put_code(folder: Path, wanted: Needed) -> None:
    """Puts modules and data into a folder, so that programs in it find them as `studio`."""
    for module in wanted.modules:
        source = source_of(module)
        assert source is not None
        _copy(source, folder / source.relative_to(ROOT.parent))
    for name in wanted.data:
        _copy(resource(name), folder / _DATA / name)
        told = resource(name).with_name("ATTRIBUTION.md")
        if told.is_file():
            _copy(told, folder / _DATA / Path(name).with_name(told.name))


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def _imports(tree: ast.AST) -> Iterator[str]:
    """What is imported when a program runs, at once or later. A name out of a package may be a module of its own."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            yield from (name for other in node.orelse for name in _imports(other))
        else:
            yield from _imports(node)


def _named_data(tree: ast.AST) -> Iterator[str]:
    """The shipped data that a module names: `resource("tools.yaml")`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == resource.__name__:
            match node.args:
                case [ast.Constant(value=str(name))]:
                    yield name
