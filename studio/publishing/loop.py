"""Owns the tool loop as a table: from a player's line to the next, with calls and their results between.

The same steps that `studio/play/session.py` takes; an engine of another language follows the rows.
"""

from studio.jobs.protocol import Fields
from studio.play.limits import MOST_ALIKE, MOST_CALLS
from studio.scenario.vocabulary import Vocabulary

_ROWS = (
    ("player", "line", "say", "reply"),
    ("reply", "written", "read_calls", "call"),
    ("call", "unfit", "leave_as_text", "call"),
    ("call", "due", "carry_out", "call"),
    ("call", "none_left_and_no_result", "wait", "player"),
    ("call", "none_left_and_results", "answer", "reply"),
    ("call", "too_many", "answer", "player"),
)

_ACTIONS = {
    "say": "Add the player's line to the chat as a user message. No words open the next reply.",
    "read_calls": "Let the model write until its turn ends, behind the opening words where there are any; keep the "
    "token ids. Add the reply as an assistant message. Its calls, in order, are what is to be done.",
    "leave_as_text": "A bracket that is no call, or one that the rules refuse, stays text; nothing happens.",
    "carry_out": "Carry the call out on the sheets. A tool that is answered gives a result line; keep it.",
    "wait": "It is the player's turn.",
    "answer": "Add every result line as a user message `<TOOLCALL>LINE</TOOLCALL>`. If the last one was a check, the "
    "next reply opens with the success or the failure word. Neighbours of one role are joined by a blank line.",
}

_EVENTS = {
    "line": "the player has said something",
    "written": "the model has ended its turn",
    "unfit": "the next bracket can't be carried out",
    "due": "the next call can be carried out; since the player's line fewer than `most_calls` were, and none of them "
    "`most_alike` times",
    "none_left_and_no_result": "all calls are done and none was answered",
    "none_left_and_results": "all calls are done and some were answered",
    "too_many": "`most_calls` were carried out since the player's line, or one and the same `most_alike` times; the "
    "rest stay text",
}


def tool_loop(words: Vocabulary) -> Fields:
    """The table, what its words mean, and the numbers of the rules that it needs."""
    success, failure = words.outcomes
    return {
        "format": 1,
        "start": "player",
        "states": ["player", "reply", "call"],
        "rows": [{"state": state, "event": event, "do": do, "next": after} for state, event, do, after in _ROWS],
        "events": _EVENTS,
        "actions": _ACTIONS,
        "most_calls": MOST_CALLS,
        "most_alike": MOST_ALIKE,
        "result": "<TOOLCALL>{line}</TOOLCALL>",
        "result_line": "{skill}: {die} + {modifier}(skill) = *{total}*",
        "check": {
            "die": words.die,
            "default_dc": words.default_dc,
            "uncontested": list(words.uncontested),
            "success": success,
            "failure": failure,
        },
    }
