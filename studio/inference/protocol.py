"""Owns what an engine is: a model behind one protocol, whatever holds it; knows no process, no address and no rules."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from studio.chat import ChatTemplate, Message
from studio.errors import Cancelled
from studio.inference.errors import NoTemplate
from studio.inference.sampling import Sampling

Kind = Literal["gguf", "hf", "remote"]
OnText = Callable[[str], None]
"""Hears the text of an answer as it comes."""
OnRead = Callable[[int, int], None]
"""Hears how many tokens of a prompt are read, and of how many; what stood in the cache counts as read."""
Rows = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What a loaded model says of itself; `context` in tokens, `size` in bytes, 0 where nobody knows.

    `identity` is a SHA-256 over all that was loaded, empty where nobody asked for it; of a model behind an address only
    over what it is called by. `scores`: whether the engine gives the logits of ids. `grammars`: whether it holds an
    answer to a grammar. `adds_bos`: whether the vocabulary wants `bos` before a text that does not begin with it.
    """

    name: str
    path: Path
    template: str | None
    bos: str
    eos: str
    context: int
    size: int
    parameters: int
    kind: Kind = "gguf"
    identity: str = ""
    scores: bool = True
    grammars: bool = True
    adds_bos: bool = False

    @property
    def bits_a_weight(self) -> float:
        """The tensors' size in bits over their number of weights."""
        return self.size * 8 / self.parameters if self.parameters else 0.0

    @property
    def chat(self) -> ChatTemplate:
        """The template that its chats are written with; raises NoTemplate."""
        if self.template is None:
            raise NoTemplate(name=self.name)
        return ChatTemplate(self.template, bos=self.bos, eos=self.eos, name=self.name, add_bos=self.adds_bos)


@dataclass(frozen=True, slots=True)
class Ask:
    """A chat to be answered: `opening` is what the answer must begin with, `grammar` (GBNF) what the rest keeps to.

    `opening_ids` are the ids that a model wrote the opening with, where it goes on with an answer of its own; without
    them it is encoded anew.
    """

    messages: tuple[Message, ...]
    opening: str = ""
    max_tokens: int = 96
    grammar: str | None = None
    opening_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Generation:
    """One continuation: `stop` is end, length, context, or stopped where a person ended it; `reused` counts prompt
    tokens found in the cache.

    `opened` are the ids of the opening that an `Ask` had; they are the prompt's last, and no part of `ids` and `text`.
    """

    ids: tuple[int, ...]
    text: str
    stop: str
    prompt_tokens: int
    reused: int
    first_token_seconds: float
    seconds: float
    opened: tuple[int, ...] = ()

    @property
    def reads(self) -> int:
        """How many tokens of the prompt had to be read."""
        return self.prompt_tokens - self.reused

    @property
    def tokens_per_second(self) -> float:
        """Tokens after the first, a second; 0 where there are too few to tell."""
        spent = self.seconds - self.first_token_seconds
        return (len(self.ids) - 1) / spent if len(self.ids) > 1 and spent > 0 else 0.0

    def as_message(self, ask: Ask) -> Message:
        """The whole answer as the next message of its chat; where the engine has ids, they go back as they came."""
        ids = (*self.opened, *self.ids) or None
        return Message("assistant", f"{ask.opening}{self.text}".strip(), ids=ids)


class Halted(Cancelled):
    """An answer was stopped after it had begun; what had come of it may be kept and continued."""

    @property
    def written(self) -> Generation:
        """What stood when it was stopped."""
        written = self.fields["written"]
        assert isinstance(written, Generation)
        return written


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast an engine is at a length: seconds of loading and to the first token of a prompt, tokens a second.

    `peak` is the most memory in bytes that its process held meanwhile, files that are mapped into it included.
    """

    prompt_tokens: int
    new_tokens: int
    load_seconds: float
    first_token_seconds: float
    prompt_tokens_per_second: float
    tokens_per_second: float
    peak: int


class Engine(Protocol):
    """A loaded model. Raises its worker's errors, and Cancelled when stopped; NotOffered for what its kind has not."""

    card: ModelCard

    async def tokenise(self, parts: Sequence[tuple[str, bool]]) -> list[list[int]]:
        """The ids of each (text, special) part; `special` reads control tokens as such."""

    async def generate(
        self, prompt: Sequence[int], sampling: Sampling, on_text: OnText | None = None, on_read: OnRead | None = None
    ) -> Generation:
        """Continues the prompt, telling how far it is read and the text as it comes; Halted where words had come."""

    async def answer(
        self, ask: Ask, sampling: Sampling, on_text: OnText | None = None, on_read: OnRead | None = None
    ) -> Generation:
        """The answer to a chat, drawn as `sampling` says but as long and as held as the ask says.

        Told as `generate` tells it; the opening is not. Halted where words had come when it was stopped.
        """

    async def length(self, ask: Ask) -> int:
        """How many tokens of the context a chat and its opening take before the answer; behind an address a guess."""

    async def generate_many(self, prompts: Sequence[Sequence[int]], max_tokens: int) -> list[Generation]:
        """The likeliest continuation of each prompt."""

    async def answer_many(self, asks: Sequence[Ask]) -> list[Generation]:
        """The likeliest answer to each chat, in order.

        Chats that begin alike, with each other or with chats asked before, are read once as far as they do.
        """

    async def score(self, ids: Sequence[int], start: int) -> Rows:
        """What is expected at each id from `start` (1 or more) on: logits, float32 (len(ids)-start, vocabulary)."""

    async def pace(self, prompt_tokens: int, new_tokens: int) -> Pace:
        """Reads so many tokens with an empty cache and writes so many after them, two at least."""

    async def stop(self) -> None:
        """Ends what is running; it raises Cancelled."""

    async def close(self) -> None:
        """Frees the model."""
