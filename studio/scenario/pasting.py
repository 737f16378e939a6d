"""Owns recognising a talk that was pasted, and writing it as turns; knows no clipboard and no editor.

Read are chat logs (`Name: text`, with times, bold names or `<Name>` too), ChatML, and the JSON of OpenAI and ShareGPT.
`as_turns` never raises, and its cost grows with the text and not faster. What it gives parses as exactly its turns.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from studio.language import N_
from studio.scenario.blocks import TAGS, meant_tag
from studio.scenario.characters import holdable
from studio.scenario.model import Speaker, plain_name
from studio.scenario.results import read_result
from studio.scenario.sheet import FIELDS, SECTIONS

SIZE_LIMIT = 4 * 1024 * 1024
"""Code points of the longest text that is looked at."""

_MOST_SPEAKERS = 40
_LEAST_LINES = 3
_DAY = r"(?:[0-9]{1,4}[-./ ][0-9]{1,2}[-./ ][0-9]{1,4},?[ T]{0,2})?"
_TIME = rf"[(\[]?{_DAY}[0-9]{{1,2}}:[0-9]{{2}}(?::[0-9]{{2}})?(?: ?[APap][Mm])?[)\]]?"
_BOLD = r"\*\*(?P<bold>[^*:<>\[\]{}|\r\n]{1,40}?)(?::\*\*|\*\*[ \t]?:)"
_ANGLE = r"<(?P<angle>[^<>:/\[\]{}|\r\n]{1,40})>(?![^\r\n]{0,400}</)"
_PLAIN = r"(?P<plain>[^\W_][^:*<>()\[\]{}\"“”|/\\=#\r\n]{0,39}):"
_SPEECH = re.compile(
    rf"[ \t>]{{0,8}}(?:{_TIME}[ \t]{{0,4}}(?:[-–—][ \t]{{0,4}})?)?(?:{_BOLD}|{_ANGLE}|{_PLAIN})"
    r"(?=[ \t\r\n]|\Z)[ \t]{0,8}(?P<words>[^\r\n]*)"
)
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+\Z")
_TAG = re.compile(r"<(?=/?([A-Za-z][A-Za-z0-9_-]{0,31}))")
_SCENARIO = re.compile(rf"</(?:{'|'.join(TAGS)})>")
_CHATML, _CHATML_END = "<|im_start|>", "<|im_end|>"
_RESULT = re.compile(r"(</?TOOLCALL>)")
_FIRST = re.compile(r"(?<!\w)(?:I|I'm|I'll|I've|I’m|I’ll|I’ve|my|me)(?!\w)")
_SECOND = re.compile(r"(?<!\w)[Yy]our?(?!\w)")
_NARRATORS = (
    *("dm", "gm", "narrator", "dungeon master", "game master", "dungeonmaster", "gamemaster", "storyteller", "keeper"),
    *("referee", "master", "ai", "assistant", "bot", "chatgpt", "claude", "gpt", "model"),
)
_ROLES = {
    "system": None,
    "developer": None,
    "user": Speaker.USER,
    "human": Speaker.USER,
    "player": Speaker.USER,
    "assistant": Speaker.DM,
    "gpt": Speaker.DM,
    "chatgpt": Speaker.DM,
    "bing": Speaker.DM,
    "bard": Speaker.DM,
    "model": Speaker.DM,
    "dm": Speaker.DM,
    "gm": Speaker.DM,
    "narrator": Speaker.DM,
    "tool": Speaker.TOOLCALL,
    "function": Speaker.TOOLCALL,
    "observation": Speaker.TOOLCALL,
    "toolcall": Speaker.TOOLCALL,
}
_NO_NAMES = frozenset(
    (*FIELDS, *SECTIONS, "title", "type", "tags", "weight", "player", "seed", "kind", "class", "race")
)
_NO_SPEAKERS = frozenset(("note", "notes", "warning", "error", "todo", "example", "http", "https", "file", "else"))


class Shape(StrEnum):
    """In what form a talk was pasted."""

    LOG = N_("a chat log")
    CHATML = "ChatML"
    OPENAI = N_("messages as JSON")
    SILLYTAVERN = N_("a chat of SillyTavern")
    SHAREGPT = N_("a ShareGPT conversation")


@dataclass(frozen=True, slots=True)
class Speech:
    """What one speaker said in one go."""

    speaker: str
    words: str


@dataclass(frozen=True, slots=True)
class Pasted:
    """A talk as turns.

    `speakers` are the names of a chat log, the most talkative first, and `narrator` the one taken for the DM, or None;
    `told` gives the same with another. `system` is the text for the SYSTEM block where the talk brought one.
    """

    shape: Shape
    turns: tuple[tuple[Speaker, str], ...]
    system: str | None = None
    speakers: tuple[str, ...] = ()
    narrator: str | None = None
    speeches: tuple[Speech, ...] = field(default=(), repr=False)

    @property
    def text(self) -> str:
        """The blocks of the turns, a blank line between two."""
        return "\n\n".join(f"<{speaker}>{content}</{speaker}>" for speaker, content in self.turns)

    @property
    def system_text(self) -> str:
        """The SYSTEM block, or nothing."""
        if self.system is None:
            return ""
        begun = self.system if self.system.startswith("#") else f"# Role\n{self.system}"
        return f"<SYSTEM>\n{begun}\n</SYSTEM>"

    @property
    def players(self) -> tuple[str, ...]:
        """The speakers of a chat log who are not the narrator."""
        return tuple(name for name in self.speakers if name != self.narrator)

    def told(self, *, narrator: str | None = None, player: str | None = None) -> "Pasted":
        """The same log, where the narrator, or with two speakers the player, is told instead of guessed."""
        if player is not None and narrator is None:
            others = [name for name in self.speakers if plain_name(name) != plain_name(player)]
            narrator = self.narrator if self.narrator in others else next(iter(others), None)
        chosen = next((name for name in self.speakers if plain_name(name) == plain_name(narrator or "")), None)
        return replace(self, turns=tuple(_as_turns(self.speeches, chosen)), narrator=chosen) if self.speeches else self


def as_turns(text: str, *, player: str | None = None) -> Pasted | None:
    """The talk that a text holds, or None where it is none; `player` tells who of a chat log plays."""
    if len(text) > SIZE_LIMIT:
        return None
    begun = text.lstrip("\ufeff \t\r\n")
    if begun[:1] in ("{", "["):
        found = _json(begun)
        if found is not None:
            return found
    text = holdable(text)
    if begun.startswith(_CHATML):
        return _chatml(text)
    if _SCENARIO.search(text):
        return None
    log = _log(text)
    return log.told(player=player) if log is not None and player is not None else log


def _json(text: str) -> Pasted | None:
    """The first talk of a JSON value, or of the first line of JSON lines."""
    for source in (text, text[: max(text.find("\n"), 0)]):
        try:
            value = json.loads(source)
        except (ValueError, RecursionError):
            continue
        return _talk(value)
    return None


def _talk(value: object) -> Pasted | None:
    """The messages of a JSON value: its own, those under a key that says so, or those of its first entry."""
    if isinstance(value, list) and value and isinstance(value[0], dict) and not {"content", "value"} & set(value[0]):
        value = value[0]
    if isinstance(value, dict):
        for key in ("messages", "conversations", "conversation"):
            if isinstance(value.get(key), list):
                value = value[key]
                break
    if not isinstance(value, list):
        return None
    share = any(isinstance(entry, Mapping) and "from" in entry and "value" in entry for entry in value)
    said = [message_of(entry) for entry in value]
    return by_roles(Shape.SHAREGPT if share else Shape.OPENAI, (one for one in said if one is not None))


def message_of(entry: object) -> tuple[str, str] | None:
    """Role and words of one message of a JSON talk; None where it is none."""
    if not isinstance(entry, Mapping):
        return None
    role, words = entry.get("role", entry.get("from")), entry.get("content", entry.get("value"))
    if isinstance(words, list):
        parts = (part.get("text") for part in words if isinstance(part, Mapping))
        words = "\n".join(part for part in parts if isinstance(part, str))
    return (role, words) if isinstance(role, str) and isinstance(words, str) else None


def _chatml(text: str) -> Pasted | None:
    said = []
    for part in text.split(_CHATML)[1:]:
        head, _newline, words = part.lstrip(" \t").replace("\r\n", "\n").replace("\r", "\n").partition("\n")
        said.append((head.partition(_CHATML_END)[0].strip(), words.partition(_CHATML_END)[0]))
    return by_roles(Shape.CHATML, said)


def by_roles(shape: Shape, said: Iterable[tuple[str, str]]) -> Pasted | None:
    """Turns by the role of each message; an unknown role is the player's."""
    turns: list[tuple[Speaker, str]] = []
    system: list[str] = []
    for role, words in said:
        speaker = _ROLES.get(role.strip().lower(), Speaker.USER)
        if speaker is None:
            system.append(words)
            continue
        turns += _parted(speaker, words)
    held = "\n\n".join(clean for words in system if (clean := cleaned(words))) or None
    return Pasted(shape, tuple(turns), held) if turns else None


def _parted(speaker: Speaker, words: str) -> Iterator[tuple[Speaker, str]]:
    """One message as turns: the results that a message of the player carries are turns of their own."""
    inside = speaker
    for part in _RESULT.split(words) if speaker is Speaker.USER else [words]:
        if part in ("<TOOLCALL>", "</TOOLCALL>"):
            inside = Speaker.TOOLCALL if part[1] != "/" else speaker
        elif clean := cleaned(part):
            yield (Speaker.TOOLCALL if read_result(clean) else inside), clean


def cleaned(words: str) -> str:
    """Words as a turn can hold them: one kind of line end, no half characters, no tag of the language."""
    if not words.isascii():
        words = words.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").replace("\u2028", "\n")
    words = holdable(words)
    return _TAG.sub(lambda match: "‹" if meant_tag(match[1]) else "<", words.replace("<!--", "‹!--")).strip()


def _log(text: str) -> Pasted | None:
    """A chat log: at least two speakers, or three lines of one; it begins with a speaker."""
    speeches: list[tuple[str, list[str]]] = []
    names: dict[str, str] = {}
    begun = 0
    for match in _LINE.finditer(text):
        spoken = _speech(match[0], names)
        if spoken is not None:
            name, words = spoken
            begun += 1
            if speeches and speeches[-1][0] == name:
                speeches[-1][1].append(words)
            else:
                speeches.append((name, [words]))
        elif speeches:
            speeches[-1][1].append(match[0].rstrip("\r\n"))
        elif match[0].strip(" \t\r\n\ufeff"):
            return None
        if len(names) > _MOST_SPEAKERS:
            return None
    if not speeches or (len(names) < 2 and begun < _LEAST_LINES) or not _talkative(names, speeches):
        return None
    said = tuple(Speech(name, clean) for name, lines in speeches if (clean := cleaned("\n".join(lines))))
    often = Counter(speech.speaker for speech in said)
    speakers = tuple(name for name, _count in often.most_common())
    narrator = _narrator(said, speakers)
    turns = tuple(_as_turns(said, narrator))
    return Pasted(Shape.LOG, turns, None, speakers, narrator, said) if turns else None


def _speech(line: str, names: dict[str, str]) -> tuple[str, str] | None:
    """The speaker and the words of a line that begins a speech; the first spelling of a name is kept."""
    match = _SPEECH.match(line)
    if match is None:
        return None
    name = (match["bold"] or match["angle"] or match["plain"]).strip()
    plain = plain_name(name)
    if not _is_name(plain, name, known=plain in names):
        return None
    return names.setdefault(plain, name), match["words"]


def _is_name(plain: str, name: str, *, known: bool) -> bool:
    if known:
        return True
    words = plain.split()
    if not 1 <= len(words) <= 4 or plain in _NO_NAMES or plain in _NO_SPEAKERS or not any(map(str.isalpha, plain)):
        return False
    return len(words) == 1 or all(
        word[:1].isupper() or not word[:1].isalpha() or len(word) <= 3 for word in name.split()
    )


def _talkative(names: Mapping[str, str], speeches: list[tuple[str, list[str]]]) -> bool:
    """Whether it is a talk and no list of keys: of more than three names, one speaks again."""
    return len(names) <= 3 or len(speeches) > len(names)


def _narrator(said: tuple[Speech, ...], speakers: tuple[str, ...]) -> str | None:
    """Who tells the story: who is called so, else of two or more who says `you` and not `I`."""
    for name in speakers:
        if plain_name(name) in _NARRATORS:
            return name
    if len(speakers) < 2:
        return None
    telling: Counter[str] = Counter()
    for speech in said:
        telling[speech.speaker] += len(_SECOND.findall(speech.words)) - len(_FIRST.findall(speech.words))
    best = max(speakers, key=lambda name: telling[name])
    if all(telling[name] == telling[best] for name in speakers):
        return said[1].speaker if said[1].speaker != said[0].speaker else None
    return best


def _as_turns(said: Iterable[Speech], narrator: str | None) -> Iterator[tuple[Speaker, str]]:
    """A turn a speech; where several play, each says whose words they are."""
    speeches = list(said)
    several = len({speech.speaker for speech in speeches} - {narrator}) > 1
    for speech in speeches:
        if speech.speaker == narrator:
            yield Speaker.DM, speech.words
        elif read_result(speech.words):
            yield Speaker.TOOLCALL, speech.words
        else:
            yield Speaker.USER, f"{speech.speaker}: {speech.words}" if several else speech.words
