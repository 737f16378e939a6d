"""A session's file under damage: a process that is killed, a file cut anywhere, a broken line, a full disk."""

import codecs
import errno
import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from studio.errors import NotSaved
from studio.play.log import DamagedSession, SessionElsewhere, SessionFile, read_session
from studio.play.session import Session
from studio.rules import Throw
from tests.play.killed_session import play
from tests.play.table import TEXT, same, session_of

THROW = Throw(expression="6d20")


def _killed(path: Path, root: Path, *how: str, after: int) -> int:
    """Plays in a process of its own and kills it; the last turn that it said stands."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.play.killed_session", str(path), *how],
        cwd=root,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    last = -1
    for line in child.stdout:
        last = int(line)
        if last >= after:
            child.kill()
            break
    said = child.stdout.read().split()
    child.wait()
    return int(said[-1]) if said else last


def _played(turns: int) -> Session:
    session = session_of()
    for turn in range(turns):
        play(session, turn)
    return session


def _events(session: Session) -> list[object]:
    return [(node.kind, node.text, node.random) for node in session.steps()]


def test_a_killed_session_stands_as_it_was_said_and_its_dice_to_come_are_the_same(tmp_path: Path, root: Path) -> None:
    path = tmp_path / "s.jsonl"
    last = _killed(path, root, after=random.Random(0).randint(20, 60))
    again = Session.reopen(path)
    stands = next((turns for turns in (last + 1, last + 2) if _events(_played(turns)) == _events(again)), None)
    if stands is None:  # it was killed between the events of one wish: what stands is the beginning of the next turn's
        whole = _events(_played(last + 2))
        assert whole[: len(_events(again))] == _events(again) and len(_events(again)) >= len(_events(_played(last + 1)))
        return
    whole_way = _played(stands)
    assert again.throw(THROW) == whole_way.throw(THROW)
    for turn in range(stands, stands + 12):
        play(again, turn)
        play(whole_way, turn)
    assert _events(again) == _events(whole_way)
    assert again.party == whole_way.party


def test_a_file_that_keeps_lines_back_loses_what_was_said(tmp_path: Path, root: Path) -> None:
    path = tmp_path / "s.jsonl"
    last = _killed(path, root, "buffered", after=12)
    again = Session.reopen(path)
    assert len(again.steps()) < len(_played(last + 1).steps()), "the twin without the defence shows the fault"


def test_every_prefix_of_a_file_opens_with_all_that_is_whole_and_goes_on(tmp_path: Path) -> None:
    whole = tmp_path / "whole.jsonl"
    session = session_of(whole)
    for turn in range(13):
        play(session, turn)
    data = whole.read_bytes()
    header = data.index(b"\n") + 1
    ends = [place + 1 for place, byte in enumerate(data) if byte == 10 and place >= header]
    draw = random.Random(1)
    cuts = {*ends, *(end - 1 for end in ends), header, *(draw.randint(header, len(data)) for _ in range(25))}
    for number, cut in enumerate(sorted(cuts)):
        path = tmp_path / f"{number}.jsonl"
        path.write_bytes(data[:cut])
        again = Session.reopen(path)
        lines = sum(end <= cut or end - 1 == cut for end in ends)
        torn = cut not in (*ends, header) and cut + 1 not in ends
        assert (again.damage is not None) == torn
        assert len(path.read_bytes().splitlines()) == lines + 1
        if again.damage is not None and again.damage.kept_in is not None:
            assert path.read_bytes() + again.damage.kept_in.read_bytes() == data[:cut]
        thrown = again.throw(THROW)
        back = Session.reopen(path)
        assert back.damage is None and back.state().thrown == thrown
        same(again, back)
        again.close()
        back.close()


def test_adding_behind_a_torn_line_without_moving_it_loses_what_is_added(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    session = session_of(path)
    session.throw(THROW)
    session.close()
    path.write_bytes(path.read_bytes()[:-9])
    file = SessionFile.again(path, session.header)
    file.add(session.steps()[0].model_copy(update={"id": 9}))
    assert read_session(path).tree.nodes == {}, "the twin without the defence shows the fault"


@pytest.mark.parametrize(
    "broken", [b"{", b"\xff\xfe\xff", b"\x00" * 40, b'{"kind":"edit","node":77,"text":"x"}', b"[]"]
)
def test_damage_in_the_middle_keeps_all_before_it_and_the_rest_beside(tmp_path: Path, broken: bytes) -> None:
    path = tmp_path / "s.jsonl"
    session = session_of(path)
    for turn in range(12):
        play(session, turn)
    lines = path.read_bytes().split(b"\n")
    session.close()
    path.write_bytes(b"\n".join([*lines[:6], broken, *lines[7:]]))
    assert read_session(path).damage is not None
    again = Session.reopen(path)
    assert again.damage is not None and again.damage.line == 7
    assert "line 7" in again.damage.sentence and "s.jsonl.damaged" in again.damage.sentence
    assert (tmp_path / "s.jsonl.damaged").read_bytes() == b"\n".join([broken, *lines[7:]])
    assert path.read_bytes() == b"\n".join(lines[:6]) + b"\n"
    again.throw(THROW)
    again.close()
    path.write_bytes(path.read_bytes() + b"{")
    Session.reopen(path).close()
    assert (tmp_path / "s.jsonl.damaged-2").read_bytes() == b"{"


def test_blank_lines_are_no_damage(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    session = session_of(path)
    for turn in range(6):
        play(session, turn)
    session.close()
    lines = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([*lines[:4], b"", b" \r", *lines[4:], b"  "]))
    again = Session.reopen(path)
    assert again.damage is None
    same(again, session)
    play(again, 6)
    again.close()
    same(Session.reopen(path), again)
    path.write_bytes(b"\n".join([*lines[:4], b"", b"{", *lines[4:]]))
    session = Session.reopen(path)
    assert session.damage is not None and session.damage.line == 6
    assert path.read_bytes() == b"\n".join([*lines[:4], b"", b""])


def test_a_file_of_format_1_is_read_and_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    header = json.dumps({"format": 1, "scenario": TEXT, "model": "ab", "name": "tiny", "seed": 7})
    nodes = (
        '{"id":1,"parent":null,"kind":"User","text":"I creep.","ids":null,"forced":"","random":null,"model":null}',
        '{"id":2,"parent":1,"kind":"DM","text":"[roll: stealth]","ids":[5,6],"forced":"","random":"7/1","model":null}',
        '{"id":3,"parent":2,"kind":"TOOLCALL","text":"stealth: 4 + 6(skill) = *10*","ids":null,"forced":"",'
        '"random":null,"model":null}',
    )
    path.write_text("\n".join([header, *nodes]) + "\n", encoding="utf-8")
    session = Session.reopen(path)
    assert session.damage is None and session.seed == 7
    assert session.state().opening == "*FAILED*"
    session.insert(session.tip, "DM", "*FAILED* It hears you.")
    session.close()
    again = Session.reopen(path)
    same(session, again)
    assert len(again.path()) == 4
    again.undo()
    assert len(again.path()) == 3
    again.redo()
    again.undo()
    again.undo()
    assert again.path() == (), "what came of one line of the player's is taken back together"
    same(again, Session.reopen(path))


FULL = """
import os, resource, signal, sys
from pathlib import Path
from studio.errors import NotSaved
from studio.play import log
from tests.play.killed_session import play
from tests.play.table import session_of
if sys.argv[2:]:
    log.os.ftruncate = lambda *_: None
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
path = Path(sys.argv[1])
session = session_of(path)
resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 1000, resource.RLIM_INFINITY))
refused = 0
for turn in range(40):
    before = (dict(session.nodes), session.tip)
    try:
        play(session, turn)
    except NotSaved:
        refused += 1
        if not refused % 3:
            resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 1500, resource.RLIM_INFINITY))
print(refused, len(session.nodes), session.tip)
"""


def _on_a_full_disk(path: Path, root: Path, *twin: str) -> tuple[int, int, str]:
    child = [sys.executable, "-c", FULL, str(path), *twin]
    ended = subprocess.run(child, cwd=root, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    refused, nodes, tip = ended.stdout.split()
    return int(refused), int(nodes), tip


def test_a_full_disk_costs_what_was_refused_and_nothing_else(tmp_path: Path, root: Path) -> None:
    path = tmp_path / "s.jsonl"
    refused, nodes, tip = _on_a_full_disk(path, root)
    assert refused > 0
    again = Session.reopen(path)
    assert (again.damage, len(again.nodes), str(again.tip)) == (None, nodes, tip)


def test_half_a_line_that_stays_on_a_full_disk_damages_the_file(tmp_path: Path, root: Path) -> None:
    path = tmp_path / "s.jsonl"
    _on_a_full_disk(path, root, "twin")
    assert Session.reopen(path).damage is not None, "the twin without the defence shows the fault"


def test_two_programs_do_not_write_into_each_other(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    session = session_of(path)
    session.throw(THROW)
    other = Session.reopen(path)
    other.throw(THROW)
    with pytest.raises(SessionElsewhere, match="another window"):
        session.throw(THROW)
    assert len(session.steps()) == 1
    again = Session.reopen(path)
    assert again.damage is None and len(again.steps()) == 2
    same(again, other)


def test_who_writes_without_looking_damages_what_another_wrote(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    session = session_of(path)
    other = Session.reopen(path)
    other.throw(THROW)
    assert session.file is not None
    session.file._size = path.stat().st_size
    session.throw(THROW)
    assert Session.reopen(path).damage is not None, "the twin without the defence shows the fault"


def test_a_closed_file_is_a_sentence(tmp_path: Path) -> None:
    session = session_of(tmp_path / "s.jsonl")
    session.close()
    with pytest.raises(NotSaved, match="closed"):
        session.throw(THROW)
    assert session.steps() == ()


def test_half_a_pair_typed_does_not_damage_the_file(tmp_path: Path) -> None:
    session = session_of(tmp_path / "s.jsonl")
    session.insert(None, "User", "Oh \ud83d no \x00 \u2028.")
    assert Session.reopen(tmp_path / "s.jsonl").path() == session.path()


def test_a_file_that_cannot_be_begun_is_not_left_behind_and_none_can_be_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "s.jsonl"
    session_of(path)
    assert path.stat().st_mode & 0o111 == 0

    def full(_handle: int, _data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("studio.play.log.os.write", full)
    with pytest.raises(NotSaved, match="No space left"):
        session_of(tmp_path / "full.jsonl")
    assert not (tmp_path / "full.jsonl").exists()


def test_what_begins_no_session_says_why_and_a_byte_order_mark_is_no_damage(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    session = session_of(path)
    session.throw(THROW)
    whole = path.read_bytes()
    path.write_bytes(codecs.BOM_UTF8 + whole)
    same(session, Session.reopen(path))
    for text, told in (
        (b"", "first line is empty"),
        (b"\n\n", "first line is empty"),
        (whole.replace(b'"format":2', b'"format":3', 1), "newer version"),
        (b"[" * 100_000, "not a session's"),
        (whole[5:], "not a session's"),
    ):
        path.write_bytes(text)
        with pytest.raises(DamagedSession, match=told):
            Session.reopen(path)
        assert path.read_bytes() == text
