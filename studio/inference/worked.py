"""Owns an engine whose model lies in a worker process; knows the worker's requests, not who holds the weights."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from studio.errors import Cancelled
from studio.inference.asking import encoded
from studio.inference.errors import EngineCrashed, EngineCrashedLoading, EngineHung, EngineKilled, EngineKilledLoading
from studio.inference.hearing import Heard
from studio.inference.loading import ended, loaded
from studio.inference.protocol import Ask, Generation, Halted, Kind, ModelCard, OnRead, OnText, Pace, Rows
from studio.inference.remembered import Remembered
from studio.inference.sampling import Sampling
from studio.jobs.errors import WorkerDied
from studio.jobs.ledger import ledger
from studio.jobs.process import Reply, WorkerProcess
from studio.jobs.processes import memory_of
from studio.jobs.protocol import Event, Fields
from studio.language import _

PATIENCE = 300.0
"""Seconds in which an engine at work must get on: 512 tokens of a large model without a card take some 30."""

_SAMPLED_SECONDS = 0.05
_KILLED = ("SIGKILL", "exit code 137")


class WorkerEngine:
    """A model in a worker process of its own; `load_seconds` is how long it took to be there.

    Raises EngineKilled where the system ends the process, EngineHung where it does not get on for `patience` seconds,
    EngineCrashed where it ends otherwise. Then nothing but `close` is left to do; it may be loaded again.
    """

    load_seconds = 0.0
    patience = PATIENCE

    def __init__(self, worker: WorkerProcess, card: ModelCard) -> None:
        self.worker = worker
        self.card = card
        self._running: set[int] = set()
        self._texts = Remembered()
        self._most = 0
        self._moved = 0.0

    @staticmethod
    async def started(
        name: str, what: str, on_load: Callable[[float], None] | None = None, **fields: object
    ) -> tuple[WorkerProcess, Fields]:
        """A worker that has loaded what `fields` say, and its answer with the `seconds` that all of it took.

        `on_load` hears the fraction that is read. Raises what the worker reports, EngineKilledLoading,
        EngineCrashedLoading, or EngineHungLoading where it has done nothing for too long.
        """
        begun = time.perf_counter()
        worker: WorkerProcess | None = None
        try:
            worker = await WorkerProcess.start(name)
            reply = await worker.request("load", **fields)
            told = await loaded(worker, reply, what, on_load)
        except WorkerDied as error:
            kind = EngineKilledLoading if error.fields.get("reason") in _KILLED else EngineCrashedLoading
            raise _named(error, kind, what) from error
        except BaseException:
            if worker is not None:
                await ended(worker)
            raise
        ledger.enter(worker.pid, what)
        return worker, {**told, "seconds": time.perf_counter() - begun}

    async def tokenise(self, parts: Sequence[tuple[str, bool]]) -> list[list[int]]:
        """The ids of each (text, special) part; what a talk repeats each turn is asked of the worker once."""
        return await self._texts.ids(parts, self._asked_ids)

    async def _asked_ids(self, parts: Sequence[tuple[str, bool]]) -> list[list[int]]:
        ids = (await self._result(None, "tokenise", parts=[list(part) for part in parts]))["ids"]
        assert isinstance(ids, list)
        return ids

    async def generate(
        self, prompt: Sequence[int], sampling: Sampling, on_text: OnText | None = None, on_read: OnRead | None = None
    ) -> Generation:
        """Continues the prompt, telling how far it is read and the text as it comes; Halted where words had come."""
        heard = Heard(len(prompt), on_text, on_read)
        try:
            done = await self._result(heard.take, "generate", ids=list(prompt), sampling=asdict(sampling))
        except Cancelled:
            if heard.ids:
                raise Halted(written=heard.so_far()) from None
            raise
        return generation(done)

    async def answer(
        self, ask: Ask, sampling: Sampling, on_text: OnText | None = None, on_read: OnRead | None = None
    ) -> Generation:
        """The answer to a chat; raises NoTemplate, TemplateRefused, GrammarRefused, Halted where words had come."""
        prompt, opened = await self._encoded(ask)
        asked = replace(sampling, max_tokens=ask.max_tokens, grammar=ask.grammar)
        try:
            return replace(await self.generate(prompt, asked, on_text, on_read), opened=tuple(opened))
        except Halted as halted:
            raise Halted(written=replace(halted.written, opened=tuple(opened))) from None

    async def length(self, ask: Ask) -> int:
        """How many tokens a chat takes before its answer; raises NoTemplate, TemplateRefused."""
        return len((await self._encoded(ask))[0])

    async def _encoded(self, ask: Ask) -> tuple[list[int], list[int]]:
        return (await self._all_encoded([ask]))[0]

    async def _all_encoded(self, asks: Sequence[Ask]) -> list[tuple[list[int], list[int]]]:
        """The ids that each ask goes on from, and those of them that are its opening."""
        chats = [(ask.messages, "" if ask.opening_ids else ask.opening) for ask in asks]
        found = await encoded(self.tokenise, self.card.chat, chats)
        known = (list(ask.opening_ids) for ask in asks)
        return [(ids + own, own or opened) for (ids, opened), own in zip(found, known, strict=True)]

    async def generate_many(self, prompts: Sequence[Sequence[int]], max_tokens: int) -> list[Generation]:
        """The likeliest continuation of each prompt."""
        return await self._many({"prompts": [list(prompt) for prompt in prompts], "max_tokens": max_tokens})

    async def _many(self, fields: Fields) -> list[Generation]:
        replies = (await self._result(None, "generate_many", **fields))["replies"]
        assert isinstance(replies, list)
        return [generation(reply) for reply in replies]

    async def answer_many(self, asks: Sequence[Ask]) -> list[Generation]:
        """The likeliest answer to each chat, in order; raises NoTemplate, TemplateRefused, GrammarRefused."""
        chats = await self._all_encoded(asks)
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
            await self._result(None, "score", ids=list(ids), start=start, file=str(file))
            rows: Rows = np.load(file, allow_pickle=False)
        return rows

    async def pace(self, prompt_tokens: int, new_tokens: int) -> Pace:
        """Reads so many tokens with an empty cache and writes so many after them, two at least."""
        watching = asyncio.create_task(self._peak())
        try:
            told = await self._result(None, "bench", prompt_tokens=prompt_tokens, new_tokens=max(2, new_tokens))
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
        await self._look()
        first, writing = float(str(told["first_token"])), float(str(told["writing"]))
        return Pace(
            prompt_tokens=prompt_tokens,
            new_tokens=max(2, new_tokens),
            load_seconds=self.load_seconds,
            first_token_seconds=first,
            prompt_tokens_per_second=prompt_tokens / first,
            tokens_per_second=(max(2, new_tokens) - 1) / writing,
            peak=self._most,
        )

    async def _peak(self) -> None:
        """Watches the memory of the worker until it is cancelled."""
        while True:
            await self._look()
            await asyncio.sleep(_SAMPLED_SECONDS)

    async def _look(self) -> None:
        self._most = max(self._most, await asyncio.to_thread(memory_of, self.worker.pid))

    async def stop(self) -> None:
        """Ends what is running."""
        for number in list(self._running):
            await self.worker.call("cancel", target=number)

    async def close(self) -> None:
        """Ends the worker."""
        await self.worker.close()
        ledger.leave(self.worker.pid)

    async def _result(self, told: Callable[[Event], None] | None, do: str, **fields: object) -> Fields:
        """The answer to a request that `stop` ends; `told` hears its events."""
        try:
            return await self._heard(await self.worker.request(do, **fields), told)
        except WorkerDied as error:
            killed = error.fields.get("reason") in _KILLED
            if killed and self.worker.slain:
                raise
            raise _named(error, EngineKilled if killed else EngineCrashed, self.card.name) from error

    async def _heard(self, reply: Reply, told: Callable[[Event], None] | None) -> Fields:
        """The answer of a reply to be, which `stop` ends meanwhile."""
        self._running.add(reply.number)
        try:
            async for event in self._watched(reply):
                if told is not None:
                    told(event)
            return await reply.result()
        finally:
            self._running.discard(reply.number)

    async def _watched(self, reply: Reply) -> AsyncIterator[Event]:
        """The events of a reply; raises EngineHung where nothing that runs here gets on."""
        events = aiter(reply)
        self._moved = time.monotonic()
        while True:
            coming = asyncio.ensure_future(anext(events, None))
            try:
                while not (await asyncio.wait({coming}, timeout=self.patience))[0]:
                    if time.monotonic() - self._moved >= self.patience:
                        await ended(self.worker)
                        raise EngineHung(name=self.card.name, seconds=f"{self.patience:g}")
            finally:
                coming.cancel()
            self._moved = time.monotonic()
            event = coming.result()
            if event is None:
                return
            yield event


def _named(error: WorkerDied, kind: type[WorkerDied], name: str) -> WorkerDied:
    """A worker's death as that of a model, with the last words where there are any."""
    tail = str(error.fields.get("tail", "")).strip("- \n")
    return kind(**error.fields | {"name": name, "said": _(" Its last words: {tail}").format(tail=tail) if tail else ""})


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
        grammars=kind == "gguf" or fields.get("grammars") is True,
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
