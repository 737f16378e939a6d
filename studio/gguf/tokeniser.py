"""Owns the tokeniser rebuilt from a GGUF's vocabulary; its ids are llama.cpp's for text that people wrote.

Byte-level BPE vocabularies are rebuilt whose splitting rule stands in `resources/pretokenisers.yaml`, and those of
SentencePiece that `gguf.spm` knows; for others TokeniserUnknown says so.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

from studio.errors import LorewrightError
from studio.files import read_text
from studio.gguf import spm
from studio.gguf.errors import BaseIncomplete, DamagedGguf, LacksMetadata, TokeniserUnknown
from studio.gguf.reader import Gguf
from studio.resources import resource

_UNKNOWN, _CONTROL, _USER_DEFINED = 2, 3, 4
_NO_CONTROLS = {"gemma4": frozenset({"</s>"})}
"""Named tokens that are words of text in vocabularies of a kind."""
_WHOLE_WORDS = frozenset({"llama-bpe", "llama3"})
"""Vocabularies in which a word that is a token is taken as one, whatever the merges say."""


class VocabularyTokeniser:
    """Text to ids and back with the vocabulary of one model; fulfils `chat.Tokeniser`."""

    def __init__(self, special: Tokenizer, plain: Tokenizer) -> None:
        self.full = special
        self._plain = plain

    def encode(self, text: str, *, special: bool) -> list[int]:
        """The ids of `text`; with `special` the names of control tokens in it become those tokens."""
        tokenizer = self.full if special else self._plain
        ids: list[int] = tokenizer.encode(text, add_special_tokens=False).ids
        return ids

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where in `text` (code points) each id of `encode(text, special=False)` comes from."""
        offsets: list[tuple[int, int]] = self._plain.encode(text, add_special_tokens=False).offsets
        return offsets

    def decode(self, ids: list[int]) -> str:
        """The text of ids, control tokens by their names."""
        return str(self.full.decode(ids, skip_special_tokens=False))

    def id_of(self, token: str) -> int | None:
        """The id of a token by its exact name."""
        found: int | None = self.full.token_to_id(token)
        return found

    @property
    def controls(self) -> tuple[str, ...]:
        """The names of the control tokens, by their ids."""
        added = self.full.get_added_tokens_decoder()
        return tuple(added[number].content for number in sorted(added) if added[number].special)

    @property
    def drops_right(self) -> bool:
        """Whether blank space after control tokens is dropped."""
        return any(token.special and token.rstrip for token in self.full.get_added_tokens_decoder().values())

    @property
    def highest(self) -> int:
        """The highest id."""
        return max(self.full.get_vocab(with_added_tokens=True).values(), default=-1)

    @property
    def size(self) -> int:
        """How many ids there are."""
        return int(self.full.get_vocab_size())


@cache
def _splitting_rules() -> dict[str, list[str]]:
    rules: dict[str, list[str]] = yaml.safe_load(read_text(resource("pretokenisers.yaml")))
    return rules


@cache
def _named_controls() -> frozenset[str]:
    """Names that llama.cpp takes for control tokens, whatever type the file gives them."""
    return frozenset(yaml.safe_load(read_text(resource("tokens.yaml")))["controls"])


def tokeniser_of(gguf: Gguf) -> VocabularyTokeniser:
    """The tokeniser of an open GGUF; raises TokeniserUnknown, LacksMetadata or DamagedGguf."""
    try:
        return _rebuilt(gguf)
    except LorewrightError:
        raise
    except Exception as error:  # the library raises nothing narrower
        raise DamagedGguf(path=gguf.path, detail=f"its vocabulary: {str(error)[:200]}") from error


def _rebuilt(gguf: Gguf) -> VocabularyTokeniser:
    kind, rule = gguf.text("tokenizer.ggml.model"), gguf.text("tokenizer.ggml.pre") or "default"
    tokens = [str(token) for token in gguf.array("tokenizer.ggml.tokens")]
    types = [int(type_) for type_ in gguf.array("tokenizer.ggml.token_type")]
    if len(types) != len(tokens):
        raise LacksMetadata(path=gguf.path, key="tokenizer.ggml.token_type")
    if kind == "gpt2" and rule in _splitting_rules():
        model = models.BPE(_places(tokens), _merges(gguf), ignore_merges=rule in _WHOLE_WORDS)
        parts = _Parts(model, None, _pre_tokenizer(_splitting_rules()[rule]), decoders.ByteLevel())
    elif kind == "llama":
        prefix = bool(gguf.metadata.get("tokenizer.ggml.add_space_prefix", True))
        model = spm.scored_model(tokens, scores_of(gguf, len(tokens)), _unknown(gguf, tokens))
        parts = _Parts(model, spm.normaliser(prefix), None, spm.decoder(prefix))
    elif kind == "gemma4":
        model = spm.merged_model(tokens, _merges(gguf), _unknown(gguf, tokens))
        parts = _Parts(model, spm.normaliser(False), spm.lines(), spm.decoder(False))
    else:
        raise TokeniserUnknown(path=gguf.path, kind=f"{kind}/{rule}")
    named = _named_controls() - _NO_CONTROLS.get(kind, frozenset())
    kinds = {token: _CONTROL if token in named else type_ for token, type_ in zip(tokens, types, strict=True)}
    users = [token for token, type_ in kinds.items() if type_ == _USER_DEFINED]
    controls = [token for token, type_ in kinds.items() if type_ in (_CONTROL, _UNKNOWN)]
    name = gguf.text("general.name") or ""
    return VocabularyTokeniser(_build(parts, users, controls, name), _build(parts, users, [], name))


def scores_of(gguf: Gguf, count: int) -> list[float]:
    """The scores of a SentencePiece vocabulary; raises LacksMetadata."""
    scores = [float(score) for score in gguf.array("tokenizer.ggml.scores")]
    if len(scores) != count:
        raise LacksMetadata(path=gguf.path, key="tokenizer.ggml.scores")
    return scores


def tokenizer_model(gguf: Gguf) -> bytes | None:
    """The `tokenizer.model` of a vocabulary with scores, without which the converter would lose them; None for others.

    Raises LacksMetadata.
    """
    if gguf.text("tokenizer.ggml.model") != "llama":
        return None
    tokens = [str(token) for token in gguf.array("tokenizer.ggml.tokens")]
    types = [int(type_) for type_ in gguf.array("tokenizer.ggml.token_type")]
    prefix = bool(gguf.metadata.get("tokenizer.ggml.add_space_prefix", True))
    return spm.sentencepiece_model(tokens, scores_of(gguf, len(tokens)), types, prefix)


def _places(tokens: list[str]) -> dict[str, int]:
    return {token: place for place, token in enumerate(tokens)}


def _merges(gguf: Gguf) -> list[tuple[str, str]]:
    return [_pair(gguf.path, str(merge)) for merge in gguf.array("tokenizer.ggml.merges")]


def _unknown(gguf: Gguf, tokens: list[str]) -> str | None:
    number = gguf.number("tokenizer.ggml.unknown_token_id")
    return tokens[number] if number is not None and 0 <= number < len(tokens) else None


def tokeniser_from_json(path: Path) -> VocabularyTokeniser:
    """The tokeniser of a `tokenizer.json`, as a Hugging Face folder has it; raises BaseIncomplete."""
    try:
        full, plain = Tokenizer.from_file(str(path)), Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises nothing narrower
        raise BaseIncomplete(path=path.parent, missing=path.name) from error
    plain.encode_special_tokens = True
    return VocabularyTokeniser(full, plain)


def _pair(path: Path, merge: str) -> tuple[str, str]:
    left, found, right = merge.partition(" ")
    if not found:
        raise LacksMetadata(path=path, key="tokenizer.ggml.merges")
    return left, right


def _pre_tokenizer(patterns: list[str]) -> pre_tokenizers.PreTokenizer:
    splits = [pre_tokenizers.Split(Regex(pattern), "isolated") for pattern in patterns]
    return pre_tokenizers.Sequence([*splits, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


@dataclass(frozen=True, slots=True)
class _Parts:
    """What a tokeniser is put together from."""

    model: models.BPE
    normaliser: normalizers.Normalizer | None
    split: pre_tokenizers.PreTokenizer | None
    decoder: decoders.Decoder


def _build(parts: _Parts, users: list[str], controls: list[str], name: str) -> Tokenizer:
    tokenizer = Tokenizer(parts.model)
    if parts.normaliser is not None:
        tokenizer.normalizer = parts.normaliser
    if parts.split is not None:
        tokenizer.pre_tokenizer = parts.split
    tokenizer.decoder = parts.decoder
    tokenizer.add_tokens([_added(token, name, special=False) for token in users])
    tokenizer.add_special_tokens([_added(token, name, special=True) for token in controls])
    return tokenizer


def _added(token: str, name: str, *, special: bool) -> AddedToken:
    return AddedToken(token, normalized=False, special=special, rstrip=spm.drops_right(name, token))
