"""Owns which commands Play has, and their keys."""

from functools import partial
from typing import TYPE_CHECKING

from studio.language import _
from studio.ui.commands import Command

if TYPE_CHECKING:
    from studio.ui.play.tab import PlayTab


def commands(tab: "PlayTab") -> list[Command]:
    """All of them; most are for the reply that stands last or the session that is shown."""
    evening, bar, text = tab.evening, tab.bar, tab.from_text
    last = partial(partial, evening.on_last)
    return [
        Command("play.stop", _("Play: stop"), tab.stop, "Esc", "stop", lambda: tab.table.busy),
        Command("play.begin", _("Play: begin again"), tab.begin_again, "Ctrl+Shift+N", "retry"),
        Command("play.keep", _("Play: keep what was played"), text.keep, "Ctrl+Shift+K", "save", text.can_keep),
        Command("play.back", _("Play: back to writing"), text.back, "Shift+F5", "write", lambda: text.is_on),
        Command("play.pair", _("Play: two models side by side"), bar.pair.click, "Ctrl+Shift+D", "play"),
        Command("play.blind", _("Play: hide which model is which"), bar.blind.click, "", "blind", bar.pair.isChecked),
        Command("play.line", _("Play: go to the line"), tab.input.field.setFocus, "Ctrl+L", "right"),
        Command("play.story", _("Play: go to the story"), lambda: tab.beside.side.chat.focus_last(), "F6", "play"),
        Command("play.game", _("Play: the game large, or the chat"), lambda: tab.show_game(bar.chat.isChecked()), "F7"),
        Command("play.undo", _("Play: take back"), evening.undo, "Ctrl+Z", "undo", bar.undo.isEnabled),
        Command("play.redo", _("Play: do again"), evening.redo, "Ctrl+Shift+Z", "redo", bar.redo.isEnabled),
        Command("play.retry", _("Play: another reply"), last("retry"), "Ctrl+R", "retry"),
        Command("play.continue", _("Play: let the reply go on"), last("continue"), "Ctrl+Shift+R", "start"),
        Command("play.older", _("Play: the reply before"), last("older"), "Alt+Left", "back"),
        Command("play.newer", _("Play: the next reply"), last("newer"), "Alt+Right", "right"),
        Command("play.edit", _("Play: edit the last reply"), last("edit"), "Ctrl+E", "edit"),
        Command("play.correct", _("Play: correct the last reply"), last("correct"), "Ctrl+Shift+C", "fix"),
        Command("play.good", _("Play: mark the last reply good"), last("good"), "Alt+Up", "preference"),
        Command("play.bad", _("Play: mark the last reply bad"), last("bad"), "Alt+Down", "dislike"),
        Command("play.vote.left", _("Play: the left reply is better"), partial(evening.vote, "left"), "Alt+1"),
        Command("play.vote.tie", _("Play: both replies are alike"), partial(evening.vote, "tie"), "Alt+2"),
        Command("play.vote.right", _("Play: the right reply is better"), partial(evening.vote, "right"), "Alt+3"),
        Command("play.sessions", _("Play: open a session"), evening.show_sessions, "Ctrl+H", "sessions"),
        Command("play.sampler", _("Play: how the narrator is asked"), evening.show_sampler, "Ctrl+Shift+M", "sampler"),
        Command("play.save", _("Play: save as a scenario"), evening.save_all, "Ctrl+S", "save"),
        Command("play.end", _("Play: end the session"), evening.end, "Ctrl+Shift+E", "flag"),
        Command("play.import", _("Play: import a talk"), evening.files.ask_talk, "", "download"),
    ]
