"""What is kept of unsaved texts: through cut-off writes, damage, a full disk and a second window."""

import random
import resource
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from studio.errors import NotSaved
from studio.workspace import Document, Recovery
from studio.workspace import recovery as recovery_module
from studio.workspace.keeper import Keeper
from studio.workspace.owner import alive_elsewhere, own_mark
from studio.workspace.recovery import Journal, Kept


@pytest.fixture
def document(tmp_path: Path) -> Document:
    path = tmp_path / "a.md"
    path.write_text("one")
    return Document.read(path)


@pytest.fixture
def recovery(tmp_path: Path) -> Recovery:
    return Recovery(tmp_path / "recovery")


def grown(recovery: Recovery, path: Path, steps: int = 60) -> list[str]:
    """A journal of a text under edits, and every text that it went through."""
    chance = random.Random(4)
    journal, text, texts = Journal(recovery, path), "once \U0001f3b2 there", []
    for _step in range(steps):
        start = chance.randrange(len(text) + 1)
        text = text[:start] + chance.choice(["", "é\n", "wolf ", "\ud83c"]) + text[start + chance.randrange(4) :]
        journal.keep(text)
        texts.append(text)
    return texts


def test_recovery_keeps_what_differs_from_the_file(document: Document, recovery: Recovery) -> None:
    assert recovery.kept(document) is None
    recovery.keep(document.path, "two")
    assert recovery.kept(document) == "two"
    assert recovery.kept(document.saved("two")) is None
    recovery.forget(document.path)
    recovery.forget(document.path)
    assert recovery.kept(document) is None


def test_a_journal_gives_the_last_text_and_grows_by_the_changes_only(document: Document, recovery: Recovery) -> None:
    journal = Journal(recovery, document.path)
    text = "a line of a long scenario\n" * 4000
    journal.keep(text)
    whole = recovery.place(document.path).stat().st_size
    for letter in "typing":
        text = text[:5000] + letter + text[5000:]
        journal.keep(text)
    assert recovery.kept(document) == text
    assert recovery.place(document.path).stat().st_size - whole < 1000


def test_a_journal_cut_at_any_byte_gives_a_text_that_was_typed(document: Document, recovery: Recovery) -> None:
    texts = grown(recovery, document.path)
    place = recovery.place(document.path)
    whole = place.read_bytes()
    first = whole.index(b"\n") + 1
    for end in range(first, len(whole), 7):
        place.write_bytes(whole[:end])
        kept = recovery.all()[0].text
        assert kept == texts[max(0, whole[:end].count(b"\n") - 1)] or kept in texts
    place.write_bytes(whole)
    assert recovery.all()[0].text == texts[-1]


def test_damage_in_the_middle_is_seen_and_what_stands_before_it_holds(document: Document, recovery: Recovery) -> None:
    texts = grown(recovery, document.path)
    place = recovery.place(document.path)
    lines = place.read_bytes().split(b"\n")
    lines[20] = lines[20].replace(b'"start": ', b'"start": 1', 1)
    place.write_bytes(b"\n".join(lines))
    assert recovery.all()[0].text in texts


@pytest.mark.parametrize("content", [b"", b"{", b"[]\n", b"00000000 {}\n", b"\xff", b"zz\n" * 50])
def test_a_damaged_recovery_is_no_recovery_and_is_written_anew(
    document: Document, recovery: Recovery, content: bytes
) -> None:
    recovery.keep(document.path, "two")
    recovery.place(document.path).write_bytes(content)
    assert recovery.kept(document) is None and recovery.all() == ()
    recovery.keep(document.path, "three")
    assert recovery.kept(document) == "three"


def test_what_was_set_apart_is_not_touched_by_what_is_typed_next(document: Document, recovery: Recovery) -> None:
    recovery.keep(document.path, "before the crash")
    recovery.set_apart(document.path)
    recovery.keep(document.path, "after it")
    recovery.forget(document.path)
    (kept,) = recovery.all_for(document)
    assert kept.text == "before the crash"
    recovery.drop(kept)
    assert recovery.all_for(document) == ()


def test_a_renamed_file_takes_its_kept_texts_along(document: Document, recovery: Recovery) -> None:
    recovery.keep(document.path, "first")
    recovery.set_apart(document.path)
    recovery.keep(document.path, "second")
    other = document.moved(document.path.with_name("b.md"))
    recovery.moved(document.path, other.path)
    assert {kept.text for kept in recovery.all_for(other)} == {"first", "second"}
    assert recovery.all_for(document) == ()


@pytest.mark.parametrize("harm", ["folder gone", "journal gone", "written by another", "cut"])
def test_a_journal_that_was_touched_meanwhile_begins_anew(document: Document, recovery: Recovery, harm: str) -> None:
    journal, place = Journal(recovery, document.path), recovery.place(document.path)
    journal.keep("two")
    if harm == "written by another":
        Journal(recovery, document.path).keep("of another window")
    elif harm == "cut":
        place.write_bytes(place.read_bytes()[:5])
    else:
        place.unlink()
        if harm == "folder gone":
            recovery.folder.rmdir()
    journal.keep("two and a half")
    assert recovery.kept(document) == "two and a half"


def test_a_full_disk_is_told_and_the_next_text_is_kept_once_there_is_room(
    document: Document, recovery: Recovery
) -> None:
    told: list[object] = []
    keeper = Keeper(lambda path, error: told.append(error))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, hard))
        keeper.keep(recovery, document.path, "x" * 5000)
        assert keeper.flush(20)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    keeper.keep(recovery, document.path, "x" * 5001)
    assert keeper.flush(20)
    keeper.close()
    assert isinstance(told[0], NotSaved) and told[1] is None
    assert recovery.kept(document) == "x" * 5001
    assert not list(recovery.folder.glob(".*.tmp"))


def test_a_folder_that_cannot_be_used_is_told_and_the_thread_goes_on(document: Document, recovery: Recovery) -> None:
    told: list[object] = []
    keeper = Keeper(lambda path, error: told.append(error))
    recovery.folder.write_text("a file where the folder should be")
    keeper.keep(recovery, document.path, "two")
    assert keeper.flush(20)
    recovery.folder.unlink()
    keeper.keep(recovery, document.path, "three")
    assert keeper.flush(20)
    keeper.forget(recovery, document.path)
    keeper.close()
    assert isinstance(told[0], NotSaved) and told[1:] == [None, None]
    assert recovery.all() == ()


KEEP = "import sys; from pathlib import Path; from studio.workspace import Recovery; " + (
    "Recovery(Path(sys.argv[1])).keep(Path(sys.argv[2]), sys.argv[3]); print(flush=True); sys.stdin.read()"
)
Second = Callable[[str], "subprocess.Popen[bytes]"]


@pytest.fixture
def second(document: Document, recovery: Recovery) -> Iterator[Second]:
    """A second studio in which the same file is open; it has kept a text and goes on running."""
    running: list[subprocess.Popen[bytes]] = []

    def start(text: str) -> "subprocess.Popen[bytes]":
        wanted = [sys.executable, "-c", KEEP, str(recovery.folder), str(document.path), text]
        child = subprocess.Popen(
            wanted, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(recovery_module.__file__).parents[2]
        )
        running.append(child)
        assert child.stdout is not None and child.stdout.readline()
        return child

    yield start
    for child in running:
        child.kill()
        child.communicate()


@pytest.mark.parametrize("holds", [True, False])
def test_two_studios_on_one_file_do_not_take_each_others_texts_away(
    document: Document, recovery: Recovery, second: Second, monkeypatch: pytest.MonkeyPatch, holds: bool
) -> None:
    """The twin gives both one name for their journals: the text of one is lost with the other's."""
    if not holds:
        monkeypatch.setattr(recovery_module, "own_mark", lambda: shared)
    child = second("typed there")
    (there,) = recovery.folder.iterdir()
    shared = there.name.split(".")[1]
    monkeypatch.setattr(recovery_module, "alive_elsewhere", alive_elsewhere if holds else lambda mark: False)
    recovery.keep(document.path, "typed here")
    assert [kept.text for kept in recovery.all_for(document)] == ["typed here"]
    recovery.forget(document.path)
    assert recovery.all_for(document) == (), "what is open in another studio is not asked about here"
    child.kill()
    child.wait(30)
    assert [kept.text for kept in recovery.all_for(document)] == (["typed there"] if holds else [])


def test_what_a_studio_left_is_offered_until_it_was_answered_for(
    document: Document, recovery: Recovery, second: Second
) -> None:
    for text in ("first", "second"):
        child = second(text)
        child.kill()
        child.wait(30)
    assert {kept.text for kept in recovery.all()} == {"first", "second"}
    recovery.keep(document.path, "third")
    recovery.forget(document.path)
    recovery.set_apart(document.path)
    newest, oldest = recovery.all_for(document)
    recovery.drop(newest)
    assert recovery.all_for(document) == (oldest,)


@pytest.mark.parametrize("mark", ["", "jsonl", "9-x", "99999999999-1", "1-1", "4000000000-1700000000"])
def test_a_mark_that_is_nobodys_keeps_nothing_from_being_offered(mark: str) -> None:
    assert not alive_elsewhere(mark)


def test_the_mark_of_this_studio_is_not_another(second: Second, recovery: Recovery) -> None:
    assert not alive_elsewhere(own_mark())
    child = second("text")
    (there,) = recovery.folder.iterdir()
    mark = there.name.split(".")[1]
    assert alive_elsewhere(mark)
    pid, _dash, began = mark.partition("-")
    assert not alive_elsewhere(f"{pid}-{int(began) - 3600}"), "its number was another's an hour ago"
    child.kill()
    child.wait(30)
    assert not alive_elsewhere(mark)


def test_journals_of_older_studios_are_still_read(document: Document, recovery: Recovery) -> None:
    recovery.keep(document.path, "two")
    place = recovery.place(document.path)
    place.rename(place.with_name(f"{place.name.split('.')[0]}.jsonl"))
    assert recovery.kept(document) == "two"


def test_a_moved_text_can_still_be_answered_for_and_only_its_file_is_read(
    document: Document, recovery: Recovery, monkeypatch: pytest.MonkeyPatch
) -> None:
    recovery.keep(document.path, "two")
    recovery.keep(document.path.with_name("other.md"), "of another file")
    recovery.set_apart(document.path)
    (kept,) = recovery.all_for(document)
    other = document.moved(document.path.with_name("b.md"))
    read: list[Path] = []
    real = recovery_module._read
    monkeypatch.setattr(recovery_module, "_read", lambda place: read.append(place) or real(place))
    recovery.moved(document.path, other.path)
    assert read == [kept.place]
    (moved,) = recovery.all_for(other)
    assert moved.when == kept.when and moved.text == "two"
    recovery.drop(kept, other.path)
    assert recovery.all_for(other) == ()


@pytest.mark.parametrize("holds", [True, False])
def test_a_text_that_was_let_go_is_not_found_by_who_looks_next(
    document: Document, recovery: Recovery, holds: bool
) -> None:
    """The file is closed without saving and opened again while the writing thread is busy, then typed in.

    The twin looks at once, as the window did: the text that was let go is offered again.
    """
    keeper, busy, found = Keeper(lambda path, error: None), threading.Event(), list[tuple[Kept, ...]]()
    keeper.keep(recovery, document.path, "typed and let go")
    assert keeper.flush(20)
    keeper.ask("slow", document.path, lambda: busy.wait(20))
    keeper.forget(recovery, document.path)
    if holds:
        keeper.look(recovery, document, found.append)
    else:
        recovery.set_apart(document.path)
        found.append(recovery.all_for(document))
    keeper.keep(recovery, document.path, "typed after it")
    keeper.forget(recovery, document.path)
    keeper.keep(recovery, document.path, "typed at last")
    busy.set()
    assert keeper.flush(20)
    keeper.close()
    assert (found == [()]) is holds
    assert recovery.all_for(document)[0].text == "typed at last"


def test_looking_tells_what_is_kept_also_where_it_cannot_be_set_apart(
    document: Document, recovery: Recovery, monkeypatch: pytest.MonkeyPatch
) -> None:
    recovery.keep(document.path, "two")

    def refuses(self: Path, target: Path) -> Path:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "rename", refuses)
    told: list[object] = []
    found: list[tuple[Kept, ...]] = []
    keeper = Keeper(lambda path, error: told.append(error))
    keeper.look(recovery, document, found.append)
    assert keeper.flush(20)
    keeper.close()
    assert isinstance(told[0], NotSaved) and [kept.text for kept in found[0]] == ["two"]
