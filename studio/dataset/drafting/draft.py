"""Owns the writing of a draft: a model writes the prose, line by line; every roll, sheet and number is the rules'.

A draft has the right structure by construction. What is wrong in its words leads to another try; what is wrong in the
end is listed with it.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import yaml

from studio.dataset.acceptance import SYNTHETIC, note_of
from studio.dataset.drafting.plan import Step, plan
from studio.dataset.drafting.prose import faults
from studio.dataset.drafting.scene import Scene, scene
from studio.dataset.drafting.stock import stock
from studio.dataset.drafting.wanted import Wanted, in_game
from studio.dataset.drafting.writers import Asked, Voice, Writer, cleaned
from studio.dataset.reading import Progress
from studio.language import _
from studio.lint import Diagnostic, Severity, check
from studio.rules import Outcome, Party, Resolution, Rules, resolve
from studio.rules.errors import CallRefused
from studio.rules.resolve import outcome_word
from studio.scenario import Speaker, ToolCall, find_calls, parse
from studio.scenario.front import SIZE_LIMIT
from studio.scenario.game import Game

_THROWS, _TOLD = 400, 4
_NOT_YET = frozenset(("S023", "W023"))
"""Found while a draft is half written: no DM turn yet, the player has the last word."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A scenario that a model wrote: not to be learnt from before a person has accepted it.

    `problems` are what `check` finds and what the writer left open, as sentences; `errors` how many of them are errors.
    """

    title: str
    scenario_type: str
    text: str
    writer: str
    problems: tuple[str, ...] = ()
    errors: int = 0


def _nobody(_progress: Progress) -> None:
    """Tells nobody."""


async def draft(
    wanted: Wanted,
    writer: Writer,
    game: Game,
    *,
    seed: int = 0,
    tries: int = 3,
    told: Callable[[Progress], None] = _nobody,
) -> Draft:
    """Drafts a scenario; a line and the whole are each tried so often at most. Raises what the writer raises.

    Of several whole tries the one with the fewest errors is given.
    """
    best: Draft | None = None
    for number in range(max(1, tries)):
        rng = random.Random(f"{seed}/{number}")
        made = await _Drafting(wanted, writer, game, rng, max(1, tries), told).run()
        if best is None or made.errors < best.errors:
            best = made
        if not made.errors:
            break
    assert best is not None
    return best


@dataclass(slots=True)
class _Drafting:
    """One try at a whole draft."""

    wanted: Wanted
    writer: Writer
    game: Game
    rng: random.Random
    tries: int
    told: Callable[[Progress], None]
    turns: list[tuple[Speaker, str]] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    scene: Scene = field(init=False)
    rules: Rules = field(init=False)
    party: Party = field(init=False)
    head: str = field(init=False)

    def __post_init__(self) -> None:
        self.rules = Rules.of(self.game.words)
        self.wanted = in_game(self.wanted, self.game)
        self.scene = scene(self.wanted, self.game, self.rng)
        self.head = _head(self.scene, self.writer.name)
        system = parse(self.head, tools=self.game.tools).scenario.system
        self.party = Party.of(system.party if system is not None else ())

    async def run(self) -> Draft:
        """The draft."""
        steps = plan(self.wanted, self.scene, self.rng)
        for number, step in enumerate(steps):
            self.told(Progress(_("Writing"), number, len(steps)))
            await self._step(step)
        self.told(Progress(_("Writing"), len(steps), len(steps)))
        text = "\n".join([self._text(self.turns), *(f"{note_of(one)}\n" for one in self.open)])
        found = [row for row in self._found(text) if row.severity is not Severity.HINT]
        errors = sum(row.severity is Severity.ERROR for row in found)
        problems = (*self.open, *(f"{row.code}: {row.message}" for row in found))
        return Draft(self.scene.title, self.scene.scenario_type, text, self.writer.name, problems, errors)

    async def _step(self, step: Step) -> None:
        await self._line(Speaker.USER, step.about, step)
        await self._line(Speaker.DM, step.about, step, calls=step.calls)
        done = self._resolved(step.calls, step.wanted)
        results = [one for one in done if one.line is not None]
        if not results:
            return
        self.turns += [(Speaker.TOOLCALL, one.line or "") for one in results]
        outcome = next((one.outcome for one in results if one.outcome is not None), None)
        about, calls = step.after.get(outcome, ("talk", ()))
        await self._line(Speaker.DM, about, step, outcome_word(outcome, self.rules) or "", calls)
        self._resolved(calls, None)

    def _resolved(self, calls: Sequence[str], wanted: Outcome | None) -> list[Resolution]:
        """What the calls come to, one after the other."""
        done: list[Resolution] = []
        for call in find_calls("\n".join(calls), self.game.tools, self.party.names):
            try:
                one = self._thrown(call, wanted)
            except CallRefused as refused:
                self.open.append(str(refused))
                continue
            self.party = one.party
            done.append(one)
        return done

    def _thrown(self, call: ToolCall, wanted: Outcome | None) -> Resolution:
        """What a call comes to; a check that should go one way is thrown until it does."""
        for _throw in range(_THROWS):
            one = resolve(
                call, self.party, player=self.scene.player, rules=self.rules, rng=self.rng, tools=self.game.tools
            )
            if wanted is None or one.outcome in (None, wanted):
                return one
        self.open.append(_("{call} cannot go as it was wanted to.").format(call=call.text))
        return one

    async def _line(
        self, speaker: Speaker, about: str, step: Step, opening: str = "", calls: Sequence[str] = ()
    ) -> None:
        """Adds one turn: the writer's words between what the rules put first and the calls."""
        voice = Voice.PLAYER if speaker is Speaker.USER else Voice.NARRATOR
        best, fewest, said = "", -1, " ".join(words for _speaker, words in self.turns)
        for _try in range(self.tries):
            words = cleaned(await self.writer.write(self._asked(voice, about, step)))
            wrong = faults(words, voice, said) + self._wrong((speaker, _turn(opening, words, calls))) if words else 0
            if words and (fewest < 0 or wrong < fewest):
                best, fewest = words, wrong
            if best and fewest == 0:
                break
        if fewest:
            text = _("Turn {number}: the model wrote nothing that could be used, so a plain line stands there.")
            echo = _("Turn {number} says what was said before, or speaks of the game instead of playing it.")
            self.open.append((echo if best else text).format(number=len(self.turns) + 1))
        self.turns.append((speaker, _turn(opening, best or self._plain(voice), calls)))

    def _asked(self, voice: Voice, about: str, step: Step) -> Asked:
        texts, beat, here = stock().asked, stock().beats[about], self.scene
        deed = (beat.player if voice is Voice.PLAYER else beat.narrator).format_map(_Words(step.words))
        told = [f"{_WHO[speaker]}: {words}" for speaker, words in self.turns[-_TOLD:] if speaker in _WHO]
        deed = f"{deed}; {self.wanted.note}" if self.wanted.note else deed
        form = texts.player if voice is Voice.PLAYER else texts.narrator
        system = texts.system.format(place=here.place, cast=here.cast)
        shown = tuple(
            (form.format(story=one.story, name=here.player, deed=one.deed), one.line) for one in texts.examples[voice]
        )
        words = form.format(story="\n".join(told) or "-", name=here.player, deed=deed)
        return Asked(system, words, voice, self.rng.randrange(2**31), examples=shown)

    def _plain(self, voice: Voice) -> str:
        """A plain line that does not stand there yet, where there is one."""
        lines = list(stock().plain.player if voice is Voice.PLAYER else stock().plain.narrator)
        said = " ".join(words for _speaker, words in self.turns)
        return next((line for line in lines if line not in said), self.rng.choice(lines))

    def _wrong(self, turn: tuple[Speaker, str]) -> int:
        """How much is wrong in a turn if it is added."""
        text = self._text([*self.turns, turn])
        start = text.rfind(f"<{turn[0]}>")
        return sum(
            row.span.start >= start and row.severity is not Severity.HINT and row.code not in _NOT_YET
            for row in self._found(text)
        )

    def _found(self, text: str) -> list[Diagnostic]:
        return check(parse(text, tools=self.game.tools), self.game.words)

    def _text(self, turns: Sequence[tuple[Speaker, str]]) -> str:
        return "\n\n".join([self.head, *(f"<{speaker}>{words}</{speaker}>" for speaker, words in turns)]) + "\n"


class _Words(dict[str, str]):
    """Words of a hint; one that is not there is left out."""

    def __missing__(self, key: str) -> str:
        return ""


_WHO = {Speaker.USER: "Player", Speaker.DM: "DM"}


def _turn(opening: str, words: str, calls: Sequence[str]) -> str:
    told = f"{opening} {words}".strip()
    return "\n\n".join([told, "\n".join(calls)]) if calls else told


def _head(here: Scene, writer: str) -> str:
    """Front matter and SYSTEM."""
    values = {
        "title": here.title,
        "type": here.scenario_type,
        "tags": [SYNTHETIC],
        "player": here.player,
        "writer": writer[: SIZE_LIMIT // 1000],
    }
    front = yaml.safe_dump(values, allow_unicode=True, sort_keys=False, default_flow_style=None, width=10**6)
    return f"---\n{front}---\n<SYSTEM>{here.system}</SYSTEM>"
