"""The published schemas say what the code reads and writes.

When a record changes on purpose: raise its format, then write `model_json_schema()` of the class to the file.
"""

import json

import jsonschema
import pytest
from pydantic import BaseModel

from studio.play.corrections import Correction, CorrectionMessage
from studio.play.records import EVENTS, Insert, Node, SessionHeader, Undo
from studio.resources import resource

RECORDS: list[tuple[str, BaseModel]] = [
    ("session-header", SessionHeader(scenario="<SYSTEM></SYSTEM>", model="ab", name="tiny", seed=7)),
    (
        "correction",
        Correction(
            session="s",
            turn=2,
            messages=(CorrectionMessage(role="user", content="I look."),),
            chosen="Fog.",
            rejected="Sun.",
            state={"Wren": {"health": "3/4"}},
        ),
    ),
]


@pytest.mark.parametrize(("name", "record"), RECORDS)
def test_the_published_schema_is_the_code_s(name: str, record: BaseModel) -> None:
    schema = json.loads((resource("schemas") / f"{name}.schema.json").read_text(encoding="utf-8"))
    schema.pop("$schema")
    assert schema == type(record).model_json_schema()
    jsonschema.validate(json.loads(record.model_dump_json()), schema)


def test_the_published_schema_of_events_is_the_code_s() -> None:
    schema = json.loads((resource("schemas") / "session-event.schema.json").read_text(encoding="utf-8"))
    schema.pop("$schema")
    assert schema == EVENTS.json_schema()
    turn = Node(id=2, parent=1, kind="DM", text="Fog.", ids=(5, 6), random="7/1")
    for event in (turn, Insert(turn=turn, op=3), Undo()):
        jsonschema.validate(json.loads(event.model_dump_json()), schema)
