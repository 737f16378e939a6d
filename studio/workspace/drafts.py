"""Owns the beginning of a new scenario: its text and where it is put; knows no window."""

import json
import re
from pathlib import Path

import yaml

from studio.files import save_atomic
from studio.language import _
from studio.workspace.folder import Workspace

_TEXT = """---
title: {title}
player: {player}
---
<SYSTEM>
# Role
You are the Dungeon Master. Call for a roll only when failing would matter.

# World
{world}

# Location
{place}

# Party

## {player}
- Player Character
- Level 1
- Health: 12/12
- Skills: Perception +3, Stealth +2, Persuasion +1
</SYSTEM>

<User>{line}</User>

<DM>{answer}

[roll: perception]</DM>
"""


def new_scenario(workspace: Workspace, title: str, scenario_type: str) -> Path:
    """Writes a scenario to begin from, under a free name, and returns where; raises NotSaved."""
    folder = workspace.scenarios / scenario_type
    stem = re.sub(r"[^a-z0-9]+", "-", title.casefold()).strip("-")[:60] or "scenario"
    path = folder / f"{stem}.md"
    number = 2
    while path.exists():
        path, number = folder / f"{stem}-{number}.md", number + 1
    save_atomic(
        path,
        _TEXT.format(
            title=_quoted(title),
            player="Mara",
            world=_("Say in two sentences what kind of world this is."),
            place=_("Say where the party is, and what can be seen there."),
            line=_("I look around."),
            answer=_("You let your eyes wander."),
        ),
    )
    return path


def _quoted(title: str) -> str:
    """A title as YAML takes it: bare where that is read back as the same words."""
    plain = " ".join(title.split())
    try:
        bare = yaml.safe_load(f"title: {plain}") == {"title": plain}
    except yaml.YAMLError:
        bare = False
    return plain if bare else json.dumps(plain, ensure_ascii=False)
