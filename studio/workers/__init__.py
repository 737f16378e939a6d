"""Worker programs, `python -m studio.workers.NAME`; the only place that imports torch and llama.cpp."""

import sys

# Where the package `kernels` is installed, transformers and bitsandbytes fetch programs from the Hub and run them. It
# must be out of their reach before the first of them is imported, for they ask while they are.
sys.modules.setdefault("kernels", None)  # type: ignore[arg-type]  # Python's own way to forbid an import
