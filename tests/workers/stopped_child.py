"""Reads a long prompt, is stopped half way, and reads on; prints JSON. `wrong` says that all of it stands, as a worker
that trusted its list of ids would. Run as a program: it holds llama.cpp."""

import json
import sys
from pathlib import Path

from studio.errors import Cancelled, LorewrightError
from studio.inference.sampling import Sampling
from studio.workers._llama_model import LlamaModel
from studio.workers._stop_flag import StopFlag

model = LlamaModel(Path(sys.argv[1]), context=2048, sequences=2, threads=1, gpu_layers=0, adapter=None)
prompt = model.tokenise("The road bends past the mill and nobody has seen the miller. " * 24, special=False)[:1300]
answer = Sampling(max_tokens=8)


def said() -> object:
    """The ids of an answer, or the error's name."""
    try:
        return model.generate(prompt, answer, lambda _id: None, frozenset()).ids
    except LorewrightError as error:
        return error.code


def stopped(at: int) -> str:
    """How a reading ends that is stopped once so many ids are read: from outside, or in the middle of a stretch."""
    flag = StopFlag()
    model.forget()
    with model.stoppable(flag):
        try:
            model.generate(
                prompt, answer, lambda _id: None, frozenset(), lambda read: flag.set() if read >= at else None
            )
        except Cancelled:
            return "cancelled"
    return "ended"


fresh = said()
found: dict[str, object] = {"fresh": fresh, "prompt": len(prompt)}
for at in (0, 512, 1024):
    found[f"end {at}"] = stopped(at)
    found[f"kept {at}"] = len(model.kept)
    found[f"alike {at}"] = model.kept == prompt[: len(model.kept)]
    found[f"said {at}"] = said()
stopped(512)
model.kept = list(prompt[:-1])  # the defence taken away: ids that the cache does not hold
found["wrong"] = said()
print(json.dumps(found))
