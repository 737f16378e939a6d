"""Two thousand damaged files: each gives a whole answer or a named error, soon and in little memory."""

import os
import signal
import struct
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest

from studio.errors import LorewrightError
from studio.gguf import reader
from studio.gguf.errors import DamagedGguf
from studio.gguf.reader import Gguf
from tests.gguf.mutations import mutated
from tests.gguf.test_reader import build, entry, text

FILES, SECONDS, MEMORY = 2000, 2.0, 8 << 20
WORDS = [f"word{n}" for n in range(40)]
WHOLE = build(
    (
        entry("general.architecture", 8, text("llama")),
        entry("general.alignment", 4, struct.pack("<I", 32)),
        entry("llama.block_count", 4, struct.pack("<I", 2)),
        entry("tokenizer.ggml.tokens", 9, struct.pack("<IQ", 8, len(WORDS)) + b"".join(map(text, WORDS))),
        entry("tokenizer.ggml.scores", 9, struct.pack("<IQ40f", 6, 40, *range(40))),
        entry("tokenizer.ggml.flags", 9, struct.pack("<IQ", 7, 3) + b"\1\0\1"),
        entry("tokenizer.chat_template", 8, text("{{ messages }}")),
    ),
    tuple((f"blk.{n}.ffn_up.weight", (64, 4), kind, 288 * n) for n, kind in enumerate((8, 2, 1))),
)


class HangError(Exception):
    """A file that took longer than it may."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raises HangError after so much time of this process's own; others on the machine do not count."""

    def over(_signal: int, _frame: FrameType | None) -> None:
        raise HangError

    if os.name == "nt":  # no such clock there
        yield
        return
    before = signal.signal(signal.SIGVTALRM, over)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def outcome(path: Path) -> str:
    """How reading all that a file says ends, by name."""
    try:
        with limited(SECONDS), Gguf(path) as gguf:
            for tensor in gguf.tensors:
                assert gguf.data_start + tensor.offset + tensor.size <= gguf.bytes
            for value in gguf.metadata.values():
                if isinstance(value, reader.Array):
                    assert len(value.values) == len(value)
            assert gguf.bits_per_weight >= 0
            return "read"
    except LorewrightError as error:
        assert str(path) in str(error)
        return type(error).__name__
    except Exception as error:
        return f"crash: {type(error).__name__}"


def outcomes(place: Path, files: int) -> tuple[Counter[str], int]:
    """The ends of so many damaged files, and the most memory that one of them took."""
    path, found, most = place / "m.gguf", Counter[str](), 0
    tracemalloc.start()
    try:
        for data in mutated(WHOLE, files, seed=6):
            path.write_bytes(data)
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            found[outcome(path)] += 1
            most = max(most, tracemalloc.get_traced_memory()[1] - before)
    finally:
        tracemalloc.stop()
    return found, most


def test_two_thousand_damaged_files(tmp_path: Path) -> None:
    (tmp_path / "whole.gguf").write_bytes(WHOLE)
    assert outcome(tmp_path / "whole.gguf") == "read"
    found, most = outcomes(tmp_path, FILES)
    print(dict(found), f"most memory {most} bytes")
    assert found.total() == FILES
    assert found.keys() == {"read", "DamagedGguf", "NotAGguf"}
    assert found["DamagedGguf"] > FILES / 4  # the hurts do hurt
    assert most < MEMORY


def test_without_the_bounds_there_are_crashes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def skip(cursor: reader._Cursor, count: int) -> int:
        start, cursor.at = cursor.at, cursor.at + count
        return start

    monkeypatch.setattr(reader._Cursor, "skip", skip)
    found, _most = outcomes(tmp_path, 100)
    assert any(name.startswith("crash") for name in found)


def many_texts(count: int) -> bytes:
    """A file whose one list holds so many empty texts."""
    return build((entry("a", 9, struct.pack("<IQ", 8, count) + bytes(8 * count)),))


@pytest.mark.parametrize("limited_to", [100_000, None])
def test_a_list_longer_than_any_is_not_taken_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limited_to: int | None
) -> None:
    """With the limit lowered below it the list costs nothing; without, it is taken in."""
    path = tmp_path / "m.gguf"
    path.write_bytes(many_texts(200_000))
    if limited_to is not None:
        monkeypatch.setattr(reader, "_ITEMS", limited_to)
    tracemalloc.start()
    try:
        assert outcome(path) == ("read" if limited_to is None else "DamagedGguf")
        assert (tracemalloc.get_traced_memory()[1] > 3_000_000) is (limited_to is None)
    finally:
        tracemalloc.stop()


def test_a_text_longer_than_any_is_not_taken_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(
        build((entry("a", 8, text("x" * 3000)), entry("b", 9, struct.pack("<IQ", 8, 1) + text("y" * 3000))))
    )
    for most, ends in ((7000, "read"), (5000, "DamagedGguf"), (2000, "DamagedGguf")):
        monkeypatch.setattr(reader, "_TEXTS", most)
        assert outcome(path) == ends
    path.write_bytes(build((entry("k" * 70_000, 7, b"\1"),)))
    with pytest.raises(DamagedGguf, match="too long"):
        Gguf(path)


@pytest.mark.parametrize(
    "data",
    [
        build((entry("a", 7, b"\1"), entry("a", 7, b"\1"))),
        build((entry("general.alignment", 4, struct.pack("<I", 48)),)),
        build((entry("general.alignment", 7, b"\1"),)),
        build(tensors=(("a", (32,), 0, 0), ("a", (32,), 0, 128))),
        build(tensors=(("a", (64,), 0, 0), ("b", (32,), 0, 128))),
        build(tensors=(("a", (32,), 0, 16),)),
        build(tensors=(("a", (0,), 0, 0),)),
    ],
)
def test_what_llama_cpp_refuses_is_refused_here(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(data)
    with pytest.raises(DamagedGguf):
        Gguf(path)
