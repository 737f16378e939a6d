"""Card files: what others wrote is read and kept, and no file, however made, does harm or is taken for a card."""

import base64
import errno
import json
import os
import random
import struct
import tracemalloc
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import LorewrightError, NotSaved, NotText, PathMissing, TooLarge, UnreadableFile
from studio.scenario.cards import Card, NotACard, blank_card, files, load_card, png, read_picture, save_card
from studio.scenario.cards.card import FIELDS
from studio.scenario.cards.files import card_of, with_card
from studio.scenario.cards.picture import plain_picture
from studio.scenario.cards.png import BrokenPicture, chunks, texts

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(kind: bytes, data: bytes, checksum: int | None = None) -> bytes:
    """A chunk, with a wrong checksum where one is given."""
    proper = zlib.crc32(data, zlib.crc32(kind))
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", proper if checksum is None else checksum)


HEAD = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
DOT = chunk(b"IDAT", zlib.compress(b"\0\1\2\3"))
END = chunk(b"IEND", b"")


def picture(*between: bytes) -> bytes:
    """A picture of one dot with these chunks in it."""
    return SIGNATURE + HEAD + b"".join(between) + DOT + END


def packed(value: object) -> bytes:
    """A card as it stands in a picture's text."""
    return base64.b64encode(json.dumps(value).encode())


def written(folder: Path, data: bytes) -> Path:
    path = folder / "card.png"
    path.write_bytes(data)
    return path


def of_name(name: str) -> dict[str, object]:
    return {"spec": "chara_card_v2", "spec_version": "2.0", "data": {"name": name}}


# -- what is read ---------------------------------------------------------------------------------------


def test_json_and_picture_carry_the_same_card(card: Card, tmp_path: Path) -> None:
    for name in ("card.json", "card.png", "CARD.PNG"):
        save_card(tmp_path / name, card)
        assert load_card(tmp_path / name).raw == card.raw
    read = load_card(tmp_path / "card.png")
    assert (read.version, read.name, read.texts("tags")) == (2, "Old Marrow", ("river",))
    assert read.lore == ("The river is deeper than it is wide.",)


def test_a_card_goes_into_a_picture_and_the_picture_stays(card: Card, tmp_path: Path) -> None:
    other = chunk(b"tEXt", b"Author\0Ann")
    old = chunk(b"tEXt", b"chara\0" + packed(of_name("Old")))
    save_card(tmp_path / "a.png", card, picture(other, old))
    found = [(part.kind, part.data) for part in chunks((tmp_path / "a.png").read_bytes())]
    assert [kind for kind, _data in found] == [b"IHDR", b"tEXt", b"IDAT", b"tEXt", b"IEND"]
    assert found[1] == (b"tEXt", b"Author\0Ann") and found[2] == (b"IDAT", zlib.compress(b"\0\1\2\3"))
    assert load_card(tmp_path / "a.png").raw == card.raw


def test_the_plain_picture_is_a_picture() -> None:
    data = plain_picture("Ånn")
    assert data != plain_picture("Wren") and data == plain_picture("Ånn")
    head, rows, end = chunks(data)
    assert struct.unpack(">II", head.data[:8]) == (400, 600) and end.kind == b"IEND"
    assert len(zlib.decompress(rows.data)) == 600 * (1 + 3 * 400)


def test_the_newer_chunk_is_read_and_both_are_written(tmp_path: Path) -> None:
    newer = {"spec": "chara_card_v3", "spec_version": "3.0", "data": {"name": "New", "assets": [{"uri": "ccdefault:"}]}}
    both = picture(chunk(b"tEXt", b"chara\0" + packed(of_name("Old"))), chunk(b"tEXt", b"ccv3\0" + packed(newer)))
    card = load_card(written(tmp_path, both))
    assert (card.version, card.name) == (3, "New")
    saved = texts(with_card(both, card), ("chara", "ccv3"))
    assert json.loads(base64.b64decode(saved["ccv3"])) == newer
    assert json.loads(base64.b64decode(saved["chara"])) == {**newer, "spec": "chara_card_v2", "spec_version": "2.0"}


def test_an_old_card_without_data_is_read_and_becomes_a_newer_one(tmp_path: Path) -> None:
    flat = {"name": "Flat", "first_mes": "Hi.", "talkativeness": "0.5", "fav": False}
    path = tmp_path / "flat.json"
    path.write_text("\ufeff" + json.dumps(flat), "utf-8")
    card = load_card(path)
    assert (card.version, card.name, card.text("first_mes")) == (1, "Flat", "Hi.")
    changed = card.changed({"description": "thin"})
    assert changed.version == 2 and {**flat, "description": "thin"}.items() <= dict(changed.data).items()


def test_compressed_and_international_texts_are_read(tmp_path: Path) -> None:
    said = packed(of_name("Zip"))
    kinds = {
        b"zTXt": b"chara\0\0" + zlib.compress(said),
        b"iTXt": b"Chara\0\1\0en\0\0" + zlib.compress(said),
        b"tEXt": b"CHARA\0" + said[:10] + b"\n" + said[10:],
    }
    for kind, data in kinds.items():
        assert load_card(written(tmp_path, picture(chunk(kind, data)))).name == "Zip"
    plain = chunk(b"iTXt", b"chara\0\0\0en\0\0" + said)
    assert load_card(written(tmp_path, picture(plain))).name == "Zip"


# -- what is refused ------------------------------------------------------------------------------------


def bomb(size: int) -> bytes:
    return chunk(b"zTXt", b"chara\0\0" + zlib.compress(b"A" * size, 9))


BROKEN = {
    "empty": b"",
    "not a picture": b"GIF89a" + b"\0" * 50,
    "only the signature": SIGNATURE,
    "cut in the header": (SIGNATURE + HEAD)[:-6],
    "without an end": SIGNATURE + HEAD + DOT,
    "without a header": SIGNATURE + DOT + END,
    "two headers": SIGNATURE + HEAD + HEAD + END,
    "no card": picture(),
    "a length past the file": SIGNATURE + HEAD + struct.pack(">I", 0xFFFFFFFF) + b"tEXtchara",
    "a length past the end": SIGNATURE + HEAD + struct.pack(">I", 99) + b"tEXtchara\0AAAA",
    "a wrong checksum": picture(chunk(b"tEXt", b"chara\0" + packed(of_name("X")), checksum=7)),
    "a chunk without a name": picture(chunk(b"\0\0\0\0", b"")),
    "not base64": picture(chunk(b"tEXt", b"chara\0!!!!")),
    "base64 of nothing": picture(chunk(b"tEXt", b"chara\0")),
    "a keyword alone": picture(chunk(b"tEXt", b"chara")),
    "not compressed": picture(chunk(b"zTXt", b"chara\0\0nonsense")),
    "compressed and cut": picture(chunk(b"zTXt", b"chara\0\0" + zlib.compress(packed(of_name("X")))[:-9])),
    "a strange compression": picture(chunk(b"zTXt", b"chara\0\7" + zlib.compress(packed(of_name("X"))))),
    "a bomb": picture(bomb(64 * 1024 * 1024)),
    "no JSON": b"{",
    "a list": b"[]",
    "a number": b"12",
    "no name": b'{"data": {"description": "x"}}',
    "a name that is blank": b'{"name": " \\n"}',
    "a name that is a list": b'{"name": ["x"]}',
    "not a number": b'{"name": "x", "a": NaN}',
    "endless": b'{"name": "x", "a": -Infinity}',
    "too large a number": b'{"name": "x", "a": 1e999}',
    "too long a number": b'{"name": "x", "a": ' + b"9" * 5000 + b"}",
    "deep": b'{"name": "x", "a": ' + b"[" * 100 + b"]" * 100 + b"}",
    "very deep": b"[" * 100_000,
    "very deep, closed": b'{"name": "x", "a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "very many values": b'{"name": "x", "a": [' + b"0," * 200_001 + b"0]}",
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_what_is_no_card_is_told_and_left_alone(data: bytes, tmp_path: Path) -> None:
    path = written(tmp_path, data)
    with pytest.raises(NotACard) as told:
        load_card(path)
    assert str(path) in str(told.value) and path.read_bytes() == data


def test_files_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    with pytest.raises(PathMissing):
        load_card(tmp_path / "none.png")
    with pytest.raises(PathMissing):
        load_card(Path("a\0b"))
    with pytest.raises(UnreadableFile):
        load_card(tmp_path)
    with pytest.raises(NotText):
        load_card(written(tmp_path, b'{"name": "\xff\xfe"}'))


@pytest.mark.parametrize(("number", "code"), [(errno.EACCES, 4), (errno.EIO, 3)])
def test_a_disk_that_refuses_is_told(number: int, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_words: object, **_more: object) -> None:
        raise OSError(number, os.strerror(number))

    path = written(tmp_path, b"{}")
    monkeypatch.setattr(Path, "open", refuse)
    for read in (load_card, read_picture):
        with pytest.raises(UnreadableFile) as told:
            read(path)
        assert told.value.exit_code == code


def test_a_file_past_the_limit_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, b'{"name": "' + b"x" * 2000 + b'"}')
    monkeypatch.setattr(files, "FILE_LIMIT", 1000)
    with pytest.raises(TooLarge):
        load_card(path)
    monkeypatch.undo()
    monkeypatch.setattr(files, "TEXT_LIMIT", 1000)
    with pytest.raises(NotACard, match="1000"):
        load_card(path)


def most_memory(data: bytes) -> int:
    tracemalloc.start()
    with pytest.raises(BrokenPicture):
        texts(data, ("chara",))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def test_what_is_compressed_never_grows_past_the_limit() -> None:
    assert most_memory(picture(bomb(100_000_000))) < 4 * png.TEXT_LIMIT


def test_without_the_limit_it_would(monkeypatch: pytest.MonkeyPatch) -> None:
    def unlimited(packed: bytes) -> bytes:
        raise BrokenPicture(str(len(zlib.decompress(packed))))

    monkeypatch.setattr(png, "_unpacked", unlimited)
    assert most_memory(picture(bomb(100_000_000))) > 4 * png.TEXT_LIMIT


def test_a_wrong_checksum_shows_only_where_it_is_looked_at(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = written(tmp_path, BROKEN["a wrong checksum"])
    with pytest.raises(NotACard, match="checksum"):
        load_card(path)
    monkeypatch.setattr(png.Chunk, "sum", lambda chunk: 7)
    monkeypatch.setattr(png, "chunks", lambda data: iter([png.Chunk(b"tEXt", b"chara\0" + packed(of_name("X")))]))
    assert load_card(path).name == "X"


def test_a_picture_of_endless_chunks_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(png, "CHUNK_LIMIT", 50)
    with pytest.raises(BrokenPicture, match="50"):
        texts(picture(*[chunk(b"teXt", b"")] * 60), ("chara",))


def test_what_cannot_hold_a_card_stays_as_it_was(card: Card, tmp_path: Path) -> None:
    path = written(tmp_path, b"GIF89a")
    with pytest.raises(NotACard):
        read_picture(path)
    with pytest.raises(NotACard):
        save_card(tmp_path / "new.png", card, b"GIF89a")
    assert not (tmp_path / "new.png").exists()
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(NotSaved):
        save_card(tmp_path / "folder.png", card)


@given(data=st.binary(max_size=300))
def test_any_bytes_are_a_card_or_our_error(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    for whole in (data, SIGNATURE + data, picture(chunk(b"tEXt", b"chara\0" + data), chunk(b"zTXt", b"ccv3\0" + data))):
        try:
            found = card_of(files._from_picture(whole) if png.is_png(whole) else whole)
        except (ValueError, LorewrightError):
            continue
        assert found.name


def test_any_damage_is_a_card_or_our_error(card: Card) -> None:
    rng, sound = random.Random(7), with_card(picture(), card)
    for _round in range(400):
        broken = bytearray(sound)
        for _byte in range(rng.randint(1, 4)):
            broken[rng.randrange(len(broken))] = rng.randrange(256)
        cut = bytes(broken[: rng.randrange(len(broken))] if rng.random() < 0.3 else broken)
        try:
            assert card_of(files._from_picture(cut) if png.is_png(cut) else cut).name
        except ValueError:  # what we refuse; anything else fails the test
            continue


# -- what is kept ---------------------------------------------------------------------------------------

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.text(min_size=1, max_size=20).filter(lambda name: bool(name.split()))
EXTRAS = st.dictionaries(st.text(max_size=10), VALUES, max_size=4)


@st.composite
def any_cards(draw: st.DrawFn) -> Card:
    data = {**draw(EXTRAS), "name": draw(NAMES), "description": draw(st.text(max_size=40))}
    if draw(st.booleans()):
        return Card({**data})  # version 1
    spec = draw(st.sampled_from([("chara_card_v2", "2.0"), ("chara_card_v3", "3.0")]))
    return Card({**draw(EXTRAS), "spec": spec[0], "spec_version": spec[1], "data": data})


@given(card=any_cards())
def test_every_value_comes_back_from_json_and_from_a_picture(card: Card) -> None:
    raw = dict(card.raw)
    assert card_of(json.dumps(raw).encode()).raw == raw
    back = card_of(files._from_picture(with_card(picture(), card)))
    assert back.data.items() >= card.data.items()
    if card.version > 1:
        assert back.raw == raw


@given(card=any_cards(), extra=EXTRAS)
def test_a_change_changes_nothing_else(card: Card, extra: dict[str, object]) -> None:
    changed = card.changed({"name": "New", **extra}, {"sheet": "- Level 1"})
    kept = {key: value for key, value in card.data.items() if key not in ("name", "extensions", *extra)}
    assert changed.data.items() >= kept.items()
    if card.version > 1:
        top = {key: value for key, value in card.raw.items() if key not in ("data", *FIELDS)}
        assert changed.raw.items() >= top.items()
    assert blank_card().data.keys() <= changed.data.keys()
    assert changed.ours == {"sheet": "- Level 1"}
