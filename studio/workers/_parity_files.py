"""Owns measuring one GGUF for the parity gate: its ids, its scores and its replies, in a child that a file may kill."""

import asyncio
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.chat import TemplateRefused, pieces
from studio.errors import Cancelled, InputError, LorewrightError, MachineError
from studio.evaluation.measure import replies
from studio.evaluation.parity import Finding, Nearness, TokenDifference, first_difference
from studio.evaluation.parity_texts import Text
from studio.evaluation.toolcalls import Case
from studio.gguf.base import Base
from studio.gguf.chat import template_of
from studio.gguf.errors import LacksMetadata
from studio.gguf.reader import Gguf
from studio.inference.engine import Engine, LlamaEngine
from studio.inference.errors import NoTemplate
from studio.workers._nearness import Sums
from studio.workers._parity_scores import Reference

TRICKY = ("<|im_end|> typed", "24/26  x14\n\n* ' 1,000.50", "naïve “quotes” — 🙂 東京", "\t  ", "DON'T we'll")
"""What vocabularies read differently that are nearly alike."""

CONTEXT, TOGETHER = 8192, 16


@dataclass(slots=True)
class Examined:
    """What was found of a file; `trouble` says why there is no more."""

    ids: bool | None = None
    difference: TokenDifference | None = None
    near: dict[str, Nearness] | None = None
    replies: list[str] | None = None
    trouble: Finding | None = None


@dataclass(frozen=True, slots=True)
class Examination:
    """What is asked of a file: the texts by the base's tokeniser, the reference's scores, and the cases to answer.

    `reference` is asked for when it is needed. `check` is called between the parts, and `told` hears how many cases
    there are answers to.
    """

    base: Base
    texts: Sequence[Text]
    reference: Callable[[], Reference]
    cases: Sequence[Case]
    check: Callable[[], None]
    told: Callable[[int], None]

    def of(self, path: Path) -> Examined:
        """The findings on a file; what is wrong with the file is one, what is wrong with the machine is raised."""
        try:
            with Gguf(path) as gguf:  # told by its reader's sentence, before anything is loaded for it
                template_of(gguf)
        except LacksMetadata as error:
            return Examined(trouble=Finding("template", {"reason": str(error)}))
        except InputError as error:
            return Examined(trouble=Finding("unreadable", {"reason": str(error)}))
        return asyncio.run(self._of(path, self.reference()))

    async def _of(self, path: Path, reference: Reference) -> Examined:
        found = Examined()
        try:
            engine = await LlamaEngine.load(path, context=CONTEXT, together=TOGETHER)
        except (Cancelled, MachineError):
            raise
        except LorewrightError as error:
            return Examined(trouble=Finding("unreadable", {"reason": str(error)}))
        try:
            found.near = await self._near(engine, reference)
            found.difference = await self._difference(engine)
            found.ids = found.difference is None
            if found.ids and self.cases:
                self._told(0)
            if found.ids:
                found.replies = await replies(engine, self.cases, lambda done, _of: self._told(done))
        except (NoTemplate, TemplateRefused) as error:
            found.trouble = Finding("template", {"reason": str(error)})
        except (Cancelled, MachineError):
            raise
        except LorewrightError as error:
            found.trouble = Finding("unreadable", {"reason": str(error)})
        finally:
            await engine.close()
        return found

    def _told(self, count: int) -> None:
        self.check()
        self.told(count)

    async def _difference(self, engine: LlamaEngine) -> TokenDifference | None:
        """The first text that the file, by its own template and vocabulary, reads as other tokens."""
        for text in self.texts:
            parts = pieces(engine.card.chat, text.messages, add_generation_prompt=False)
            ids = [one for row in await engine.tokenise([(part.text, part.special) for part in parts]) for one in row]
            if ids != list(text.whole):
                return await self._told_apart(engine, text.name, text.whole, ids)
        for words, ids in zip(TRICKY, await engine.tokenise([(words, False) for words in TRICKY]), strict=True):
            known = self.base.tokeniser.encode(words, special=False)
            if ids != known:
                return await self._told_apart(engine, words, known, ids)
        return None

    async def _told_apart(
        self, engine: LlamaEngine, name: str, known: Sequence[int], found: Sequence[int]
    ) -> TokenDifference | None:
        """The difference, each side in the words of its own vocabulary."""
        at = first_difference(name, known, found, {})
        if at is None:
            return None
        expected = tuple((one, self.base.tokeniser.decode([one])) for one, _text in at.expected)
        theirs = []
        for one, _text in at.found:
            told = await engine.worker.call("decode", ids=[one])
            theirs.append((one, str(told["text"])))
        return TokenDifference(name, at.at, expected, tuple(theirs))

    async def _near(self, engine: LlamaEngine, reference: Reference) -> dict[str, Nearness]:
        sums = Sums()
        with tempfile.TemporaryDirectory(dir=reference.place) as folder:
            for number, text in enumerate(self.texts):
                file = Path(folder) / "found.npy"
                await engine.worker.call("score", ids=list(text.ids), start=1, file=str(file))
                reference.taken_in(sums, number, file)
        return sums.near()


async def answers_of(engine: Engine, cases: Sequence[Case], told: Callable[[int], None]) -> list[str]:
    """The replies of a loaded model, which is let go afterwards."""
    try:
        told(0)
        return await replies(engine, cases, lambda done, _of: told(done))
    finally:
        await engine.close()
