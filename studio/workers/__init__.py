"""Worker programs, `python -m studio.workers.NAME`; the only place that imports torch and llama.cpp."""
