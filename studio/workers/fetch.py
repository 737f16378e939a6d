"""Worker `fetch`: one model of the catalogue, fetched whole and checked, in a process of its own; then it ends.

Request `fetch {model}`. Events: `progress {done, of, waits}` in bytes, and seconds that the Hub asked to wait; `done`
carries `path`. What came before a cancel, or before the process was killed, is kept for the next time.
"""

import time
from collections.abc import Callable

from studio.gguf.base import open_base
from studio.gguf.known_bases import models_folder
from studio.jobs.protocol import Fields
from studio.training.catalogue import find_model
from studio.training.fetching import Fetching, fetch
from studio.training.local_models import find_local
from studio.workers._serve import Request, serve

_TELL_SECONDS = 0.1


def fetch_model(request: Request) -> Fields:
    """Fetches what the request names; what came and cannot be trained is told."""
    model = find_model(request.get("model", str))
    if model.repo is None:  # it comes with set-up
        return {"path": str(find_local(model.id).path)}
    path = fetch(model.id, model.repo, model.revision, models_folder(), _telling(request))
    open_base(path)
    return {"path": str(path)}


def _telling(request: Request) -> Callable[[Fetching], None]:
    """Tells how far it is, now and then; raises Cancelled once the reader has asked to stop."""
    told = float("-inf")

    def tell(far: Fetching) -> None:
        nonlocal told
        request.check()
        now = time.monotonic()
        if far.waits or far.done >= far.of or now - told >= _TELL_SECONDS:
            told = now
            request.emit("progress", done=far.done, of=far.of, waits=far.waits)

    return tell


if __name__ == "__main__":
    serve({"fetch": fetch_model}, part="The Hub's client", one_job=True)
