"""Owns what an engine is: something that continues token ids; knows no chat and no rules."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import studio.inference.errors  # noqa: F401  # the kinds of error that the worker reports by name
from studio.inference.sampling import Sampling
from studio.jobs.ledger import ledger
from studio.jobs.process import WorkerProcess
from studio.jobs.protocol import Fields


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What a loaded model says of itself; `context` in tokens, `size` in bytes."""

    name: str
    path: Path
    template: str | None
    bos: str
    eos: str
    context: int
    size: int
    parameters: int

    @property
    def bits_a_weight(self) -> float:
        """The tensors' size in bits over their number of weights."""
        return self.size * 8 / self.parameters if self.parameters else 0.0


@dataclass(frozen=True, slots=True)
class Generation:
    """One continuation: `stop` is end, length or context; `reused` counts prompt tokens found in the cache."""

    ids: tuple[int, ...]
    text: str
    stop: str
    prompt_tokens: int
    reused: int
    first_token_seconds: float
    seconds: float

    @property
    def tokens_per_second(self) -> float:
        """Tokens after the first, a second; 0 where there are too few to tell."""
        spent = self.seconds - self.first_token_seconds
        return (len(self.ids) - 1) / spent if len(self.ids) > 1 and spent > 0 else 0.0


class Engine(Protocol):
    """A loaded model. Raises the worker's errors, and Cancelled when stopped."""

    card: ModelCard

    async def tokenise(self, parts: Sequence[tuple[str, bool]]) -> list[list[int]]:
        """The ids of each (text, special) part; `special` reads control tokens as such."""

    async def generate(
        self, prompt: Sequence[int], sampling: Sampling, on_text: Callable[[str], None] | None = None
    ) -> Generation:
        """Continues the prompt, telling the text as it comes."""

    async def generate_many(self, prompts: Sequence[Sequence[int]], max_tokens: int) -> list[Generation]:
        """The likeliest continuation of each prompt."""

    async def stop(self) -> None:
        """Ends the running generation; it raises Cancelled."""

    async def close(self) -> None:
        """Frees the model."""


class LlamaEngine:
    """A GGUF in a worker process of its own."""

    def __init__(self, worker: WorkerProcess, card: ModelCard) -> None:
        self.worker = worker
        self.card = card
        self._running: set[int] = set()

    @classmethod
    async def load(
        cls,
        path: Path,
        *,
        context: int = 4096,
        gpu_layers: int | None = None,
        adapter: Path | None = None,
        together: int = 8,
    ) -> "LlamaEngine":
        """Starts a worker and loads `path`; raises what the worker reports, WorkerDied when the file kills it.

        `gpu_layers` is how many layers lie on the GPU; None puts all there where llama.cpp was built for one.
        `together` is how many prompts `generate_many` answers at once.
        """
        worker = await WorkerProcess.start("llama")
        try:
            fields = await worker.call(
                "load",
                path=str(path),
                context=context,
                gpu_layers=gpu_layers,
                adapter=str(adapter) if adapter else None,
                sequences=together + 1,
            )
        except BaseException:
            await worker.kill()
            raise
        ledger.enter(worker.pid, path.stem)
        return cls(worker, _card(path, fields))

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
        reply = await self.worker.request("generate", ids=list(prompt), sampling=asdict(sampling))
        self._running.add(reply.number)
        try:
            async for event in reply:
                text = event.fields.get("text")
                if on_text is not None and isinstance(text, str):
                    on_text(text)
            return _generation(await reply.result())
        finally:
            self._running.discard(reply.number)

    async def generate_many(self, prompts: Sequence[Sequence[int]], max_tokens: int) -> list[Generation]:
        """The likeliest continuation of each prompt."""
        fields = await self.worker.call("generate_many", prompts=[list(p) for p in prompts], max_tokens=max_tokens)
        replies = fields["replies"]
        assert isinstance(replies, list)
        return [_generation(reply) for reply in replies]

    async def stop(self) -> None:
        """Ends the running generation."""
        for number in list(self._running):
            await self.worker.call("cancel", target=number)

    async def close(self) -> None:
        """Ends the worker."""
        await self.worker.close()
        ledger.leave(self.worker.pid)


def _card(path: Path, fields: Fields) -> ModelCard:
    template = fields.get("template")
    return ModelCard(
        name=path.stem,  # what people know it by; the metadata often names a training step
        path=path,
        template=template if isinstance(template, str) else None,
        bos=str(fields["bos"]),
        eos=str(fields["eos"]),
        context=int(str(fields["context"])),
        size=int(str(fields["bytes"])),
        parameters=int(str(fields["parameters"])),
    )


def _generation(fields: Fields) -> Generation:
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
