"""What the tests of engines ask."""

from studio.chat import Message


def chat(*contents, system="You are the narrator of a quiet game."):
    roles = ("user", "assistant")
    return Message("system", system), *(Message(roles[i % 2], text) for i, text in enumerate(contents))
