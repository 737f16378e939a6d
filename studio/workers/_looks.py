"""Owns the looks at a model while it is trained: sample replies, held-out loss, held-out tool calls. Changes nothing:
the random generators stand after a look as they stood before it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice, zip_longest

import torch

from studio.chat import pieces, render
from studio.dataset import Example, Gathered
from studio.dataset.examples import examples_of
from studio.evaluation.held_out import cases_in
from studio.evaluation.measure import REPLY_TOKENS
from studio.evaluation.toolcalls import Case, cases_of_talk, judge_reply
from studio.gguf.base import Base
from studio.rules import Rules
from studio.scenario import ToolTable, load
from studio.training.config import TrainingConfig
from studio.training.lines import lines_of_talks, sample_lines
from studio.training.report import mean
from studio.workers._adapter import Adapter
from studio.workers._answers import Prompt, answers
from studio.workers._passes import Passes
from studio.workers._serve import Request
from studio.workers._state import generators, set_generators
from studio.workspace.game import Games

_TOGETHER = 8
"""Replies written at once."""


class Looks:
    """What a run is watched with; `examples` are those of the validation loss."""

    def __init__(self, request: Request, config: TrainingConfig, base: Base, gathered: Gathered) -> None:
        self._request, self._config, self._base = request, config, base
        self.examples = _held_out(config, base, gathered)
        self._prompts = self._sample_prompts(gathered)
        self._cases = _cases(config, gathered)

    def _sample_prompts(self, gathered: Gathered) -> list[Prompt]:
        trained = [example.path for example in gathered.examples if example.path is not None]
        if self._config.dataset is not None or self._config.objective == "dpo":
            lines = lines_of_talks(self._config.sample_lines, gathered.talks)
        else:
            lines = sample_lines(self._config.sample_lines, gathered.held_out or tuple(dict.fromkeys(trained)))
        template, tokeniser = self._base.template, self._base.tokeniser
        return [Prompt(row.line, render(pieces(template, row.messages, True), tokeniser).ids) for row in lines]

    @property
    def _ends(self) -> frozenset[int]:
        ids = (self._base.tokeniser.id_of(name) for name in self._base.template.ends)
        return frozenset(number for number in ids if number is not None)

    def samples(self, adapter: Adapter, step: int) -> None:
        """Tells what the model answers to the sample lines."""
        if not self._prompts:
            return
        with looking(adapter):
            texts = self._answers(adapter, self._prompts, self._config.sample_tokens)
        replies = [{"line": prompt.line, "text": text} for prompt, text in zip(self._prompts, texts, strict=True)]
        self._request.emit("sample", step=step, replies=replies)

    def _answers(self, adapter: Adapter, prompts: Sequence[Prompt], limit: int) -> list[str]:
        told = answers(adapter.model, prompts, limit, self._ends, self._request.check)
        return [self._base.tokeniser.decode(ids) for ids in told]

    def validation(self, adapter: Adapter, passes: Passes, step: int) -> float | None:
        """The loss on held-out examples, told as well; None where there are none."""
        if not self.examples:
            return None
        with looking(adapter), torch.inference_mode():
            losses = [self._loss(passes, example) for example in self.examples]
        loss = round(mean(losses), 5)
        self._request.emit("validation", step=step, loss=loss)
        return loss

    def _loss(self, passes: Passes, example: Example) -> float:
        self._request.check()
        return passes.measured(example)

    def accuracy(self, adapter: Adapter, step: int) -> tuple[int, int] | None:
        """In how many of the held-out turns the likeliest reply makes the calls that are due; None without turns."""
        if not self._cases:
            return None
        right = 0
        with looking(adapter):
            for start in range(0, len(self._cases), _TOGETHER):
                part = self._cases[start : start + _TOGETHER]
                texts = self._answers(adapter, [self._prompt(case) for case, _table in part], REPLY_TOKENS)
                for (case, table), text in zip(part, texts, strict=True):
                    right += judge_reply(case, f"{case.opening}{text}", table).right
        self._request.emit("accuracy", step=step, right=right, of=len(self._cases))
        return right, len(self._cases)

    def _prompt(self, case: Case) -> Prompt:
        ids = list(render(pieces(self._base.template, case.messages, True), self._base.tokeniser).ids)
        return Prompt(case.user, (*ids, *self._base.tokeniser.encode(case.opening, special=False)))


@contextmanager
def looking(adapter: Adapter) -> Iterator[None]:
    """The model as it is played, for as long as the block runs; leaves no trace in what is trained."""
    device = adapter.model.device
    before = generators(device)
    adapter.model.eval()
    try:
        yield
    finally:
        adapter.model.train()
        set_generators(before, device)


def _held_out(config: TrainingConfig, base: Base, gathered: Gathered) -> list[Example]:
    """Examples for the validation loss: of held-out scenarios the first of each, then the second of each and so on."""
    most = None if config.validation_examples == "all" else config.validation_examples
    if most == 0:
        return []
    if config.dataset is not None or config.objective == "dpo":
        return list(gathered.validation[:most])
    games = Games()
    made: list[list[Example]] = []
    for path in gathered.held_out[:most]:
        scenario = load(path, tools=games.of(path).tools).scenario
        made.append(examples_of(scenario, base.template, base.tokeniser, config.max_length)[0])
    rounds = chain.from_iterable(zip_longest(*made))
    return list(islice((example for example in rounds if example is not None), most))


def _cases(config: TrainingConfig, gathered: Gathered) -> list[tuple[Case, ToolTable]]:
    """Turns for the accuracy, as many with a call as without where there are enough, each with the tools it may use."""
    if not config.accuracy_cases:
        return []
    games = Games()
    found: list[tuple[Case, ToolTable]] = []
    if config.dataset is not None:
        tools = games.of(config.dataset).tools
        found = [(case, tools) for talk in gathered.talks for case in cases_of_talk(talk, tools)]
    for path in gathered.held_out if config.dataset is None else ():
        game = games.of(path)
        found.extend((case, game.tools) for case in cases_in([path], Rules.shipped(), game.tools))
    due = [row for row in found if row[0].expected]
    none = [row for row in found if not row[0].expected]
    return list(islice((row for pair in zip_longest(due, none) for row in pair if row), config.accuracy_cases))
