"""Owns the chunks of a PNG file: reading texts out of them and putting texts in; knows no card and draws nothing.

Pictures come from strangers: every length is held against the file, every checksum is proven, and nothing that is
compressed grows past a limit. The picture's own data is never unpacked. Source: the PNG specification, second edition.
"""

import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from studio.language import _

SIGNATURE = b"\x89PNG\r\n\x1a\n"
TEXT_LIMIT = 12 * 1024 * 1024
"""Bytes of the longest text that is taken out of a picture."""
CHUNK_LIMIT = 65_536
"""How many chunks a picture may have."""

_TEXT_KINDS = (b"tEXt", b"zTXt", b"iTXt")


class BrokenPicture(ValueError):
    """The bytes are no sound PNG; the message says what is wrong, for a person."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """One chunk: its four letters and its data."""

    kind: bytes
    data: bytes

    def written(self) -> bytes:
        """The chunk as it stands in a file."""
        return struct.pack(">I", len(self.data)) + self.kind + self.data + struct.pack(">I", self.sum())

    def sum(self) -> int:
        """The checksum over letters and data."""
        return zlib.crc32(self.data, zlib.crc32(self.kind))


def is_png(data: bytes) -> bool:
    """Whether the bytes begin as a PNG does."""
    return data.startswith(SIGNATURE)


def chunks(data: bytes) -> Iterator[Chunk]:
    """The chunks of a PNG up to its end chunk; what stands after that is not looked at. Raises BrokenPicture."""
    if not is_png(data):
        raise BrokenPicture(_("it does not begin as a PNG does"))
    place = len(SIGNATURE)
    for number in range(CHUNK_LIMIT):
        chunk, place = _chunk(data, place)
        if (number == 0) != (chunk.kind == b"IHDR"):
            raise BrokenPicture(_("its header is not where it must be"))
        yield chunk
        if chunk.kind == b"IEND":
            return
    raise BrokenPicture(_("it has more than {limit} chunks").format(limit=CHUNK_LIMIT))


def _chunk(data: bytes, place: int) -> tuple[Chunk, int]:
    head = data[place : place + 8]
    if len(head) < 8:
        raise BrokenPicture(_("it ends before its end chunk"))
    (length,) = struct.unpack(">I", head[:4])
    end = place + 8 + length
    if end + 4 > len(data):
        raise BrokenPicture(_("the file ends inside a chunk of {length} bytes").format(length=length))
    kind = head[4:]
    if not kind.isalpha():
        raise BrokenPicture(_("a chunk has no name"))
    chunk = Chunk(kind, data[place + 8 : end])
    (said,) = struct.unpack(">I", data[end : end + 4])
    if said != chunk.sum():
        raise BrokenPicture(_("the checksum of its {kind} chunk is wrong").format(kind=kind.decode("ascii")))
    return chunk, end + 4


def texts(data: bytes, wanted: tuple[str, ...]) -> dict[str, bytes]:
    """The texts with these keywords (lower case, the first of each), as bytes. Raises BrokenPicture."""
    found: dict[str, bytes] = {}
    for chunk in chunks(data):
        if chunk.kind in _TEXT_KINDS:
            keyword = _keyword(chunk)
            if keyword in wanted and keyword not in found:
                found[keyword] = _text(chunk)
    return found


def with_texts(data: bytes, values: Mapping[str, bytes], instead_of: tuple[str, ...]) -> bytes:
    """The picture with these texts before its end and none of those in `instead_of`; all else is kept."""
    kept = [chunk for chunk in chunks(data) if chunk.kind not in _TEXT_KINDS or _keyword(chunk) not in instead_of]
    added = [Chunk(b"tEXt", keyword.encode("latin-1") + b"\0" + text) for keyword, text in values.items()]
    return SIGNATURE + b"".join(chunk.written() for chunk in [*kept[:-1], *added, kept[-1]])


def _keyword(chunk: Chunk) -> str:
    return chunk.data.partition(b"\0")[0].decode("latin-1").lower()


def _text(chunk: Chunk) -> bytes:
    rest = chunk.data.partition(b"\0")[2]
    if chunk.kind == b"zTXt":
        return _unpacked(rest[1:]) if rest[:1] == b"\0" else b""
    if chunk.kind == b"iTXt":
        packed, after = rest[:1] == b"\1", rest[2:]
        body = after.partition(b"\0")[2].partition(b"\0")[2]
        return _unpacked(body) if packed else body
    return rest


def _unpacked(packed: bytes) -> bytes:
    """What is compressed, up to the limit."""
    stream = zlib.decompressobj()
    try:
        text = stream.decompress(packed, TEXT_LIMIT)
    except zlib.error as error:
        raise BrokenPicture(_("a compressed text in it is damaged")) from error
    if stream.unconsumed_tail or not stream.eof:
        raise BrokenPicture(_("a compressed text in it is cut or longer than {limit} bytes").format(limit=TEXT_LIMIT))
    return text
