"""Worker `llama`: one GGUF behind the protocol. What it answers stands in `_llama_requests`.

The library is imported after hello, so that a missing one is reported in a sentence.
"""

import os
from collections.abc import Mapping

from studio.workers._serve import Handler, serve


def handlers() -> Mapping[str, Handler]:
    """The requests by name; imports llama.cpp."""
    from studio.workers._llama_requests import LlamaWorker

    return LlamaWorker().handlers()


def main() -> None:
    """Serves until stdin ends."""
    os.environ.setdefault("GGML_NO_BACKTRACE", "1")  # a failed assertion would start a debugger on us, and wait
    serve(handlers, part="llama-cpp-python")


if __name__ == "__main__":
    main()
