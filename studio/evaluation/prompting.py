"""Owns how an untrained base is helped to play: instructions made of the game's tools, examples, and their grammar."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from studio.chat import Message
from studio.evaluation.party_names import names_in
from studio.evaluation.rivals import Answering, Prompting
from studio.evaluation.toolcalls import Case
from studio.inference.engine import Ask, Generation
from studio.inference.tool_grammar import grammar
from studio.language import N_
from studio.scenario.game import Game
from studio.scenario.tools import Tool

TITLE = N_("its base with instructions, five examples and the grammar of calls")

_HEAD = """# Tools
Run the game with tools in square brackets, each alone on a line at the end of your reply:
{tools}
Ask for a roll when the player's action could fail, and wait for its result before you go on. Where nothing is at stake,
reply without a tool."""
_FORMS = {"skill": "SKILL", "target": "NAME", "number": "N", "item": "ITEM", "condition": "CONDITION"}


_SHOWN = ("roll", "", "take", "give", "condition", "heal", "begin combat")
"""Of which tools there are examples, while there are such turns; the empty one is a turn without a call."""
FIVE = 5


def five_examples(training: Sequence[Case]) -> list[Case]:
    """Five training turns after a User line, of different calls and one without, the shortest of each kind."""
    chosen: dict[str, Case] = {}
    for case in sorted(training, key=lambda case: len(case.user) + len(case.reference)):
        if case.messages and not case.messages[-1].content.endswith("</TOOLCALL>"):
            chosen.setdefault(case.expected[0][0] if case.expected else "", case)
    return [chosen[kind] for kind in _SHOWN if kind in chosen][:FIVE]


def instructions(game: Game) -> str:
    """What a model is told of the game's tools: the form of each, and what it is for."""
    lines = [f"{_form(tool)} {tool.help}" for tool in game.tools.tools.values()]
    skills = ", ".join(one.replace("_", " ") for one in game.words.skills)
    return _HEAD.format(tools="\n".join(lines)) + f"\nSkills: {skills}."


def _form(tool: Tool) -> str:
    words = " ".join(_FORMS[kind] for kind in tool.arguments)
    return f"[{tool.name}: {words}]" if words else f"[{tool.name}]"


def prompting(game: Game, examples: Sequence[Case]) -> Prompting:
    """The help for a base: instructions behind SYSTEM, examples as turns before the play, and the grammar."""
    told = instructions(game)
    shown = tuple(
        message
        for example in examples
        for message in (Message("user", example.user), Message("assistant", example.reference))
    )

    @lru_cache(maxsize=64)
    def rules(names: tuple[str, ...]) -> str:
        return grammar(game.tools, game.words, names)

    def change(ask: Ask) -> Ask:
        system, *play = ask.messages if ask.messages[0].role == "system" else (Message("system", ""), *ask.messages)
        first = Message("system", f"{system.content}\n\n{told}".strip())
        return replace(ask, messages=(first, *shown, *play), grammar=rules(names_in(ask.messages)))

    said = json.dumps([told, [message.content for message in shown], rules(())], ensure_ascii=False)
    return Prompting(TITLE, hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest(), change)


@dataclass(frozen=True, slots=True)
class Prompted:
    """An engine that is asked with help; without the grammar where it can't hold to one."""

    engine: Answering
    prompting: Prompting
    grammars: bool

    async def answer_many(self, asks: Sequence[Ask]) -> list[Generation]:
        """The engine's answers to the questions as they were changed."""
        changed = [self.prompting.change(ask) for ask in asks]
        return await self.engine.answer_many([one if self.grammars else replace(one, grammar=None) for one in changed])
