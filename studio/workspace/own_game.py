"""Owns a workspace's own tools and rules while they are edited: read, changed as values, saved whole or not at all.

What could not be read is never written over; it can be set aside under another name. Knows no window.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import yaml

from studio.errors import InputError, LorewrightError, NotSaved, PathMissing
from studio.files import read_bytes, save_atomic
from studio.language import N_, _
from studio.scenario.game import RULES_FILE, TOOLS_FILE, Game
from studio.scenario.model import plain_name
from studio.scenario.own_tools import SHIPPED, as_entry, own_tools, tool_troubles
from studio.scenario.table_edits import rewritten
from studio.scenario.tables import Unreadable, read_table
from studio.scenario.tools import Tool, ToolTable
from studio.scenario.vocabulary import COMBAT, Vocabulary, rules_troubles

_HEAD = {
    TOOLS_FILE: "# The tools of this workspace's game; docs/writing-scenarios.md says what can stand here.\n",
    RULES_FILE: "# The rules of this workspace's game; what is not named here is as Lorewright ships it.\n",
}


class GameChanged(InputError):
    """A file of the game was changed by others since it was read."""

    sentence = N_("{path} was changed by another program meanwhile. Close this and open it again; nothing was saved.")


class GameFaulty(InputError):
    """Tools or rules that cannot be used as they were edited."""

    sentence = N_("Nothing was saved: {reason}")


@dataclass(frozen=True, slots=True)
class GameDraft:
    """The tools and rules as they are edited. `own` are the workspace's tools in order, `dropped` the shipped ones
    that it does without; `troubles` says of a file's name why it could not be read."""

    folder: Path
    beside: bool = True
    own: tuple[Tool, ...] = ()
    dropped: frozenset[str] = frozenset()
    words: Vocabulary = field(default_factory=Vocabulary.shipped)
    troubles: Mapping[str, str] = field(default_factory=dict)
    before: Mapping[str, bytes | None] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> "GameDraft":
        """What the workspace says now; never raises."""
        draft = cls(folder, before={name: _bytes(folder / name) for name in (TOOLS_FILE, RULES_FILE)})
        game, troubles = Game.of(folder), dict[str, str]()
        for trouble in game.troubles:
            troubles[Path(str(trouble.fields["path"])).name] = str(trouble)
        draft = replace(draft, words=game.words, troubles=troubles)
        if TOOLS_FILE in troubles or draft.before[TOOLS_FILE] is None:
            return draft
        try:
            raw = read_table(folder / TOOLS_FILE)
        except (Unreadable, LorewrightError) as error:  # others wrote it this moment
            return replace(draft, troubles={**troubles, TOOLS_FILE: str(error)})
        raw = raw if isinstance(raw, dict) else {}
        names = {tool.name for tool in game.tools.tools.values()}
        beside = raw.get(SHIPPED, True)
        shipped = ToolTable.shipped().tools
        own = tuple(tool for tool in game.tools.tools.values() if not beside or shipped.get(tool.name) != tool)
        return replace(draft, beside=beside, own=own, dropped=frozenset(shipped) - names if beside else frozenset())

    # -- tools ------------------------------------------------------------------------------------------

    def tools(self) -> tuple[tuple[Tool, bool], ...]:
        """Every tool that can be called, and whether it is the workspace's own."""
        mine = {tool.name for tool in self.own}
        shipped = ToolTable.shipped().tools.values() if self.beside else ()
        stay = ((tool, False) for tool in shipped if tool.name not in self.dropped and tool.name not in mine)
        return (*stay, *((tool, True) for tool in self.own))

    def with_tool(self, at: int | None, tool: Tool) -> "GameDraft":
        """A tool in place of the one at a place of `tools`, which then is the workspace's own; None adds it."""
        own, dropped = list(self.own), self.dropped
        listed = self.tools()
        if at is None:
            own.append(tool)
        elif listed[at][1]:
            own[at - len(listed)] = tool  # own tools stand last
        else:
            own.append(tool)
            dropped |= {listed[at][0].name}
        return replace(self, own=tuple(own), dropped=dropped - {tool.name})

    def without(self, name: str) -> "GameDraft":
        """The game without a tool, own or shipped; an own one that stood for a shipped one goes back to it."""
        own = tuple(tool for tool in self.own if tool.name != name)
        if len(own) < len(self.own):
            return replace(self, own=own)
        return replace(self, dropped=self.dropped | {name})

    def restored(self) -> "GameDraft":
        """The game with the shipped tools that it did without."""
        return replace(self, dropped=frozenset())

    # -- what is wrong ----------------------------------------------------------------------------------

    def tool_troubles(self, tool: Tool) -> tuple[tuple[str, str], ...]:
        """What is wrong with one tool: field and sentence each."""
        twice = sum(one.name == tool.name for one, _own in self.tools()) > 1
        found = [("name", _("There is a tool of this name already."))] if twice else []
        return (*found, *tool_troubles(tool, ToolTable.shipped()))

    def faults(self) -> Iterator[str]:
        """Everything that keeps the game from being saved, a sentence each."""
        for tool in self.own:
            for _field, reason in self.tool_troubles(tool):
                yield f"{tool.name or _('(no name)')}: {reason}"
        if not self.tools():
            yield _("A game needs at least one tool.")
        for _key, reason in rules_troubles({**self._rules(), **self._fights()}, Vocabulary.shipped()):
            yield _("Rules: {reason}").format(reason=reason)

    # -- saving -----------------------------------------------------------------------------------------

    def save(self) -> "GameDraft":
        """Saves what changed; raises GameFaulty, GameChanged or NotSaved, with the files as they were."""
        for reason in self.faults():
            raise GameFaulty(reason=reason)
        for name in (TOOLS_FILE, RULES_FILE):
            if name not in self.troubles and _bytes(self.folder / name) != self.before.get(name):
                raise GameChanged(path=self.folder / name)
        texts = {TOOLS_FILE: self._tools_text(), RULES_FILE: self._rules_text()}
        saved = dict(self.before)
        for name, text in texts.items():
            data = text.encode("utf-8")
            if (
                name in self.troubles
                or data == self.before.get(name)
                or (self._plain(name) and saved.get(name) is None)
            ):
                continue
            _prove(name, text, self.folder / name)
            save_atomic(self.folder / name, data)
            saved[name] = data
        return replace(self, before=saved)

    def set_aside(self, name: str) -> "GameDraft":
        """A file that could not be read under another name, so that a new one can be written; raises NotSaved."""
        path = self.folder / name
        target, number = path.with_suffix(".yaml.damaged"), 1
        while target.exists():
            number += 1
            target = path.with_suffix(f".yaml.damaged-{number}")
        try:
            path.rename(target)
        except OSError as error:
            raise NotSaved(path=path, reason=error.strerror or str(error)) from error
        return GameDraft.read(self.folder)

    def _plain(self, name: str) -> bool:
        """Whether a file would say nothing of its own."""
        return (self.beside and not self.own and not self.dropped) if name == TOOLS_FILE else not self._rules()

    def _tools_text(self) -> str:
        shipped = ToolTable.shipped()
        entries: dict[str, object] = {} if self.beside else {SHIPPED: False}
        entries |= dict.fromkeys(sorted(self.dropped))
        entries |= {tool.name: as_entry(tool, shipped) for tool in self.own}
        text, raw = self._said(TOOLS_FILE)
        said = {plain_name(str(key)): key for key in raw}
        meant = self._meant_tools(raw)
        wanted: dict[str, object] = {}
        for name, entry in entries.items():
            key = SHIPPED if name == SHIPPED else said.get(name, name)
            same = name in said and name in meant and meant[name] == next((t for t in self.own if t.name == name), None)
            wanted[key] = raw[key] if same else entry
        if self.beside and raw.get(SHIPPED) is True:
            wanted[SHIPPED] = True
        return rewritten(text, wanted)

    def _said(self, name: str) -> tuple[str, dict[str, object]]:
        """The text of a file as it was read, and what it says; the first lines of a new one, and nothing."""
        data = self.before.get(name)
        if data is None or name in self.troubles:
            return _HEAD[name], {}
        text = data.decode("utf-8")
        raw = yaml.safe_load(text)
        return text, raw if isinstance(raw, dict) else {}

    def _meant_tools(self, raw: Mapping[str, object]) -> dict[str, Tool | None]:
        """The tools of a table as it is read, by name; what it drops is None."""
        tools = own_tools(raw, ToolTable.shipped(), self.folder / TOOLS_FILE).tools if raw else {}
        return {name: tools.get(name) for name in (plain_name(str(key)) for key in raw)}

    def _rules(self) -> dict[str, object]:
        """The values that differ from the shipped ones."""
        shipped, words = Vocabulary.shipped(), self.words
        values: dict[str, object] = {}
        for key in ("die", "default_dc"):
            if getattr(words, key) != getattr(shipped, key):
                values[key] = getattr(words, key)
        for key in ("skills", "conditions", "uncontested"):
            if getattr(words, key) != getattr(shipped, key):
                values[key] = list(getattr(words, key))
        if words.outcomes != shipped.outcomes:
            values["outcomes"] = dict(zip(("success", "failure"), words.outcomes, strict=True))
        return values

    def _rules_text(self) -> str:
        text, raw = self._said(RULES_FILE)
        meant = Vocabulary.shipped().over(raw, self.folder / RULES_FILE)
        if raw and meant == self.words:
            return text
        stay = {key: value for key, value in raw.items() if self._stays(key, meant)}
        return rewritten(text, {**self._rules(), **stay})

    def _fights(self) -> dict[str, object]:
        """What the file says of fights."""
        _text, raw = self._said(RULES_FILE)
        return {key: value for key, value in raw.items() if key in COMBAT}

    def _stays(self, key: str, meant: Vocabulary) -> bool:
        """Whether the file says of a key what is meant now; what it says of fights, no form changes."""
        return key in COMBAT or getattr(meant, key) == getattr(self.words, key)


def _bytes(path: Path) -> bytes | None:
    try:
        return read_bytes(path)
    except PathMissing:
        return None
    except LorewrightError:
        return b""


def _prove(name: str, text: str, path: Path) -> None:
    """A text that would not be read back is not written."""
    raw = yaml.safe_load(text)
    if name == TOOLS_FILE:
        own_tools(raw, ToolTable.shipped(), path)
    else:
        Vocabulary.shipped().over(raw or {}, path)
