"""Owns the parity gate's chain for one model: as trained, merged, as F16, and each of its files, step by step.

What was measured of the same bytes before is not measured again.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import torch

from studio.chat import TemplateRefused, pieces, render
from studio.evaluation.parity import (
    LEAST_POSITIONS,
    Calls,
    Finding,
    Kind,
    Measured,
    Nearness,
    ParityStep,
    TokenDifference,
    first_difference,
    judged,
)
from studio.evaluation.parity_calls import calls_between
from studio.evaluation.parity_texts import Text, mark_of_cases, mark_of_texts
from studio.evaluation.toolcalls import Case
from studio.gguf.base import open_base
from studio.inference.hf import HfEngine
from studio.workers._base import Model
from studio.workers._parity_base import UntunedBase
from studio.workers._parity_files import CONTEXT, TOGETHER, Examination, answers_of
from studio.workers._parity_subject import File, Subject
from studio.workers._parity_whole import Whole
from studio.workers._remembered import Remembered
from studio.workers._serve import Request
from studio.workers._ways import TYPES, as_trained, in_four_bit, precision_of

PLAIN = "F16"
_NAMES = {"bf16": "bfloat16", "fp32": "float32"}


class Gate:
    """The chain of one model. `place` is a folder that goes when all is done, `bases` the cache of unpacked bases."""

    def __init__(
        self,
        request: Request,
        subject: Subject,
        texts: Sequence[Text],
        cases: Sequence[Case],
        place: Path,
        bases: Path,
        remembered: Remembered,
        least: int = LEAST_POSITIONS,
    ) -> None:
        self.request, self.subject, self.texts, self.cases = request, subject, texts, cases
        self.remembered, self.least, self._bases = remembered, least, bases
        source = subject.source
        self._whole = Whole(request, source, texts, place / "model", bases, subject.way)
        bare = replace(source, path=source.base.path, adapter=None)
        whole = Whole(request, bare, texts, place / "base", bases) if source.adapter is not None else self._whole
        self._base = UntunedBase(whole, source, self._told)
        self._texts_mark, self._cases_mark = mark_of_texts(texts), mark_of_cases(cases)
        self._trained = sum(sum(text.mask[1:]) for text in texts)
        self._replies: list[str] | None = None

    # -- the chain

    def steps(self) -> Iterator[ParityStep]:
        """Every step, as soon as it is judged."""
        if self.subject.source.adapter is not None:
            yield self._as_trained()
            yield self._as_merged()
        packed = [file for file in self.subject.files if file.kind != PLAIN]
        plain = next((file for file in self.subject.files if file.kind == PLAIN), None)
        yield self._as_file("plain", plain, "merged")
        for file in packed:
            yield self._as_file("packed", file, PLAIN)

    def _as_trained(self) -> ParityStep:
        subject = self.subject
        precision, packed = precision_of(subject.config), in_four_bit(subject.config)
        name = f"trained-{subject.mark}-{precision}-{packed}-{self._texts_mark}"
        near = self._near(name, lambda: self._worn(TYPES[precision]))
        calls = self._calls(self._said(name, lambda: subject.source.path, _NAMES[precision]))
        note = f"{precision}, nf4" if packed else precision
        return self._step("trained", "trained", "merged", Measured(ids=True, near=near, calls=calls), note=note)

    def _as_merged(self) -> ParityStep:
        """The merge alone: both sides in float32, so that nothing but merging makes a difference."""
        marks = f"{self.subject.mark}-{self._texts_mark}"
        near = self._near(f"merged-{marks}", lambda: self._worn(torch.float32))
        told = self.remembered.once(
            f"merged-ids-{marks}", lambda: [asdict(found) for found in self._merged_difference()]
        )
        difference = _difference(told[0]) if told else None
        calls = self._calls(self._said(f"merged-{marks}", lambda: self._whole.folder, _NAMES["fp32"]))
        measured = Measured(ids=difference is None, difference=difference, near=near, calls=calls)
        return self._step("merged", "merged", "trained", measured, note=self.subject.way)

    def _as_file(self, kind: Kind, file: File | None, against: str) -> ParityStep:
        """A file of the model; None is the F16 that lies in no folder, made where it was not measured before."""
        name = file.kind if file is not None else PLAIN
        self.request.emit("phase", name="files", file=name)
        digest = file.sha256 if file is not None else f"{PLAIN}-of-{self.subject.mark}"
        marks = f"{digest[:24]}-{self.subject.mark}-{self._texts_mark}-{self._cases_mark}"
        told = self.remembered.once(
            f"file-{marks}", lambda: self._examined(file.path if file else self._whole.plain), _for_good
        )
        base = self._cost(file) if file is not None and kind == "packed" and told["near"] is not None else None
        calls = self._calls(told["replies"], last=kind == "packed")
        measured = Measured(
            told["ids"], _difference(told["difference"]), _near(told["near"]), base, calls, _finding(told["trouble"])
        )
        made = (file.path.name, file.sha256) if file is not None else (None, None)
        return self._step(name, kind, against, measured, file=made)

    def _examined(self, path: Path) -> dict[str, object]:
        base, check = self.subject.source.base, self.request.check
        asked = Examination(base, self.texts, lambda: self._whole.reference, self.cases, check, self._told)
        return asdict(asked.of(path))

    def _step(
        self,
        name: str,
        kind: Kind,
        against: str,
        measured: Measured,
        file: tuple[str | None, str | None] = (None, None),
        note: str = "",
    ) -> ParityStep:
        findings = judged(kind, measured, self._trained, self.least)
        return ParityStep(name, kind, against, measured, findings, *file, note=note)

    # -- what the steps are measured by

    def _near(self, name: str, load) -> dict[str, Nearness]:  # type: ignore[no-untyped-def]  # a model of transformers
        self.request.emit("phase", name="models")
        told = self.remembered.once(
            name, lambda: {key: asdict(row) for key, row in self._whole.reference.near_model(load).items()}
        )
        found = _near(told)
        assert found is not None
        return found

    def _cost(self, file: File) -> dict[str, Nearness] | None:
        """What the same packing costs the untuned base, on the same texts."""
        name = f"base-{self.subject.base_mark}-{self._base.mark(file)}-{self._texts_mark}"
        return _near(self.remembered.once(name, lambda: self._base.cost(file)))

    def _said(self, name: str, where: Callable[[], Path], dtype: str) -> list[str] | None:
        """What a model of transformers replies to the cases; none where there are no cases."""
        if not self.cases:
            return None

        async def answered() -> list[str]:
            engine = await HfEngine.load(where(), context=CONTEXT, together=TOGETHER, dtype=dtype)
            return await answers_of(engine, self.cases, self._told)

        found: list[str] = self.remembered.once(f"said-{name}-{self._cases_mark}", lambda: asyncio.run(answered()))
        return found

    def _calls(self, said: list[str] | None, *, last: bool = False) -> Calls | None:
        """The tool calls beside those of the step before, of the first step beside its own; a `last` leads nowhere."""
        if not said or not self.cases:
            return None
        before = self._replies or said
        if not last:
            self._replies = said
        return calls_between(self.cases, before, said)

    def _merged_difference(self) -> Iterator[TokenDifference]:
        """The first text that the merged folder, by its own files, reads as other tokens than the base, if any."""
        merged = open_base(self._whole.folder)
        for text in self.texts:
            try:
                parts = pieces(merged.template, text.messages, add_generation_prompt=False)
            except TemplateRefused:
                yield TokenDifference(text.name, 0, (), ())
                return
            ids = render(parts, merged.tokeniser).ids
            told = {one: merged.tokeniser.decode([one]) for one in {*ids, *text.whole}} if ids != text.whole else {}
            found = first_difference(text.name, text.whole, ids, told)
            if found is not None:
                yield found
                return

    def _worn(self, dtype: torch.dtype) -> Model:
        return as_trained(self.subject.source, self._bases, dtype)

    # -- whoever waits

    def _told(self, count: int) -> None:
        self.request.check()
        if not count:
            self.request.emit("phase", name="calls")
        self.request.emit("progress", part="calls", fraction=round(count / max(1, len(self.cases)), 3))


def _for_good(found: object) -> bool:
    """Whether it will be the same again: a child may also have died of something else than the file."""
    trouble = found.get("trouble") if isinstance(found, dict) else None
    return not isinstance(trouble, dict) or trouble.get("code") != "unreadable"


def _near(told: object) -> dict[str, Nearness] | None:
    return {key: Nearness(**row) for key, row in told.items()} if isinstance(told, dict) and told else None


def _difference(told: object) -> TokenDifference | None:
    if not isinstance(told, dict):
        return None
    sides = [tuple((int(one), str(text)) for one, text in told[side]) for side in ("expected", "found")]
    return TokenDifference(str(told["text"]), int(told["at"]), sides[0], sides[1])


def _finding(told: object) -> Finding | None:
    return Finding(str(told["code"]), dict(told["values"])) if isinstance(told, dict) else None
