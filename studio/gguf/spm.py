"""Owns rebuilding SentencePiece vocabularies of a GGUF: Llama's and Phi's (`llama`), and Gemma's newer form (`gemma4`).

The first kind has scores and no merges: two neighbours merge where both together are a token, the best score first.
Told as merges, each way to cut a token in two is one, ordered by the token's score. Spaces are ▁; what no token stands
for becomes bytes.
"""

import struct
from collections.abc import Iterator, Sequence

from tokenizers import Regex, decoders, models, normalizers, pre_tokenizers

_SPACE = "▁"
_UNKNOWN, _UNUSED = 2, 5
_OWN_RIGHT = ("phi-3", "phi3")
"""Names of models after whose control tokens llama.cpp drops blank space."""
_KEEP_RIGHT = frozenset({"<unk>", "<s>", "<|endoftext|>"})


def merges_by_score(tokens: Sequence[str], scores: Sequence[float]) -> list[tuple[str, str]]:
    """All pairs of tokens that make a token, the best first."""
    known = {token: place for place, token in enumerate(tokens)}
    found: list[tuple[float, int, tuple[str, str]]] = []
    for token, place in known.items():
        for cut in range(1, len(token)):
            left, right = token[:cut], token[cut:]
            if left in known and right in known:
                found.append((-scores[place], -len(left), (left, right)))
    found.sort(key=lambda row: row[:2])
    return [pair for _score, _length, pair in found]


def scored_model(tokens: Sequence[str], scores: Sequence[float], unknown: str | None) -> models.BPE:
    """The merging of a vocabulary with scores."""
    vocabulary = {token: place for place, token in enumerate(tokens)}
    return models.BPE(vocabulary, merges_by_score(tokens, scores), byte_fallback=True, fuse_unk=True, unk_token=unknown)


def merged_model(tokens: Sequence[str], merges: list[tuple[str, str]], unknown: str | None) -> models.BPE:
    """The merging of a vocabulary with merges of its own, spaces as ▁."""
    vocabulary = {token: place for place, token in enumerate(tokens)}
    return models.BPE(vocabulary, merges, byte_fallback=True, fuse_unk=True, unk_token=unknown)


def normaliser(prefix: bool) -> normalizers.Normalizer:
    """Spaces to ▁, one more before the text where the vocabulary was made so."""
    spaces = normalizers.Replace(" ", _SPACE)
    return normalizers.Sequence([normalizers.Prepend(_SPACE), spaces]) if prefix else spaces


def lines() -> pre_tokenizers.PreTokenizer:
    """Runs of line ends apart from all else."""
    return pre_tokenizers.Split(Regex(r"[^\n]+|\n+"), "isolated")


def decoder(prefix: bool) -> decoders.Decoder:
    """▁ and bytes back to text, less the space that was put before it."""
    steps = [decoders.Replace(_SPACE, " "), decoders.ByteFallback(), decoders.Fuse()]
    return decoders.Sequence([*steps, decoders.Strip(" ", 1, 0)] if prefix else steps)


def drops_right(name: str, token: str) -> bool:
    """Whether blank space after a control token is dropped, as llama.cpp does by a model's name."""
    return any(mark in name.lower() for mark in _OWN_RIGHT) and token not in _KEEP_RIGHT


def name_that_drops_right(name: str) -> str:
    """A model's name by which llama.cpp sees that blank space after its control tokens is to be dropped."""
    return name if drops_right(name, "") else f"{name}-{_OWN_RIGHT[0]}"


def sentencepiece_model(tokens: Sequence[str], scores: Sequence[float], types: Sequence[int], prefix: bool) -> bytes:
    """A `tokenizer.model` of the vocabulary, as the official converter wants it: a protobuf of pieces and settings."""
    unknown = list(types).index(_UNKNOWN) if _UNKNOWN in types else -1  # only one may be
    pieces = b"".join(
        _field(1, _piece(token, score, _UNUSED if kind == _UNKNOWN and place != unknown else kind))
        for place, (token, score, kind) in enumerate(zip(tokens, scores, types, strict=True))
    )
    trainer = _number(3, 2) + _number(4, len(tokens)) + _number(35, 1)
    normalisation = _field(1, b"identity") + _number(3, int(prefix)) + _number(4, 0) + _number(5, 1)
    return pieces + _field(2, trainer) + _field(3, normalisation)


def _piece(token: str, score: float, kind: int) -> bytes:
    return _field(1, token.encode()) + b"\x15" + struct.pack("<f", score) + _number(3, kind)


def _field(number: int, data: bytes) -> bytes:
    return bytes(_varint(number << 3 | 2)) + bytes(_varint(len(data))) + data


def _number(number: int, value: int) -> bytes:
    return bytes(_varint(number << 3)) + bytes(_varint(value))


def _varint(value: int) -> Iterator[int]:
    while value > 0x7F:
        yield value & 0x7F | 0x80
        value >>= 7
    yield value
