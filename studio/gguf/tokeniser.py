"""Owns the tokeniser rebuilt from a GGUF's vocabulary; its ids are llama.cpp's for text that people wrote.

Byte-level BPE vocabularies are rebuilt whose splitting rule stands in `resources/pretokenisers.yaml`; for others
TokeniserUnknown says so.
"""

from functools import cache
from pathlib import Path

import yaml
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers

from studio.files import read_text
from studio.gguf.errors import LacksMetadata, TokeniserUnknown
from studio.gguf.reader import Gguf
from studio.resources import resource

_CONTROL, _USER_DEFINED = 3, 4
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
    def size(self) -> int:
        """How many ids there are."""
        return int(self.full.get_vocab_size())


@cache
def _splitting_rules() -> dict[str, list[str]]:
    rules: dict[str, list[str]] = yaml.safe_load(read_text(resource("pretokenisers.yaml")))
    return rules


def tokeniser_of(gguf: Gguf) -> VocabularyTokeniser:
    """The tokeniser of an open GGUF; raises TokeniserUnknown or LacksMetadata."""
    kind, rule = gguf.text("tokenizer.ggml.model"), gguf.text("tokenizer.ggml.pre") or "default"
    if kind != "gpt2" or rule not in _splitting_rules():
        raise TokeniserUnknown(path=gguf.path, kind=f"{kind}/{rule}")
    tokens = [str(token) for token in gguf.array("tokenizer.ggml.tokens")]
    types = gguf.array("tokenizer.ggml.token_type")
    merges = [_pair(gguf.path, str(merge)) for merge in gguf.array("tokenizer.ggml.merges")]
    if len(types) != len(tokens):
        raise LacksMetadata(path=gguf.path, key="tokenizer.ggml.token_type")
    split = _pre_tokenizer(_splitting_rules()[rule])
    users = [token for token, type_ in zip(tokens, types, strict=True) if type_ == _USER_DEFINED]
    controls = [token for token, type_ in zip(tokens, types, strict=True) if type_ == _CONTROL]
    model = models.BPE({token: i for i, token in enumerate(tokens)}, merges, ignore_merges=rule in _WHOLE_WORDS)
    return VocabularyTokeniser(_build(model, split, users, controls), _build(model, split, users, []))


def tokeniser_from_json(path: Path) -> VocabularyTokeniser:
    """The tokeniser of a `tokenizer.json`, as a Hugging Face folder has it."""
    full, plain = Tokenizer.from_file(str(path)), Tokenizer.from_file(str(path))
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


def _build(model: models.BPE, split: pre_tokenizers.PreTokenizer, users: list[str], controls: list[str]) -> Tokenizer:
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = split
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_tokens([AddedToken(token, normalized=False) for token in users])
    tokenizer.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in controls])
    return tokenizer
