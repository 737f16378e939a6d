"""Owns the engine of a GGUF, and is where the engines' protocol is imported from; knows no chat and no rules."""

from collections.abc import Callable
from pathlib import Path

import studio.inference.errors  # noqa: F401  # the kinds of error that the worker reports by name
from studio.inference.load_settings import LoadSettings
from studio.inference.protocol import Ask, Engine, Generation, Halted, ModelCard, Pace, Rows
from studio.inference.sampling import Sampling
from studio.inference.templates import chat_template
from studio.inference.worked import WorkerEngine, card_of

__all__ = ["Ask", "Engine", "Generation", "Halted", "LlamaEngine", "ModelCard", "Pace", "Rows", "Sampling"]


_CONTEXT = 4096


class LlamaEngine(WorkerEngine):
    """A GGUF in a worker process of its own."""

    @classmethod
    async def load(
        cls,
        path: Path,
        *,
        context: int | None = None,
        gpu_layers: int | None = None,
        adapter: Path | None = None,
        together: int = 8,
        identity: str = "",
        settings: LoadSettings | None = None,
        on_load: Callable[[float], None] | None = None,
    ) -> "LlamaEngine":
        """Starts a worker and loads `path`; raises what the worker reports and what `WorkerEngine.started` does.

        `settings` say how; `context` and `gpu_layers` go before them, and without a number of layers all lie on the
        GPU where llama.cpp was built for one. `together` is how many prompts `generate_many` answers at once;
        `identity` goes onto the card. `on_load` hears the fraction of the file that is read. Whoever cancels the
        waiting ends the worker. A template that the settings name serves a file without one.
        """
        settings = settings if settings is not None else LoadSettings(context=_CONTEXT)
        asked = {"context": context, "gpu_layers": gpu_layers}
        told = settings.fields() | {name: value for name, value in asked.items() if value is not None}
        worker, fields = await cls.started(
            "llama",
            path.stem,
            on_load,
            path=str(path),
            adapter=str(adapter) if adapter else None,
            sequences=together + 1,
            **told,
        )
        if not fields.get("template") and settings.template:
            fields["template"] = chat_template(settings.template)
        engine = cls(worker, card_of(path, fields, kind="gguf", identity=identity))
        engine.load_seconds = float(str(fields["seconds"]))
        return engine
