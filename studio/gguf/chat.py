"""Owns the chat template that a GGUF carries, with the names of the tokens it uses."""

from studio.chat import ChatTemplate
from studio.gguf.errors import LacksMetadata
from studio.gguf.reader import Gguf


def template_of(gguf: Gguf) -> ChatTemplate:
    """The template of an open GGUF; raises LacksMetadata where it has none."""
    source = gguf.text("tokenizer.chat_template")
    if not source:
        raise LacksMetadata(path=gguf.path, key="chat template")
    tokens = gguf.array("tokenizer.ggml.tokens")
    name = gguf.text("general.name") or gguf.path.stem
    return ChatTemplate(
        source,
        bos=_token(gguf, tokens, "tokenizer.ggml.bos_token_id"),
        eos=_token(gguf, tokens, "tokenizer.ggml.eos_token_id"),
        name=name,
        add_bos=bool(gguf.metadata.get("tokenizer.ggml.add_bos_token", False)),
    )


def _token(gguf: Gguf, tokens: list[int | float | bool | str], key: str) -> str:
    number = gguf.number(key)
    return str(tokens[number]) if number is not None and 0 <= number < len(tokens) else ""
