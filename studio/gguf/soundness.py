"""Owns whether the parts of a base model's folder belong together: settings, weights, tokeniser and template.

What is wrong is found from the headers of the files, before a weight is read or a library sees the folder.
"""

from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path

from studio.chat import ChatTemplate, Message, pieces
from studio.errors import InputError
from studio.gguf.tokeniser import VocabularyTokeniser
from studio.gguf.weights import Stored, header
from studio.language import N_, _

_MOST = 4096
"""More layers than this, no model in use has."""
_LARGEST = {
    "vocab_size": 1 << 22, "hidden_size": 1 << 17, "intermediate_size": 1 << 20, "head_dim": 1 << 12,
    "num_attention_heads": 1 << 12, "num_key_value_heads": 1 << 12, "max_position_embeddings": 1 << 27,
    "num_experts": 1 << 12, "num_local_experts": 1 << 12,
}  # fmt: skip
"""What a config.json can say; more would fill the memory before a weight is read."""
_EMBEDDINGS = ("embed_tokens.weight", "wte.weight", "word_embeddings.weight", "embed_in.weight")
_PROBE = (Message("user", "a", 0), Message("assistant", "b", 1, trained=True))


class BaseUnsound(InputError):
    """The parts of a base model do not belong together."""

    sentence = N_("{path} cannot be used as a base: {reason}. Fetch it again whole, or choose another base.")


def tensors_of(folder: Path) -> dict[str, Stored]:
    """The tensors of all safetensors files of a folder; raises BaseIncomplete."""
    found: dict[str, Stored] = {}
    for file in sorted(folder.glob("*.safetensors")):
        found.update(header(file))
    return found


def check_soundness(
    folder: Path, config: Mapping[str, object], template: ChatTemplate, tokeniser: VocabularyTokeniser
) -> None:
    """Raises BaseUnsound where training would go wrong or for nothing, with all reasons."""
    tensors = tensors_of(folder)
    found = (_sizes(config), _layers(config, tensors), _vocabulary(tensors, tokeniser), _template(template, tokeniser))
    reasons = list(chain.from_iterable(found))
    if reasons:
        raise BaseUnsound(path=folder, reason="; ".join(reasons))


def _sizes(config: Mapping[str, object]) -> Iterator[str]:
    inner = config.get("text_config")
    for key, most in _LARGEST.items():
        for values in (config, inner if isinstance(inner, dict) else {}):
            said = values.get(key)
            if said is not None and (not isinstance(said, int) or not 0 <= said <= most):
                yield _("its config.json says {key}: {said}").format(key=key, said=str(said)[:40])


def _layers(config: Mapping[str, object], tensors: Mapping[str, Stored]) -> Iterator[str]:
    inner = config.get("text_config")
    said = config.get("num_hidden_layers", inner.get("num_hidden_layers") if isinstance(inner, dict) else None)
    if not isinstance(said, int) or isinstance(said, bool) or not 1 <= said <= _MOST:
        yield _("its config.json does not say how many layers it has")
        return
    numbers = {int(part) for name in tensors for part in name.split(".") if part.isdecimal() and len(part) < 6}
    if not numbers or max(numbers) + 1 < said:
        there = max(numbers, default=-1) + 1
        yield _("its config.json speaks of {said} layers and the weights have {there}").format(said=said, there=there)


def _vocabulary(tensors: Mapping[str, Stored], tokeniser: VocabularyTokeniser) -> Iterator[str]:
    rows = {stored.shape[0] for name, stored in tensors.items() if name.endswith(_EMBEDDINGS) and stored.shape}
    if rows and tokeniser.highest >= max(rows):
        told = _("its tokeniser has ids up to {highest}, the model knows {rows} tokens: it belongs to another model")
        yield told.format(highest=tokeniser.highest, rows=max(rows))


def _template(template: ChatTemplate, tokeniser: VocabularyTokeniser) -> Iterator[str]:
    """The token that ends the narrator's turn must be one token; as text it would be learnt letter by letter."""
    for piece in pieces(template, _PROBE, False):
        end = piece.text.strip()
        if piece.special and piece.trained and tokeniser.id_of(end) is None:
            yield _("its chat template ends a turn with {token}, which its tokeniser does not have").format(token=end)
