"""Owns a chat form in the notation of Go's text/template, as Ollama runs it, and a reader of just what is written here.

Ollama is not at hand when a pack is made, so what was written is run by the reader below and held against the form.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from studio.chat.messages import ASSISTANT, SYSTEM, USER, Message
from studio.errors import InputError
from studio.language import N_
from studio.publishing.chat_form import ChatForm

_ACTION = re.compile(r"\{\{ (.*?) \}\}", re.DOTALL)
_EQUAL = re.compile(r'eq (\.Role|\$last) ("[a-z]*")\Z')
_SET = re.compile(r'(\$[a-z]+) :?= (\.Content|"[a-z]*")\Z')
_SAID = ("", SYSTEM, USER, ASSISTANT)
Names = dict[str, str]


class NotTranslated(InputError):
    """A chat form cannot be written as a Go template."""

    sentence = N_("The chat template of {name} can't be written for Ollama: {reason}. Use llama.cpp, or another base.")


def go_template(form: ChatForm, name: str, drop: str = "") -> str:
    """The template; `drop` is the text that Ollama puts first by itself. Raises NotTranslated where it differs."""
    text = _written(form, drop)
    for chat in trial_chats(form):
        wanted = "".join(part for part, _special in form.parts(_headed(form, chat)))
        wanted = wanted.removeprefix(drop)
        if run(text, chat) != wanted:
            raise NotTranslated(name=name, reason="read again, it does not give the same text")
    return text


def _written(form: ChatForm, drop: str) -> str:
    begin = {role: text.removeprefix(drop) for role, text in form.begin.items()}
    parts = ['{{ $last := "" }}{{ $system := "" }}{{ range .Messages }}']
    word = "if"
    if form.system == "head":
        parts.append('{{ if eq .Role "system" }}{{ $system = .Content }}')
        word = "else if"
    for role in (SYSTEM, USER, ASSISTANT):
        before = [("", begin.get(role)), *((one, form.between.get((one, role))) for one in _SAID[1:])]
        known = [(one, text) for one, text in before if text is not None]
        if not known:
            continue
        head = (
            '{{ if $system }}{{ $system }}\n\n{{ $system = "" }}{{ end }}'
            if form.system == "head" and role == USER
            else ""
        )
        parts.append(
            f'{{{{ {word} eq .Role "{role}" }}}}{_around(known)}{head}{{{{ .Content }}}}{{{{ $last = "{role}" }}}}'
        )
        word = "else if"
    return "".join([*parts, "{{ end }}{{ end }}", _plain(form.reply)])


def _around(known: Sequence[tuple[str, str]]) -> str:
    """What stands before a message, by the role of the one before."""
    if len({text for _before, text in known}) == 1 and len(known) > 1:
        return _plain(known[0][1])
    rows = [
        f'{{{{ {"if" if not at else "else if"} eq $last "{before}" }}}}{_plain(text)}'
        for at, (before, text) in enumerate(known)
    ]
    return "".join([*rows, "{{ end }}"])


def _plain(text: str) -> str:
    """A text as it is; braces that would be taken for an action, as Go's own quoted text."""
    return re.sub(r"\{\{|\}\}", lambda found: f'{{{{ "{found[0]}" }}}}', text)


def _headed(form: ChatForm, chat: Sequence[Message]) -> list[Message]:
    """The chat as the family wants it: SYSTEM at the head of the first user message, where it must be there."""
    if form.system != "head" or chat[0].role != SYSTEM:
        return list(chat)
    system, first, *rest = chat
    return [Message(USER, f"{system.content}\n\n{first.content}"), *rest]


def trial_chats(form: ChatForm) -> Iterator[list[Message]]:
    """Chats of all shapes that this form allows, each ending with the player."""
    for rounds in range(3):
        for system in ([], [Message(SYSTEM, "# Role\nYou are the narrator.")]):
            turns = [
                one
                for n in range(rounds)
                for one in (Message(USER, f"I look ({n})."), Message(ASSISTANT, f"Reeds. {n}\n"))
            ]
            if not (system and form.system == "role" and SYSTEM not in form.begin):
                yield [*system, *turns, Message(USER, "What {{ now }}?")]


# -- reading it again


@dataclass(slots=True)
class _Reader:
    """Runs a template of the kind that is written above; `tokens` are texts and actions in turn."""

    tokens: list[str]
    names: Names
    at: int = 0

    def block(self, out: list[str] | None, row: Names) -> str:
        """Goes through tokens up to the action that ends this block, and returns that; `out` None writes nothing."""
        while self.at < len(self.tokens):
            text, action = self.tokens[self.at], self.tokens[self.at + 1] if self.at + 1 < len(self.tokens) else ""
            self.at += 2
            if out is not None:
                out.append(text)
            if action in ("end", "else") or action.startswith("else if "):
                return action
            if action.startswith("if "):
                self._branches(action.removeprefix("if "), out, row)
            elif action:
                self._act(action, out, row)
        return ""

    def _branches(self, condition: str, out: list[str] | None, row: Names) -> None:
        done = False
        while True:
            chosen = not done and out is not None and self._holds(condition, row)
            ended = self.block(out if chosen else None, row)
            done = done or chosen
            if ended == "end":
                return
            condition = ended.removeprefix("else if ")

    def _holds(self, condition: str, row: Names) -> bool:
        if found := _EQUAL.match(condition):
            return self._value(found[1], row) == found[2][1:-1]
        return bool(self._value(condition, row))

    def _act(self, action: str, out: list[str] | None, row: Names) -> None:
        if out is None:
            return
        if found := _SET.match(action):
            self.names[found[1]] = self._value(found[2], row)
        else:
            out.append(self._value(action, row))

    def _value(self, word: str, row: Names) -> str:
        if word.startswith('"'):
            return word[1:-1]
        return self.names[word] if word.startswith("$") else row[word]


def run(text: str, chat: Sequence[Message]) -> str:
    """What a template of the kind that is written above makes of a chat; it has one `range` over the messages."""
    before, rest = text.split("{{ range .Messages }}", 1)
    tokens = _ACTION.split(rest)
    names: Names = {}
    out: list[str] = []
    _Reader(_ACTION.split(before), names).block(out, {})
    end = 0
    for message in chat:
        reader = _Reader(tokens, names)
        reader.block(out, {".Role": message.role, ".Content": message.content})
        end = reader.at
    tail = _Reader(tokens, names, end)
    tail.block(out, {})
    return "".join(out)
