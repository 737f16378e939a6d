"""Owns reading talks that other programs wrote, so that they can be played on: which turns, by whom, and what is wrong.

Read are messages as JSON or JSON lines (OpenAI, ChatGPT's export, ShareGPT), chats of SillyTavern, ChatML, and logs of
`Name: text`. What a file holds beside its talks is told by its line; a line that can't be read costs itself alone.
Knows no session.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.errors import InputError
from studio.files import read_text
from studio.language import N_, _
from studio.scenario.model import Span, Speaker, Turn
from studio.scenario.pasting import SIZE_LIMIT, Shape, as_turns, by_roles, message_of

_LIMIT = 64 << 20
_MOST_ASIDE = 30
_TALKS = ("messages", "conversations", "conversation")
_STAMP = re.compile(r"\[[^\[\]{}\"\r\n]*\][ \t]*[^\s,\]]")
_SESSION = frozenset(("format", "scenario", "seed"))


class NoTalk(InputError):
    """A file holds no talk that could be read."""

    sentence = N_(
        "{path} holds no talk that could be read: {reason} Read are messages as JSON or JSON lines (OpenAI, ShareGPT), "
        "chats of SillyTavern, and logs with lines like “Name: text”."
    )


class NoSuchTalk(InputError):
    """A file has fewer talks than the one that was asked for."""

    sentence = N_("{path} has {count} talks, so there is no talk {number}. Name one from 1 to {count}.")


@dataclass(frozen=True, slots=True)
class Said:
    """One turn: who of the game speaks, what, and under which name where several share that part."""

    speaker: Speaker
    text: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Talk:
    """One talk. `system` is what it says of the game, where it does; `players` and `narrator` are names in a log."""

    turns: tuple[Said, ...]
    system: str | None = None
    players: tuple[str, ...] = ()
    narrator: str | None = None

    def as_scenario_turns(self) -> list[Turn]:
        """The turns as a session takes them: with the name before the words where several share a part."""
        nowhere = Span(0, 0)
        words = (f"{one.name}: {one.text}" if one.name else one.text for one in self.turns)
        return [
            Turn(place, one.speaker, text, 0, nowhere, nowhere)
            for place, (one, text) in enumerate(zip(self.turns, words, strict=True))
        ]


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that was left out, by its line in the file (0: the file as a whole)."""

    line: int
    sentence: str

    def __str__(self) -> str:
        return (
            _("Line {line}: {sentence}").format(line=self.line, sentence=self.sentence) if self.line else self.sentence
        )


@dataclass(frozen=True, slots=True)
class Imported:
    """What a file holds."""

    path: Path
    shape: Shape
    talks: tuple[Talk, ...]
    remarks: tuple[Remark, ...] = ()

    def talk(self, number: int = 1) -> Talk:
        """The talk of that number from 1; raises NoSuchTalk."""
        if not 1 <= number <= len(self.talks):
            raise NoSuchTalk(path=self.path, count=len(self.talks), number=number)
        return self.talks[number - 1]


def read_talks(path: Path, *, player: str | None = None, narrator: str | None = None) -> Imported:
    """The talks of a file; `player` or `narrator` says who of a log is which.

    Raises NoTalk or what reading a text raises.
    """
    text = read_text(path, limit=_LIMIT).lstrip("\ufeff")
    begun = text.lstrip()
    if not begun:
        raise NoTalk(path=path, reason=_("it is empty."))
    if begun[0] not in "{[" or _STAMP.match(begun):  # `[12:00] Name: text` is no JSON
        return _log(path, text, player, narrator)
    lines = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    if path.suffix.lower() == ".jsonl" or (len(lines) > 1 and _is_object(lines[0][1])):
        return _json_lines(path, lines)
    return _one_json(path, text)


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


# -- logs


def _log(path: Path, text: str, player: str | None, narrator: str | None) -> Imported:
    """A log; lines before the first that names a speaker are told."""
    if len(text) > SIZE_LIMIT:
        raise NoTalk(path=path, reason=_("a log may have {most} characters.").format(most=SIZE_LIMIT))
    lines = text.splitlines(keepends=True)
    for aside in range(min(_MOST_ASIDE, len(lines))):
        found = as_turns("".join(lines[aside:])) if aside == 0 or lines[aside].strip() else None
        if found is None:
            continue
        found = found.told(narrator=narrator, player=player) if narrator or player else found
        turns = tuple(Said(speaker, words) for speaker, words in found.turns)
        remarks = [
            Remark(number, _("it names no speaker and was left out."))
            for number, line in enumerate(lines[:aside], start=1)
            if line.strip()
        ]
        return Imported(path, found.shape, (Talk(turns, found.system, found.players, found.narrator),), tuple(remarks))
    if any(f"</{tag}>" in text for tag in ("SYSTEM", "User", "DM")):
        raise NoTalk(path=path, reason=_("it is a scenario; open it under Write."))
    raise NoTalk(path=path, reason=_("no line of it says who speaks."))


# -- JSON


def _one_json(path: Path, text: str) -> Imported:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        told = _("it is not whole JSON (line {line}: {reason}).")
        raise NoTalk(path=path, reason=told.format(line=error.lineno, reason=error.msg)) from error
    except RecursionError as error:
        raise NoTalk(path=path, reason=_("it is nested too deeply.")) from error
    entries = value if isinstance(value, list) else [value]
    if any(_is_message(entry) for entry in entries):
        return _of_messages(path, [(0, entry) for entry in entries], numbered=_("message {number}"))
    return _of_talks(path, [(0, entry) for entry in entries], numbered=_("talk {number}"))


def _json_lines(path: Path, lines: Sequence[tuple[int, str]]) -> Imported:
    entries: list[tuple[int, object]] = []
    remarks: list[Remark] = []
    for number, line in lines:
        try:
            entries.append((number, json.loads(line)))
        except json.JSONDecodeError as error:
            told = _("it is not JSON ({reason} at character {place}) and was left out.")
            remarks.append(Remark(number, told.format(reason=error.msg, place=error.colno)))
        except (ValueError, RecursionError):
            remarks.append(Remark(number, _("it is not JSON that can be read and was left out.")))
    if not entries:
        raise NoTalk(path=path, reason=str(remarks[0]))
    if any(isinstance(entry, Mapping) and "mes" in entry for _number, entry in entries):
        found = _of_tavern(path, entries)
    elif any(_is_message(entry) for _number, entry in entries):
        found = _of_messages(path, entries)
    else:
        found = _of_talks(path, entries)
    remarks = sorted((*remarks, *found.remarks), key=lambda one: one.line)
    return Imported(path, found.shape, found.talks, tuple(remarks))


def _is_message(entry: object) -> bool:
    return message_of(entry) is not None


def _of_messages(path: Path, entries: Sequence[tuple[int, object]], numbered: str = "") -> Imported:
    """One talk, a message an entry."""
    remarks: list[Remark] = []
    said: list[tuple[str, str]] = []
    share = False
    for place, (line, entry) in enumerate(entries, start=1):
        message = message_of(entry)
        if message is None:
            remarks.append(_left_out(line, place, numbered, _("it is no message with a role and a text")))
            continue
        share = share or (isinstance(entry, Mapping) and "from" in entry)
        said.append(message)
    talk = _talk(Shape.SHAREGPT if share else Shape.OPENAI, said)
    if talk is None:
        raise NoTalk(path=path, reason=_("nobody says anything in it."))
    return Imported(path, Shape.SHAREGPT if share else Shape.OPENAI, (talk,), tuple(remarks))


def _of_talks(path: Path, entries: Sequence[tuple[int, object]], numbered: str = "") -> Imported:
    """A talk an entry."""
    remarks: list[Remark] = []
    talks: list[Talk] = []
    shapes: list[Shape] = []
    for place, (line, entry) in enumerate(entries, start=1):
        messages = _messages_in(entry)
        if messages is None:
            remarks.append(_left_out(line, place, numbered, _no_talk(entry)))
            continue
        shape = Shape.SHAREGPT if any(isinstance(one, Mapping) and "from" in one for one in messages) else Shape.OPENAI
        found = [message for one in messages if (message := message_of(one)) is not None]
        if len(found) < len(messages):
            told = _("{count} of its messages have no role or no text and were left out")
            remarks.append(_left_out(line, place, numbered, told.format(count=len(messages) - len(found)), whole=False))
        talk = _talk(shape, found)
        if talk is None:
            remarks.append(_left_out(line, place, numbered, _("nobody says anything in it")))
            continue
        talks.append(talk)
        shapes.append(shape)
    if not talks:
        reason = str(remarks[0].sentence) if remarks else _("nobody says anything in it.")
        raise NoTalk(path=path, reason=reason)
    return Imported(path, shapes[0], tuple(talks), tuple(remarks))


def _messages_in(entry: object) -> list[object] | None:
    if isinstance(entry, list):
        return entry if any(map(_is_message, entry)) else None
    if not isinstance(entry, Mapping):
        return None
    if isinstance(entry.get("mapping"), Mapping):
        return list(_chatgpt(entry["mapping"], entry.get("current_node")))
    return next((entry[key] for key in _TALKS if isinstance(entry.get(key), list)), None)


def _chatgpt(nodes: Mapping[str, object], shown: object) -> Iterator[object]:
    """The messages of a talk of ChatGPT's export, a tree of versions: those that lead to the one that is shown."""
    leaves = [name for name, node in nodes.items() if isinstance(node, Mapping) and not node.get("children")]
    name = shown if isinstance(shown, str) and shown in nodes else next(reversed(leaves), None)
    path: list[Mapping[str, object]] = []
    while isinstance(name, str) and isinstance(node := nodes.get(name), Mapping) and len(path) < len(nodes):
        path.append(node)
        name = node.get("parent")
    for node in reversed(path):
        message = node.get("message")
        if isinstance(message, Mapping):
            author, content = message.get("author"), message.get("content")
            parts = content.get("parts") if isinstance(content, Mapping) else None
            words = "\n".join(part for part in parts if isinstance(part, str)) if isinstance(parts, list) else None
            yield {"role": author.get("role") if isinstance(author, Mapping) else None, "content": words}


def _no_talk(entry: object) -> str:
    if isinstance(entry, Mapping) and set(entry) >= _SESSION:
        return _("it is a session of the studio already; open it under Play")
    return _("it has no list of messages")


def _left_out(line: int, place: int, numbered: str, reason: str, *, whole: bool = True) -> Remark:
    """What is told of an entry, by its line or by its number where the file is one value."""
    sentence = _("{reason}; it was left out.").format(reason=reason) if whole else f"{reason}."
    return Remark(line, sentence if line or not numbered else f"{numbered.format(number=place)}: {sentence}")


def _talk(shape: Shape, said: Sequence[tuple[str, str]]) -> Talk | None:
    found = by_roles(shape, said)
    if found is None:
        return None
    return Talk(tuple(Said(speaker, words) for speaker, words in found.turns), found.system)


# -- SillyTavern


def _of_tavern(path: Path, entries: Sequence[tuple[int, object]]) -> Imported:
    """A chat of SillyTavern: a line about it, then a message a line, with the one of its versions that is shown."""
    remarks: list[Remark] = []
    said: list[tuple[bool, str, str]] = []
    names = _tavern_names(entries)
    for line, entry in entries:
        if isinstance(entry, Mapping) and "mes" not in entry and ("chat_metadata" in entry or "user_name" in entry):
            continue
        if not isinstance(entry, Mapping) or not isinstance(entry.get("mes"), str):
            remarks.append(Remark(line, _("it is no message with a text; it was left out.")))
        elif entry.get("is_system"):
            remarks.append(Remark(line, _("it is a note of the program, not a turn; it was left out.")))
        elif entry["mes"].strip():
            name = entry.get("name") if isinstance(entry.get("name"), str) else ""
            said.append((bool(entry.get("is_user")), str(name), _filled(entry["mes"], names)))
    turns = tuple(_tavern_turns(said))
    if not turns:
        raise NoTalk(path=path, reason=_("nobody says anything in it."))
    return Imported(path, Shape.SILLYTAVERN, (Talk(turns),), tuple(remarks))


def _tavern_names(entries: Sequence[tuple[int, object]]) -> dict[str, str]:
    """Who is meant by the two names that SillyTavern leaves open in a text."""
    head = next((entry for _line, entry in entries if isinstance(entry, Mapping) and "user_name" in entry), {})
    found = {"user": head.get("user_name"), "char": head.get("character_name")}
    return {key: name for key, name in found.items() if isinstance(name, str) and name not in ("", "unused")}


def _filled(words: str, names: Mapping[str, str]) -> str:
    for key, name in names.items():
        words = words.replace("{{" + key + "}}", name)
    return words


def _tavern_turns(said: Sequence[tuple[bool, str, str]]) -> Iterator[Said]:
    """The turns; a name is kept where several share the part of the player or of the narrator."""
    names = {user: {name for one, name, _words in said if one is user and name} for user in (True, False)}
    for user, name, words in said:
        found = by_roles(Shape.SILLYTAVERN, [("user" if user else "assistant", words)])
        for speaker, clean in found.turns if found is not None else ():
            shared = len(names[user]) > 1 and speaker is not Speaker.TOOLCALL
            yield Said(speaker, clean, name if shared else "")
