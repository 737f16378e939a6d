"""What the tests of the audit share: rows, and a rubric that a small model answers quickly."""

import pytest

from studio.chat.messages import ASSISTANT, USER, Message
from studio.dataset.audit.rubric import Rubric
from studio.dataset.rows import Kind, Place, Row


@pytest.fixture(scope="session")
def pair():
    """A question and its answer as a row."""

    def make(question: str, answer: str, line: int = 1) -> Row:
        messages = (Message(USER, question), Message(ASSISTANT, answer, trained=True))
        return Row(Kind.PAIR, "pairs", Place("pairs.jsonl", line), messages, group=f"pairs.jsonl:{line}")

    return make


@pytest.fixture(scope="session")
def short_rubric() -> Rubric:
    """One criterion and a short reason."""
    return Rubric.model_validate(
        {
            "title": "Short",
            "task": "You read a question and its answer.",
            "bin": "Say bin where the answer is wrong, else keep.",
            "criteria": [{"name": "right", "ask": "is it right?"}],
            "reason": 24,
        }
    )
