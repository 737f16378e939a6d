"""Worker `hf`: a transformers folder, or a run's adapter on its base, behind the protocol of the worker `llama`.

What it answers stands in `_engine_requests`. The libraries are imported after hello, so that a missing one is reported
in a sentence.
"""

from collections.abc import Mapping

from studio.workers._serve import Handler, serve


def handlers() -> Mapping[str, Handler]:
    """The requests by name; imports torch."""
    from studio.workers._hf_requests import HfWorker

    return HfWorker().handlers()


def main() -> None:
    """Serves until stdin ends."""
    serve(handlers, part="transformers")


if __name__ == "__main__":
    main()
