"""Owns the engine of a transformers folder, or of a run's adapter on its base; knows no chat and no rules."""

from pathlib import Path

from studio.inference.worked import WorkerEngine, card_of


class HfEngine(WorkerEngine):
    """A model as it was trained, or as others publish it, in a worker process of its own."""

    @classmethod
    async def load(
        cls,
        path: Path,
        *,
        context: int = 4096,
        adapter: Path | None = None,
        dtype: str | None = None,
        four_bit: bool | None = None,
        together: int = 8,
        identity: str = "",
        name: str = "",
    ) -> "HfEngine":
        """Starts a worker and loads a run, one of its checkpoints, a Hugging Face folder or a GGUF that is unpacked.

        `adapter` is the folder of a LoRA, `dtype` float32 (as None), bfloat16 or float16; without `four_bit` the base
        is in four bits where the run was trained on it so. Raises what the worker reports and what `started` does.
        """
        told: dict[str, object] = {"context": context, "sequences": together + 1, "dtype": dtype, "four_bit": four_bit}
        worker, fields = await cls.started(
            "hf", name or path.stem, None, path=str(path), adapter=str(adapter) if adapter else None, **told
        )
        engine = cls(worker, card_of(path, fields, kind="hf", identity=identity, name=name))
        engine.load_seconds = float(str(fields["seconds"]))
        return engine
