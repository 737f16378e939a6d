"""Data sets: from scenarios to the examples that a model is trained on."""

from studio.dataset.examples import Example, Gathered, NothingToTrain, Refused, examples_of, gather

__all__ = ["Example", "Gathered", "NothingToTrain", "Refused", "examples_of", "gather"]
