from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import NotSaved
from studio.workspace import Document, Recovery
from studio.workspace.documents import ChangedOnDisk, ReadOnly


@given(
    st.text(alphabet=st.sampled_from("ab\u00a0é\U0001f3b2\u2028<>"), max_size=40),
    st.booleans(),
    st.booleans(),
    st.data(),
)
def test_reading_and_encoding_give_the_same_bytes(
    tmp_path_factory: pytest.TempPathFactory, line: str, windows: bool, bom: bool, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / "document.md"
    end = "\r\n" if windows else "\n"
    content = ("\ufeff" if bom else "") + end.join(line)
    path.write_bytes(content.encode())
    document = Document.read(path)
    assert document.locked is None
    assert document.encoded(document.text) == content


def test_mixed_line_ends_are_told_before_they_are_made_one(tmp_path: Path) -> None:
    path = tmp_path / "mixed.md"
    path.write_bytes(b"a\r\nb\nc\r\n")
    document = Document.read(path)
    assert document.notice is not None and document.locked is None
    saved = document.saved(document.text)
    assert path.read_bytes() == b"a\r\nb\r\nc\r\n"
    assert saved.notice is None


@pytest.mark.parametrize("content", [b"a\rb", b"a\x00b", "a\u2029b".encode(), b"\xff\xfe"])
def test_what_the_editor_would_change_is_locked_and_never_written(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "odd.md"
    path.write_bytes(content)
    document = Document.read(path)
    assert document.locked
    with pytest.raises(ReadOnly):
        document.saved("other")
    assert path.read_bytes() == content


def test_a_change_by_another_program_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("one")
    document = Document.read(path)
    path.write_text("two")
    with pytest.raises(ChangedOnDisk):
        document.saved("mine")
    assert path.read_text() == "two"
    document.saved("mine", over_changes=True)
    assert path.read_text() == "mine"


def test_saving_twice_sees_its_own_first_save(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("one")
    document = Document.read(path).saved("two").saved("three")
    assert path.read_text() == "three" and document.text == "three"


def test_a_file_that_was_deleted_is_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("one")
    document = Document.read(path)
    path.unlink()
    document.saved("two")
    assert path.read_text() == "two"


def test_a_failed_save_leaves_the_document_as_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "f"
    folder.mkdir()
    path = folder / "a.md"
    path.write_text("one")
    document = Document.read(path)
    path.unlink()
    folder.rmdir()
    folder.write_text("a file")
    with pytest.raises(NotSaved):
        document.saved("two")
    assert document.text == "one"


def test_recovery_keeps_what_differs_from_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("one")
    document, recovery = Document.read(path), Recovery(tmp_path / "recovery")
    assert recovery.kept(document) is None
    recovery.keep(path, "two")
    assert recovery.kept(document) == "two"
    assert recovery.kept(document.saved("two")) is None
    recovery.forget(path)
    recovery.forget(path)
    assert recovery.kept(document) is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"text": 3}', b"\xff", b'{"path": "x"}'])
def test_a_damaged_recovery_is_no_recovery(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.md"
    path.write_text("one")
    recovery = Recovery(tmp_path / "recovery")
    recovery.keep(path, "two")
    next((tmp_path / "recovery").iterdir()).write_bytes(content)
    assert recovery.kept(Document.read(path)) is None
