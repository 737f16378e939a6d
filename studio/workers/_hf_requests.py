"""Owns how the worker `hf` loads a model; what it answers then stands in `_engine_requests`.

`load {path, adapter=null, dtype=null, four_bit=null, cache=null, context=4096, sequences=9, threads=null}`: a card of
the model. `path` is a run's folder, one of its checkpoints, a Hugging Face folder or a GGUF, whose weights are unpacked
into `cache`; `adapter` the folder of a LoRA to put on it. `dtype` is float32, bfloat16 or float16. Without `four_bit`
a base is in four bits where the run was trained on it so.
"""

import os
from collections.abc import Mapping
from pathlib import Path

import torch

from studio.gguf.base import Base
from studio.gguf.identity import check_identity, identity_of
from studio.jobs.errors import BadRequest
from studio.jobs.protocol import Fields
from studio.jobs.runs import CONFIG, Run
from studio.setup.places import Places
from studio.training.checkpoints import run_of
from studio.workers._base import base_folder, load_model
from studio.workers._engine_requests import EngineRequests, whole
from studio.workers._hf_batch import answer_many
from studio.workers._hf_model import HfModel
from studio.workers._merge import source_of
from studio.workers._serve import Request
from studio.workers._worn import put_on

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


class HfWorker(EngineRequests[HfModel]):
    """The one model of this process and the requests it answers."""

    def __init__(self) -> None:
        super().__init__(answer_many)

    def load(self, request: Request) -> Fields:
        """Loads a model in place of the one before."""
        path = Path(request.get("path", str))
        source = source_of(path, None)
        asked = request.fields.get("adapter")
        adapter = Path(asked) if isinstance(asked, str) else source.adapter
        self._model = None
        torch.set_num_threads(whole(request, "threads", os.cpu_count() or 1))
        device = _device()
        folder = base_folder(source.base, _cache(request, path))
        packed = device if _four_bit(request, path) else None
        model = load_model(folder, _dtype(request), nf4_on=packed).to(device)
        request.check()
        if adapter is not None:
            check_identity(adapter, identity_of(source.base.path, source.base.name), source.base.path)
            model = put_on(model, adapter)
        self._model = loaded = HfModel(
            model.eval(), source.base, whole(request, "context", 4096), whole(request, "sequences", 9, least=2)
        )
        return _card(source.base, loaded)


def _device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def _dtype(request: Request) -> torch.dtype:
    """The numbers that are computed in: float32 unless another is asked for."""
    name = request.fields.get("dtype") or "float32"
    if name not in DTYPES:
        raise BadRequest(detail=f"to load with dtype={name!r}")
    return DTYPES[str(name)]


def _four_bit(request: Request, path: Path) -> bool:
    """Whether the base is brought into four bits: as asked, else as the run of this path was trained."""
    asked = request.fields.get("four_bit")
    if isinstance(asked, bool):
        return asked
    run = run_of(path) or path
    config: Mapping[str, object] = Run(run).config() if (run / CONFIG).is_file() else {}
    return config.get("quantisation") == "nf4"


def _cache(request: Request, path: Path) -> Path:
    """Where the weights of a GGUF are unpacked: as asked, else in the workspace of a run, else in the user's cache."""
    asked = request.fields.get("cache")
    if isinstance(asked, str):
        return Path(asked)
    run = run_of(path) or path
    if (run / CONFIG).is_file():
        return run.absolute().parent.parent / ".lorewright" / "bases"
    return Places.here().cache / "bases"


def _card(base: Base, model: HfModel) -> Fields:
    weights = list(model.model.parameters())
    return {
        "name": base.name,
        "architecture": str(getattr(model.model.config, "model_type", "")),
        "template": base.template.source,
        "bos": base.template.bos,
        "eos": base.template.eos,
        "adds_bos": base.template.add_bos,
        "context": model.context_size,
        "grammars": model.grammars.there,
        "parameters": model.model.num_parameters(),
        "bytes": sum(weight.numel() * weight.element_size() for weight in weights),
        "gpu": model.model.device.type != "cpu",
    }
