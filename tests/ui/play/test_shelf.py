"""What is taken from scenarios to show what play is."""

from studio.scenario import parse
from studio.ui.play.shelf import telling_lines

HEAD = "<SYSTEM>\n# Role\nDM.\n\n# Party\n\n## Wren\n- Health: 20/26\n- Skills: Stealth +6\n</SYSTEM>\n"
TALK = "<User>Who are you?</User>\n<DM>A ferryman.</DM>\n"
ROLL = "<User>I sneak.</User>\n<DM>Softly.\n\n[roll: stealth]</DM>\n<TOOLCALL>stealth: 9 + 6(skill) = *15*</TOOLCALL>\n"
CHANGE = "<User>I drink.</User>\n<DM>It burns.\n\n[heal: Wren 3]</DM>\n"


def test_a_line_that_is_rolled_for_and_one_that_changes_a_sheet() -> None:
    assert telling_lines(parse(HEAD + TALK + ROLL + TALK + ROLL + CHANGE).scenario) == ("I sneak.", "I drink.")
    assert telling_lines(parse(HEAD + CHANGE + ROLL).scenario) == ("I sneak.",), "the change comes last, to be seen"
    assert telling_lines(parse(HEAD + TALK).scenario) == ()
