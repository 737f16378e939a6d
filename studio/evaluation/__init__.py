"""Evaluation: what a model gets right, beside simple rivals, with intervals."""
