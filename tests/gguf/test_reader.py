"""The GGUF reader: what stands in a file, and that no damaged file crashes, hangs or is believed."""

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import FolderGiven, LorewrightError, PathMissing
from studio.gguf.errors import DamagedGguf, LacksMetadata, NotAGguf
from studio.gguf.reader import Gguf


def text(value: str) -> bytes:
    """A length-prefixed string."""
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def entry(key: str, kind: int, data: bytes) -> bytes:
    """A metadata entry."""
    return text(key) + struct.pack("<I", kind) + data


ENTRIES = (
    entry("general.name", 8, text("Tiny")),
    entry("count", 4, struct.pack("<I", 7)),
    entry("ratio", 6, struct.pack("<f", 0.5)),
    entry("flag", 7, b"\x01"),
    entry("words", 9, struct.pack("<IQ", 8, 2) + text("one") + text("zwölf")),
    entry("numbers", 9, struct.pack("<IQ", 5, 3) + struct.pack("<3i", -1, 0, 5)),
)


Row = tuple[str, tuple[int, ...], int, int]


def build(entries: tuple[bytes, ...] = ENTRIES, tensors: tuple[Row, ...] = ()) -> bytes:
    """A whole file; the data of the tensors is zeros, enough for 4096 bytes."""
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(entries)) + b"".join(entries)
    for name, shape, kind, offset in tensors:
        head += text(name) + struct.pack("<I", len(shape)) + struct.pack(f"<{len(shape)}Q", *shape)
        head += struct.pack("<IQ", kind, offset)
    return head + b"\0" * (-len(head) % 32) + b"\0" * 4096


GOOD = build(tensors=(("a.weight", (64, 2), 8, 0), ("b", (16,), 0, 160)))


@pytest.fixture
def write(tmp_path: Path):  # type: ignore[no-untyped-def]
    """Writes bytes as a file and returns its path."""

    def put(data: bytes) -> Path:
        path = tmp_path / "m.gguf"
        path.write_bytes(data)
        return path

    return put


def test_metadata_and_tensors(write) -> None:  # type: ignore[no-untyped-def]
    with Gguf(write(GOOD)) as gguf:
        assert gguf.text("general.name") == "Tiny"
        assert gguf.number("count") == 7
        assert gguf.metadata["ratio"] == 0.5
        assert gguf.metadata["flag"] is True
        assert gguf.number("flag") is None
        assert gguf.array("words") == ["one", "zwölf"]
        assert gguf.array("numbers") == [-1, 0, 5]
        first, second = gguf.tensors
        assert (first.name, first.shape, first.type.name) == ("a.weight", (64, 2), "Q8_0")
        assert (first.elements, first.size) == (128, 136)
        assert second.size == 64
        assert gguf.bits_per_weight == pytest.approx(8 * 200 / 144)


def test_the_starter(starter: Path) -> None:
    with Gguf(starter) as gguf:
        assert gguf.text("general.architecture") == "llama"
        assert len(gguf.array("tokenizer.ggml.tokens")) == 49152
        assert len(gguf.tensors) == 272
        assert sum(tensor.elements for tensor in gguf.tensors) == 134_515_008
        assert gguf.bits_per_weight == pytest.approx(5.7437, abs=1e-4)


def test_a_missing_entry_is_named(write) -> None:  # type: ignore[no-untyped-def]
    with Gguf(write(GOOD)) as gguf, pytest.raises(LacksMetadata, match=r"tokenizer\.x"):
        gguf.array("tokenizer.x")


def test_not_a_gguf(write, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(PathMissing):
        Gguf(tmp_path / "none.gguf")
    with pytest.raises(FolderGiven):
        Gguf(tmp_path)
    for data in (b"", b"PK\3\4" + b"x" * 100, b"GGUF" + struct.pack("<I", 1) + b"\0" * 64):
        with pytest.raises(NotAGguf):
            Gguf(write(data))


@pytest.mark.parametrize(
    "data",
    [
        GOOD[:4],
        GOOD[:23],
        GOOD[:-4000],
        b"GGUF" + struct.pack("<IQQ", 3, 0, 1 << 62),
        b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 1 << 63),
        build((entry("a", 9, struct.pack("<IQ", 8, 1 << 61)),)),
        build((entry("a", 9, struct.pack("<IQ", 4, 1 << 61)),)),
        build((entry("a", 9, struct.pack("<IQ", 9, 1)),)),
        build((entry("a", 77, b"1234"),)),
        build((entry("general.alignment", 4, struct.pack("<I", 0)),)),
        build(tensors=(("a", (1 << 40, 1 << 40), 0, 0),)),
        build(tensors=(("a", (33,), 8, 0),)),
        build(tensors=(("a", (32,), 99, 0),)),
        build(tensors=(("a", (32,), 0, 1 << 60),)),
    ],
)
def test_damage_is_told(write, data: bytes) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(DamagedGguf):
        Gguf(write(data))


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all examples."""
    return tmp_path_factory.mktemp("damaged")


@given(cut=st.integers(0, len(GOOD)), place=st.integers(0, 400), junk=st.binary(max_size=12))
def test_any_damage_gives_a_value_or_our_error(scratch: Path, cut: int, place: int, junk: bytes) -> None:
    path = scratch / "m.gguf"
    path.write_bytes((GOOD[:place] + junk + GOOD[place + len(junk) :])[:cut])
    try:
        with Gguf(path) as gguf:
            assert all(gguf.data_start + t.offset + t.size <= gguf.bytes for t in gguf.tensors)
            for key, value in gguf.metadata.items():
                if not isinstance(value, int | float | str):
                    assert isinstance(gguf.array(key), list)
    except LorewrightError:
        pass
