"""A card with everything in it that Lorewright has no place for."""

import copy

import pytest

from studio.scenario.cards import Card

CARD: dict[str, object] = {
    "spec": "chara_card_v2",
    "spec_version": "2.0",
    "data": {
        "name": "Old Marrow",
        "description": "{{char}} rows the ferry.\n\nHe has never been across.",
        "personality": "dour, fair",
        "scenario": "The landing at dusk. {{user}} waits.",
        "first_mes": "*{{char}} nods at {{user}}.* Two coins.",
        "mes_example": "<START>\n{{user}}: How much?\n{{char}}: Two coins.\nAnd a story.\n"
        "<START>\n{{user}}: Why?\n{{char}}: Because.",
        "creator_notes": "made for a friend",
        "system_prompt": "",
        "post_history_instructions": "",
        "alternate_greetings": ["Three coins."],
        "tags": ["river"],
        "creator": "Ann",
        "character_version": "3",
        "extensions": {"depth_prompt": {"depth": 4}, "strange": [None, 1.5, True]},
        "character_book": {
            "entries": [
                {
                    "keys": [],
                    "content": "The river is deeper than it is wide.",
                    "constant": True,
                    "enabled": True,
                },
                {"keys": ["bell"], "content": "The bell is below.", "constant": False},
                {"keys": [], "content": "Never shown.", "constant": True, "enabled": False},
            ]
        },
        "nickname_of_tomorrow": "Marrow",
    },
    "x-tool": {"seen": 12},
}


@pytest.fixture
def card() -> Card:
    """The ferryman."""
    return Card(copy.deepcopy(CARD))
