"""What play leaves on disk."""

from pathlib import Path

import pytest

from studio.errors import NotSaved
from studio.play.corrections import Correction, CorrectionMessage, keep_correction, read_corrections
from studio.play.log import DamagedSession, SessionFile, read_session
from studio.play.records import Node, SessionHeader

HEADER = SessionHeader(scenario="<SYSTEM></SYSTEM>", model="ab", name="tiny", seed=7)
NODES = [
    Node(id=1, parent=None, kind="User", text="I look around."),
    Node(id=2, parent=1, kind="DM", text="Fog. [roll: perception]", ids=(5, 6), random="7/1"),
    Node(id=3, parent=2, kind="TOOLCALL", text="perception: 9 = *9*"),
]


def _written(path: Path) -> Path:
    file = SessionFile(path, HEADER)
    for node in NODES:
        file.add(node)
    file.close()
    return path


def test_a_session_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    kept = read_session(_written(tmp_path / "s.jsonl"))
    assert (kept.header, list(kept.path), kept.damage) == (HEADER, NODES, None)


def test_what_stands_before_the_damage_is_kept(tmp_path: Path) -> None:
    path = _written(tmp_path / "s.jsonl")
    lines = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([*lines[:2], lines[2][:20], *lines[3:]]))
    kept = read_session(path)
    assert (kept.header, list(kept.path)) == (HEADER, NODES[:1])
    assert kept.damage is not None and kept.damage.line == 3


def test_a_line_whose_parent_is_unknown_ends_the_reading(tmp_path: Path) -> None:
    path = _written(tmp_path / "s.jsonl")
    lines = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([lines[0], lines[1], lines[3]]))
    kept = read_session(path)
    assert (kept.header, list(kept.path)) == (HEADER, NODES[:1])
    assert kept.damage is not None and kept.damage.line == 3


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"not json\n", b'{"format": 3}'])
def test_another_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "s.jsonl"
    path.write_bytes(content)
    with pytest.raises(DamagedSession):
        read_session(path)
    assert path.read_bytes() == content


def test_an_existing_session_is_never_overwritten(tmp_path: Path) -> None:
    path = _written(tmp_path / "s.jsonl")
    with pytest.raises(NotSaved):
        SessionFile(path, HEADER)
    assert list(read_session(path).path) == NODES


def test_corrections_are_kept_one_a_line(tmp_path: Path) -> None:
    path = tmp_path / "corrections.jsonl"
    correction = Correction(
        session="s",
        turn=2,
        messages=(CorrectionMessage(role="user", content="I look."),),
        chosen="Fog.",
        rejected="Sun.",
        state={"Wren": {"health": "3/4"}},
    )
    keep_correction(path, correction)
    path.write_bytes(path.read_bytes() + b'{"format": 1, "broken"\n')
    keep_correction(path, correction)
    assert read_corrections(path).corrections == (correction, correction)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_a_sentence_and_not_a_bare_error(tmp_path: Path) -> None:
    link = tmp_path / "corrections.jsonl"
    link.symlink_to("/dev/full")
    correction = Correction(session="s", turn=0, messages=(), chosen="a", rejected="b", state={})
    with pytest.raises(NotSaved, match="could not be saved"):
        keep_correction(link, correction)
