"""Owns measuring what a model stands beside: rules that need no model, and the untrained base with help.

Rivals that several models share are measured once. How a base is helped and what the rules are, the kinds know.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from studio.evaluation.kinds import KINDS
from studio.evaluation.prompting import Prompted
from studio.evaluation.results import Kept
from studio.evaluation.rivals import BASE, Prompting, Rival
from studio.evaluation.running import OpenSuite, entry, kept_of, measured_on
from studio.files import sha256_of
from studio.inference.engine import Engine
from studio.language import N_, _

_MIXED = N_("its base with instructions, and with examples and a grammar where they fit")
"""What a base is called that is helped otherwise in one part than in another."""

Opener = Callable[[str], Any]
"""Opens what a person names, as `open_engine` does."""

Heard = Callable[[str, str, int, int], None]
"""Hears (who, part, cases done, of)."""


@asynccontextmanager
async def engine_of(opener: Opener, model: str) -> AsyncIterator[Engine]:
    """An engine that is closed again."""
    engine: Engine = await opener(model)
    try:
        yield engine
    finally:
        await engine.close()


def teller(heard: Heard | None, who: str) -> Callable[[str, int, int], None] | None:
    """Who hears of one model or rival."""
    if heard is None:
        return None
    return lambda part, done, of: heard(who, part, done, of)


@dataclass(slots=True)
class Beside:
    """The rivals of a suite's models, with what came of them."""

    suite: OpenSuite
    results: Path
    opener: Opener
    heard: Heard | None = None
    _rules: list[Kept] | None = None
    _bases: dict[str, Kept | None] = field(default_factory=dict)

    @property
    def all(self) -> list[Kept]:
        """Every rival that was measured."""
        return [*(self._rules or ()), *(kept for kept in self._bases.values() if kept is not None)]

    async def of(self, base: str | None) -> list[Kept]:
        """The rivals of a model that came from a base; None where that is not known."""
        if self._rules is None:
            self._rules = [await self._rule(rivals) for rivals in self._rivals().values()]
        if base is not None and base not in self._bases:
            self._bases[base] = await self._helped(base)
        helped = self._bases.get(base) if base is not None else None
        return [*self._rules, *([helped] if helped is not None else [])]

    def _rivals(self) -> dict[str, dict[str, Rival]]:
        """The rules by identity, each with the parts that it is measured on."""
        found: dict[str, dict[str, Rival]] = {}
        for part in self.suite.suite.parts:
            for rival in KINDS[part.kind].rivals(part, self.suite.place):
                found.setdefault(rival.identity, {})[part.name] = rival
        return found

    async def _rule(self, rivals: Mapping[str, Rival]) -> Kept:
        """The results of one rule on its parts."""
        one = next(iter(rivals.values()))
        measured = entry(self.suite, one.identity, one.title, kind="rule", rival=one.name)
        kept = kept_of(self.suite, measured, self.results, rivals)
        for part, rival in rivals.items() if kept is None else ():
            told = teller(self.heard, rival.title)
            kept = await measured_on(self.suite, rival.rule, measured, self.results, told, [part])
        assert kept is not None
        return kept

    async def _helped(self, base: str) -> Kept | None:
        """The results of a base with instructions, examples and the grammar, on the parts that have such help."""
        helped = {
            part.name: help_
            for part in self.suite.suite.parts
            if (help_ := KINDS[part.kind].prompting(part, self.suite.place)) is not None
        }
        if not helped:
            return None
        titles = {help_.title for help_ in helped.values()}
        name = _(titles.pop() if len(titles) == 1 else _MIXED)
        if Path(base).is_file():  # what is kept of a file is found without loading it
            identity = _together(await asyncio.to_thread(sha256_of, Path(base)), helped)
            measured = entry(self.suite, identity, name, kind="gguf", rival=BASE, place=base)
            kept = kept_of(self.suite, measured, self.results, helped)
            if kept is not None:
                return kept
        async with engine_of(self.opener, base) as engine:
            return await self._asked(engine, base, name, helped)

    async def _asked(self, engine: Engine, base: str, name: str, helped: Mapping[str, Prompting]) -> Kept | None:
        card = engine.card
        name = name if card.grammars else _("{base}, but for the grammar").format(base=name)
        measured = entry(self.suite, _together(card.identity, helped), name, kind=card.kind, rival=BASE, place=base)
        kept = None
        for part, help_ in helped.items():
            asked = Prompted(engine, help_, card.grammars)
            kept = await measured_on(self.suite, asked, measured, self.results, teller(self.heard, name), [part])
        return kept


def _together(identity: str, helped: Mapping[str, Prompting]) -> str:
    """The identity of a base with help."""
    told = "\n".join([identity, *(help_.identity for help_ in helped.values())])
    return hashlib.sha256(told.encode()).hexdigest()
