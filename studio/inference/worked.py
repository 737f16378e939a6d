"""Owns an engine whose model lies in a worker process; knows the worker's requests, not who holds the weights."""

import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from studio.inference.asking import encoded
from studio.inference.protocol import Ask, Generation, Kind, ModelCard, Rows
from studio.inference.sampling import Sampling
from studio.jobs.ledger import ledger
from studio.jobs.process import Reply, WorkerProcess
from studio.jobs.protocol import Fields


class WorkerEngine:
    """A model in a worker process of its own."""

    def __init__(self, worker: WorkerProcess, card: ModelCard) -> None:
        self.worker = worker
        self.card = card
        self._running: set[int] = set()

    @staticmethod
    async def started(name: str, what: str, **fields: object) -> tuple[WorkerProcess, Fields]:
        """A worker that has loaded what `fields` say, and its answer; raises what the worker reports, or WorkerDied."""
        worker = await WorkerProcess.start(name)
        try:
            told = await worker.call("load", **fields)
        except BaseException:
            await worker.kill()
            raise
        ledger.enter(worker.pid, what)
        return worker, told

    async def tokenise(self, parts: Sequence[tuple[str, bool]]) -> list[list[int]]:
        """The ids of each (text, special) part."""
        reply = await self.worker.call("tokenise", parts=[list(part) for part in parts])
        ids = reply["ids"]
        assert isinstance(ids, list)
        return ids

    async def generate(
        self, prompt: Sequence[int], sampling: Sampling, on_text: Callable[[str], None] | None = None
    ) -> Generation:
        """Continues the prompt, telling the text as it comes."""
        async with self._request("generate", ids=list(prompt), sampling=asdict(sampling)) as reply:
            async for event in reply:
                text = event.fields.get("text")
                if on_text is not None and isinstance(text, str):
                    on_text(text)
            return generation(await reply.result())

    async def generate_many(self, prompts: Sequence[Sequence[int]], max_tokens: int) -> list[Generation]:
        """The likeliest continuation of each prompt."""
        return await self._many({"prompts": [list(prompt) for prompt in prompts], "max_tokens": max_tokens})

    async def _many(self, fields: Fields) -> list[Generation]:
        async with self._request("generate_many", **fields) as reply:
            replies = (await reply.result())["replies"]
        assert isinstance(replies, list)
        return [generation(reply) for reply in replies]

    async def answer_many(self, asks: Sequence[Ask]) -> list[Generation]:
        """The likeliest answer to each chat, in order; raises NoTemplate, TemplateRefused, GrammarRefused."""
        chats = await encoded(self.tokenise, self.card.chat, [(ask.messages, ask.opening) for ask in asks])
        fields: dict[str, object] = {
            "prompts": [ids for ids, _opened in chats],
            "max_tokens": [ask.max_tokens for ask in asks],
            "grammars": [ask.grammar for ask in asks],
        }
        found = await self._many(fields)
        return [replace(one, opened=tuple(opened)) for one, (_ids, opened) in zip(found, chats, strict=True)]

    async def score(self, ids: Sequence[int], start: int) -> Rows:
        """What the model expects at each id from `start` on: logits, float32 (len(ids)-start, vocabulary)."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "rows.npy"
            async with self._request("score", ids=list(ids), start=start, file=str(file)) as reply:
                await reply.result()
            rows: Rows = np.load(file, allow_pickle=False)
        return rows

    async def stop(self) -> None:
        """Ends what is running."""
        for number in list(self._running):
            await self.worker.call("cancel", target=number)

    async def close(self) -> None:
        """Ends the worker."""
        await self.worker.close()
        ledger.leave(self.worker.pid)

    @asynccontextmanager
    async def _request(self, do: str, **fields: object) -> AsyncIterator[Reply]:
        """A request that `stop` ends."""
        reply = await self.worker.request(do, **fields)
        self._running.add(reply.number)
        try:
            yield reply
        finally:
            self._running.discard(reply.number)


def card_of(path: Path, fields: Fields, *, kind: Kind, identity: str = "", name: str = "") -> ModelCard:
    """The card of what a worker loaded."""
    template = fields.get("template")
    return ModelCard(
        name=name or path.stem,  # what people know it by; the metadata often names a training step
        path=path,
        template=template if isinstance(template, str) else None,
        bos=str(fields["bos"]),
        eos=str(fields["eos"]),
        context=int(str(fields["context"])),
        size=int(str(fields["bytes"])),
        parameters=int(str(fields["parameters"])),
        kind=kind,
        identity=identity,
        grammars=kind == "gguf",
        adds_bos=fields.get("adds_bos") is True,
    )


def generation(fields: Fields) -> Generation:
    """A continuation as a worker tells it."""
    ids = fields["ids"]
    assert isinstance(ids, list)
    return Generation(
        ids=tuple(ids),
        text=str(fields["text"]),
        stop=str(fields["stop"]),
        prompt_tokens=int(str(fields["prompt_tokens"])),
        reused=int(str(fields["reused"])),
        first_token_seconds=float(str(fields["first_token"])),
        seconds=float(str(fields["seconds"])),
    )
