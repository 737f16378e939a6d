import ast
import copy
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import studio
from studio.errors import (
    InputError,
    LorewrightError,
    NotSaved,
    PathMissing,
    UnexpectedFailure,
    did_you_mean,
    from_event,
)

SOURCES = Path(studio.__file__).parent


def error_classes() -> list[tuple[str, Path]]:
    """The names of all classes in the source that derive, by whatever way, from LorewrightError."""
    found: dict[str, tuple[set[str], Path]] = {}
    for path in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                bases = {base.id for base in node.bases if isinstance(base, ast.Name)}
                found.setdefault(f"{node.name}@{path}", (bases, path))
    names, size = {"LorewrightError"}, 0
    while size != len(names):
        size = len(names)
        names |= {key.split("@")[0] for key, (bases, _) in found.items() if bases & names}
    return [(key.split("@")[0], path) for key, (_, path) in found.items() if key.split("@")[0] in names]


def test_every_error_has_a_name_of_its_own():
    names = [name for name, _ in error_classes()]
    assert len(names) > 20
    assert sorted(names) == sorted(set(names))


def test_no_error_is_defined_where_its_reader_cannot_import_it():
    """A worker reports by name; the window never imports studio.workers."""
    workers = SOURCES / "workers"
    assert [(name, path.name) for name, path in error_classes() if path.is_relative_to(workers)] == []


def test_an_error_crosses_a_process_boundary_with_its_fields():
    error = NotSaved(path=Path("/a/b.md"), reason="No space left on device")
    event = error.as_event()
    again = from_event(event["code"], event["fields"])
    assert type(again) is NotSaved
    assert str(again) == str(error)
    assert again.exit_code == 4


@given(st.text(), st.dictionaries(st.text(), st.none() | st.integers() | st.text(), max_size=5))
def test_an_unknown_code_is_our_bug_and_any_fields_make_a_sentence(code, fields):
    assert isinstance(from_event("of no studio " + code, fields), UnexpectedFailure)
    assert str(from_event("PathMissing", fields))
    assert from_event("PathMissing", {"self": 1}).fields == {"self": 1}


@given(st.text())
def test_braces_in_a_field_are_text(path):
    assert path in str(PathMissing(path=path))


def test_a_missing_field_shows_its_name():
    assert "{path}" in str(PathMissing())


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))])
def test_an_error_can_be_copied_and_pickled(again):
    error = again(NotSaved(path="x.md", reason="full"))
    assert type(error) is NotSaved
    assert error.fields == {"path": "x.md", "reason": "full"}


def test_exit_codes_stand_in_the_kind():
    assert issubclass(NotSaved, LorewrightError)
    assert (PathMissing.exit_code, InputError.exit_code, NotSaved.exit_code, UnexpectedFailure.exit_code) == (
        2,
        3,
        4,
        70,
    )


@pytest.mark.parametrize(
    ("word", "near"),
    [("stelth", "Stealth"), ("STEALTH", "Stealth"), ("persusion", "persuasion"), ("zzz", None), ("", None)],
)
def test_did_you_mean(word, near):
    assert did_you_mean(word, ["Stealth", "persuasion"]) == near
