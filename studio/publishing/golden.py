"""Owns golden transcripts as records: what a model said at temperature 0, token by token, and under which settings.

Knows no file but the one it reads.
"""

from pathlib import Path
from typing import Literal, Self

import pydantic

from studio.errors import InputError
from studio.files import read_text
from studio.language import N_
from studio.play.limits import MOST_CALLS

_LIMIT = 64 << 20


class GoldenDamaged(InputError):
    """A file of golden transcripts cannot be read."""

    sentence = N_("{path} is damaged, so the pack can't be checked by it. Get the pack again.")


class _Record(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(frozen=True)


class Said(_Record):
    """One message before a reply; `ids` are what the model itself had generated for it, to be sent back unchanged."""

    role: str
    content: str
    ids: tuple[int, ...] | None = None


class Step(_Record):
    """One reply: the prompt as messages and as ids, what the rules put first, and all that must come of it.

    `gaps` is by how much each token's logit stood above the next likeliest: small ones another processor may turn over.
    """

    messages: tuple[Said, ...]
    opening: str
    prompt_ids: tuple[int, ...]
    expected_ids: tuple[int, ...]
    gaps: tuple[float, ...]
    stop: str
    text: str
    calls: tuple[dict[str, object], ...]
    results: tuple[str, ...]


class Transcript(_Record):
    """A short play: the scenario that it is played on, the seed of its dice, the player's lines, every reply."""

    title: str
    scenario: str
    names: tuple[str, ...]
    player: str | None
    seed: int
    lines: tuple[str, ...]
    steps: tuple[Step, ...]


class Golden(_Record):
    """The transcripts of a model, and the settings under which it said so.

    Threads and batch are among them, since llama.cpp adds up in another order where they differ; all on the CPU.
    """

    format: Literal[1] = 1
    context: int = pydantic.Field(gt=0, le=1 << 20)
    batch: Literal[512] = 512
    threads: int = pydantic.Field(gt=0, le=64)
    flash_attention: bool = True
    temperature: float = 0.0
    grammar: bool = True
    max_tokens: int = pydantic.Field(gt=0, le=4096)
    most_calls: int = MOST_CALLS
    transcripts: tuple[Transcript, ...]

    @classmethod
    def read(cls, path: Path) -> Self:
        """The transcripts in a file; raises GoldenDamaged or the errors of reading one."""
        try:
            return cls.model_validate_json(read_text(path, _LIMIT))
        except pydantic.ValidationError as error:
            raise GoldenDamaged(path=path) from error
