"""GGUF files: what stands in them, their tokeniser, and what a quantisation makes of them."""
