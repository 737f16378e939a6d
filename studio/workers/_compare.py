"""Owns holding a converted model against the unconverted one: same ids, and how near its predictions are.

The GGUF is loaded in a child process, since a bad file can take its process down. Both models read the same fixed
chats, each position given the true text before it.
"""

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from studio.chat import Message, Piece, joined, pieces, render
from studio.gguf.base import Base
from studio.gguf.reader import Gguf
from studio.gguf.validating import Row, loads_row
from studio.jobs.process import WorkerProcess
from studio.jobs.protocol import Fields
from studio.workers._base import Model
from studio.workers._nearness import Sum

CHATS: tuple[tuple[str, ...], ...] = (
    (
        "# Role\nYou are the Dungeon Master.\n\n# Party\n\n## Wren\n- Ranger\n- Skills: Stealth +6, Survival +4",
        "I keep low along the weir and try to reach the far bank without being seen.",
        "The planks are slick and the lamp on the lock swings your way.\n\n[roll: stealth]",
        "<TOOLCALL>stealth: 13 + 6(skill) = *19*</TOOLCALL>",
        "*SUCCESS* The lamp passes over your back. On the far bank the reeds close behind you.",
    ),
    (
        "# Role\nYou are the Dungeon Master.\n\n# Location\nA market at dusk; lamp oil, wet wool, eels at 2 silver.",
        "Who is selling eels tonight?",
        "Old Teck, two stalls down, with a bucket between his boots and one eye on the bells.",
        "I buy one and pay him.",
        "He wraps it in a reed leaf.\n\n[take: Wren silver x2]\n[give: Wren Eel]",
    ),
)
"""Fixed chats: SYSTEM, then player and narrator in turn."""

_WRITTEN = 8
_TRICKY = ("<|im_end|> typed", "24/26  x14\n\n* ' 1,000.50", "naïve “quotes” — 🙂 東京", "\t  ", "DON'T we'll")


@dataclass(frozen=True, slots=True)
class Comparison:
    """How near a file is: ids equal, share of positions with the same likeliest token, mean divergence in nats."""

    ids_identical: bool
    top1: float
    divergence: float
    positions: int


@dataclass(frozen=True, slots=True)
class Reference:
    """What the unconverted model says: the pieces and ids of each chat and its float32 logits after each id."""

    parts: list[tuple[Piece, ...]]
    ids: list[list[int]]
    logits: list[npt.NDArray[np.float32]]
    tricky: list[list[int]]


def reference(base: Base, model: Model) -> Reference:
    """Runs the unconverted model over the fixed chats."""
    parts = [pieces(base.template, _messages(chat), add_generation_prompt=False) for chat in CHATS]
    ids = [list(render(part, base.tokeniser).ids) for part in parts]
    logits = [_logits(model, row) for row in ids]
    return Reference(parts, ids, logits, [base.tokeniser.encode(text, special=False) for text in _TRICKY])


def _messages(chat: Sequence[str]) -> tuple[Message, ...]:
    system, *turns = chat
    roles = ("user", "assistant")
    rows = [Message(roles[i % 2], text, i, trained=i % 2 == 1) for i, text in enumerate(turns)]
    return joined([Message("system", system), *rows])


@torch.inference_mode()
def _logits(model: Model, ids: list[int]) -> npt.NDArray[np.float32]:
    out = model(input_ids=torch.tensor([ids]), use_cache=False).logits[0, :-1]
    rows: npt.NDArray[np.float32] = out.float().numpy()
    return rows


def compare(path: Path, known: Reference) -> tuple[Comparison, Row]:
    """Loads a GGUF in a child process, holds it against the reference and has it write: how near, and the row `loads`.

    Raises what the child reports.
    """
    with Gguf(path):
        pass  # a damaged file is told by its reader's sentence
    return asyncio.run(_compare(path, known))


async def _compare(path: Path, known: Reference) -> tuple[Comparison, Row]:
    worker = await WorkerProcess.start("llama")
    try:
        longest = max(map(len, known.ids))
        await worker.call("load", path=str(path), context=max(512, longest + 8))
        identical = await _same_ids(worker, known)
        with tempfile.TemporaryDirectory() as folder:
            rows = [await _scored(worker, ids, Path(folder) / f"{i}.npy") for i, ids in enumerate(known.ids)]
        wrote = await worker.call("generate", ids=known.ids[0][:16], sampling={"max_tokens": _WRITTEN})
    finally:
        await worker.close()
    finite = all(bool(np.isfinite(row).all()) for row in rows)
    return _compared(identical, known.logits, rows), _written(finite, wrote)


def _written(finite: bool, wrote: Fields) -> Row:
    ids = wrote["ids"]
    assert isinstance(ids, list)
    return loads_row(finite, len(ids), str(wrote["stop"]), str(wrote["text"]))


async def _same_ids(worker: WorkerProcess, known: Reference) -> bool:
    for part, ids in zip(known.parts, known.ids, strict=True):
        told = await worker.call("tokenise", parts=[[piece.text, piece.special] for piece in part])
        if _flat(told["ids"]) != ids:
            return False
    told = await worker.call("tokenise", parts=[[text, False] for text in _TRICKY])
    return bool(told["ids"] == known.tricky)


def _flat(rows: object) -> list[int]:
    assert isinstance(rows, list)
    return [number for row in rows for number in row]


async def _scored(worker: WorkerProcess, ids: list[int], file: Path) -> npt.NDArray[np.float32]:
    await worker.call("score", ids=ids, start=1, file=str(file))
    rows: npt.NDArray[np.float32] = np.load(file, allow_pickle=False)
    return rows


def _compared(
    identical: bool, one: Sequence[npt.NDArray[np.float32]], other: Sequence[npt.NDArray[np.float32]]
) -> Comparison:
    found = Sum()
    for known, rows in zip(one, other, strict=True):
        found.add(known, rows)
    near = found.mean()
    return Comparison(identical, round(near.top1, 4), round(near.divergence, 5), near.positions)
