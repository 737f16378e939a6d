"""Every way in which a file can be bad, and that saving gives back what was read."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import NotSaved
from studio.files import TEXT_LIMIT
from studio.workspace import Document
from studio.workspace.documents import ChangedOnDisk, OnDisk, ReadOnly

ENDS = st.sampled_from(["\n", "\r\n", "\r"])


@contextmanager
def somebody_else() -> Iterator[None]:
    """Acts as a user without rights, where the tests run as one who has all."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@given(
    st.lists(
        st.tuples(st.text(alphabet=st.sampled_from("ab\u00a0é\U0001f3b2\u2028<>\u05d0\u200f"), max_size=4), ENDS),
        max_size=8,
    ),
    st.booleans(),
)
def test_any_text_is_given_back_byte_for_byte(
    tmp_path_factory: pytest.TempPathFactory, lines: list[tuple[str, str]], bom: bool
) -> None:
    path = tmp_path_factory.getbasetemp() / "document.md"
    content = (("\ufeff" if bom else "") + "".join(line + end for line, end in lines)).encode()
    path.write_bytes(content)
    document = Document.read(path)
    assert document.locked is None and "\r" not in document.text
    document.saved(document.text)
    assert path.read_bytes() == content


def test_in_a_file_of_mixed_line_ends_each_line_keeps_its_own(tmp_path: Path) -> None:
    path = tmp_path / "mixed.md"
    path.write_bytes(b"one\r\ntwo\nthree\rfour\r\nfive")
    document = Document.read(path)
    assert document.text == "one\ntwo\nthree\nfour\nfive"
    document = document.saved("zero\none\ntwo\nTHREE\nfour\nfive\nsix")
    assert path.read_bytes() == b"zero\r\none\r\ntwo\nTHREE\rfour\r\nfive\r\nsix"
    document = document.saved("one\nTHREE\nfour")
    assert path.read_bytes() == b"one\r\nTHREE\rfour"


@given(st.lists(st.tuples(st.sampled_from("abc"), ENDS), max_size=9), st.lists(st.sampled_from("abc"), max_size=9))
def test_whatever_becomes_of_a_mixed_text_its_lines_are_all_written(
    tmp_path_factory: pytest.TempPathFactory, before: list[tuple[str, str]], after: list[str]
) -> None:
    path = tmp_path_factory.getbasetemp() / "edited.md"
    path.write_bytes("".join(line + end for line, end in before).encode())
    document = Document.read(path).saved("\n".join(after))
    assert Document.read(path).text == "\n".join(after)
    assert Document.read(path).encoded("\n".join(after)) == document.encoded("\n".join(after))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"a\x00b", None),
        ("a\u2029b".encode(), None),
        ("a\ufdd0b".encode(), None),
        (b"\xff\xfe", "S001"),
        (b"<DM>caf\xe9</DM>", "S001"),
        ("<DM>caf\u00e9".encode()[:-1], "S001"),
    ],
    ids=["NUL", "paragraph mark", "noncharacter", "UTF-16", "Latin-1", "cut in the middle of a letter"],
)
def test_what_the_editor_would_change_is_shown_locked_and_never_written(
    tmp_path: Path, content: bytes, code: str | None
) -> None:
    path = tmp_path / "odd.md"
    path.write_bytes(content)
    document = Document.read(path)
    assert document.locked and document.code == code
    assert document.text, "what can be shown is shown"
    with pytest.raises(ReadOnly):
        document.saved("other")
    assert path.read_bytes() == content


def test_without_the_lock_a_save_would_change_what_could_not_be_read(tmp_path: Path) -> None:
    from dataclasses import replace

    path = tmp_path / "latin.md"
    path.write_bytes(b"<DM>caf\xe9</DM>")
    document = replace(Document.read(path), locked=None)
    document.saved(document.text)
    assert path.read_bytes() != b"<DM>caf\xe9</DM>"


def test_a_file_without_rights_is_locked_with_the_reason(tmp_path: Path) -> None:
    path = tmp_path / "secret.md"
    path.write_text("mine")
    path.chmod(0)
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.geteuid() and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o011)
    with somebody_else():
        document = Document.read(path)
    assert document.locked is not None and "ermission" in document.locked
    with pytest.raises(ReadOnly):
        document.saved("other")


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file whose first byte cannot be read")
def test_a_disk_that_fails_while_reading_locks_the_file() -> None:
    document = Document.read(Path("/proc/self/mem"))
    assert document.locked is not None and "/proc/self/mem" in document.locked


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in folders here")
def test_a_pipe_or_a_folder_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "folder.md").mkdir()
    for name in ("pipe.md", "folder.md", "missing.md"):
        assert Document.read(tmp_path / name).locked


def read_so_far() -> int:
    return int(next(line for line in Path("/proc/self/io").read_text().splitlines() if "rchar" in line).split()[1])


@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="needs the system's count of bytes read")
def test_of_a_file_past_the_limit_the_first_mib_is_shown_and_no_byte_more_is_read(tmp_path: Path) -> None:
    path = tmp_path / "large.md"
    with path.open("wb") as stream:
        stream.write("é".encode() * 1024 * 1024)
        stream.truncate(TEXT_LIMIT + 1)
    before = read_so_far()
    document = Document.read(path)
    read = read_so_far() - before
    assert document.code == "S002" and document.locked is not None and "first MiB" in document.locked
    assert document.text == "é" * (512 * 1024)
    assert read < 1024 * 1024 + 4096, "the rest of the file stays unread"
    before = read_so_far()
    path.read_bytes()
    assert read_so_far() - before > TEXT_LIMIT, "the count would show it"
    with pytest.raises(ReadOnly):
        document.saved("x")


@pytest.mark.parametrize(
    "text",
    ["x" * 1_000_000, "[" * 100_000 + "]" * 100_000, "\u202eשלום\u202c \U0001f3b2\U0001f468\u200d\U0001f469"],
    ids=["a line of 1 MB", "nested brackets", "right to left and emoji"],
)
def test_odd_but_sound_texts_open_for_writing(tmp_path: Path, text: str) -> None:
    path = tmp_path / "odd.md"
    path.write_text(text, "utf-8")
    document = Document.read(path)
    assert document.locked is None and document.text == text
    assert document.saved(text + "!").text == path.read_text("utf-8")


def test_a_change_by_another_program_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("one")
    document = Document.read(path)
    path.write_text("two")
    with pytest.raises(ChangedOnDisk):
        document.saved("mine")
    assert path.read_text() == "two"
    Document.read(path).saved("mine")
    assert path.read_text() == "mine", "who has seen the change may write over it"


def test_what_became_of_a_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("one")
    document = Document.read(path)
    assert document.on_disk() is OnDisk.SAME
    path.write_text("two")
    assert document.on_disk() is OnDisk.CHANGED, "as long and written at once: the time alone might not tell"
    path.write_text("one")
    assert document.on_disk() is OnDisk.SAME
    other = tmp_path / "b.md"
    other.write_text("put in its place")
    other.replace(path)
    assert document.on_disk() is OnDisk.CHANGED
    path.unlink()
    assert document.on_disk() is OnDisk.GONE
    assert Document.absent(path).on_disk() is OnDisk.SAME
    assert document.saved("again").on_disk() is OnDisk.SAME


def test_saving_twice_sees_its_own_first_save(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("one")
    document = Document.read(path).saved("two").saved("three")
    assert path.read_text() == "three" and document.text == "three"


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
