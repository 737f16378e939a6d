"""Owns playing exchanges with a model: its calls are carried out, results go back, and its next turn is judged too.

While the model rolls what the scenario rolled, the scenario's own results go back, so that its next turns can be held
against the scenario's. Where it leaves that way the rules roll, seeded, and what it then writes is judged only by
whether its calls are calls and can be carried out; the steps that it did not come to are asked from the scenario's
text instead, so that every step is judged once.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from studio.chat import Message
from studio.evaluation.exchanges import Exchange, Step, told
from studio.evaluation.kind import Context
from studio.evaluation.rivals import Answering
from studio.evaluation.toolcalls import Calls, calls_in
from studio.inference.engine import Ask
from studio.inference.tool_grammar import grammar
from studio.play.limits import Loop
from studio.rules import Party, Resolution, Rules, resolve
from studio.rules.errors import CallRefused
from studio.rules.resolve import outcome_word
from studio.scenario.calls import find_calls
from studio.scenario.model import ToolCall

_NOBODY = Party(())


@dataclass(frozen=True, slots=True)
class Reply:
    """One turn of the model. `step` is the place of the scenario's turn that it stands for, None where there is none.

    `played` where the model came to it by its own play from the player's line on. `malformed` are calls that are none,
    `refused` those that could not be carried out, `results` what went back. `opening` is the word of the rules that it
    began with, `party` the sheets after it, `message` the turn as it goes back to the model.
    """

    step: int | None
    text: str
    got: Calls
    malformed: tuple[str, ...]
    refused: tuple[str, ...]
    results: tuple[str, ...]
    played: bool
    opening: str = ""
    party: Party = _NOBODY
    message: Message | None = None


@dataclass(slots=True)
class _Play:
    """How far an exchange is played, from a step of the scenario on (`step` None once it has left its way)."""

    exchange: Exchange
    chat: tuple[Message, ...]
    opening: str
    party: Party
    step: int | None
    played: bool
    loop: Loop = field(default_factory=Loop)


async def play(
    engine: Answering, exchanges: Sequence[Exchange], context: Context, max_tokens: int, *, held: bool = False
) -> dict[str, list[Reply]]:
    """All turns of the model in each exchange, by its id; in rounds, so that what is asked at once is read at once.

    With `held` a grammar lets the model write only whole calls.
    """
    replies: dict[str, list[Reply]] = {exchange.id: [] for exchange in exchanges}
    plays = [_from_step(exchange, 0, played=True) for exchange in exchanges]
    table = _Table(context.place.rules, context)
    while plays:
        asks = [Ask(one.chat, one.opening, max_tokens, table.grammar(one.exchange) if held else None) for one in plays]
        answers = await engine.answer_many(asks)
        later: list[_Play] = []
        for one, ask, answer in zip(plays, asks, answers, strict=True):
            turn = table.take(one, answer.as_message(ask), len(replies[one.exchange.id]))
            replies[one.exchange.id].append(turn.reply)
            later += turn.later
        plays = later
    return replies


def _from_step(exchange: Exchange, number: int, *, played: bool) -> _Play:
    """The play from the scenario's text before a step."""
    step = exchange.steps[number]
    return _Play(exchange, step.before, step.opening, step.party, number, played)


@dataclass(slots=True)
class _Carried:
    """What came of a turn's calls; `loop` are all since the player's line, which end where they do in Play."""

    party: Party
    loop: Loop
    done: list[Resolution] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    @property
    def results(self) -> list[Resolution]:
        """Those that are answered by a line."""
        return [one for one in self.done if one.line is not None]


@dataclass(frozen=True, slots=True)
class _Taken:
    """A turn of the model, and what is asked after it."""

    reply: Reply
    later: list[_Play]


@dataclass(frozen=True, slots=True)
class _Table:
    """The rules at work on what a model writes."""

    rules: Rules
    context: Context

    def grammar(self, exchange: Exchange) -> str:
        """What holds the calls of an exchange to their form."""
        game = self.context.place.game
        return grammar(game.tools, game.words, exchange.names)

    def take(self, one: _Play, message: Message, number: int) -> _Taken:
        """Carries out what the model wrote as its turn of that number, and sees how it goes on."""
        exchange = one.exchange
        step = exchange.steps[one.step] if one.step is not None else None
        tools = self.context.place.game.tools
        got, _count = calls_in(message.content, exchange.names, tools, exchange.player)
        calls = find_calls(message.content, tools, exchange.names)
        malformed = tuple(call.text for call in calls if call.problem is not None)
        carried = self._carry_out(one, [call for call in calls if call.problem is None], step, number)
        lines = tuple(result.line or "" for result in carried.results)
        refused, party = tuple(carried.refused), carried.party
        reply = Reply(
            one.step, message.content, got, malformed, refused, lines, one.played, one.opening, party, message
        )
        return _Taken(reply, list(self._later(one, step, message, carried, lines)))

    def _carry_out(self, one: _Play, calls: Sequence[ToolCall], step: Step | None, number: int) -> _Carried:
        carried, written = _Carried(one.party, one.loop), list(step.results if step is not None else ())
        due = self._rolls(one, step)
        for place, call in enumerate(calls):
            if carried.loop.over:
                carried.refused.append(call.text)
                continue
            rng = random.Random(f"{self.context.seed}/{one.exchange.id}/{number}/{place}")  # dice, not secrets
            resolution = self._resolved(call, carried.party, one.exchange.player, rng)
            if resolution is None:
                carried.refused.append(call.text)
                continue
            at = len(carried.results)
            same = resolution.line is not None and at < min(len(due), len(written)) and due[at] == _roll_of(resolution)
            resolution = told(resolution, written[at] if same else None, self.rules)
            carried.party = resolution.party
            carried.done.append(resolution)
            carried.loop = carried.loop.carried(call)
        return carried

    def _resolved(self, call: ToolCall, party: Party, player: str | None, rng: random.Random) -> Resolution | None:
        try:
            tools = self.context.place.game.tools
            return resolve(call, party, player=player, rules=self.rules, rng=rng, tools=tools)
        except CallRefused:
            return None

    def _rolls(self, one: _Play, step: Step | None) -> list[tuple[str, ...]]:
        """What the scenario rolls in a step, in the form in which rolls are compared."""
        if step is None:
            return []
        rolls, party = [], step.party
        for call in find_calls(step.reference, self.context.place.game.tools, one.exchange.names):
            resolution = self._resolved(call, party, one.exchange.player, random.Random(0))
            if resolution is not None:
                party = resolution.party
                rolls += [_roll_of(resolution)] if resolution.line is not None else []
        return rolls

    def _later(
        self, one: _Play, step: Step | None, message: Message, carried: _Carried, lines: tuple[str, ...]
    ) -> list[_Play]:
        """How it goes on: on the scenario's way, off it by the rules, or not; steps that were left out are asked."""
        exchange, steps = one.exchange, one.exchange.steps
        word = outcome_word(carried.results[-1].outcome, self.rules) or "" if carried.results else ""
        chat = (*one.chat, message, *(Message("user", f"<TOOLCALL>{line}</TOOLCALL>") for line in lines))
        following = one.step + 1 if one.step is not None else len(steps)
        if step is not None and following < len(steps):
            after = steps[following]
            if lines and lines == step.results and word == after.opening:
                return [_Play(exchange, chat, word, carried.party, following, one.played, carried.loop)]
        goes_on = bool(lines) and not carried.loop.over
        elsewhere = [_Play(exchange, chat, word, carried.party, None, one.played, carried.loop)] if goes_on else []
        return elsewhere + ([_from_step(exchange, following, played=False)] if following < len(steps) else [])


def _roll_of(resolution: Resolution) -> tuple[str, ...]:
    """What decides a die: who rolls what, and with which advantage; the DC does not."""
    call = resolution.call
    skill = call.arguments[0].replace("_", " ").lower() if call.arguments else ""
    return call.name, " ".join(skill.split()), (resolution.actor or "").lower(), call.advantage or ""
