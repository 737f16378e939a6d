"""Owns the engine of a GGUF, and is where the engines' protocol is imported from; knows no chat and no rules."""

from pathlib import Path

import studio.inference.errors  # noqa: F401  # the kinds of error that the worker reports by name
from studio.inference.protocol import Ask, Engine, Generation, Halted, ModelCard, Pace, Rows
from studio.inference.sampling import Sampling
from studio.inference.worked import WorkerEngine, card_of

__all__ = ["Ask", "Engine", "Generation", "Halted", "LlamaEngine", "ModelCard", "Pace", "Rows", "Sampling"]


class LlamaEngine(WorkerEngine):
    """A GGUF in a worker process of its own."""

    @classmethod
    async def load(
        cls,
        path: Path,
        *,
        context: int = 4096,
        gpu_layers: int | None = None,
        adapter: Path | None = None,
        together: int = 8,
        identity: str = "",
    ) -> "LlamaEngine":
        """Starts a worker and loads `path`; raises what the worker reports, WorkerDied when the file kills it.

        `gpu_layers` is how many layers lie on the GPU; None puts all there where llama.cpp was built for one.
        `together` is how many prompts `generate_many` answers at once. `identity` goes onto the card.
        """
        worker, fields = await cls.started(
            "llama",
            path.stem,
            path=str(path),
            context=context,
            gpu_layers=gpu_layers,
            adapter=str(adapter) if adapter else None,
            sequences=together + 1,
        )
        engine = cls(worker, card_of(path, fields, kind="gguf", identity=identity))
        engine.load_seconds = float(str(fields["seconds"]))
        return engine
